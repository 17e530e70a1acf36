"""Joules by a counter: what it counted, and None with the reason where it cannot tell."""

import pytest
import torch

from vislab.costs.compute.energy import Nvml, energy_of, open_counter


class Fake:
    """A counter that shows these values one after the other."""

    def __init__(self, *shown):
        self.shown = list(shown)

    def joules(self):
        value = self.shown.pop(0)
        if isinstance(value, Exception):
            raise value
        return value


def test_joules_are_divided_among_the_pictures():
    found, note = energy_of(lambda: 4, Fake(100.0, 110.0), seconds=0)
    assert found == 2.5
    assert "whole GPU" in note


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ((100.0, 100.0), "stood still"),
        ((100.0, 3.0), "went back, from 100.0 J to 3.0 J"),
        ((RuntimeError("not supported"),), "cannot be read (not supported)"),
        ((100.0, RuntimeError("lost")), "cannot be read (lost)"),
        ((float("nan"),), "shows nan"),
        ((-1.0,), "shows -1.0"),
    ],
)
def test_a_counter_that_cannot_tell_gives_none_and_its_reason(shown, why):
    found, note = energy_of(lambda: 4, Fake(*shown), seconds=0)
    assert found is None
    assert why in note


def test_without_a_counter_there_is_a_reason():
    counter, why = open_counter(torch.device("cpu"))
    assert counter is None
    assert energy_of(lambda: 1, counter, why) == (None, why)
    assert "not measured" in why


def test_a_gpu_whose_driver_cannot_be_asked_says_so(monkeypatch):
    def refuse(self, device):
        raise OSError("no driver")

    monkeypatch.setattr(Nvml, "__init__", refuse)
    counter, why = open_counter(torch.device("cuda", 0))
    assert counter is None
    assert "(no driver)" in why


@pytest.mark.gpu
def test_a_gpu_that_works_spends_joules():
    device = torch.device("cuda")
    counter, why = open_counter(device)
    if counter is None:
        pytest.skip(why)
    matrix = torch.rand(4096, 4096, device=device)

    def work():
        (matrix @ matrix).sum().item()
        return 1

    found, _ = energy_of(work, counter)
    assert found is not None
    assert found > 0
