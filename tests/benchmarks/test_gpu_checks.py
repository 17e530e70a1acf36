"""What the checks of a GPU can do without one: refuse in a sentence, and time and count steps on the CPU."""

from importlib import import_module

import pytest
import torch

from benchmarks.records import RESULTS


@pytest.fixture
def checks(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(RESULTS.parent)  # as when it runs as a script
    return import_module("gpu_checks")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_cuda_it_says_that_it_needs_it(checks, monkeypatch):
    monkeypatch.setattr("sys.argv", ["gpu_checks.py"])
    with pytest.raises(SystemExit, match="no CUDA GPU"):
        checks.main()


def test_steps_repeat_pictures_if_there_are_fewer(checks, monkeypatch):
    monkeypatch.setattr(checks, "WARM_UP", 1)
    run = checks.training("semantic", 8, 64, device="cpu")
    assert checks.seconds_a_step(run, 12, 2, captured=True) > 0
    assert run.history.seen == [12, 24, 36]


def test_the_operations_of_a_step_grow_with_its_pictures(checks):
    run = checks.training("semantic", 8, 64, device="cpu")
    few, many = (checks.operations(run, batch) for batch in (4, 8))
    assert few < many <= 2 * few  # Muon's products stay as they are
