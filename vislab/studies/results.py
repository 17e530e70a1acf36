"""The results of a study, the file that holds them, and their table: who answers what how well, at what cost."""

import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from vislab.costs.kinds import COST_KINDS, IN_TABLES
from vislab.data.scenes import Scenes
from vislab.errors import is_number
from vislab.evaluation.answers.answers import Answers
from vislab.evaluation.answers.questions import QUESTIONS, UNANSWERED, UNKNOWN, answer_cell
from vislab.evaluation.evaluate import own_score
from vislab.evaluation.in_common import judged_on_some
from vislab.models.predictions import Prediction, Task
from vislab.plotting.dark import darken
from vislab.plotting.figures import Sheet
from vislab.plotting.tables import lay_out
from vislab.studies.guests import NOT_TOLD
from vislab.studies.outcome_figure import outcome
from vislab.studies.pairs import Pair
from vislab.studies.several_seeds import pool_entries
from vislab.system.console import plural
from vislab.system.files import without_nan, writing
from vislab.system.threads import NEARLY
from vislab.training.course import Course, describe, why_unfinished

FORMAT = 1
WIDE = 120  # columns
ONE_SEED = "test pictures, in brackets their 95 % intervals"
Errors = dict[str, dict[str, float]]  # question → its error and the ends of its interval, as in score_answers


class BaselineResult(TypedDict):
    """How wrong a baseline is on the questions that it answers."""

    answers: Errors


class ModelResult(BaselineResult):
    """scores: the task's own, "class_iou" a dict. cost: as Cost.to_dict, and labels. code: as CODE.

    training: how far it came; missing if the model was trained elsewhere.
    """

    scores: dict[str, Any]
    cost: dict[str, Any]
    code: dict[str, int]
    training: NotRequired[Course]


class GuestResult(BaselineResult):
    """task: the kind of prediction. pictures: how many it predicted, which it is judged on. scores: the task's own.

    cost: what it told, as Cost.to_dict.
    """

    task: Task
    pictures: int
    scores: dict[str, Any]
    cost: dict[str, Any]


