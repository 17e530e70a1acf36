"""A class's work together, without names: its bets, its exercises, the seconds its labels took, what it measured."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from statistics import median
from typing import Any

from vislab.costs.labels.annotation_time import Spent
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.plotting.tables import as_html, lay_out
from vislab.studies.claims.published import CLAIMS
from vislab.studies.claims.read_results import read_study
from vislab.system import learner_file as learner
from vislab.system.files import read_json

Learner = dict[learner.Kind, dict[str, learner.Entry]]
Rows = list[tuple[str, ...]]  # headings first


@dataclass(frozen=True)
class Pool:
    """What a class handed in, as tables; prints and shows itself. It holds no name and no path of a learner.

    bets: claim → how many bet on each verdict, and how sure they were in the middle. exercises: name → (who got it
    right, who tried, tries in the middle). spent: kind of label → seconds a label, a learner each. errors: (pictures,
    model, question) → the errors that were measured. left_out: files that could not be read, and why: for the teacher,
    as it names them; only their number is shown.
    """

    files: int
    bets: dict[int, tuple[Counter[str], float]]
    exercises: dict[str, tuple[int, int, float]]
    spent: dict[str, list[float]]
    errors: dict[tuple[str, str, str], list[float]]
    left_out: list[str] = field(default_factory=list, repr=False)

    def tables(self) -> dict[str, Rows]:
        """Caption → rows, of what was handed in."""
        made = {
            "Bets on the published claims": self._bets(),
            "Exercises": self._exercises(),
            "Seconds a label": self._spent(),
            "Errors measured by studies": self._errors(),
        }
        return {caption: rows for caption, rows in made.items() if len(rows) > 1}

    def __repr__(self) -> str:
        parts = [self._said()]
        parts += [f"{caption}\n" + "\n".join(lay_out(rows, (1,))) for caption, rows in self.tables().items()]
        return "\n\n".join(parts)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        tables = "".join(f"<h4>{caption}</h4>{as_html(rows)}" for caption, rows in self.tables().items())
        return {"text/html": f"<p>{self._said()}</p>{tables}", "text/plain": repr(self)}

    def _said(self) -> str:
        read = self.files - len(self.left_out)
        said = f"{read} of {self.files} files are pooled."
        return said + (" What is wrong with the others: .left_out says it." if self.left_out else "")

    def _bets(self) -> Rows:
        says = {claim.number: claim.says for claim in CLAIMS}
        rows: Rows = [("claim", "bets", "how sure")]
        for number, (counted, sure) in sorted(self.bets.items()):
            votes = ", ".join(f"{count} × {verdict}" for verdict, count in counted.most_common())
            rows.append((f"{number}. {says.get(number, '')}", votes, f"{sure:.0f} %"))
        return rows

    def _exercises(self) -> Rows:
        rows: Rows = [("exercise", "right", "tries (median)")]
        for name, (right, tried, tries) in sorted(self.exercises.items()):
            rows.append((name, f"{right} of {tried}", f"{tries:g}"))
        return rows

    def _spent(self) -> Rows:
        rows: Rows = [("label", "learners", "median", "from", "to")]
        for kind, seconds in sorted(self.spent.items()):
            rows.append((kind, str(len(seconds)), *(f"{value:.1f} s" for value in _middle_and_ends(seconds))))
        return rows

    def _errors(self) -> Rows:
        rows: Rows = [("pictures", "who", "question", "studies", "median", "from", "to")]
        for (pictures, who, question), errors in sorted(self.errors.items()):
            asked = QUESTIONS[question]
            cells = (asked.figure(value) for value in _middle_and_ends(errors))
            rows.append((pictures, who, f"{asked.heading} {asked.column}", str(len(errors)), *cells))
        return rows


def pool(files: str | Path | Iterable[str | Path]) -> Pool:
    """What a class handed in, together and without names.

    files: a pattern such as "handed-in/*.json" (** goes through folders), or the files themselves: a learner's
    work/learner.json, the labelling.json of a folder that vl.label filled, the results.json of a study; told by what
    they hold, not by their names. Raises VislabError where there is none; files that are none of these are left out.
    """
    one = isinstance(files, str | Path)
    # glob, as Path.glob takes no absolute pattern
    paths = sorted(glob(str(files), recursive=True) if isinstance(files, str | Path) else map(str, files))  # noqa: PTH207
    if not paths:
        raise VislabError(
            f"{files if one else 'the list'}: there is no such file; give a pattern: 'handed-in/**/*.json'"
        )
    learners: list[Learner] = []
    spent: dict[str, list[float]] = {}
    errors: dict[tuple[str, str, str], list[float]] = {}
    left_out = []
    for path in paths:
        try:
            plain = read_json(Path(path), "hand in a learner.json, labelling.json or results.json")
        except VislabError as error:
            left_out.append(str(error))
            continue
        try:
            _take(plain, learners, spent, errors)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            left_out.append(f"{path}: {error if isinstance(error, VislabError) else f'is broken ({error!r})'}")
    return Pool(len(paths), _bets(learners), _exercises(learners), spent, errors, left_out)


def _take(
    plain: Mapping[str, Any],
    learners: list[Learner],
    spent: dict[str, list[float]],
    errors: dict[tuple[str, str, str], list[float]],
) -> None:
    """Add what a file holds to what there is; nothing of it where it is broken."""
    if plain.get("kind") == "vislab.learner":
        learners.append(learner.checked(dict(plain)))
    elif plain.get("kind") == "vislab.labelling":
        done = [Spent(**one) for one in plain["times"].values()]
        for one in done:
            if one.count:
                spent.setdefault(one.kind, []).append(one.seconds / one.count)
    elif "kind" not in plain and "data" in plain:
        study = read_study(plain)
        for who, told in study.everyone().items():
            for question, found in told["answers"].items():
                value = found.get(QUESTIONS[question].measure) if question in QUESTIONS else None
                if value is not None and value == value:  # NaN: cannot be told from these pictures
                    errors.setdefault((study.data["name"], who, question), []).append(value)
    else:
        raise VislabError("is no learner.json, labelling.json or results.json")


def _bets(learners: Sequence[Learner]) -> dict[int, tuple[Counter[str], float]]:
    found = {}
    for number in (claim.number for claim in CLAIMS if claim.number is not None):
        kept = [one["guesses"].get(f"claim-{number:02d}", {}) for one in learners]
        made = [bet for bet in kept if bet.get("value") and isinstance(bet.get("sure"), int | float)]
        if made:
            found[number] = Counter(str(bet["value"]) for bet in made), float(median(bet["sure"] for bet in made))
    return found


def _exercises(learners: Sequence[Learner]) -> dict[str, tuple[int, int, float]]:
    found = {}
    for name in {name for one in learners for name in one["exercises"]}:
        entries = [one["exercises"].get(name, {}) for one in learners]
        tried = [entry for entry in entries if isinstance(entry.get("tries"), int)]
        if tried:
            right = sum(bool(entry.get("right")) for entry in tried)
            found[name] = right, len(tried), float(median(entry["tries"] for entry in tried))
    return found


def _middle_and_ends(values: Sequence[float]) -> tuple[float, float, float]:
    """The median, the least and the most; a class is too small for percentiles."""
    return median(values), min(values), max(values)
