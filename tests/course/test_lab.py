"""JupyterLab is opened on the learner's copy, with our settings, and where the learner left off."""

import json
import os
import sys
from pathlib import Path

import pytest

from vislab.course import lab
from vislab.errors import VislabError


@pytest.fixture
def started(monkeypatch):
    """What JupyterLab would be started with: its command line, environment and folder, call by call."""
    calls = []
    monkeypatch.setattr(lab.subprocess, "call", lambda line, env, cwd: calls.append((line, env, cwd)) or 0)
    return calls


def test_the_first_time_it_opens_the_first_notebook_and_later_where_one_was(started, tmp_path):
    assert lab.open_lab(tmp_path / "mine", browser=False) == 0
    assert lab.open_lab(tmp_path / "mine") == 0
    (line, environment, cwd), (again, _, _) = started
    assert line[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--LabApp.default_url=/lab/tree/{lab.FIRST}" in line
    assert "--no-browser" in line
    assert not {"--no-browser", f"--LabApp.default_url=/lab/tree/{lab.FIRST}"} & set(again)
    assert (cwd, environment["VISLAB_HOME"]) == (tmp_path / "mine" / "work", str(tmp_path / "mine"))
    assert (cwd / lab.FIRST).is_file()


def test_without_a_folder_the_course_lies_in_the_home_of_vislab(started, tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    lab.open_lab()
    assert started[0][2] == tmp_path / "work"


def test_our_settings_come_before_the_users(monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")
    ours, theirs = lab.environment()["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert theirs == "theirs"
    assert json.loads((Path(ours) / "jupyter_server_config.json").read_text(encoding="utf-8"))


def test_a_folder_that_is_a_file_is_told_in_a_sentence(tmp_path):
    (tmp_path / "work").write_text("")
    with pytest.raises(VislabError, match="cannot be written"):
        lab.open_lab(tmp_path)