@dataclass(frozen=True)
class Results:
    """The results of a study, or of several seeds; prints as a table, and `to_dict` is what results.json holds.

    data, machine: what was measured on what. models, baselines: by name. pairs: paired differences of their errors.
    left_out: what these pictures do not allow, in sentences. measured: what claims need beside the models:
    "architectures", light and heavy ones of both tasks, timed (Sweep.architectures). test: the test pictures;
    predictions and answers: of each model and baseline about them, for figures and paired comparison. These three are
    not in the file. others: the results of further seeds; all else is of the first. guests: by name, as models.
    """

    data: dict[str, Any]
    machine: dict[str, Any]
    models: dict[str, ModelResult]
    baselines: dict[str, BaselineResult]
    pairs: list[Pair] = field(repr=False)
    left_out: list[str]
    test: Scenes = field(repr=False)
    predictions: dict[str, Prediction] = field(repr=False)
    answers: dict[str, Answers] = field(repr=False)
    measured: dict[str, list[dict[str, Any]]] = field(default_factory=dict, repr=False)
    others: "tuple[Results, ...]" = field(default=(), repr=False)
    guests: dict[str, GuestResult] = field(default_factory=dict)

    @property
    def by_seed(self) -> "list[Results]":
        """The results of each seed by itself."""
        return [replace(self, others=()), *self.others]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings and None (for NaN), with the format's number; of several seeds a list of "results".

        "answers" holds the questions that were asked; null is an error that these pictures cannot tell.
        """
        if self.others:
            return {"format": FORMAT, "results": [one.to_dict() for one in self.by_seed]}
        names = ("data", "machine", "models", "guests", "baselines", "pairs", "left_out", "measured")
        plain: dict[str, Any] = without_nan({"format": FORMAT} | {name: getattr(self, name) for name in names})
        return plain

    def save(self, folder: str | Path) -> Path:
        """Write results.json, outcome.png and the same for dark pages, outcome-dark.png, into a folder; returns it.

        Both pictures are of the first seed.
        """
        folder = Path(folder)
        with writing(folder / "results.json") as part:
            part.write_text(json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        figure = self.figure()
        figure.save(folder / "outcome.png")
        darken(figure).save(folder / "outcome-dark.png")
        return folder

    def figure(self) -> Sheet:
        """Some test pictures with their truth and what each model, guest and baseline predicts.

        A guest of some of the pictures alone is not drawn.
        """
        whole = {name: shown for name, shown in self.predictions.items() if shown.ids == self.test.ids}
        return outcome(self.data["name"], self.test, whole, self.answers, [*self.models, *self.guests])

    def __repr__(self) -> str:
        if not self.others:
            return matrix(self.data, self.machine, self.models, self.baselines, self.left_out, guests=self.guests)
        each = self.by_seed
        sets = len({one.data["pictures"] for one in each})
        busiest = max(one.machine.get("busy_elsewhere", 0.0) for one in each)
        return matrix(
            self.data,
            self.machine | {"busy_elsewhere": busiest},
            pool_entries([one.models for one in each], sets),
            pool_entries([one.baselines for one in each], sets),
            list(dict.fromkeys(line for one in each for line in one.left_out)),
            [one.data["seed"] for one in each],
            pool_entries([one.guests for one in each], sets),
        )


def nest_scores(scores: dict[str, float]) -> dict[str, Any]:
    """Scores as results.json has them: the IoUs of classes in a dict of their own."""
    by_class = {name.removeprefix("iou "): value for name, value in scores.items() if name.startswith("iou ")}
    rest = {name: value for name, value in scores.items() if not name.startswith("iou ")}
    return rest | {"class_iou": by_class} if by_class else rest


def matrix(
    data: Mapping[str, Any],
    machine: Mapping[str, Any],
    models: Mapping[str, Mapping[str, Any]],
    baselines: Mapping[str, Mapping[str, Any]],
    left_out: Sequence[str],
    seeds: Sequence[int] = (),
    guests: Mapping[str, Mapping[str, Any]] | None = None,
) -> str:
    """Models, guests and baselines by the questions with 95 % intervals and the task's own score; costs; trainings.

    Arguments as the fields of Results. seeds: those that were pooled, if several. No line is longer than 120 columns.
    """
    trained = f"seeds {', '.join(map(str, seeds))}" if seeds else f"seed {data['seed']}"
    title = (
        f"{data['name']}: {data['train']:,} pictures trained, {data['valid']:,} chose, {data['test']:,} tested; "
        f"{data['size']} px, {trained}; {machine['device']}, {plural(machine['threads'], 'thread')}"
        f"{on_encoder(data)}"
    )
    asked = [["", *(question.heading for question in QUESTIONS.values()), "its own"]]
    asked += [["", *(question.column for question in QUESTIONS.values()), "score"]]
    asked += [[name, *_answers(entry), own_score(name, entry["scores"])] for name, entry in models.items()]
    guests = guests or {}
    asked += [[name, *_answers(entry), guest_score(entry)] for name, entry in guests.items()]
    asked += [[name, *_answers(entry), UNANSWERED] for name, entry in baselines.items()]
    costs = [["", *(COST_KINDS[cost].heading[line] for cost in IN_TABLES)] for line in (0, 1)]
    costs += [[name, *(cost_cell(cost, entry["cost"]) for cost in IN_TABLES)] for name, entry in models.items()]
    costs += [[name, *(told_cell(cost, entry["cost"]) for cost in IN_TABLES)] for name, entry in guests.items()]
    over = "test pictures and seeds, in brackets 95 % intervals over both" if seeds else ONE_SEED
    note = (
        f"Errors are means over {over}; – was not trained to say. The count of "
        "a semantic mask (and of the colour threshold) is that of its components, a guess. Own scores share no scale: "
        "do not rank tasks by them. The brackets behind a time leave out its quickest and its slowest tenth. Labels "
        "take the seconds that others have published, for these pictures' own objects and outlines: an estimate."
    )
    if "detection" in models:
        note += " The share of boxes is that of the ellipses inside them, a guess."
    if any(UNKNOWN in row for row in asked):
        note += " ? cannot be told: these pictures carry no truth of it."
    if (busy := machine.get("busy_elsewhere", 0.0)) > NEARLY:
        note += f" Other programs kept {busy:.1f} cores busy while costs were measured: times would be shorter without."
    notes = (note, *guest_notes(guests, data["test"]), *_withheld(data, models), *left_out)
    below = [line for text in notes for line in textwrap.wrap(text, WIDE)]
    own = 2 + len(models)  # lines above those of others
    rules = sorted({2, own, own + len(guests)})
    tables = [*lay_out(asked, rules), "", *lay_out(costs, (2, own) if guests else (2,)), *_trainings(models)]
    return "\n".join([*textwrap.wrap(title, WIDE), "", *tables, "", *below])


def guest_score(entry: Mapping[str, Any]) -> str:
    """A guest's own score by its task's name; – if these pictures cannot tell it."""
    known = {name: value for name, value in entry["scores"].items() if is_number(value)}
    return own_score(entry["task"], known) if known else UNANSWERED


def guest_notes(guests: Mapping[str, Mapping[str, Any]], test: int) -> list[str]:
    """What to know of guests, in sentences; test: how many pictures there are."""
    if not guests:
        return []
    notes = [
        f"Guests predicted elsewhere and tell their costs themselves; {NOT_TOLD!r} is not 0, and no guest is advised."
    ]
    for name, entry in guests.items():
        if entry["pictures"] < test:
            notes.append(f"{judged_on_some(name, entry['pictures'], test)}.")
    return notes


def told_cell(name: str, cost: Mapping[str, Any]) -> str:
    """A guest's cost in its unit, or that it is not told."""
    cell = cost_cell(name, cost)
    return NOT_TOLD if cell == UNANSWERED else cell


