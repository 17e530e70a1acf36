"""The benchmark of removed backgrounds: its scores by hand, the parts that a classifier learns from, its page."""

import json
from importlib import import_module

import numpy as np
import pytest
import torch

import vislab as vl
from benchmarks.records import RESULTS, read_records
from vislab.studies.claims.advice import CUT_OUT

WORDS = vl.Vocabulary("people", (), ("background", "person"), ("person",), None, {}, (), ("#000000", "#e69f00"))


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(RESULTS.parent)  # as when it runs as a script
    return import_module("cut_out")


def square(top, left, side=20, size=96):
    mask = np.zeros((size, size), bool)
    mask[top : top + side, left : left + side] = True
    return mask


def scenes_of(*masks, unknown=0):
    """Pictures with these people, of which the last columns fill up."""
    semantic = torch.from_numpy(np.stack(masks).astype(np.uint8))
    semantic[:, :, semantic.shape[2] - unknown :] = 255
    images = torch.arange(semantic.numel() * 3).remainder(251).to(torch.uint8).view(len(masks), 3, *semantic.shape[1:])
    ids = tuple(map(str, range(len(masks))))
    return vl.Scenes(images, None, semantic, None, None, vocabulary=WORDS, ids=ids)


def test_edges_agree_where_they_are_near(bench):
    truth = square(30, 30)
    assert bench.boundary_f(truth, truth) == 1
    assert bench.boundary_f(square(31, 31), truth) > 0.9  # 0.8 % of the diagonal is a pixel here
    assert bench.boundary_f(square(60, 60), truth) == 0
    nothing = np.zeros_like(truth)
    assert (bench.boundary_f(nothing, nothing), bench.boundary_f(nothing, truth)) == (1, 0)
    assert bench.boundary_f(~nothing, nothing) == 1  # the border of the picture is no edge


def test_scores_are_means_over_pictures_without_what_fills_them_up(bench):
    scenes = scenes_of(square(30, 30), square(50, 10), unknown=16)
    found = [square(30, 30), np.zeros((96, 96), bool)]
    found[0][:, 80:] = True
    assert bench.score(found, scenes) == {"iou": 0.5, "boundary_f": 0.5}


def test_a_classifier_learns_from_as_many_parts_with_a_person_as_without(bench):
    scenes = scenes_of(square(4, 4, 60, 160), square(0, 0, 160, 160), unknown=16)  # the second is person everywhere
    cut = bench.cut_parts(scenes, seed=0)
    assert cut.size == (64, 64)
    assert cut.labels.bincount().tolist() == [16, 16]
    assert cut.vocabulary.labels == ("no person", "person")
    assert torch.equal(cut.images, bench.cut_parts(scenes, seed=0).images)
    assert not torch.equal(cut.images, bench.cut_parts(scenes, seed=1).images)


def test_a_map_is_as_large_as_its_picture_and_cut_where_iou_is_largest(bench):
    scenes = scenes_of(square(30, 30, 20, 90), unknown=7)
    model = vl.build("classification", bench.cut_parts(scenes_of(square(4, 4, 60, 160)), 0).vocabulary)
    (found,) = bench.activation_maps(model, scenes)
    assert found.shape == (90, 90)
    assert np.isfinite(found).sum() == 90 * 83
    values = np.where(square(30, 30, 20, 90), 3.0, 1.0).astype(np.float32) + np.eye(90, dtype=np.float32) / 10
    assert 1.1 <= bench.choose_cut([values], scenes) < 3


def test_what_was_measured_is_not_measured_again_and_makes_the_page(bench, tmp_path, monkeypatch, capsys):
    done = []

    def run(way, parts, seed, minutes):
        done.append((way, seed))
        return {"scores": {"iou": 0.5 + 0.1 * seed, "boundary_f": 0.4}} | ({} if way == "colour" else {"steps": 100})

    monkeypatch.setattr(bench, "run", run)
    monkeypatch.setattr(bench, "parts_of", lambda path, limit: (scenes_of(square(4, 4)),) * 3)
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path / "home"))
    line = ["cut_out.py", "--ways", "semantic", "colour", "--results", str(tmp_path / "a.json"), "--write"]
    monkeypatch.setattr("sys.argv", line)
    bench.main()
    bench.main()
    assert done == [("semantic", 0), ("semantic", 1), ("semantic", 2), ("colour", 0)]
    assert "measured before; --again repeats it" in capsys.readouterr().out
    page = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert "| semantic segmenter | 3 | 0.600 (0.500 to 0.700) | 0.400 | 100 |" in page
    assert "| colour threshold | 1 | 0.500 | 0.400 | – |" in page


def test_the_package_says_what_the_records_say(bench):
    records = read_records(RESULTS / "cut_out.json")
    assert json.loads(CUT_OUT.read_text(encoding="utf-8")) == bench.figures(records)
    assert (RESULTS / "cut_out.md").read_text(encoding="utf-8") == bench.page(records)
    assert {way: sum(record["way"] == way for record in records) for way in bench.WAYS} == {
        "semantic": 3, "instance": 3, "colour": 1, "classification": 3,
    }  # fmt: skip
