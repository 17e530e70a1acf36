"""The table of a study: what stands in it, and that it fits a terminal, whatever the numbers."""

import pytest

from vislab.studies.results import matrix

NAN = float("nan")


def error(measure, mean, low, high):
    return {measure: mean, "low": low, "high": high}


def model(scores, answers):
    latency = {"median": 0.0123, "p10": 0.0119, "p90": 0.0152}
    cost = {"parameters": 403796, "macs": 52.4e6, "latency_s": latency, "throughput_per_s": 1204.2}
    return {
        "scores": scores,
        "answers": answers,
        "cost": cost | {"peak_memory_bytes": 12.5e6, "training_s": 31.4, "labelling_s": 900.0},
    }


@pytest.fixture
def results():
    every = {
        "label": error("wrong", 1.0, 1.0, 1.0),
        "share": error("mae", 0.021, 0.018, 0.0251),
        "count": error("mae", 1912.58, 1094.5, 2932.01),
        "point": error("missed", NAN, NAN, NAN),
    }
    return {
        "data": {"name": "smear", "train": 1024, "valid": 128, "test": 512, "size": 96, "seed": 0},
        "machine": {"device": "cpu", "threads": 2},
        "models": {
            "classification": model({"accuracy": 0.98765}, {"label": error("wrong", 0.0123, 0.004, 0.021)}),
            "semantic": model({"mean_iou": 0.961, "class_iou": {}}, every),
        },
        "baselines": {"mean": {"answers": {"count": error("mae", 3.916, 2.78, 4.94)}}},
        "left_out": ["instance is left out: " + "these pictures have no instance masks, " * 5],
    }


def test_no_line_is_wider_than_a_terminal(results):
    assert max(map(len, matrix(**results).splitlines())) <= 120


def test_how_long_models_were_trained_stands_below_and_who_is_not_judged(results):
    assert "steps" not in matrix(**results)
    course = {"steps": 1536, "passes": 12.0, "score": "mean_iou", "halfway": 0.9, "end": 0.95}
    results["models"]["semantic"]["training"] = course
    text = matrix(**results)
    (row,) = [line for line in text.splitlines() if "1,536" in line]
    assert " ".join(row.split()) == "semantic 1,536 12 mean IoU 0.900 → 0.950"
    assert "Not judged" not in text
    course["halfway"] = 0.5
    below = " ".join(matrix(**results).split())
    assert "Not judged: semantic is still improving steeply (mean IoU 0.500 → 0.950); more --epochs would" in below
    assert max(map(len, matrix(**results).splitlines())) <= 120


def test_a_machine_that_was_busy_is_named_below_the_table(results):
    assert "Other programs" not in matrix(**results)
    results["machine"]["busy_elsewhere"] = 1.23
    assert "Other programs kept 1.2 cores busy" in " ".join(matrix(**results).split())


def test_errors_stand_with_their_intervals_and_costs_in_their_units(results):
    lines = matrix(**results).splitlines()
    assert lines[0].startswith("smear: 1,024 pictures trained, 128 chose, 512 tested; 96 px, seed 0; cpu, 2 threads")
    classification, cost = (line for line in lines if line.startswith("classification"))
    assert "1.2 % (0.4–2.1)" in classification
    assert classification.count("–  ") == 3  # share, count and where: not trained to say
    assert classification.endswith("accuracy 0.988")
    assert " ".join(cost.split()) == "classification 31 s 12.3 ms (11.9–15.2) 1,204 12.5 MB 0.40 M 52 M 15 min"
    semantic = next(line for line in lines if line.startswith("semantic"))
    assert "100 % (100–100)" in semantic
    assert "1913 (1094–2932)" in semantic
    assert "?" in semantic
    assert "? cannot be told: these pictures carry no truth of it." in " ".join(lines)
    mean = next(line for line in lines if line.startswith("mean "))
    assert " ".join(mean.split()) == "mean – – 3.92 (2.78–4.94) – –"
    assert lines[-2].startswith("instance is left out: ")
