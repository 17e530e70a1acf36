"""The trainings of a study beside each other: the same numbers as one after another, and nothing left behind."""

import os
from functools import partial

import pytest

import vislab as vl
from vislab.costs.compute import measure as costs
from vislab.studies import study as studying
from vislab.studies import trainings
from vislab.studies.claims.read_results import read_studies
from vislab.training import beside

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def quick(own_home, monkeypatch):
    """Costs are measured in no time, and no training is too short for a process of its own."""
    monkeypatch.setattr(costs, "SECONDS", 0.01)
    monkeypatch.setattr(costs, "BATCHES", (1, 2))
    monkeypatch.setattr(studying, "measure_costs", partial(costs.measure_costs, repeats=3))
    monkeypatch.setattr(studying, "time_architectures", lambda *_: [])
    monkeypatch.setattr(beside, "LONG", 0)


def numbers(results):
    """All of a study but what was timed."""
    plain = results.to_dict()
    for model in plain["models"].values():
        del model["cost"]
    return {name: plain[name] for name in ("data", "models", "baselines", "pairs", "left_out")}


def test_a_study_beside_gives_the_numbers_of_one_after_another(own_home, monkeypatch, capsys):
    pictures = vl.draw("smear", 40, size=96)
    killed = own_home / "runs" / "beside-killed"
    killed.mkdir(parents=True)
    os.utime(killed, (0, 0))
    found = []
    for workers in (1, 2):
        monkeypatch.setattr(trainings, "count_workers", lambda workers=workers: workers)
        found.append(vl.study(pictures, epochs=1, tasks=("semantic", "instance"), fresh=True))
    assert numbers(found[0]) == numbers(found[1])
    notes = [results.models["semantic"]["cost"]["notes"] for results in found]
    assert ["training" in note for note in notes] == [False, True]  # seconds beside others are not those alone
    assert "2 at a time" in capsys.readouterr().out
    assert not list(own_home.glob("runs/beside-*"))
    assert set(found[1].baselines) == {"majority", "mean", "threshold", "watershed"}


def test_what_was_trained_before_needs_no_process(monkeypatch):
    again = partial(vl.study, vl.draw("smear", 20, size=64), epochs=0.5, tasks=("classification", "regression"))
    monkeypatch.setattr(trainings, "count_workers", lambda: 1)
    again()
    monkeypatch.setattr(trainings, "count_workers", lambda: 2)
    monkeypatch.setattr(trainings, "run_beside", lambda *_: pytest.fail("trained again"))
    again()


def test_if_no_pictures_can_be_handed_over_all_train_here(own_home, monkeypatch, capsys):
    monkeypatch.setattr(trainings, "count_workers", lambda: 2)
    (own_home / "runs").touch()  # a file, where the folder should be
    found = vl.study(vl.draw("smear", 20, size=64), epochs=0.5, tasks=("classification", "regression"))
    assert set(found.models) == {"classification", "regression"}
    assert "one after another" in capsys.readouterr().out


@pytest.mark.parametrize("workers", [1, 2])
def test_several_seeds_find_what_each_finds_alone(workers, tmp_path, monkeypatch, capsys):
    study = partial(vl.study, vl.draw("smear", 30, size=64), epochs=0.5, tasks=("classification", "semantic"))
    monkeypatch.setattr(trainings, "count_workers", lambda: 1)
    alone = [study(seed=seed, fresh=True) for seed in (3, 4)]
    monkeypatch.setattr(trainings, "count_workers", lambda: workers)
    together = study(seed=3, seeds=2, fresh=True)
    assert [numbers(one) for one in together.by_seed] == [numbers(one) for one in alone]
    assert numbers(alone[0])["data"] != numbers(alone[1])["data"]
    told = capsys.readouterr().out
    first, second = (one.models["semantic"]["cost"] for one in together.by_seed)
    assert first["latency_s"] == second["latency_s"]
    assert first["training_s"] != second["training_s"]
    assert second["notes"]["shared"] == "all but training was measured once, with the models of seed 3"
    assert "shared" not in first["notes"]
    assert "semantic, seed 4: mean IoU" in told
    assert ("with seeds 3, 4: training on cpu, 2 at a time" in told) == (workers == 2)
    assert "seeds 3, 4; cpu" in repr(together)
    assert "means over test pictures and seeds" in repr(together)
    assert max(map(len, repr(together).splitlines())) <= 120
    together.save(tmp_path / "both")
    for one in (together, tmp_path / "both"):
        assert [held.data["seed"] for held in read_studies(one)] == [3, 4]


def test_of_several_seeds_only_what_is_new_is_trained(monkeypatch):
    study = partial(vl.study, vl.draw("smear", 20, size=64), epochs=0.5, tasks=("classification", "regression"))
    monkeypatch.setattr(trainings, "count_workers", lambda: 2)
    study()
    trained = []
    real = trainings.run_beside
    monkeypatch.setattr(
        trainings, "run_beside", lambda work, jobs, *rest: trained.extend(jobs) or real(work, jobs, *rest)
    )
    study(seeds=2)
    assert trained == ["baselines, seed 0", "regression, seed 1", "classification, seed 1", "baselines, seed 1"]
