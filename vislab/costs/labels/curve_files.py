"""Learning curves that were measured before, read from their file and checked."""

import math
from pathlib import Path
from typing import Any

from vislab.costs.labels.learning_curves import FORMAT, KIND, STARTS, Curves, Point
from vislab.errors import VislabError, is_number, is_whole
from vislab.evaluation.answers.questions import question_of
from vislab.models.predictions import TASKS
from vislab.system.files import read_json, with_nan

COMMITTED = Path(__file__).parent / "measured"  # curves that come with vislab


def read_curves(source: str | Path = "smear") -> Curves:
    """Curves that were measured before: "smear" (five seeds, comes with vislab), or a file that `Curves.save` wrote.

    Raises VislabError if the file is missing, something else, of another format, or holds impossible figures.
    """
    path = COMMITTED / f"curves-{source}.json"
    path = path if isinstance(source, str) and path.is_file() else Path(source)
    plain = with_nan(read_json(path, "give a file of Curves.save", kind=KIND, format=FORMAT))
    try:
        if not (isinstance(plain["points"], list) and plain["points"] and isinstance(plain["missing"], list)):
            raise VislabError(f"{path}: holds no list of trainings, or of what is missing; measure anew")
        points = tuple(Point(**point) for point in plain["points"])
        for point in points:
            _check_point(point, path)
        curves = Curves(plain["data"], points, plain["seconds"], plain["how"], tuple(plain["missing"]))
        _check_data(curves, path)
        return curves
    except VislabError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise VislabError(f"{path}: lacks {error} of learning curves; measure anew") from error


def _check_point(point: Point, path: Path) -> None:
    """Raise VislabError if no training can have been so."""
    where = f"{path}: {point.task} at {point.pictures!r:.40} pictures, seed {point.seed!r:.40}"
    if point.task not in TASKS or point.start not in STARTS:
        raise VislabError(
            f"{where}, from {point.start!r:.40}: is no training of the tasks {', '.join(TASKS)}; measure anew"
        )
    if not (is_whole(point.pictures) and is_whole(point.seed, 0)):
        raise VislabError(f"{where}: these are no numbers of pictures and of a seed; measure anew")
    if not all(map(_is_amount, (point.rate, point.seconds, *point.scores.values()))):
        raise VislabError(f"{where}: its rate, seconds or scores are no amounts; measure anew")
    for question, error in point.errors.items():
        low, mean, high = ends = [error[end] for end in ("low", question_of(question).measure, "high")]
        if not all(map(_is_amount, ends)) or not (math.isnan(mean) or 0 <= low <= mean <= high):
            raise VislabError(
                f"{where}: the error on {question} ({mean}) does not lie in its own interval ({low} to {high}); "
                "measure anew"
            )


def _check_data(curves: Curves, path: Path) -> None:
    """Raise VislabError if the words and numbers around the trainings cannot be."""
    counts = [curves.data[name] for name in ("size", "steps", "batch", "test")]
    texts = [curves.data["name"], curves.data["machine"], *curves.how.values(), *curves.missing]
    if not all(map(is_whole, counts)) or not all(isinstance(text, str) for text in texts):
        raise VislabError(f"{path}: its data, how and missing are not what learning curves say; measure anew")
    lacking = {point.task for point in curves.points} - curves.seconds.keys()
    if lacking or not all(map(_is_amount, curves.seconds.values())):
        raise VislabError(f"{path}: the seconds of labelling for each task are no amounts; measure anew")


def _is_amount(value: Any) -> bool:
    """Whether it is a number from 0 on, or NaN for what is not known."""
    return (is_number(value) and value >= 0) or (isinstance(value, float) and math.isnan(value))
