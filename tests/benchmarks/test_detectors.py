"""The benchmark of dots and boxes: one short training of each kind, and its page."""

from importlib import import_module

import pytest

from benchmarks.records import RESULTS, read_records

FEW = {"train": 16, "valid": 4, "test": 4}


@pytest.fixture
def detectors(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(RESULTS.parent)  # as when it runs as a script
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path / "home"))  # else main sets it, and it would stay
    module = import_module("detectors")
    monkeypatch.setattr(module, "COUNTS", FEW)
    return module


def run(detectors, monkeypatch, path, line):
    monkeypatch.setattr("sys.argv", ["detectors.py", "--results", str(path), *line.split()])
    detectors.main()


@pytest.mark.slow
def test_each_kind_of_label_is_a_row(detectors, monkeypatch, tmp_path, capsys):
    path = tmp_path / "detectors.json"
    run(detectors, monkeypatch, path, "--seeds 0 --seconds 0.2 --write")
    assert [record["task"] for record in read_records(path)] == list(detectors.TASKS)
    rows = [line for line in path.with_suffix(".md").read_text().splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows[1:]] == ["| numbers", "| dots", "| boxes", "| masks of objects"]
    numbers, dots = (row.split(" | ") for row in rows[1:3])
    assert (numbers[6], dots[6] != "–") == ("–", True)  # F1 is of dots alone
    capsys.readouterr()
    run(detectors, monkeypatch, path, "--seeds 0 --seconds 0.2")
    assert capsys.readouterr().out.count("measured before") == 4


def test_nothing_measured_is_said(detectors):
    assert "Nothing was measured yet" in detectors.page([])
