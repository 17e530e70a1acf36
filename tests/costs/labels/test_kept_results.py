"""Results of trainings that are kept: found again, and begun anew where the file cannot be read."""

import math

from vislab.costs.labels import kept_results
from vislab.costs.labels.kept_results import KeptResults
from vislab.errors import VislabError


def test_what_was_kept_is_found_another_time(tmp_path):
    path = tmp_path / "curves" / "smear.json"
    KeptResults(path).keep("one", {"errors": {"label": 0.25, "count": math.nan}})
    again = KeptResults(path)
    assert "one" in again
    assert "other" not in again
    assert again["one"] == {"errors": {"label": 0.25, "count": None}}


def test_a_file_that_cannot_be_read_is_begun_anew_with_a_word(tmp_path, capsys):
    path = tmp_path / "smear.json"
    path.write_text("half a")
    assert not KeptResults(path).found
    assert "smear.json" in capsys.readouterr().out


def test_a_full_disk_is_told_and_the_result_stays_in_memory(tmp_path, monkeypatch, capsys):
    def full(path):
        raise VislabError("no room")

    monkeypatch.setattr(kept_results, "writing", full)
    kept = KeptResults(tmp_path / "smear.json")
    kept.keep("one", 1.5)
    assert kept["one"] == 1.5
    assert "not kept for another time: no room" in capsys.readouterr().out
