"""Questions that a learner commits to before a result appears, and quizzes whose wrong choices are explained.

They are plain ipywidgets and work by keyboard. The answer is saved with the learner's work and shown again when the
cell is run again. Without a kernel (a printed page, a code host) they show the question and its choices as text.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from vislab.errors import VislabError
from vislab.system import learner_file as learner
from vislab.system.console import in_notebook, say
from vislab.widgets.form import TO_RUN, WIDE, Form, field, latest, line, sureness

Bounds = tuple[float, float]  # of a number that is guessed


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


class Guess(Form):
    """A question with a guess and how sure of it; made by `guess`."""

    def __init__(self, question: str, choices: Sequence[str] | None, name: str, between: Bounds, unit: str) -> None:
        self.question, self.choices, self.between, self.unit = question, choices, between, unit
        self._saved = learner.recall("guesses", name)
        self.asked_again = False
        value = self._saved.get("value")
        if not (value in choices if choices else isinstance(value, int | float)):
            value, self._saved = None, {}
        if choices:
            self._field = field(widgets.RadioButtons(options=list(choices), value=value, layout=WIDE))
        else:
            asks, number = f"Your guess ({unit}):" if unit else "Your guess:", "" if value is None else f"{value:g}"
            # Sent when the field is left: key by key, the last keys could arrive after the button's click.
            self._field = field(widgets.Text(description=asks, value=number, continuous_update=False,
                                             placeholder=f"{between[0]:g} to {between[1]:g}",
                                             style={"description_width": "initial"}))  # fmt: skip
        self._sure = sureness(self._saved.get("sure"))
        super().__init__(name, [line(question, bold=True), self._field, self._sure], "Keep my guess")
        hint = "Answer, say how sure you are, and keep it: then run the next cell."
        self._show_status(f"✓ Kept: {html.escape(self.text)}." if self._saved else hint)

    @property
    def value(self) -> Any:
        """The guess: a choice, or a number; the text "nothing yet" before there is one."""
        return self._saved.get("value", "nothing yet")

    @property
    def sure(self) -> int | None:
        """How sure, in percent; None before there is a guess."""
        return self._saved.get("sure")

    @property
    def text(self) -> str:
        """The guess as half a sentence: "you said 12 cells (70 % sure)", or "you have not guessed yet"."""
        if not self._saved:
            return "you have not guessed yet"
        guess = self.value if isinstance(self.value, str) else f"{self.value:g} {self.unit}".rstrip()
        return f"you said {guess} ({self.sure} % sure)"

    def _submit(self) -> None:
        value = self._field.value if self.choices else parse_number(self._field.value, self.between)
        sure = self._sure.value
        if value is None:
            task = "choose one answer" if self.choices else f"write a number from {self._field.placeholder}"
            return self._show_status(f"✗ Not kept: please {task}.")
        if sure is None:
            return self._show_status("✗ Not kept: please say how sure you are.")
        self._saved = {"value": value, "sure": sure}
        trouble = self._save("guesses", self.name, latest(self._saved))
        kept = "✗ Not kept, but known until the kernel ends" if trouble else "✓ Kept"
        return self._show_status(f"{kept}: {html.escape(self.text)}.{trouble}")

    def __repr__(self) -> str:
        answers = "\n".join(f"  ○ {choice}" for choice in self.choices or ()) or f"  {self._field.description}"
        return f"{self.question}\n{answers}\n{self.text if self._saved else TO_RUN}"


class Quiz(Form):
    """Multiple-choice questions, answered together; made by `quiz`."""

    def __init__(self, name: str, questions: Sequence[Question]) -> None:
        self.questions = questions
        saved = learner.recall("quizzes", name).get("last", [])
        parts: list[widgets.Widget] = []
        self._fields, self._replies = [], []
        for number, question in enumerate(questions):
            texts = [choice.text for choice in question.choices]
            known = saved[number] if number < len(saved) and saved[number] in texts else None
            self._fields.append(field(widgets.RadioButtons(options=texts, value=known, layout=WIDE)))
            self._replies.append(widgets.HTML(layout=WIDE))
            parts += [line(f"{number + 1}. {question.text}", bold=True), self._fields[-1], self._replies[-1]]
        super().__init__(name, parts, "Check my answers")
        if any(self._chosen):
            self._reply()
        else:
            self._show_status("Wrong choices are explained. Nobody grades this.")

    @property
    def _chosen(self) -> list[Choice | None]:
        """The choice of each question, None if it has none yet."""
        pairs = zip(self.questions, self._fields, strict=True)
        return [next((c for c in question.choices if c.text == box.value), None) for question, box in pairs]

    @property
    def right(self) -> int:
        """How many questions are answered rightly now."""
        return sum(choice.right for choice in self._chosen if choice)

    def _submit(self) -> None:
        texts = [box.value for box in self._fields]
        trouble = self._save("quizzes", self.name, lambda old: {"first": old.get("first", texts), "last": texts})
        self._reply(trouble)

    def _reply(self, trouble: str = "") -> None:
        for choice, reply in zip(self._chosen, self._replies, strict=True):
            if choice is None:
                reply.value = "– Not answered yet."
            else:
                reply.value = ("✓ <b>Right.</b> " if choice.right else "✗ <b>No.</b> ") + html.escape(choice.why)
        self._show_status(f"{self.right} of {len(self.questions)} right.{trouble}")

    def __repr__(self) -> str:
        blocks = [
            f"{number}. {question.text}\n" + "\n".join(f"  ○ {choice.text}" for choice in question.choices)
            for number, question in enumerate(self.questions, start=1)
        ]
        return "\n".join([*blocks, TO_RUN])


def guess(
    question: str, choices: Sequence[str] | None = None, *, name: str, between: Bounds = (0, 100), unit: str = ""
) -> Guess:
    """Ask for a guess and how sure the learner is, before a result appears.

    choices: the possible answers; without them the answer is a number `between` two bounds, in `unit`.
    name: of the saved answer, beginning with the notebook ("00-share"); the same name gives the same answer back.
    Returns a widget with .value, .sure and .text. A cell with its .text tells the result: if no guess was made before
    somebody runs that cell, the question is asked once more above the result.
    """
    if in_notebook():
        from IPython import get_ipython

        get_ipython().events.register("pre_run_cell", ask_again)
    return Guess(question, choices, name, between, unit)


def ask_again(cell: Any) -> None:
    """Before a cell runs: ask once more for each guess that is missing and whose .text stands in the cell's source."""
    from IPython import get_ipython

    shell: Any = get_ipython()
    if not shell.kernel.get_parent()["content"].get("allow_stdin"):
        return  # a build, a test, a grader: nobody is there to answer
    for name, value in list(shell.user_ns.items()):
        if isinstance(value, Guess) and value.sure is None and re.search(rf"\b{name}\.text\b", cell.raw_cell):
            if not value.asked_again:
                say(f"You have not guessed yet: {value.question} Answer before you read on.\n")
            value.asked_again = True


def quiz(name: str, questions: Sequence[Question]) -> Quiz:
    """Ask multiple-choice questions and explain each choice once the learner has checked their answers."""
    return Quiz(name, questions)


def parse_number(text: str, between: Bounds) -> float | int | None:
    """The number that was written (a decimal comma will do), None if it is no number or out of bounds."""
    try:
        value = float(text.strip().rstrip("%").replace(",", "."))
    except ValueError:
        return None
    if not between[0] <= value <= between[1]:
        return None
    return int(value) if value.is_integer() else value
