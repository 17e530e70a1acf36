"""What one study found, as rules read it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from vislab.evaluation.answers.questions import QUESTIONS
from vislab.studies.results import would_settle
from vislab.training.course import why_unfinished

Part = TypeVar("Part")


@dataclass(frozen=True)
class Study:
    """What one study found, as results.json holds it, but NaN for null. troubles: what had to be left out, and why.

    measured: what it measured beside its models, as judge.judge takes it.
    raw: all that was read, as plain JSON. guests: by name, as results.json holds them.
    """

    data: dict[str, Any]
    machine: dict[str, Any]
    models: dict[str, dict[str, Any]]
    baselines: dict[str, dict[str, Any]]
    pairs: list[dict[str, Any]]
    left_out: list[str]
    troubles: list[str]
    measured: dict[str, Sequence[Any]]
    raw: dict[str, Any]
    guests: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def drawn(self) -> bool:
        """Whether its pictures were drawn by a program; files from before "drawn" was kept go by their name."""
        return bool(self.data.get("drawn", self.data["name"] in ("smear", "street")))

    @property
    def called(self) -> str:
        """Its pictures, and the encoder if it is not our own: what tells it from studies of other seeds alone."""
        encoder = self.data.get("encoder")
        return f"{self.data['name']} on {encoder}" if encoder else str(self.data["name"])

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes; in files from before they were kept, those that the semantic mask was scored by."""
        scored = self.raw
        for key in ("models", "semantic", "scores", "class_iou"):
            scored = get(scored, key, dict)
        return tuple(map(str, get(self.data, "classes", list) or scored))

    def asked(self, question: str) -> tuple[str, ...]:
        """The classes that a question was asked of; () if nobody kept it."""
        return tuple(map(str, get(get(self.data, "asked", dict), question, list)))

    def everyone(self) -> dict[str, dict[str, Any]]:
        """Models, guests and baselines by name."""
        return self.models | self.guests | self.baselines

    def why_withheld(self, name: str) -> str:
        """Why this model is not judged by its training, in a sentence without its full stop; "" if it is."""
        why = why_unfinished(self.models.get(name, {}).get("training", {}))
        return f"not judged: {name} {why}; {would_settle(self.data)}" if why else ""

    def error(self, name: str, question: str) -> float:
        """Anyone's mean error on a question; NaN if it does not answer, or the truth is not known."""
        answers = self.everyone().get(name, {}).get("answers", {})
        return float(answers.get(question, {}).get(QUESTIONS[question].measure, math.nan))


def get(plain: Any, key: str, kind: type[Part]) -> Part:
    """The value of a key if it is of this kind, or an empty one."""
    value = plain.get(key) if isinstance(plain, Mapping) else None
    return value if isinstance(value, kind) else kind()
