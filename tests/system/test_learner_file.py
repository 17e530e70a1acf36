"""The learner's state: kept, shared between notebooks, and never lost."""

import json
import os
import subprocess
import sys

import pytest

from vislab.errors import VislabError
from vislab.system import learner_file as learner


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    return tmp_path


def test_what_is_kept_comes_back_and_the_file_says_its_format():
    assert learner.recall("guesses", "00-share") == {}
    learner.change("guesses", "00-share", lambda entry: {"value": "größer", "sure": 70})
    learner.change("exercises", "00-label", lambda entry: {"tries": entry.get("tries", 0) + 1})
    learner.change("exercises", "00-label", lambda entry: {"tries": entry.get("tries", 0) + 1})
    assert learner.recall("guesses", "00-share") == {"value": "größer", "sure": 70}
    assert learner.recall_all("exercises") == {"00-label": {"tries": 2}}
    plain = json.loads(learner.state_file().read_text(encoding="utf-8"))
    assert (plain["kind"], plain["format"]) == ("vislab.learner", 1)


@pytest.mark.parametrize(
    "content",
    [
        b'{"kind": "vislab.learner", "format": 1, "guesses": {"a"',  # cut off half-way
        b"\xff\xfe not text",
        b"",
        b'{"shopping": ["milk"]}',
        b"[1, 2]",
        b'{"kind": "vislab.learner", "format": 2, "guesses": {}}',
        b'{"kind": "vislab.learner", "format": 1, "guesses": {"00-share": "large"}}',
    ],
)
def test_a_broken_or_foreign_file_is_put_aside_with_a_word(content, capsys):
    path = learner.state_file()
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    path.with_name("learner.put-aside-1.json").write_text("an earlier one")
    assert learner.recall("guesses", "00-share") == {}
    told = capsys.readouterr()
    assert "learner.put-aside-2.json" in told.out
    assert told.out.count("\n") == 1
    assert told.err == ""
    assert path.with_name("learner.put-aside-2.json").read_bytes() == content
    learner.change("guesses", "00-share", lambda entry: {"value": 3})
    assert learner.recall("guesses", "00-share") == {"value": 3}
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_two_notebooks_at_once_lose_nothing(own_home):
    add = """from vislab.system import learner_file
for i in range(20): learner_file.change('guesses', f'{NAME}-{i}', lambda entry: {'v': i})"""
    running = [
        subprocess.Popen([sys.executable, "-c", f"NAME = {name!r}\n{add}"], env=os.environ | {"VISLAB_HOME": own_home})
        for name in "ab"
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    assert len(learner.recall_all("guesses")) == 40


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(own_home):
    (own_home / "work").write_text("a file where the folder should be")
    with pytest.raises(VislabError, match=r"learner.json: your answer cannot be kept"):
        learner.change("guesses", "00-share", lambda entry: {"value": 3})
    assert learner.recall("guesses", "00-share") == {}
