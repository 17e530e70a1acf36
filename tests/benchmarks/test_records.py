"""What benchmarks keep: records that take an older one's place, and results that name the recipe of today's code."""

import json

import pytest

from benchmarks import records
from benchmarks.records import RESULTS, keep, read_records, recipe, recipe_line
from vislab.training import optimiser

# Of no model of ours that was trained; difficulty.py trains a network of its own.
UNTRAINED = {"difficulty.md", "draw_worlds.md", "import_time.md", "load_nuclei.md", "viewer.md", "kernel_memory.md"}


def test_a_record_has_its_recipe_and_takes_the_place_of_the_same_run(tmp_path):
    path = tmp_path / "runs.json"
    keep(path, {"seed": 0, "score": 0.5}, ["seed"])
    keep(path, {"seed": 1, "score": float("nan")}, ["seed"])
    keep(path, {"seed": 0, "score": 0.7}, ["seed"])
    assert [(record["seed"], record["score"]) for record in read_records(path)] == [(1, None), (0, 0.7)]
    assert {record["recipe"] for record in read_records(path)} == {recipe()}


def test_a_changed_constant_changes_the_recipe(monkeypatch):
    before = recipe()
    assert recipe() == before
    monkeypatch.setattr(optimiser, "MUON_RATE", 3.0)
    assert recipe() != before


def test_the_line_names_every_recipe_of_its_records_once():
    assert recipe_line([{"recipe": "a"}, {"recipe": "b"}, {"recipe": "a"}]) == "Recipe: a | b."
    assert recipe_line([{}]) == "Recipe: unknown."
    assert recipe_line() == f"Recipe: {recipe()}."


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.md")), ids=lambda path: path.name)
def test_a_table_of_trained_models_names_the_recipe_of_todays_code(path):
    text = path.read_text(encoding="utf-8")
    if path.name not in UNTRAINED:
        assert recipe_line() in text, f"{path.name} names another recipe or none: repeat it"


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.name)
def test_records_are_of_one_format(path):
    assert json.loads(path.read_text(encoding="utf-8"))["format"] == 1
    assert records.read_records(path)
