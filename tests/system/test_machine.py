"""The check of a machine: what it finds, and what it says if something is missing."""

import shutil
import subprocess
import sys
from collections import namedtuple
from importlib import metadata

import torch

from vislab.cli import main
from vislab.system import machine
from vislab.system.machine import check_machine


def condition_of(name):
    return next(condition for condition in check_machine().conditions if condition.name == name)


def test_this_machine_is_ready_and_says_what_a_teacher_asks_for(capsys):
    assert main(["check"]) == 0
    out = capsys.readouterr().out
    for word in ("Python", "torch", "device", "memory", "jupyterlab", "ipywidgets", "free disk", "GB", "Ready"):
        assert word in out


def test_a_missing_package_fails_the_check_and_names_the_command(monkeypatch, capsys):
    real = metadata.version

    def version(name):
        if name == "ipywidgets":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "NO  ipywidgets" in out
    assert "→ make setup" in out
    assert "Not ready" in out


def test_outside_the_project_pip_mends(monkeypatch, tmp_path):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.setattr(metadata, "version", lambda name: "0.1")
    assert condition_of("numpy").mend == 'python -m pip install --upgrade "numpy>=2.0"'
    assert "too old" in condition_of("numpy").value


def test_builds_that_do_not_fit_together_are_reported(monkeypatch):
    def load(library):
        raise OSError(f"{library}: undefined symbol: nms\nmore")

    monkeypatch.setattr(torch.ops, "load_library", load)
    assert condition_of("torch works").value.endswith("undefined symbol: nms")
    assert "of one build together" in condition_of("torch works").mend


def test_the_check_leaves_torchvision_out_of_memory():
    code = (
        "import sys; from vislab.system.machine import check_machine; assert check_machine().conditions;"
        "print([name for name in ('torchvision', 'torch._dynamo', 'sympy') if name in sys.modules]);"
        "import torch, torchvision.ops; torchvision.ops.nms(torch.ones(1, 4), torch.ones(1), 0.5)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_a_full_disk_and_a_closed_folder_are_reported(monkeypatch, tmp_path):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: namedtuple("usage", "free")(3e8))
    assert condition_of("free disk").mend == "make room: 2 GB are needed"
    monkeypatch.setattr(machine, "_is_writable", lambda folder: False)
    assert "VISLAB_HOME" in condition_of("files").mend


def test_the_command_line_refuses_what_it_does_not_know(capsys):
    assert main(["data", "draw", "smear"]) == 2
    assert "--out" in capsys.readouterr().err
