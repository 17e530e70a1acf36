"""The benchmarks that `make benchmarks` runs: every script that writes a table, and what one that cannot run says."""

from benchmarks import run_all
from benchmarks.records import RESULTS

# Of a GPU, of tools.try_seeds, and two of over an hour.
BY_HAND = {"compare_gpu", "course", "learning_curves", "pretrained"}


def test_every_table_is_written_by_one_of_them_or_by_hand():
    assert {path.stem for path in RESULTS.glob("*.md")} - BY_HAND <= set(run_all.scripts())


def test_one_that_cannot_run_says_why_and_the_next_are_run(tmp_path, monkeypatch):
    (tmp_path / "lacking.py").write_text('"--write"\nimport no_such_package\n', encoding="utf-8")
    (tmp_path / "fine.py").write_text('import sys\nassert sys.argv[1:] == ["--again", "--write"]\n', encoding="utf-8")
    monkeypatch.setattr(run_all, "HERE", tmp_path)
    assert run_all.scripts() == ["fine", "lacking"]
    assert run_all.run("lacking") == "ModuleNotFoundError: No module named 'no_such_package'"
    assert run_all.run("fine") == ""
