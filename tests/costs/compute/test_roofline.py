"""The roof by a made clock, and dots worked out by hand."""

import pytest
import torch
from plain_model import Plain

from vislab.costs.compute import roofline
from vislab.costs.compute.roofline import Roof, measure_bandwidth, measure_peak, measure_roof, place
from vislab.costs.compute.sweep_result import Point, Sweep
from vislab.costs.compute.timing import Spread
from vislab.errors import VislabError

CPU = torch.device("cpu")


@pytest.fixture
def clock(monkeypatch):
    """A clock that only matrix products and sums move: {side: FLOP/s} of products, {0: bytes/s} of sums."""
    rates, now = {0: 2e9}, [0.0]

    def multiply(left, right, out):
        now[0] += 2 * len(left) ** 3 / rates[len(left)]

    def add(b, c, alpha, out):
        now[0] += 3 * out.nbytes / rates[0]

    monkeypatch.setattr(roofline.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(torch, "mm", multiply)
    monkeypatch.setattr(torch, "add", add)
    monkeypatch.setattr(roofline, "SIDES", {"cpu": (8, 16, 32)})
    monkeypatch.setattr(roofline, "TRIAD_BYTES", {"cpu": 2**22})
    return rates


def test_the_peak_is_that_of_the_fastest_size(clock):
    clock |= {8: 1e5, 16: 7e5, 32: 4e5}
    peak = measure_peak(CPU, torch.float32)
    assert (peak.p10, peak.median, peak.p90) == pytest.approx((7e5, 7e5, 7e5))


def test_the_bandwidth_counts_two_arrays_read_and_one_written(clock):
    assert measure_bandwidth("cpu").median == pytest.approx(2e9)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_roof_has_the_peak_in_the_precision_of_answers_and_in_float32(clock, monkeypatch, precision):
    clock |= {8: 1e6, 16: 1e6, 32: 1e6}
    monkeypatch.setattr(roofline, "precision", lambda device: precision)
    roof = measure_roof("cpu")
    assert list(roof.peaks) == list(dict.fromkeys([precision, "float32"]))
    assert "thread" in roof.device
    assert roof.ridge == pytest.approx(1e6 / 2e9)


def test_nothing_is_measured_where_it_makes_no_sense(monkeypatch):
    with pytest.raises(VislabError, match=r"floating-point dtype.*not torch\.int8"):
        measure_peak(CPU, torch.int8)
    with pytest.raises(VislabError, match="device nowhere cannot be used"):
        measure_bandwidth("nowhere")
    monkeypatch.setattr(roofline, "TRIAD_BYTES", {"cpu": 2**50})
    with pytest.raises(VislabError, match=r"three arrays.*GB are free; close other programs"):
        measure_bandwidth(CPU)


def test_real_products_and_arrays_give_rates(monkeypatch):
    monkeypatch.setattr(roofline, "SIDES", {"cpu": (16, 32)})
    monkeypatch.setattr(roofline, "TRIAD_BYTES", {"cpu": 2**16})
    for rate in (measure_peak(CPU, torch.float32), measure_bandwidth(CPU)):
        assert 0 < rate.p10 <= rate.median <= rate.p90


def flat(rate):
    return Spread(rate, rate, rate)


def test_memory_sets_the_limit_below_the_ridge_and_multiplying_above():
    roof = Roof({"bfloat16": flat(100.0), "float32": flat(50.0)}, flat(10.0), "made")
    assert (roof.peak, roof.ridge) == (100, 10)
    assert [roof.limit(intensity) for intensity in (1, 10, 100)] == [10, 100, 100]


def sweep(*points):
    return Sweep(points, (), {"plain": {"task": "model", "parameters": 112, "disk_bytes": 448}}, "made", 1e9)


def point(size, batch, times):
    """Of a convolution of 3 to 4 channels, 3 × 3, whose output is kept in float32."""
    macs, outputs = 108 * size**2, 4 * 4 * size**2 * batch
    return Point("plain", "model", size, batch, times, macs, 1.0, 1, 1, outputs, None)


def test_dots_by_hand():
    measured = sweep(point(16, 1, (2.0,) * 7), point(16, 4, (4.0,) * 7), point(32, 1, (1.0,) * 7))
    one, four = place(measured, 16)
    assert (one.model, one.size, one.batch, four.batch) == ("plain", 16, 1, 4)
    assert one.flops == 2 * 108 * 256
    assert one.bytes == 4 * 112 + 4 * 3 * 256 + 2 * 16 * 256
    assert (one.rate, four.rate) == (108 * 256, 2 * 108 * 256)
    assert four.bytes - 4 * 112 == 4 * (one.bytes - 4 * 112)
    assert four.intensity > one.intensity  # the weights are read once for all four
    with pytest.raises(VislabError, match="no pictures of 64 px; give 16 or 32"):
        place(measured, 64)


@pytest.mark.slow
def test_a_real_sweep_has_its_dots():
    from vislab.costs.compute.sweep import sweep_costs

    dots = place(sweep_costs({"plain": Plain()}, sizes=(32,), batches=(1, 2), repeats=6), 32)
    assert [dot.flops for dot in dots] == [2 * 108 * 32**2, 4 * 108 * 32**2]
    assert all(dot.interval[0] <= dot.seconds <= dot.interval[1] and dot.rate > 0 for dot in dots)
