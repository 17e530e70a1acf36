"""The check of a machine: what it finds, and what it tells when something is missing."""

import importlib
import shutil
from collections import namedtuple
from importlib import metadata

from vislab.cli import main
from vislab.system import machine
from vislab.system.machine import check_machine


def finding(what):
    return next(found for found in check_machine().findings if found.what == what)


def test_this_machine_is_ready_and_says_what_a_teacher_asks_for(capsys):
    assert main(["check"]) == 0
    told = capsys.readouterr().out
    for word in ("Python", "torch", "device", "memory", "jupyterlab", "ipywidgets", "free disk", "GB", "Ready"):
        assert word in told


def test_a_missing_package_fails_the_check_and_names_the_command(monkeypatch, capsys):
    real = metadata.version

    def version(name):
        if name == "ipywidgets":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    assert main(["check"]) == 1
    told = capsys.readouterr().out
    assert "NO  ipywidgets" in told
    assert "→ make setup" in told
    assert "Not ready" in told


def test_outside_the_project_pip_mends(monkeypatch, tmp_path):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.setattr(metadata, "version", lambda name: "0.1")
    assert finding("numpy").mend == 'python -m pip install --upgrade "numpy>=2.0"'
    assert "too old" in finding("numpy").found


def test_builds_that_do_not_fit_together_are_told(monkeypatch):
    real = importlib.import_module

    def load(name):
        if name == "torchvision.ops":
            raise RuntimeError("operator torchvision::nms does not exist\nmore")
        return real(name)

    monkeypatch.setattr(machine.importlib, "import_module", load)
    assert finding("torch works").found == "no: operator torchvision::nms does not exist"
    assert "of one build together" in finding("torch works").mend


def test_a_full_disk_and_a_closed_folder_are_told(monkeypatch, tmp_path):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: namedtuple("usage", "free")(3e8))
    assert finding("free disk").mend == "make room: 2 GB are needed"
    monkeypatch.setattr(machine, "_writable", lambda folder: False)
    assert "VISLAB_HOME" in finding("files").mend


def test_the_command_line_refuses_what_it_does_not_know(capsys):
    assert main(["data", "draw", "smear"]) == 2
    assert "--out" in capsys.readouterr().err
