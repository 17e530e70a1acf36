"""A class's work together, without names: its bets, its exercises, the seconds its labels took, what it measured."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from vislab.costs.labels.annotation_time import Spent
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.plotting.tables import as_html, lay_out
from vislab.studies.claims.one_study import Study
from vislab.studies.claims.published import CLAIMS
from vislab.studies.claims.read_results import read_source
from vislab.system import learner_file as learner
from vislab.system.files import read_json

Learner = dict[learner.Kind, dict[str, learner.Entry]]
Rows = list[tuple[str, ...]]  # headings first
RANGE: list[Callable[[Sequence[float]], float]] = [median, min, max]  # a class is too small for percentiles


class Bets(NamedTuple):
    """The bets on a claim: how many on each verdict, and the median of how sure they were, in percent."""

    verdicts: Counter[str]
    sure: float


class Tries(NamedTuple):
    """An exercise: how many got it right, how many tried, and the median of their tries."""

    right: int
    tried: int
    tries: float


class ErrorOf(NamedTuple):
    """What an error is of: the pictures, the model or baseline, and the question."""

    pictures: str
    model: str
    question: str


@dataclass(frozen=True)
class Pool:
    """A class's work as tables; prints and shows itself. It holds no name and no path of a learner.

    bets: by claim. exercises: by name. spent: kind of label → seconds a label, a learner each. errors: the errors that
    were measured. left_out: files that could not be read, and why: for the teacher, as it names them; only their number
    is shown.
    """

    files: int
    bets: dict[int, Bets]
    exercises: dict[str, Tries]
    spent: dict[str, list[float]]
    errors: dict[ErrorOf, list[float]]
    left_out: list[str] = field(default_factory=list, repr=False)

    def tables(self) -> dict[str, Rows]:
        """Caption → rows, without empty tables."""
        tables = {
            "Bets on the published claims": self._bets(),
            "Exercises": self._exercises(),
            "Seconds a label": self._spent(),
            "Errors measured by studies": self._errors(),
        }
        return {caption: rows for caption, rows in tables.items() if len(rows) > 1}

    def __repr__(self) -> str:
        parts = [self._summary()]
        parts += [f"{caption}\n" + "\n".join(lay_out(rows, (1,))) for caption, rows in self.tables().items()]
        return "\n\n".join(parts)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        tables = "".join(f"<h4>{caption}</h4>{as_html(rows)}" for caption, rows in self.tables().items())
        return {"text/html": f"<p>{self._summary()}</p>{tables}", "text/plain": repr(self)}

    def _summary(self) -> str:
        text = f"{self.files - len(self.left_out)} of {self.files} files are pooled."
        return text + (" .left_out says what is wrong with the others." if self.left_out else "")

    def _bets(self) -> Rows:
        says = {claim.number: claim.says for claim in CLAIMS}
        rows: Rows = [("claim", "bets", "how sure")]
        for number, bets in sorted(self.bets.items()):
            votes = ", ".join(f"{count} × {verdict}" for verdict, count in bets.verdicts.most_common())
            rows.append((f"{number}. {says.get(number, '')}", votes, f"{bets.sure:.0f} %"))
        return rows

    def _exercises(self) -> Rows:
        rows = [(name, f"{row.right} of {row.tried}", f"{row.tries:g}") for name, row in sorted(self.exercises.items())]
        return [("exercise", "right", "tries (median)"), *rows]

    def _spent(self) -> Rows:
        rows: Rows = [("label", "learners", "median", "from", "to")]
        for kind, seconds in sorted(self.spent.items()):
            rows.append((kind, str(len(seconds)), *(f"{of(seconds):.1f} s" for of in RANGE)))
        return rows

    def _errors(self) -> Rows:
        rows: Rows = [("pictures", "model", "question", "studies", "median", "from", "to")]
        for (pictures, model, name), errors in sorted(self.errors.items()):
            question = QUESTIONS[name]
            cells = [question.figure(of(errors)) for of in RANGE]
            rows.append((pictures, model, f"{question.heading} {question.column}", str(len(errors)), *cells))
        return rows


def pool(files: str | Path | Iterable[str | Path]) -> Pool:
    """A class's files together, without names.

    files: a pattern such as "handed-in/*.json" (** goes through folders), or the files themselves: a learner's
    work/learner.json, the labelling.json of a folder that vl.label filled, the results.json of a study. Their contents
    tell which is which, not their names. Raises VislabError if there is none; files of other kinds are left out.
    """
    if isinstance(files, str | Path):
        paths, source = sorted(glob(str(files), recursive=True)), files  # noqa: PTH207  Path.glob takes no absolute one
    else:
        paths, source = sorted(map(str, files)), "the list"
    if not paths:
        raise VislabError(f"{source}: there is no such file; give a pattern: 'handed-in/**/*.json'")
    learners: list[Learner] = []
    spent: dict[str, list[float]] = {}
    errors: dict[ErrorOf, list[float]] = {}
    left_out = []
    for path in paths:
        try:
            plain = read_json(Path(path), "hand in a learner.json, labelling.json or results.json")
            _add(plain, learners, spent, errors)
        except Exception as error:  # whatever a file does, the others are pooled
            why = str(error) if isinstance(error, VislabError) else f"is broken ({error!r})"
            left_out.append(f"{path}: {why.removeprefix(f'{path}: ')}")
    return Pool(len(paths), _bets(learners), _exercises(learners), spent, errors, left_out)


def _add(
    plain: Mapping[str, Any], learners: list[Learner], spent: dict[str, list[float]], errors: dict[ErrorOf, list[float]]
) -> None:
    """Add the contents of a file; nothing of it if it is broken."""
    if plain.get("kind") == "vislab.learner":
        learners.append(learner.checked(dict(plain)))
    elif plain.get("kind") == "vislab.labelling":
        for times in [Spent(**times) for times in plain["times"].values()]:
            if times.count:
                spent.setdefault(times.kind, []).append(times.each)
    elif "kind" not in plain and ("data" in plain or "results" in plain):
        for study in read_source(plain):
            _add_errors(study, errors)
    else:
        raise VislabError("is no learner.json, labelling.json or results.json")


def _add_errors(study: Study, errors: dict[ErrorOf, list[float]]) -> None:
    for model, result in study.everyone().items():
        for question, error in result["answers"].items():
            value = error[QUESTIONS[question].measure]
            if not math.isnan(value):
                errors.setdefault(ErrorOf(study.called, model, question), []).append(value)


def _bets(learners: Sequence[Learner]) -> dict[int, Bets]:
    pooled = {}
    for number in (claim.number for claim in CLAIMS if claim.number is not None):
        entries = [work["guesses"].get(f"claim-{number:02d}", {}) for work in learners]
        made = [bet for bet in entries if bet.get("value") and isinstance(bet.get("sure"), int | float)]
        if made:
            votes, sure = Counter(str(bet["value"]) for bet in made), median(bet["sure"] for bet in made)
            pooled[number] = Bets(votes, float(sure))
    return pooled


def _exercises(learners: Sequence[Learner]) -> dict[str, Tries]:
    pooled = {}
    for name in {name for work in learners for name in work["exercises"]}:
        entries = [work["exercises"].get(name, {}) for work in learners]
        tried = [entry for entry in entries if isinstance(entry.get("tries"), int)]
        if tried:
            right = sum(bool(entry.get("right")) for entry in tried)
            pooled[name] = Tries(right, len(tried), float(median(entry["tries"] for entry in tried)))
    return pooled
