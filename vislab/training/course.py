"""How far a training came, as results.json holds it, and whether its model can be judged by it."""

from collections.abc import Mapping
from typing import Any, TypedDict

from vislab.errors import is_number
from vislab.evaluation.evaluate import OWN_SCORES, SCORE_NAMES
from vislab.training.history import History

# Normalisation keeps 0.9 of its running averages a step: from here on, less than 1 % of them is the untrained start.
LEAST_STEPS = 44
STEEP = {"accuracy": 0.1, "mean_iou": 0.1, "pq": 0.1, "share_error": 0.05, "count_error": 2.5}


class Course(TypedDict):
    """steps, passes: over the training pictures. score: the name of a validation score.

    halfway, end: its value after half the pictures and after all; None if it was not taken there.
    """

    steps: int
    passes: float
    score: str
    halfway: float | None
    end: float | None


def course_of(history: History, train: int) -> Course:
    """How far a training on so many pictures came."""
    seen, rows = history.seen[-1] if history.seen else 0, history.scores
    last: dict[str, float] = rows[-1] if rows else {}
    own = OWN_SCORES[history.task]
    score = own if own in last else next((name for name in last if name != "seen"), "")
    halfway = min(rows[:-1], key=lambda row: abs(2 * row["seen"] - seen), default={})
    return Course(
        steps=len(history.losses), passes=seen / train, score=score, halfway=halfway.get(score), end=last.get(score)
    )


def is_course(value: Any) -> bool:
    """Whether a value from a file can be a Course."""
    if not isinstance(value, dict) or not set(Course.__annotations__) <= set(value):
        return False
    amounts = all(is_number(value[name]) and value[name] >= 0 for name in ("steps", "passes"))
    scores = all(value[name] is None or is_number(value[name]) for name in ("halfway", "end"))
    return amounts and scores and isinstance(value["score"], str)


def describe(course: Mapping[str, Any]) -> str:
    """The score halfway and at the end, in words: "mean IoU 0.912 → 0.951"; "" if there is none."""
    if course.get("end") is None:
        return ""
    name = SCORE_NAMES.get(course["score"], course["score"].replace("_", " "))
    halfway = "" if course["halfway"] is None else f"{course['halfway']:.3f} → "
    return f"{name} {halfway}{course['end']:.3f}"


def why_unfinished(course: Mapping[str, Any]) -> str:
    """Why a model cannot be judged after this training, in words that follow its name; "" if it can, or nobody knows.

    Either it had fewer than LEAST_STEPS steps, or it was still improving steeply: from halfway to the end its score
    gained STEEP or more, 5 times the smallest difference that a claim about labels, shares or counts takes for one (IoU
    and PQ as labels). What as much training again may bring is then more than what models are compared by.
    The rate falls to 0 at the end of any training, so a whole one gains there, too, but less: on smears of 96 px (one
    seed) accuracy gained 0.055, mean IoU 0.013 and the count 0.86 objects in 6 passes over 1,024 pictures, a study's
    default; in 1 pass mean IoU gained 0.24 and PQ 0.40.
    """
    if not course:
        return ""
    if course["steps"] < LEAST_STEPS:
        return f"was trained for {course['steps']} steps, and {LEAST_STEPS} are the least"
    steep = STEEP.get(course["score"])
    if steep is None or course["halfway"] is None or course["end"] is None:
        return ""
    gain = course["end"] - course["halfway"]
    gain = -gain if course["score"].endswith("error") else gain
    return f"is still improving steeply ({describe(course)})" if gain >= steep else ""
