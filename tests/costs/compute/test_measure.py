"""Costs: what can be worked out by hand is, and what is measured is there with its spread."""

import pytest
import torch
from plain_model import Plain

import vislab as vl
from vislab.costs.compute import measure, timing
from vislab.costs.compute.layers import count_macs
from vislab.costs.compute.measure import measure_cost, measure_costs
from vislab.system import threads
from vislab.training.history import History


def test_a_convolutions_cost_by_hand():
    macs, note = count_macs(Plain(), 16, 32)
    assert macs == 4 * 3 * 9 * 16 * 32
    assert note == ""


@pytest.mark.slow
def test_what_is_measured_is_there():
    cost = measure_cost(Plain(), 32, History("semantic", {}, seconds=7.5), repeats=10)
    assert cost.parameters == 4 * 3 * 9 + 4
    assert cost.training == 7.5
    assert 0 < cost.latency.p10 <= cost.latency.median <= cost.latency.p90
    assert cost.throughput > 0
    assert cost.peak_memory >= 4 * 4 * 32 * 32  # the float32 output alone
    assert cost.energy is None
    assert "not measured" in cost.notes["energy"]
    assert "112" in repr(cost)
    assert cost.disk > 4 * 112
    assert cost.resident > 50e6  # all of Python and torch
    assert cost.activations in (2 * 4 * 32 * 32, 4 * 4 * 32 * 32)
    assert cost.latency_estimate > 0
    assert cost.memory_estimate <= cost.peak_memory


@pytest.mark.slow
def test_estimates_stand_beside_what_was_measured():
    cost = measure_cost(Plain(), 32, repeats=6)
    text = repr(cost)
    assert text.count("measured / estimate") == 2
    assert f"measured / estimate {cost.latency.median / cost.latency_estimate:.1f}" in text
    assert "plain 3 × 3 convolution" in cost.notes["estimate"]
    assert "whole process" in cost.notes["resident"]
    plain = cost.to_dict()
    assert plain["latency_estimate_s"] == cost.latency_estimate
    assert plain["disk_bytes"] == cost.disk


def test_a_load_that_comes_and_goes_slows_all_models_alike(monkeypatch):
    """The second half of the timings is ten times as slow: timed in turns, both models' medians stay equal."""
    first, second, timed = Plain(), Plain(), []

    def seconds(model, image, times=1):
        if times == 1:
            timed.append(model)
        return 0.1 if len(timed) > 10 else 0.01

    monkeypatch.setattr(timing, "seconds_of", seconds)
    assert len(set(measure.latencies_of([first, second], 32, 32, repeats=10))) == 1
    assert timed == [first, second] * 10


@pytest.mark.slow
def test_costs_measured_beside_a_busy_program_say_so(monkeypatch):
    monkeypatch.setattr(threads.Load, "elsewhere", lambda self: 1.0)
    trained = History("semantic", {}, seconds=7.5)
    costs = measure_costs({"one": Plain(), "other": Plain()}, 32, {"one": trained}, repeats=6)
    assert (costs["one"].training, costs["other"].training) == (7.5, None)
    assert all("other programs kept 1.0 of" in cost.notes["load"] and "1.0 of" in repr(cost) for cost in costs.values())
    monkeypatch.setattr(threads.Load, "elsewhere", lambda self: 0.0)
    assert "load" not in measure_cost(Plain(), 32, repeats=6).notes


def test_a_larger_picture_costs_in_proportion():
    model = vl.build("semantic", vl.draw("smear", 1, size=64).vocabulary)
    small, large = count_macs(model, 64, 64)[0], count_macs(model, 128, 128)[0]
    assert large == pytest.approx(4 * small, rel=1e-6)


@pytest.mark.slow
def test_hidden_operators_are_noted():
    from vislab.models.torchvision_models import adapt

    model = adapt("maskrcnn", vl.draw("smear", 1, size=64).vocabulary).eval()
    macs, note = count_macs(model, 64, 64)
    assert macs > 1e8
    assert note.startswith("at least")


def test_the_published_count_of_resnet_18():
    """torchvision publishes 1.81 "GFLOPs" at 224 px, one a multiply-add."""
    from torchvision.models import resnet18

    macs, _ = count_macs(resnet18().eval(), 224, 224)
    assert macs / 1e9 == pytest.approx(1.81, abs=0.01)
    assert torch.is_grad_enabled()
