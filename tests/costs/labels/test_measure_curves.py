"""Learning curves as they are measured: nested parts, equal steps, rates from valid pictures, taken up again."""

import math

import pytest
import torch

import vislab as vl
from vislab.costs.labels import measure_points
from vislab.costs.labels.measure_curves import learning_curve
from vislab.costs.labels.measure_points import PointMeasurer, Setup
from vislab.errors import VislabError
from vislab.system.console import Progress
from vislab.training import beside
from vislab.training.run import Run

pytestmark = pytest.mark.slow

DRAWN = vl.draw("smear", 48, size=64, seed=3)
PARTS = {"train": DRAWN[:32], "valid": DRAWN[32:36], "test": DRAWN[36:]}


@pytest.fixture(autouse=True)
def a_home(own_home):
    return own_home


def measure(tasks=("classification",), sizes=(8, 16), **options):
    return learning_curve(tasks, **PARTS, sizes=sizes, steps=2, **options)


def new_measurer(steps=2):
    return PointMeasurer(**PARTS, steps=steps, largest=16, first=0, device="cpu", report=lambda done, text: None)


def test_every_place_of_every_curve_is_measured_once_a_seed():
    curves = measure(tasks=("classification", "semantic"), repeats=2)
    assert curves.lines() == [("classification", "scratch"), ("semantic", "scratch"), ("semantic", "transfer")]
    for line in curves.lines():
        assert curves.sizes(*line) == [8, 16]
        assert [len(curves.at(*line, size)) for size in (8, 16)] == [2, 2]
    assert curves.missing == ()
    assert curves.seconds["classification"] == 1
    assert "label" in curves.points[0].errors
    assert "count" not in curves.points[0].errors  # a classifier was not trained to count


def test_a_smaller_part_is_the_beginning_of_a_larger_and_steps_are_equal():
    measurer = new_measurer(steps=6)
    small, large = (measurer.prepare(vl.build("semantic", DRAWN.vocabulary), size, 1e-3, seed=1) for size in (8, 16))
    assert small.train.ids == large.train.ids[:8]
    other = measurer.prepare(vl.build("semantic", DRAWN.vocabulary), 8, 1e-3, seed=2)
    assert other.train.ids != small.train.ids
    steps = []
    for run in (small, large):
        run.train_on(Progress(""), None)
        steps.append(len(run.history.losses))
    assert steps == [6, 6]


def test_the_rate_is_the_one_with_the_least_loss_on_valid_pictures(monkeypatch):
    own = vl.build("classification", DRAWN.vocabulary).rate
    wanted = own / 3
    monkeypatch.setattr(PointMeasurer, "valid_loss", lambda self, run: abs(math.log(run.recipe.rate / wanted)))
    curves = measure(repeats=2)
    assert {point.rate for point in curves.points} == {wanted}


def test_a_rate_that_blows_up_loses(monkeypatch):
    def refuse(self, run):
        if run.recipe.rate > vl.build("classification", DRAWN.vocabulary).rate / 2:
            raise VislabError("the loss is nan")
        return 1.0

    monkeypatch.setattr(PointMeasurer, "valid_loss", refuse)
    curves = measure(repeats=1)
    assert curves.missing == ()
    assert all(point.rate < 1e-3 for point in curves.points)


def test_a_transfer_starts_from_the_classifier_of_the_largest_part():
    measurer = new_measurer()
    measurer.measure(Setup("classification", "scratch", 16), 0)
    run = measurer.train_one(Setup("semantic", "transfer", 8), 1e-9, 0)  # so slow that the encoder stays what it was
    for own, start in zip(run.model.encoder.parameters(), measurer.classifiers[0].encoder.parameters(), strict=True):
        assert torch.allclose(own, start, atol=1e-5)


def test_what_was_measured_before_is_not_trained_again(monkeypatch):
    first = measure(tasks=("classification", "semantic"), repeats=1)
    monkeypatch.setattr(Run, "train_on", lambda *_: pytest.fail("trained again"))
    again = measure(tasks=("classification", "semantic"), repeats=1)
    assert again.points == first.points


