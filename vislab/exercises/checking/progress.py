"""The learner's progress: every exercise of the course, tried or not, right or not."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from vislab.exercises.checking.check import Check
from vislab.plotting.tables import as_html, lay_out
from vislab.system import learner_file as learner

NOTEBOOKS = {  # number: title, and the folder with its checks
    "00": ("One picture, four questions", "nb00_four_questions"),
    "01": ("Build a classifier", "nb01_classifier"),
    "02": ("Trust a classifier", "nb02_trust"),
    "03": ("Semantic segmentation", "nb03_semantic"),
    "04": ("Build an instance segmenter", "nb04_instance"),
    "05": ("Score an instance segmenter", "nb05_score"),
    "06": ("Compare answers", "nb06_compare"),
    "07": ("Compare the costs of computing", "nb07_compute"),
    "08": ("Compare the costs of labels", "nb08_labels"),
    "09": ("The verdict", "nb09_verdict"),
    "10": ("Your own pictures", "nb10_own_pictures"),
}


@dataclass(frozen=True)
class Progress:
    """What the learner has done of the course; shows itself. rows: headings, then one row a notebook."""

    rows: list[tuple[str, ...]]
    right: int
    of: int

    def _summary(self) -> str:
        right = f"{self.right} of {self.of} exercises that check themselves are right (✓ right, ✗ tried, – not yet)."
        return f"{right} Kept in {learner.state_file().name}, in the folder work."

    def __repr__(self) -> str:
        return "\n".join([*lay_out(self.rows, (1,)), "", self._summary()])

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/html": as_html(self.rows, self._summary()), "text/plain": repr(self)}


def checks(number: str) -> dict[str, Check]:
    """The checks of a notebook by what the notebook calls them."""
    module = import_module(f"vislab.exercises.{NOTEBOOKS[number][1]}.checks")
    return {name: value for name, value in vars(module).items() if isinstance(value, Check)}


def progress() -> Progress:
    """What the learner has done so far: exercises (✓ right, ✗ tried, – not tried), guesses made, quizzes answered."""
    tried, guesses, quizzes = (learner.recall_all(kind) for kind in ("exercises", "guesses", "quizzes"))
    rows: list[tuple[str, ...]] = [("", "notebook", "exercises", "guesses", "quizzes")]
    right = of = 0
    for number, (title, _) in NOTEBOOKS.items():
        entries = {name: tried.get(check.name, {}) for name, check in checks(number).items()}
        right += sum(bool(entry.get("right")) for entry in entries.values())
        of += len(entries)
        exercises = ", ".join(f"{_sign(entry)} {name.replace('_', ' ')}" for name, entry in entries.items())
        prefixes = (number, "claim") if number == "00" else number  # the bets on claims are made there
        counts = [sum(name.startswith(prefixes) for name in answers) for answers in (guesses, quizzes)]
        rows.append((number, title, exercises, *(str(count) if count else "–" for count in counts)))
    return Progress(rows, right, of)


def _sign(entry: learner.Entry) -> str:
    return "✓" if entry.get("right") else "✗" if entry.get("tries") else "–"
