"""Memory: what is needed against what is free."""

from types import SimpleNamespace

import pytest
import torch

from vislab.errors import VislabError
from vislab.system import memory
from vislab.system.devices import is_out_of_memory, pick_device
from vislab.system.memory import keeping_freed_memory, refuse_beyond, shortage

CPU = torch.device("cpu")


def test_what_does_not_fit_is_refused_with_both_figures(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda device: 2_000_000_000)
    assert shortage(2e9, CPU) == ""
    refuse_beyond(2e9, CPU, "a", "take less")
    with pytest.raises(VislabError, match=r"^a large picture: 3\.5 GB .* 2\.0 GB are free; take less$"):
        refuse_beyond(3.5e9, CPU, "a large picture", "take less")


def test_where_free_memory_is_not_known_nothing_is_refused():
    assert memory.free_memory(CPU) > 0
    assert memory.free_memory(torch.device("mps")) is None
    assert shortage(1e30, torch.device("mps")) == ""


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (torch.OutOfMemoryError("CUDA"), True),
        (MemoryError(), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes"), True),
        (RuntimeError("shapes differ"), False),
        (ValueError("not enough memory"), False),
    ],
)
def test_running_out_of_memory_is_told_from_other_errors(error, is_memory):
    assert is_out_of_memory(error) == is_memory


def test_a_device_is_checked():
    assert pick_device("cpu") == CPU
    assert pick_device() == pick_device(None)
    for name in ("abacus", "cuda:99", 1.5):
        with pytest.raises(VislabError, match=f"device {name} cannot be used"):
            pick_device(name)


def test_freed_memory_is_given_back_after_the_outermost_block(monkeypatch):
    done = []
    libc = SimpleNamespace(mallopt=lambda *what: done.append(what), malloc_trim=lambda pad: done.append("trimmed"))
    monkeypatch.setattr(memory, "_glibc", lambda: libc)
    with keeping_freed_memory(), keeping_freed_memory():
        kept = list(done)
    assert "trimmed" not in kept
    assert len(kept) == 2
    assert len(done) == 5
    assert done[-1] == "trimmed"
    with pytest.raises(ZeroDivisionError), keeping_freed_memory():
        _ = 1 / 0
    assert done[-1] == "trimmed"


def test_without_glibc_nothing_changes(monkeypatch):
    monkeypatch.setattr(memory, "_glibc", lambda: None)
    with keeping_freed_memory():
        assert torch.ones(2).sum() == 2
