"""How far a training came, and when a model cannot be judged by it."""

import pytest

from vislab.training.course import LEAST_STEPS, course_of, describe, is_course, why_unfinished
from vislab.training.history import History


def history(task, *rows, steps=100):
    """Of steps of 8 pictures each, with scores: (pictures seen, name, value)."""
    scores = [{"seen": seen, name: value} for seen, name, value in rows]
    return History(task, {}, [1.0] * steps, [8 * (step + 1) for step in range(steps)], scores)


def test_steps_passes_and_the_score_halfway_and_at_the_end():
    rows = [(200, "mean_iou", 0.2), (400, "mean_iou", 0.6), (600, "mean_iou", 0.8), (800, "mean_iou", 0.81)]
    course = course_of(history("semantic", *rows), train=200)
    assert course == {"steps": 100, "passes": 4.0, "score": "mean_iou", "halfway": 0.6, "end": 0.81}
    assert describe(course) == "mean IoU 0.600 → 0.810"
    assert is_course(course)


def test_a_regressor_goes_by_its_counts_where_there_are_any():
    made = history("regression", (400, "accuracy", 0.5), (800, "accuracy", 0.7))
    assert course_of(made, 800)["score"] == "accuracy"
    for row, error in zip(made.scores, (9.0, 6.0), strict=True):
        row["count_error"] = error
    assert course_of(made, 800) | {"steps": 0} == {
        "steps": 0, "passes": 1.0, "score": "count_error", "halfway": 9.0, "end": 6.0
    }  # fmt: skip


def test_without_valid_pictures_or_a_second_score_nobody_knows_what_it_gained():
    bare = course_of(history("classification"), 100)
    assert (bare["score"], bare["halfway"], bare["end"], describe(bare)) == ("", None, None, "")
    once = course_of(history("classification", (800, "accuracy", 0.9)), 800)
    assert (once["halfway"], once["end"], describe(once)) == (None, 0.9, "accuracy 0.900")
    assert why_unfinished(bare) == why_unfinished(once) == why_unfinished({}) == ""


@pytest.mark.parametrize(
    ("score", "halfway", "end", "steep"),
    [
        ("accuracy", 0.6, 0.75, True),
        ("accuracy", 0.9, 0.95, False),
        ("accuracy", 0.9, 0.6, False),  # worse is not better
        ("count_error", 12.0, 8.0, True),
        ("count_error", 8.0, 12.0, False),
        ("share_error", 0.2, 0.1, True),
        ("a score of one's own", 0.0, 9.0, False),
    ],
)
def test_a_model_that_gained_much_in_the_second_half_is_unfinished(score, halfway, end, steep):
    course = {"steps": LEAST_STEPS, "passes": 3.0, "score": score, "halfway": halfway, "end": end}
    assert bool(why_unfinished(course)) == steep
    assert why_unfinished(course | {"steps": LEAST_STEPS - 1}).startswith("was trained for")


@pytest.mark.parametrize("wrong", [None, 3, {}, {"steps": 5}])
def test_what_is_no_course_is_told(wrong):
    assert not is_course(wrong)
    course = course_of(history("classification"), 100)
    assert not is_course(course | {"steps": -1})
    assert not is_course(course | {"end": "high"})
    assert not is_course(course | {"passes": float("nan")})