def on_encoder(data: Mapping[str, Any]) -> str:
    """On which encoder a study's models stand, after a semicolon; "" for our own."""
    return f"; encoder {data['encoder']}" if data.get("encoder") else ""


def _trainings(models: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The table of how far trainings came, after an empty line; [] if nobody kept it."""
    courses = {name: entry["training"] for name, entry in models.items() if entry.get("training")}
    rows = [["", "steps", "passes", "validation score, halfway → end of training"]]
    rows += [
        [name, f"{course['steps']:,}", f"{course['passes']:.3g}", describe(course) or UNANSWERED]
        for name, course in courses.items()
    ]
    return ["", *lay_out(rows, (1,))] if courses else []


def _withheld(data: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A sentence about each model that was not trained long enough to be judged."""
    whys = {name: why_unfinished(entry.get("training", {})) for name, entry in models.items()}
    return [f"Not judged: {name} {why}; {would_settle(data)}." for name, why in whys.items() if why]


def would_settle(data: Mapping[str, Any], pictures: bool = False) -> str:
    """What would settle what a training was too short for, or, with pictures, perhaps had too little to learn from."""
    more = f"more --{'minutes' if data.get('minutes') else 'epochs'}"
    return f"{more} or more pictures may settle it" if pictures else f"{more} would settle it"


def _answers(entry: Mapping[str, Any]) -> list[str]:
    """The cells of the questions, their numbers in line by the decimal point."""
    cells = []
    for question, asked in QUESTIONS.items():
        cell = answer_cell(question, entry["answers"])
        number, space, rest = cell.partition(" ")
        cells.append(f"{number:>{3 + asked.decimals}}{space}{rest}" if space else cell)
    return cells


def cost_cell(name: str, cost: Mapping[str, Any]) -> str:
    """A cost in its unit; – where it was not measured or is not known."""
    value = cost.get(name)
    unknown = value is None or (isinstance(value, float) and math.isnan(value))
    return UNANSWERED if unknown else COST_KINDS[name].cell(value)
