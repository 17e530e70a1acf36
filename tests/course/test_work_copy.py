"""The learner's copy: handed out, renewed while untouched, never overwritten once changed."""

import json
import platform

import pytest

from vislab.course.learners_copy import BUILD_CHECK
from vislab.course.work_copy import RECORD, hand_out


def code_cell(source, **metadata):
    return {"cell_type": "code", "source": source, "outputs": ["spoiler"], "execution_count": 3, "metadata": metadata}


def publish(notebooks, version, guard="assert True"):
    """A notebook of one cell that has been run, with a build check and a line of text."""
    text = {"cell_type": "markdown", "source": "text", "metadata": {}}
    cells = [code_cell(version), code_cell(guard, tags=[BUILD_CHECK]), text]
    content = {"cells": cells, "metadata": {"widgets": {}}}
    (notebooks / "00_first.ipynb").write_text(json.dumps(content))


@pytest.fixture
def folders(tmp_path):
    notebooks, work = tmp_path / "notebooks", tmp_path / "work"
    notebooks.mkdir()
    publish(notebooks, "one")
    assert hand_out(notebooks, work) == []
    return notebooks, work


def content(work):
    """Name → text, or the source of a notebook's first cell."""
    texts = {path.name: path.read_text() for path in sorted(work.glob("*.ipynb"))}
    return {name: json.loads(t)["cells"][0]["source"] if t.startswith("{") else t for name, t in texts.items()}


def test_copies_show_no_results_before_they_are_run(folders):
    _, work = folders
    copy = json.loads((work / "00_first.ipynb").read_text())
    assert copy["cells"][0]["outputs"] == []
    assert copy["cells"][0]["execution_count"] is None
    assert set(copy["metadata"]) == {"kernelspec", "language_info"}


def test_copies_lack_the_build_checks_and_nothing_else(folders):
    notebooks, work = folders
    cells = json.loads((work / "00_first.ipynb").read_text())["cells"]
    assert [cell["source"] for cell in cells] == ["one", "text"]
    assert "assert True" in (notebooks / "00_first.ipynb").read_text()  # the tests still run it


def test_a_new_build_check_alone_is_no_newer_version(folders):
    notebooks, work = folders
    (work / "00_first.ipynb").write_text("mine")
    publish(notebooks, "one", guard="assert 1 < 2")
    assert hand_out(notebooks, work) == []
    assert content(work) == {"00_first.ipynb": "mine"}


def test_a_copy_is_handed_out_once_and_again_if_it_was_deleted(folders):
    notebooks, work = folders
    assert content(work) == {"00_first.ipynb": "one"}
    assert hand_out(notebooks, work) == []
    (work / "00_first.ipynb").unlink()
    hand_out(notebooks, work)
    assert content(work) == {"00_first.ipynb": "one"}


def test_an_untouched_copy_is_replaced_by_a_newer_version(folders):
    notebooks, work = folders
    publish(notebooks, "two")
    assert hand_out(notebooks, work) == []
    assert content(work) == {"00_first.ipynb": "two"}


def test_a_changed_copy_stays_and_the_newer_version_is_offered_beside_it_once(folders):
    notebooks, work = folders
    (work / "00_first.ipynb").write_text("mine")
    assert hand_out(notebooks, work) == []  # nothing newer: nothing to say
    publish(notebooks, "two")
    (message,) = hand_out(notebooks, work)
    assert "00_first.new.ipynb" in message
    assert content(work) == {"00_first.ipynb": "mine", "00_first.new.ipynb": "two"}
    assert hand_out(notebooks, work) == []
    assert content(work) == {"00_first.ipynb": "mine", "00_first.new.ipynb": "two"}


def test_an_offer_that_was_taken_up_is_not_overwritten_either(folders):
    notebooks, work = folders
    (work / "00_first.ipynb").write_text("mine")
    publish(notebooks, "two")
    hand_out(notebooks, work)
    publish(notebooks, "three")
    hand_out(notebooks, work)
    assert content(work) == {"00_first.ipynb": "mine", "00_first.new.ipynb": "three"}
    (work / "00_first.new.ipynb").write_text("mine too")
    publish(notebooks, "four")
    (message,) = hand_out(notebooks, work)
    assert "00_first.new-2.ipynb" in message
    assert content(work) == {
        "00_first.ipynb": "mine",
        "00_first.new-2.ipynb": "four",
        "00_first.new.ipynb": "mine too",
    }


def test_a_copy_that_was_opened_saved_and_closed_is_untouched(folders):
    """JupyterLab sorts the file's keys, joins or cuts its lines, and names the kernel that it started."""
    notebooks, work = folders
    path = work / "00_first.ipynb"
    copy = json.loads(path.read_text())
    copy["metadata"]["language_info"]["version"] = "3.99.0"
    copy["metadata"]["kernelspec"]["display_name"] = "My Python"
    copy["cells"][0]["source"] = list(copy["cells"][0]["source"])
    path.write_text(json.dumps(copy, sort_keys=True))
    assert hand_out(notebooks, work) == []
    assert json.loads(path.read_text())["metadata"] == copy["metadata"]
    publish(notebooks, "two")
    assert hand_out(notebooks, work) == []
    assert content(work) == {"00_first.ipynb": "two"}


def test_a_copy_names_the_kernel_that_will_run_it(folders):
    _, work = folders
    metadata = json.loads((work / "00_first.ipynb").read_text())["metadata"]
    assert metadata["kernelspec"] == {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    assert metadata["language_info"]["version"] == platform.python_version()


@pytest.mark.parametrize("record", [None, "broken {", "[]", '{"given": 3}'])
def test_without_a_record_nothing_is_thought_untouched(folders, record):
    notebooks, work = folders
    (work / "00_first.ipynb").write_text("perhaps mine")
    (work / RECORD).unlink() if record is None else (work / RECORD).write_text(record)
    (message,) = hand_out(notebooks, work)
    assert "00_first.new.ipynb" in message
    assert content(work)["00_first.ipynb"] == "perhaps mine"


def test_a_file_of_the_learners_own_under_that_name_stays(folders):
    notebooks, work = folders
    (work / "00_first.ipynb").write_text("mine")
    (work / "00_first.new.ipynb").write_text("my own")
    publish(notebooks, "two")
    hand_out(notebooks, work)
    assert content(work)["00_first.new.ipynb"] == "my own"
    assert content(work)["00_first.new-2.ipynb"] == "two"


def test_pages_go_along_and_are_kept_alike(folders):
    notebooks, work = folders
    (notebooks / "glossary.md").write_text("words")
    assert hand_out(notebooks, work) == []
    assert (work / "glossary.md").read_text() == "words"
    (work / "glossary.md").write_text("words, and mine")
    (notebooks / "glossary.md").write_text("more words")
    (message,) = hand_out(notebooks, work)
    assert "glossary.new.md" in message
    assert (work / "glossary.md").read_text() == "words, and mine"
    assert (work / "glossary.new.md").read_text() == "more words"
