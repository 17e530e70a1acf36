"""Sweeps: every model at every point, interleaved; points join, travel as JSON, and are missing with a reason."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from made_results import made
from plain_model import Plain

import vislab as vl
from vislab.costs.compute import sweep as sweeping
from vislab.costs.compute import timing as answering
from vislab.costs.compute.architectures import architectures
from vislab.costs.compute.measure import measure_cost
from vislab.costs.compute.sweep_result import Missing, Sweep
from vislab.costs.compute.timing import median_interval
from vislab.errors import VislabError
from vislab.studies.claims.judge import judge
from vislab.system import threads


@pytest.fixture
def clock(monkeypatch):
    """A made clock: 1 ms a picture, thrice while the machine is busy; returns who was timed."""
    asked = []
    chance = np.random.default_rng(0)

    def seconds_of(model, images):
        busy = 3 if 20 <= len(asked) < 32 else 1
        asked.append((model, tuple(images.shape)))
        return 1e-3 * len(images) * getattr(model, "times", 1) * busy * chance.uniform(0.9, 1.1)

    monkeypatch.setattr(answering, "seconds_of", seconds_of)
    monkeypatch.setattr(sweeping, "pace_of", lambda device: 1e9)
    return asked


def test_every_point_of_every_model_is_there(clock):
    sweep = vl.sweep_costs({"a": Plain(), "b": Plain()}, sizes=(16, 32), batches=(4, 1), repeats=6)
    assert [(p.size, p.batch, p.model) for p in sweep] == [(s, b, m) for s in (16, 32) for b in (1, 4) for m in "ab"]
    point = sweep.at("b", 32, 4)
    assert len(point.times) == 6
    assert point.macs == 4 * 3 * 9 * 32 * 32
    assert point.estimate == pytest.approx(4 * point.macs / 1e9)
    assert point.each == pytest.approx(point.seconds / 4)
    assert point.memory >= point.memory_estimate / 2
    assert sweep.models["a"]["parameters"] == 112
    assert point.energy is None
    assert "not measured" in point.no_energy


def test_models_are_interleaved_and_take_turns_in_going_first(clock):
    models = {"a": Plain(), "b": Plain(), "c": Plain()}
    vl.sweep_costs(models, sizes=(16, 32), batches=(1,), repeats=6)
    names = {model: name for name, model in models.items()}
    order = "".join(names[model] for model, _ in clock)
    assert order == "abcabc" + "bcabca" + "cabcab" + "abcabc" + "bcabca" + "cabcab"


def test_a_busy_while_hits_all_and_the_same_model_twice_comes_out_alike(clock):
    slow = Plain()
    slow.times = 1.5
    sweep = vl.sweep_costs({"a": Plain(), "b": Plain(), "slow": slow}, sizes=(16,), batches=(1,), repeats=21)
    a, b, other = (sweep.at(name, 16, 1) for name in ("a", "b", "slow"))
    assert a.interval[0] <= b.seconds <= a.interval[1]
    assert b.interval[0] <= a.seconds <= b.interval[1]
    assert other.interval[0] > max(a.interval[1], b.interval[1])
    assert max(a.times) > 2.5e-3  # the busy while was there


@pytest.mark.parametrize("busy", [1.0, 0.0])
def test_a_sweep_beside_a_busy_program_says_so_and_keeps_it(clock, monkeypatch, busy):
    monkeypatch.setattr(threads.Load, "elsewhere", lambda self: busy)
    sweep = vl.sweep_costs({"a": Plain()}, sizes=(16,), batches=(1,), repeats=6)
    assert ("other programs kept 1.0 of" in repr(sweep)) == bool(busy)
    assert Sweep.from_dict(json.loads(json.dumps(sweep.to_dict()))).load == sweep.load
    assert sweep.join(replace(sweep, load="")).load == sweep.load
    older = sweep.to_dict()
    del older["load"]
    assert Sweep.from_dict(older).load == ""


@pytest.mark.slow
def test_the_interval_of_a_median_covers_it_as_often_as_it_says():
    chance = np.random.default_rng(0)
    for n in (6, 9, 15, 50):
        ends = [median_interval(chance.exponential(1, n)) for _ in range(4000)]
        covered = np.mean([low <= np.log(2) <= high for low, high in ends])
        assert 0.94 <= covered <= 0.99
    assert median_interval(np.array([3.0, 1.0, 2.0])) == (1, 3)


def test_a_sweep_goes_through_json_and_prints(clock):
    sweep = vl.sweep_costs({"a": Plain()}, sizes=(16,), batches=(1,), repeats=6)
    again = Sweep.from_dict(json.loads(json.dumps(sweep.to_dict(), allow_nan=False)))
    assert again == sweep
    assert "6 repeats, models interleaved" in repr(sweep)
    assert max(map(len, repr(sweep).splitlines())) <= 120


def test_sweeps_join_the_newer_point_stands(clock):
    models = {"a": Plain(), "b": Plain()}
    first = vl.sweep_costs(models, sizes=(16, 32), batches=(1,), repeats=6)
    more = vl.sweep_costs(models, sizes=(48, 32), batches=(1,), repeats=7)
    both = first.join(more)
    assert [(p.size, p.model, len(p.times)) for p in both] == [
        (16, "a", 6), (16, "b", 6), (32, "a", 7), (32, "b", 7), (48, "a", 7), (48, "b", 7)]  # fmt: skip
    with pytest.raises(VislabError, match="times of two devices"):
        first.join(replace(more, device="another"))


def test_a_point_that_memory_does_not_hold_is_left_out_with_its_reason(clock, monkeypatch):
    class Greedy(Plain):
        def answer(self, image, name, ids):
            if len(image) > 1:
                raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes")
            return self(image)

    sweep = vl.sweep_costs({"greedy": Greedy(), "a": Plain()}, sizes=(16,), batches=(1, 4), repeats=6)
    assert [(p.model, p.batch) for p in sweep] == [("greedy", 1), ("a", 1), ("a", 4)]
    assert sweep.missing == (Missing("greedy", "semantic", 16, 4, "memory ran out on 4 pictures of 16 px"),)
    assert "greedy at 16 px, batch 4, is left out: memory ran out" in repr(sweep)
    monkeypatch.setattr("vislab.system.memory.free_memory", lambda device: 10_000)
    assert "GB of memory are needed" in vl.sweep_costs({"a": Plain()}, (64,), (1,), repeats=6).missing[0].why


def test_a_model_too_big_for_the_memory_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setattr("vislab.system.memory.free_memory", lambda device: 1000)
    with pytest.raises(VislabError, match=r"^one picture of 96 × 96: .* GB are free; take a smaller"):
        measure_cost(Plain(), 96, repeats=6)
    monkeypatch.undo()

    def run_out(model, images):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(answering, "answer", run_out)
    with pytest.raises(
        VislabError, match=r"one picture of 96 × 96 does not fit in this cpu's memory; take a smaller size$"
    ):
        measure_cost(Plain(), 96, repeats=6)


def test_a_model_that_fails_at_a_size_does_not_end_the_sweep(clock):
    class Picky(Plain):
        def answer(self, image, name, ids):
            raise ValueError("made for 64 px alone")

    sweep = vl.sweep_costs({"picky": Picky(), "a": Plain()}, sizes=(16,), batches=(1,), repeats=6)
    assert [p.model for p in sweep] == ["a"]
    assert "made for 64 px alone" in sweep.missing[0].why


@pytest.mark.slow
def test_task_and_architecture_are_varied_separately_in_the_form_that_claims_take():
    models = architectures(vl.draw("smear", 1, size=64).vocabulary)
    assert {model.task for model in models.values()} == {"classification", "semantic"}
    sweep = vl.sweep_costs(models, sizes=(64,), batches=(1,), repeats=6)
    rows = sweep.architectures()
    macs = {row["name"]: row["macs_a_pixel"] for row in rows}
    assert macs["LR-ASPP"] < macs["ResNet-18"]  # the light segmenter multiplies less than the heavy classifier
    verdicts = judge(made(), measured={"architectures": rows})
    assert "LR-ASPP (semantic) takes" in str([v.findings if hasattr(v, "findings") else v for v in verdicts])
    with pytest.raises(VislabError, match="no single picture of 96 px"):
        sweep.architectures(96)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"models": {}}, "give at least one model"),
        ({"models": Plain()}, "by name, not a model"),
        ({"models": {"a": "resnet"}}, "not a dict"),
        ({"sizes": ()}, "sizes must be a list"),
        ({"sizes": (20,)}, "multiple of 16"),
        ({"batches": (0,)}, "from 1 on, not 0"),
        ({"batches": 4}, "batches must be a list"),
        ({"repeats": 3}, "repeats must be 6 or more"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(change, why):
    with pytest.raises(VislabError, match=why):
        vl.sweep_costs(**({"models": {"a": Plain()}} | change))


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda held: held.pop("models"), "not whole"),
        (lambda held: held.pop("kind"), "no sweep"),
        (lambda held: held.update(format=9), "of format 9"),
        (lambda held: held["points"][0].update(times=[1.0, float("nan")]), "is impossible"),
        (lambda held: held["points"][0].update(macs=-1), "is impossible .*macs=-1"),
        (lambda held: held["points"][0].update(model="nobody"), "nobody at 16 px is impossible"),
    ],
)
def test_a_damaged_sweep_is_refused_in_a_sentence(clock, damage, why):
    held = json.loads(json.dumps(vl.sweep_costs({"a": Plain()}, (16,), (1,), repeats=6).to_dict()))
    damage(held)
    with pytest.raises(VislabError, match=why):
        Sweep.from_dict(held)
