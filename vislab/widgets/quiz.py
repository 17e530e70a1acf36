"""Questions that a learner commits to before a result appears, and quizzes whose wrong choices are explained.

They are plain ipywidgets, work by keyboard, keep the answer with the learner's work and show it again when the
cell is run again. Without a kernel (a printed page, a code host) they show the question and its choices as text.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from vislab.errors import VislabError
from vislab.system import learner_file as learner
from vislab.widgets.form import TO_RUN, WIDE, Asking, field, latest, line, sureness

NOTHING = "nothing yet"  # what .value says before there is a guess


@dataclass(frozen=True)
class Choice:
    """One answer to a quiz question, and why it is right or wrong."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A multiple-choice question; exactly one choice is right."""

    text: str
    choices: tuple[Choice, ...]

    def __post_init__(self) -> None:
        if sum(choice.right for choice in self.choices) != 1:
            raise VislabError(f"quiz question {self.text!r}: exactly one choice must be right")


class Guess(Asking):
    """A question with a guess and how sure of it; made by `guess`."""

    def __init__(
        self, question: str, choices: Sequence[str] | None, name: str, between: tuple[float, float], unit: str
    ) -> None:
        self.question, self.choices, self.between, self.unit = question, choices, between, unit
        self._kept = learner.recall("guesses", name)
        if choices:
            known = self._kept.get("value") if self._kept.get("value") in choices else None
            self._field = field(widgets.RadioButtons(options=list(choices), value=known, layout=WIDE))
        else:
            place = f"{between[0]:g} to {between[1]:g}"
            known = f"{self._kept['value']:g}" if isinstance(self._kept.get("value"), int | float) else ""
            asked = f"Your guess ({unit}):" if unit else "Your guess:"
            # Sent whole when the field is left: key by key, the last keys could arrive after the button's click.
            self._field = field(widgets.Text(description=asked, value=known, placeholder=place, continuous_update=False,
                                             style={"description_width": "initial"}))  # fmt: skip
        if known in (None, ""):
            self._kept = {}
        self._sure = sureness(self._kept.get("sure"))
        super().__init__(name, [line(question, bold=True), self._field, self._sure], "Keep my guess")
        hint = "Answer, say how sure you are, and keep it: then run the next cell."
        self._say(f"✓ Kept: {html.escape(self.said)}." if self._kept else hint)

    @property
    def value(self) -> Any:
        """What was guessed: the choice, or the number; the text "nothing yet" before that."""
        return self._kept.get("value", NOTHING)

    @property
    def sure(self) -> int | None:
        """How sure, in percent; None before there is a guess."""
        return self._kept.get("sure")

    @property
    def said(self) -> str:
        """The guess as half a sentence: "you said 12 cells (70 % sure)", or "you have not guessed yet"."""
        if not self._kept:
            return "you have not guessed yet"
        said = self.value if isinstance(self.value, str) else f"{self.value:g}{f' {self.unit}' if self.unit else ''}"
        return f"you said {said} ({self.sure} % sure)"

    def _keep(self) -> None:
        value, sure = self._field.value, self._sure.value
        if value is not None and not self.choices:
            value = parse_number(value, self.between)
        if value is None:
            wanted = "choose one answer" if self.choices else f"write a number from {self._field.placeholder}"
            return self._say(f"✗ Not kept: please {wanted}.")
        if sure is None:
            return self._say("✗ Not kept: please say how sure you are.")
        self._kept = {"value": value, "sure": sure}
        trouble = self._write("guesses", self.name, latest(self._kept))
        return self._say(f"✓ Kept: {html.escape(self.said)}.{trouble}")

    def _as_text(self) -> str:
        answers = "\n".join(f"  ○ {choice}" for choice in self.choices or ()) or f"  {self._field.description}"
        return f"{self.question}\n{answers}\n{self.said if self._kept else TO_RUN}"


class Quiz(Asking):
    """Multiple-choice questions, answered together; made by `quiz`."""

    def __init__(self, name: str, questions: Sequence[Question]) -> None:
        self.questions = questions
        kept = learner.recall("quizzes", name).get("last", [None] * len(questions))
        parts: list[widgets.Widget] = []
        self._fields, self._replies = [], []
        for number, question in enumerate(questions):
            texts = [choice.text for choice in question.choices]
            known = kept[number] if number < len(kept) and kept[number] in texts else None
            self._fields.append(field(widgets.RadioButtons(options=texts, value=known, layout=WIDE)))
            self._replies.append(widgets.HTML(layout=WIDE))
            parts += [line(f"{number + 1}. {question.text}", bold=True), self._fields[-1], self._replies[-1]]
        super().__init__(name, parts, "Check my answers")
        if any(box.value for box in self._fields):
            self._reply()
        else:
            self._say("Wrong choices are explained. Nobody grades this.")

    @property
    def right(self) -> int:
        """How many questions are answered rightly now."""
        pairs = zip(self.questions, self._fields, strict=True)
        return sum(choice.right for question, box in pairs for choice in question.choices if choice.text == box.value)

    def _keep(self) -> None:
        chosen = [box.value for box in self._fields]
        trouble = self._write("quizzes", self.name, lambda old: {"first": old.get("first", chosen), "last": chosen})
        self._reply(trouble)

    def _reply(self, trouble: str = "") -> None:
        for question, box, reply in zip(self.questions, self._fields, self._replies, strict=True):
            chosen = next((choice for choice in question.choices if choice.text == box.value), None)
            if chosen is None:
                reply.value = "– Not answered yet."
            else:
                reply.value = ("✓ <b>Right.</b> " if chosen.right else "✗ <b>No.</b> ") + html.escape(chosen.why)
        self._say(f"{self.right} of {len(self.questions)} right.{trouble}")

    def _as_text(self) -> str:
        blocks = [
            f"{number}. {question.text}\n" + "\n".join(f"  ○ {choice.text}" for choice in question.choices)
            for number, question in enumerate(self.questions, start=1)
        ]
        return "\n".join(blocks) + f"\n{TO_RUN}"


def guess(
    question: str,
    choices: Sequence[str] | None = None,
    *,
    name: str,
    between: tuple[float, float] = (0, 100),
    unit: str = "",
) -> Guess:
    """Ask for a guess and how sure the learner is, before a result appears.

    choices: what can be answered; without them a number `between` two bounds is asked for, in `unit`.
    name: under which it is kept, beginning with the notebook ("00-share"); the same name gives the same answer back.
    Returns a widget with .value, .sure and .said.
    """
    return Guess(question, choices, name, between, unit)


def quiz(name: str, questions: Sequence[Question]) -> Quiz:
    """Ask multiple-choice questions and explain each choice once the learner has checked their answers."""
    return Quiz(name, questions)


def parse_number(text: str, between: tuple[float, float]) -> float | int | None:
    """The number that was written (a decimal comma will do), None where it is none or out of bounds."""
    try:
        value = float(text.strip().rstrip("%").strip().replace(",", "."))
    except ValueError:
        return None
    if not between[0] <= value <= between[1]:
        return None
    return int(value) if value.is_integer() else value
