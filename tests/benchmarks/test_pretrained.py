"""The benchmark of pretrained encoders: what it plans and keeps, and its page; it trains nobody here."""

from importlib import import_module

import pytest
import torch

import vislab as vl
from benchmarks.records import RESULTS, read_records


@pytest.fixture
def pretrained(monkeypatch):
    monkeypatch.syspath_prepend(RESULTS.parent)  # as when it runs as a script
    return import_module("pretrained")


@pytest.fixture
def trained(pretrained, monkeypatch):
    """Stands for the trainings; returns the plans that were carried out."""
    plans = []
    smears = vl.draw("smear", 40, size=64)

    def train(plan, parts, minutes, trial):
        plans.append(plan)
        score = {"ours": 0.7, "random": 0.6, "trained": 0.8}[plan.start] + 0.01 * plan.seed
        record = {"scores": {"mean_iou": score, "boundary_iou": 0.5}, "judged": len(parts.test), "steps": 200}
        return record | {"parameters": 400_000, "optimiser": plan.optimiser or "muon", "rate": plan.rate or 0.001}

    monkeypatch.setattr(vl, "load", lambda *_, **__: smears)
    monkeypatch.setattr(pretrained, "train", train)
    return plans


def run(pretrained, monkeypatch, path, line=""):
    monkeypatch.setenv("VISLAB_HOME", str(path.parent / "home"))  # else main sets it, and it would stay
    monkeypatch.setattr("sys.argv", ["pretrained.py", "--results", str(path), "--sets", "pennfudan", *line.split()])
    pretrained.main()


def test_each_set_has_the_counts_that_it_holds_and_all(pretrained):
    assert pretrained.counts((64, 16, 128), 45) == [16, 45]
    assert pretrained.counts((16, 64), 64) == [16, 64]


def test_every_seed_is_tested_by_the_same_pictures_and_learns_from_its_own(pretrained):
    smears = vl.draw("smear", 40, size=64)
    first, again = (pretrained.parts_of("pennfudan", smears) for _ in range(2))
    assert first.test.ids == again.test.ids
    assert len(set(first.train.ids) | set(first.valid.ids) | set(first.test.ids)) == 40
    one, same, other = (pretrained.some(first.train, 8, seed) for seed in (0, 0, 1))
    assert one.ids == same.ids != other.ids
    assert len(one) == 8


def test_the_starts_are_three_and_two_share_a_network(pretrained):
    smears = vl.draw("smear", 1, size=64)
    ours, random, trained = (pretrained.make(start, smears, 0) for start in pretrained.STARTS)
    assert not hasattr(ours.encoder, "title")
    assert random.encoder.title.endswith("(random weights)")
    assert trained.encoder.title.endswith("(efficientnet-lite0-57934424.pth)")
    assert random.encoder.widths == trained.encoder.widths
    assert not torch.equal(next(random.encoder.parameters()), next(trained.encoder.parameters()))


def test_a_run_is_kept_and_not_repeated_unless_asked(pretrained, trained, monkeypatch, tmp_path):
    path = tmp_path / "pretrained.json"
    run(pretrained, monkeypatch, path, "--seeds 0")
    assert [(plan.start, plan.pictures) for plan in trained] == [
        (start, count) for count in (16, 24) for start in ("ours", "random", "trained")
    ]
    run(pretrained, monkeypatch, path, "--seeds 0 1 --counts --starts ours")
    assert (len(trained), trained[-1].seed) == (7, 1)
    run(pretrained, monkeypatch, path, "--seeds 0 --counts --starts ours --again")
    assert (len(trained), len(read_records(path))) == (8, 7)


def test_the_page_tells_gains_seed_by_seed_and_which_recipes_were_tried(pretrained, trained, monkeypatch, tmp_path):
    path = tmp_path / "pretrained.json"
    run(pretrained, monkeypatch, path, "--seeds 0 1 --counts --write")
    run(pretrained, monkeypatch, path, "--seeds 0 --trial --recipes adamw:0.003 --write")
    text = path.with_suffix(".md").read_text(encoding="utf-8")
    assert "24 (all) | ours, random weights | 2 | 200 | 0.705 (0.700 to 0.710) |" in text
    assert "- 24 pictures: trained less ours, +0.100 in mean IoU." in text
    assert "valid ones: adamw, rate 0.003: 0.800." in text


def test_without_runs_the_page_says_so(pretrained):
    assert "Nothing was measured yet" in pretrained.page([])