def test_cut_off_it_goes_on_and_finds_the_same(monkeypatch, a_home):
    whole = measure(repeats=2)
    (a_home / "runs" / "curves" / "smear.json").unlink()
    real, left = Run.train_on, iter([None] * 4)

    def cut(self, *rest):
        try:
            next(left)
        except StopIteration:
            raise KeyboardInterrupt from None
        return real(self, *rest)

    monkeypatch.setattr(Run, "train_on", cut)
    part = measure(repeats=2)
    assert "run it again to go on" in part.missing[0]
    assert 0 < len(part.points) < len(whole.points)
    monkeypatch.setattr(Run, "train_on", real)
    rest = measure(repeats=2)
    resumed, uninterrupted = ([(point.rate, point.errors) for point in curves.points] for curves in (rest, whole))
    assert resumed == uninterrupted


def test_beside_each_other_they_give_the_numbers_of_one_after_another(monkeypatch, a_home):
    found, real, asked = [], measure_points.run_beside, []

    def run_beside(function, jobs, *more):
        asked.extend(jobs)
        return real(function, jobs, *more)

    monkeypatch.setattr(beside, "LONG", 0)
    monkeypatch.setattr(measure_points, "run_beside", run_beside)
    for workers in (1, 2):
        monkeypatch.setattr(measure_points, "count_workers", lambda workers=workers: workers)
        monkeypatch.setenv("VISLAB_HOME", str(a_home / str(workers)))
        found.append(measure(tasks=("classification", "semantic")))
        assert not list(a_home.rglob("*.safetensors"))
    one, two = (curves.to_dict() for curves in found)
    for point in (*one["points"], *two["points"]):
        del point["seconds"]
    assert one == two
    # the first seed: 3 rates of 4 parts, then 2 transfers; the second: 4 and 2
    assert len(asked) == 12 + 2 + 4 + 2
    measure(tasks=("classification", "semantic"))
    assert len(asked) == 20
    assert not list(a_home.rglob("beside-*"))


def test_trainings_too_short_for_a_process_of_their_own_stay_in_this_one(monkeypatch):
    monkeypatch.setattr(measure_points, "count_workers", lambda: 2)
    monkeypatch.setattr(measure_points, "run_beside", lambda *_: pytest.fail("another process"))
    measure()


def test_if_no_pictures_can_be_handed_over_all_train_here(monkeypatch, capsys):
    monkeypatch.setattr(beside, "LONG", 0)
    monkeypatch.setattr(measure_points, "count_workers", lambda: 2)

    def full(scenes, path):
        raise VislabError("no room")

    monkeypatch.setattr(type(DRAWN), "save", full)
    assert not measure(repeats=1).missing
    assert "one after another" in capsys.readouterr().out


def test_stopped_beside_each_other_it_says_so_and_goes_on(monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(beside, "LONG", 0)
    monkeypatch.setattr(measure_points, "count_workers", lambda: 2)
    monkeypatch.setattr(measure_points, "run_beside", stop)
    stopped = measure(repeats=1)
    assert "stopped after 0 of 6 trainings" in stopped.missing[0]
    monkeypatch.setattr(measure_points, "count_workers", lambda: 1)
    assert len(measure(repeats=1).points) == 2


def test_no_checkpoint_of_the_many_trainings_is_left(a_home):
    measure(repeats=1)
    assert list((a_home / "runs" / "trained").glob("*")) == []


def test_a_training_that_fails_is_named_and_the_rest_is_done(monkeypatch):
    real = PointMeasurer.test_one

    def fail(self, run):
        if len(run.train) == 8:
            raise VislabError("no memory for this")
        return real(self, run)

    monkeypatch.setattr(PointMeasurer, "test_one", fail)
    curves = measure(repeats=1)
    assert curves.sizes("classification") == [16]
    assert curves.missing == ("classification from scratch, 8 pictures, seed 0: no memory for this",)


def test_sizes_beyond_the_pictures_are_left_out_with_a_word(capsys):
    curves = measure(repeats=1, sizes=(8, 500))
    assert curves.sizes("classification") == [8]
    assert "left out: 500 pictures, as there are 32" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tasks": ("tracking",)}, "no task 'tracking'"),
        ({"tasks": ()}, "at least one task"),
        ({"sizes": (64,)}, "can be taken from 32"),
        ({"sizes": (0, 8)}, "a size must be .* not 0"),
        ({"repeats": 0}, "repeats must be .* not 0"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(VislabError, match=message):
        measure(**arguments)


def test_no_test_pictures():
    with pytest.raises(VislabError, match="no test pictures"):
        learning_curve(("classification",), train=DRAWN, valid=DRAWN[:2], test=DRAWN[:0])
