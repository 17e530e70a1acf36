"""What studies of several seeds found, as one table shows it: errors pooled, all other numbers as means."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vislab.errors import is_number
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.metrics.intervals import over_seeds
from vislab.training.course import why_unfinished

Entry = Mapping[str, Any]  # a model or baseline, as Results and results.json hold it


def pool_entries(each: Sequence[Mapping[str, Entry]], sets_of_pictures: int) -> dict[str, dict[str, Any]]:
    """The models, or the baselines, that all studies have, by name. each: those of one study.

    An error is the mean over studies, its 95 % interval covers other pictures and other seeds (intervals.over_seeds).
    Of trainings one that is not judged stands for all.
    """
    names = [name for name in each[0] if all(name in entries for entries in each)]
    return {name: _pool([entries[name] for entries in each], sets_of_pictures) for name in names}


def _pool(entries: Sequence[Entry], sets_of_pictures: int) -> dict[str, Any]:
    pooled: dict[str, Any] = _mean(entries)
    answers = [entry["answers"] for entry in entries]
    pooled["answers"] = {
        question: _pool_error(question, [answer[question] for answer in answers], sets_of_pictures)
        for question in pooled["answers"]
    }
    unfinished = [entry["training"] for entry in entries if why_unfinished(entry.get("training", {}))]
    return pooled | {"training": unfinished[0]} if unfinished else pooled


def _pool_error(question: str, errors: Sequence[Mapping[str, float]], sets_of_pictures: int) -> dict[str, float]:
    """One error with its interval, which ends at what can be."""
    measure, most = QUESTIONS[question].measure, QUESTIONS[question].most
    halves = [(error["high"] - error["low"]) / 2 for error in errors]
    mean, low, high = over_seeds([error[measure] for error in errors], halves, sets_of_pictures)
    return {measure: mean, "low": float(np.clip(low, 0, most)), "high": float(np.clip(high, 0, most))}


def _mean(values: Sequence[Any]) -> Any:
    """The mean of numbers, whole if all are; of dicts that of each key that all have; of all else the first."""
    first = values[0]
    if isinstance(first, Mapping):
        keys = [key for key in first if all(key in value for value in values)]
        return {key: _mean([value[key] for value in values]) for key in keys}
    if not all(map(is_number, values)):
        return first
    mean = float(np.mean(values))
    return round(mean) if all(isinstance(value, int) for value in values) else mean
