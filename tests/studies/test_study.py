"""The study: every task, every baseline, the same test pictures; its table, its file, and what it leaves out."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from photo_files import put

import vislab as vl
from vislab.costs.compute import measure as costs
from vislab.data.datasets.export import save_folder
from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError
from vislab.studies import examination
from vislab.studies import study as studying
from vislab.studies.claims.judge import judge
from vislab.studies.report.page import write_report

pytestmark = pytest.mark.slow


def quick(patch, home):
    """A home of its own, and costs measured in no time."""
    patch.setenv("VISLAB_HOME", str(home))
    patch.setattr(costs, "SECONDS", 0.01)
    patch.setattr(costs, "BATCHES", (1, 2))
    patch.setattr(studying, "measure_costs", partial(costs.measure_costs, repeats=3))
    patch.setattr(studying, "sweep_costs", partial(studying.sweep_costs, repeats=6))


@pytest.fixture(autouse=True)
def quick_costs(tmp_path, monkeypatch):
    quick(monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        quick(patch, tmp_path_factory.mktemp("home"))
        return vl.study(vl.draw("smear", 40, size=64), epochs=1)


def test_every_task_and_baseline_is_asked_on_the_same_pictures(results):
    assert set(results.models) == {"classification", "regression", "semantic", "instance"}
    assert set(results.baselines) == {"majority", "mean", "threshold", "watershed"}
    assert {prediction.ids for prediction in results.predictions.values()} == {results.test.ids}
    assert {answers.ids for answers in results.answers.values()} == {results.test.ids}
    assert results.data["train"] + results.data["valid"] + results.data["test"] == 40


ASKED = {
    "classification": {"label", "point"},
    "regression": {"label", "share", "count"},
    "semantic": {"label", "share", "count", "point"},
    "instance": {"label", "share", "count", "point"},
    "majority": {"label"},
    "mean": {"share", "count"},
    "threshold": {"label", "share", "count", "point"},
    "watershed": {"label", "share", "count", "point"},
}


def test_the_file_holds_what_the_format_promises(results, tmp_path):
    folder = results.save(tmp_path / "out")
    plain = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert plain["format"] == 1
    assert {"name", "train", "valid", "test", "size", "seed", "pictures"} <= set(plain["data"])
    assert (plain["data"]["drawn"], plain["data"]["epochs"], plain["data"]["minutes"]) == (True, 1, None)
    assert {"device", "threads", "busy_elsewhere", "torch", "vislab"} <= set(plain["machine"])
    wanted = {
        "classification": {"accuracy"},
        "regression": {"count_error", "share_error"},
        "semantic": {"mean_iou", "class_iou", "boundary_iou"},
        "instance": {"ap", "ap50", "pq"},
    }
    assert list(plain["models"]) == list(wanted)
    for task, model in plain["models"].items():
        assert wanted[task] <= set(model["scores"])
        cost = model["cost"]
        assert {"parameters", "macs", "throughput_per_s", "peak_memory_bytes", "training_s"} <= set(cost)
        assert set(cost["latency_s"]) == {"median", "p10", "p90"}
    assert set(plain["models"]["semantic"]["scores"]["class_iou"]) == {"background", "cell", "infected cell"}
    assert {name: set(one["answers"]) for name, one in (plain["models"] | plain["baselines"]).items()} == ASKED
    measures = {"label": "wrong", "share": "mae", "count": "mae", "point": "missed"}
    for one in (plain["models"] | plain["baselines"]).values():
        for question, error in one["answers"].items():
            assert error["low"] <= error[measures[question]] <= error["high"]


def test_the_file_holds_paired_differences(results):
    pairs = {(one["question"], one["a"], one["b"], one["among"]): one for one in results.to_dict()["pairs"]}
    one = pairs["share", "semantic", "watershed", "all"]
    wrong = (
        results.models["semantic"]["answers"]["share"]["mae"],
        results.baselines["watershed"]["answers"]["share"]["mae"],
    )
    assert one["difference"] == pytest.approx(wrong[0] - wrong[1])
    assert one["low"] <= one["difference"] <= one["high"]
    assert one["pictures"] == results.data["test"]
    assert ("count", "instance", "instance boxes", "all") in pairs
    assert {key[3] for key in pairs if key[0] == "count"} == {"all", "touch", "apart"}
    assert not any({key[1], key[2]} <= set(results.baselines) for key in pairs)


def test_the_table_names_all_marks_what_is_not_answered_and_fits_the_terminal(results):
    lines = repr(results).splitlines()
    assert max(map(len, lines)) <= 120
    row = next(line for line in lines if line.startswith("classification"))
    assert "–  " in row
    assert all(any(line.startswith(name) for line in lines) for name in (*results.models, *results.baselines))
    assert "do not rank tasks by them" in " ".join(lines)


def test_the_figure_says_in_words_what_it_shows(results, tmp_path):
    sheet = results.figure()
    first = results.test.ids[int(results.test.labels.argmin())]  # the first picture without an infected cell
    assert f"{first}, truth: healthy, {int(results.test.count_objects().sum(1)[results.test.labels.argmin()])};" in (
        sheet.alt
    )
    assert all(f"{name}: " in sheet.alt for name in (*results.models, "threshold", "watershed"))
    assert results.save(tmp_path).joinpath("outcome.png").stat().st_size > 10_000


def test_a_training_of_a_few_steps_is_told_and_nothing_is_judged_by_it(results):
    courses = {task: model["training"] for task, model in results.to_dict()["models"].items()}
    assert {course["steps"] for course in courses.values()} == {3}
    assert {course["passes"] for course in courses.values()} == {1}
    assert {task: course["score"] for task, course in courses.items()} == {
        "classification": "accuracy", "regression": "count_error", "semantic": "mean_iou", "instance": "pq"
    }  # fmt: skip
    assert all(course["halfway"] is not None and course["end"] is not None for course in courses.values())
    assert "Not judged: semantic was trained for 3 steps" in " ".join(repr(results).split())
    by_number = {one.claim.number: one for one in judge(results)}
    assert {by_number[number].verdict for number in (1, 7, 8)} == {"too little evidence"}


def test_the_pictures_classes_are_kept_and_what_was_asked_of_them(results):
    assert results.data["classes"] == ["background", "cell", "infected cell"]
    assert results.data["asked"]["count"] == ["cell", "infected cell"]


def test_test_pictures_are_predicted_once(monkeypatch):
    seen = []
    real = examination.predict_quietly
    monkeypatch.setattr(
        examination, "predict_quietly", lambda model, scenes: seen.append(len(scenes)) or real(model, scenes)
    )
    found = vl.study(vl.draw("smear", 30, size=64), epochs=0.5, tasks=("classification",))
    assert seen == [found.data["test"]]


def test_semantic_masks_alone_teach_all_but_instances(tmp_path, capsys):
    whole = vl.draw("smear", 30, size=64)
    save_folder(replace(whole, instances=None, objects=None), tmp_path / "masks")
    found = vl.study(tmp_path / "masks", epochs=0.5)
    assert found.data["size"] == 64  # as they are
    assert found.data["name"] == "masks"
    assert set(found.models) == {"classification", "regression", "semantic"}
    (left,) = found.left_out
    assert left.startswith("instance is left out: these pictures have no instance masks; classification and semantic")
    assert left in capsys.readouterr().out
    assert np.isnan(found.models["semantic"]["answers"]["count"]["mae"])  # asked, but nobody knows
    assert found.to_dict()["models"]["semantic"]["answers"]["count"]["mae"] is None
    assert "? cannot be told" in repr(found)
    assert set(found.baselines) == {"majority", "mean", "threshold"}


def test_labels_alone_teach_a_classifier(tmp_path):
    whole = vl.draw("smear", 30, size=64)
    save_folder(replace(whole, semantic=None, instances=None, objects=None), tmp_path / "labels")
    found = vl.study(tmp_path / "labels", size=64, epochs=0.5)
    assert set(found.models) == {"classification"}
    assert [line.split(" is left out: ")[0] for line in found.left_out] == ["regression", "semantic", "instance"]
    assert set(found.baselines) == {"majority"}
    found.save(tmp_path / "out")
    assert "where?" in repr(found)


def test_boxes_alone_teach_dots_and_boxes(tmp_path, capsys):
    drawn = vl.draw("smear", 24)
    boxed = vl.Scenes(drawn.images, None, None, None, drawn.objects, drawn.vocabulary, drawn.ids,
                      boxes=drawn.need("boxes"))  # fmt: skip
    found = vl.study(boxed, epochs=1, tasks=("points", "detection", "instance"), device="cpu")
    assert list(found.models) == ["points", "detection"]
    assert "instance is left out: these pictures have no instance masks" in capsys.readouterr().out
    assert set(found.models["points"]["answers"]) >= {"count", "point"}
    assert "a guess" in str(found).split("The share of boxes")[1]
    folder = found.save(tmp_path / "boxed")
    assert "detection" in write_report(folder, tmp_path / "report.html").read_text(encoding="utf-8")


def wide_pictures(root):
    """20 streets of 64 × 128 px as a folder with masks; every other one has no people."""
    left, right = (vl.draw("street", 20, size=64, seed=seed) for seed in (0, 1))
    for k, name in enumerate(left.ids):
        image = torch.cat([left.images[k], right.images[k]], 2).permute(1, 2, 0).numpy()
        put(root / f"images/{name}.png", image)
        mask = torch.cat([left.semantic[k], right.semantic[k]], 1).numpy()
        if k % 2:
            mask[mask == left.vocabulary.class_index("person")] = 0
        put(root / f"masks/{name}.png", mask)
    words = left.vocabulary
    put(root / "classes.csv", [("id", "name"), *enumerate(words.classes)])
    return root


def test_a_study_asks_for_a_class_and_says_what_its_fit_cost(tmp_path):
    wide_pictures(tmp_path / "wide")
    settings = {"size": 64, "epochs": 0.5, "tasks": ("classification", "semantic")}
    whole = vl.study(tmp_path / "wide", ask="person", **settings)
    assert whole.test.vocabulary.labels == ("no person", "person")
    assert any("50 % of their sides" in line for line in whole.left_out)
    cropped = vl.study(tmp_path / "wide", ask="person", fit="crop", **settings)
    assert any("50 % of its area" in line for line in cropped.left_out)
    assert set(whole.models["semantic"]["answers"]) >= {"label", "share", "point"}


def test_a_study_of_drawn_pictures_can_ask_for_a_class_too():
    found = vl.study(vl.draw("street", 30, size=64), ask="road", epochs=0.5, tasks=("semantic",))
    assert found.test.labels is None  # a road is everywhere
    assert set(found.models["semantic"]["answers"]) == {"share", "point"}


def test_a_study_on_a_backbone_says_so_in_its_table_file_and_page(tmp_path):
    encoder = vl.encoder("mobilenet_v3_small")
    pictures = vl.draw("smear", 24, size=64)
    results = vl.study(pictures, epochs=0.5, tasks=("classification", "semantic"), encoder=encoder)
    title = "mobilenet_v3_small (random weights)"
    assert results.data["encoder"] == title
    assert f"; encoder {title}" in repr(results).replace("\n", " ")
    backbone = sum(weight.numel() for weight in encoder.parameters())
    assert all(model["cost"]["parameters"] > backbone for model in results.models.values())
    page = write_report(results.save(tmp_path / "out"), tmp_path / "page.html").read_text(encoding="utf-8")
    assert f"smear on {title}" in page
    assert "encoder of all models" in page


def test_drawn_pictures_have_the_size_of_the_encoders_weights(monkeypatch):
    asked = []

    def opened(data, size, *_):
        asked.append(size)
        raise VislabError("enough")

    monkeypatch.setattr(studying, "open_pictures", opened)
    encoder = vl.encoder("mobilenet_v3_small")
    for size, data in ((None, "smear"), (64, "smear"), (None, "a/folder")):
        with pytest.raises(VislabError, match="enough"):
            vl.study(data, size=size, encoder=encoder)
    assert asked == [224, 64, None]


def test_pixels_that_the_truth_ignores_are_not_asked_about(monkeypatch):
    whole = vl.draw("smear", 30, size=64)
    semantic = whole.semantic.clone()
    semantic[:, :8][whole.instances[:, :8] == 0] = IGNORE
    asked = []
    real = examination.answers
    monkeypatch.setattr(examination, "answers", lambda source, ignored: asked.append(ignored) or real(source, ignored))
    found = vl.study(replace(whole, semantic=semantic), epochs=0.5, tasks=("semantic",))
    assert all((ignored == (found.test.semantic == IGNORE)).all() for ignored in asked)
    assert len(asked) == 1 + len(found.baselines)


def test_what_makes_no_sense_is_refused_before_anything_is_drawn(capsys):
    bare = replace(vl.draw("smear", 20, size=64), instances=None, objects=None)
    with pytest.raises(VislabError, match="no task can be learned"):
        vl.study(bare, tasks=("instance",))
    capsys.readouterr()
    for arguments, message in (
        ({"epochs": 1, "minutes": 1}, r"give epochs \(1\) or minutes \(1\), not both"),
        ({"minutes": -1}, "minutes must be a number above 0 or None, not -1"),
        ({"size": 100}, "size must be a multiple of 16, which the models halve, not 100"),
        ({"seeds": 0}, "seeds must be a whole number from 1 to a billion, not 0"),
        ({"seeds": "three"}, "seeds must be a whole number from 1 to a billion, not 'three'"),
        ({"tasks": ("dancing",)}, "tasks must be"),
        ({"device": "moon"}, "device moon cannot be used"),
        ({"fit": "crop"}, "fit is for pictures that are read from files"),
        ({"groups": "(.*)_"}, "groups is for pictures that are read from files"),
    ):
        with pytest.raises(VislabError, match=message):
            vl.study("smear", **arguments)
    assert capsys.readouterr().out == ""


def test_what_claims_ask_for_beside_the_models_is_measured_too(results):
    plain = results.to_dict()
    timed = {(row["name"], row["task"]) for row in plain["measured"]["architectures"]}
    assert timed == {
        ("our classifier", "classification"),
        ("our segmenter", "semantic"),
        ("LR-ASPP", "semantic"),
        ("ResNet-18", "classification"),
    }
    by_number = {one.claim.number: one for one in judge(results)}
    sentences = " ".join(finding.sentence for finding in by_number[3].findings)
    assert "LR-ASPP (semantic)" in sentences
    assert "ResNet-18 (classification)" in sentences


def test_labelling_is_reckoned_for_the_pictures_that_train(results):
    cost = {task: model["cost"] for task, model in results.models.items()}
    assert cost["classification"]["labelling_s"] == 1
    assert cost["classification"]["labelling_s"] < cost["semantic"]["labelling_s"] < cost["instance"]["labelling_s"]
    assert "points around objects" in cost["instance"]["notes"]["labelling"]


@pytest.mark.parametrize("classes", ["id,name,thing\n0,background,0\n1,cell,1\n", "id,name\n0,background\n1,cell\n"])
def test_a_folder_of_masks_alone_is_asked_where_and_how_much(classes, tmp_path):
    y, x = np.mgrid[:32, :32]
    for number in range(20):
        mask = ((x - 16) ** 2 + (y - 10 - number % 8) ** 2 < 36) * (number % 3 > 0)
        put(tmp_path / f"cells/masks/{number}.png", mask.astype(np.uint8))
        put(tmp_path / f"cells/images/{number}.png", np.stack([60 + 150 * mask] * 3, 2).astype(np.uint8))
    put(tmp_path / "cells/masks/7.png", np.full((32, 32), IGNORE, np.uint8))  # a picture that nobody labelled
    put(tmp_path / "cells/classes.csv", classes)
    found = vl.study(tmp_path / "cells", epochs=0.5)
    reason = "these pictures have no instance masks; classification and semantic segmentation still work"
    assert found.left_out[-1] == f"instance is left out: {reason}"
    answers = found.models["semantic"]["answers"]
    assert all(np.isfinite(answers[asked][measure]) for asked, measure in (("share", "mae"), ("point", "missed")))
    assert np.isfinite(found.baselines["mean"]["answers"]["share"]["mae"])
    assert found.models["regression"]["cost"]["labelling_s"] is None  # nobody can count clicks
    assert not any("semantic cannot say" in part.sentence for one in judge(found) for part in one.findings)
    page = write_report(found, tmp_path / "page.html", bets=False).read_text(encoding="utf-8")
    assert " nan" not in f"{found!r} {page}".lower()
