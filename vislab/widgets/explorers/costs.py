"""What the next answer costs: models side by side over resolution and batch, and any cost against any error."""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets as t

from vislab.costs.compute.sweep import expect, sweep_costs
from vislab.costs.compute.sweep_result import Sweep
from vislab.errors import VislabError
from vislab.evaluation.answers.cells import QUESTIONS
from vislab.models.build import Model
from vislab.models.encoder import STRIDE
from vislab.studies.claims.read_results import Study, read_study
from vislab.system.console import say
from vislab.widgets.explorers.cost_cells import ABOUT, COSTS, Cell, of_point, of_study, of_sweep, text, who
from vislab.widgets.frontend import Frontend, css, esm

if TYPE_CHECKING:
    from vislab.studies.results import Results

SIZES, BATCHES = tuple(range(32, 257, 32)), (1, 2, 4, 8, 16, 32, 64)  # offered beside those that were swept
FROM_SWEEP = "Whiskers: the 95 % interval of the median"
FROM_STUDY = "Whiskers: between them lie four of five times"


class CostExplorer(Frontend):
    """Costs at one size and batch, and one of them against an error; made by `explore_costs`.

    size, batch: where the sliders stand. cost, question: what the second view shows; all can be read and set.
    cells: what is known, a dict a model, size and batch (cost_cells). measuring: whether Python measures now.
    said: what went wrong last, "" for nothing. sweep: all that was swept, those measured on demand included.
    """

    _esm = esm("costs.js")
    _css = css("costs.css")

    about = t.Dict().tag(sync=True)
    size = t.Int().tag(sync=True)
    batch = t.Int().tag(sync=True)
    cost = t.Unicode("each").tag(sync=True)
    question = t.Unicode().tag(sync=True)
    cells: Any = t.List().tag(sync=True)
    measuring = t.Bool(False).tag(sync=True)
    said = t.Unicode().tag(sync=True)

    def __init__(self, study: Study | None, sweep: Sweep | None, models: Mapping[str, Model]) -> None:
        self.study, self.sweep, self.models = study, sweep, dict(models)
        cells = self._known()
        sizes, batches = ({one[name] for one in cells} for name in ("size", "batch"))
        if self.models:
            sizes, batches = sizes.union(SIZES), batches.union(BATCHES)
        self._sizes, self._batches = sorted(sizes), sorted(batches)
        people = who(study, sweep)
        asked = [question for question in QUESTIONS if any(question in one["errors"] for one in people)]
        size = int(study.data["size"]) if study else cells[0]["size"]
        swept = {one["size"] for one in cells}
        super().__init__(
            about={
                "models": people,
                "sizes": self._sizes,
                "batches": self._batches,
                "costs": {key: [words, unit, ABOUT.get(key, "")] for key, (words, unit, _) in COSTS.items()},
                "questions": {q: [QUESTIONS[q][1], f"{QUESTIONS[q][2]}{QUESTIONS[q][4] and ','}{QUESTIONS[q][4]}"]
                              for q in asked},
                "device": self._device(),
                "study": int(study.data["size"]) if study else None,
                "whiskers": FROM_SWEEP if sweep else FROM_STUDY,
                "able": list(self.models),
                "troubles": list(study.troubles) if study else [],
            },
            size=size if size in swept else min(swept, key=lambda one: abs(one - size)),
            batch=min(one["batch"] for one in cells),
            question=asked[0] if asked else "",
            cells=cells,
        )  # fmt: skip
        self.on_msg(self._hear)

    def _known(self) -> list[Cell]:
        """What the study and the sweep measured; where both did, the sweep."""
        swept = of_sweep(self.sweep) if self.sweep else []
        there = {(one["model"], one["size"], one["batch"]) for one in swept}
        studied = of_study(self.study) if self.study else []
        return [*swept, *(one for one in studied if (one["model"], one["size"], one["batch"]) not in there)]

    def _device(self) -> str:
        """What measured, by name."""
        told = [self.sweep.device] if self.sweep else []
        if self.study:
            machine = self.study.machine
            one = f"{machine.get('device', 'a device that is not named')}, {machine.get('threads', '?')} threads"
            told.append(f"the study: {one}" if told else one)
        return "; ".join(told)

    @t.validate("size", "batch", "cost", "question")
    def _offered(self, proposal: Any) -> Any:
        name, value = proposal.trait.name, proposal.value
        offered: Any = {"size": self._sizes, "batch": self._batches, "cost": COSTS, "question": QUESTIONS}[name]
        if value not in offered and not (name == "question" and value == ""):
            raise VislabError(f"there is no {name} {value!r} here; there are {', '.join(map(str, offered))}")
        return value

    @t.observe("size", "batch")
    def _expect(self, change: Any) -> None:
        """Where nothing was measured, say what arithmetic expects."""
        there = {one["model"] for one in self.cells if (one["size"], one["batch"]) == (self.size, self.batch)}
        if self.sweep is None or not self.cells or self.measuring:
            return
        try:
            new = [
                of_point(point)
                for name, model in self.models.items()
                if name not in there
                for point in expect(name, model, self.size, [self.batch], self.sweep.pace)
            ]
        except Exception:  # a model that does not take pictures of this size says so where it is measured
            return
        if new:
            self.cells = [*self.cells, *new]

    def measure(self) -> None:
        """Measure all models at the size and batch where the sliders stand; the points join the sweep."""
        if not self.models:
            raise VislabError("there are no models to measure here; give them: vl.explore_costs(results, models=...)")
        self.said, self.measuring = "", True
        try:
            new = sweep_costs(self.models, [self.size], [self.batch])
            self.sweep = new if self.sweep is None else self.sweep.join(new)
            self.cells = self._known()
        finally:
            self.measuring = False

    def _hear(self, _: Any, content: Any, __: Any) -> None:
        if content == "measure":
            try:
                self.measure()
            except Exception as error:  # shown beside the button: nobody sees what a message raises
                told = str(error) if isinstance(error, VislabError) else f"{type(error).__name__}: {error}"
                self.said = f"Not measured: {told}"

    def _rows(self) -> list[list[str]]:
        return text(self.about["models"], self.cells, self.size, self.batch)

    def __repr__(self) -> str:
        head, *rows = self._rows()
        told = ["; ".join(f"{name} {one}" for name, one in zip(head[1:], row[1:], strict=True)) for row in rows]
        return "\n".join([self._title(), *(f"{row[0]}: {words}" for row, words in zip(rows, told, strict=True))])

    def _title(self) -> str:
        where = f"{self.size} px, {self.batch} at a time, on {self.about['device']}"
        return f"Costs at {where}; run this cell to move resolution and batch"

    def as_html(self) -> str:
        """The costs where the sliders stand, and the errors, as a table."""
        head, *rows = self._rows()
        questions = self.about["questions"]
        head = [*head, *(f"{ask} ({unit})" for ask, unit in questions.values())]
        for row, model in zip(rows, self.about["models"], strict=True):
            errors = (model["errors"].get(question) for question in questions)
            row += ["not known" if e is None else f"{e[0]:g} ({e[1]:g}–{e[2]:g})" for e in errors]
        columns = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in head[1:])
        lines = "".join(
            f'<tr><th scope="row">{html.escape(row[0])}</th>' + "".join(f"<td>{html.escape(c)}</td>" for c in row[1:])
            + "</tr>" for row in rows
        )  # fmt: skip
        return f"<table><caption>{html.escape(self._title())}</caption><tr><td></td>{columns}</tr>{lines}</table>"


def explore_costs(
    results_or_models: "Results | Sweep | Mapping[str, Any] | str | Path",
    sweep: Sweep | None = None,
    models: Mapping[str, Model] | None = None,
) -> CostExplorer:
    """Move resolution and batch and see what each model costs; set any cost against the error on any question.

    results_or_models: a study's Results, its results.json or the folder of it, or models by name; a Sweep will do too.
    sweep: what vl.sweep_costs measured; without one, models are swept now, and results show their one size and batch.
    models: by the names that they have in the results; so that "measure now" can measure points that are not there.
    Raises VislabError where there is nothing to show, or results, sweep and models share no name.
    """
    study, sweep, models = _sort_out(results_or_models, sweep, models)
    if sweep is None and models:
        size = int(study.data["size"]) if study else 96
        say("measuring the models over resolution and batch: vl.sweep_costs, which takes some seconds")
        sweep = sweep_costs(models, sorted({64, 128, size - size % STRIDE}))
    names = [set(one) for one in (study and study.models, sweep and sweep.models, models) if one]
    if len(names) > 1 and not set.intersection(*names):
        there = " and ".join(", ".join(sorted(each)) for each in names)
        raise VislabError(f"results, sweep and models share no name ({there}); call the same model the same everywhere")
    if sweep is not None and not len(sweep) and not study:
        reasons = "; ".join(sorted({one.why for one in sweep.missing}))
        raise VislabError(f"this sweep holds no point ({reasons or 'nothing was measured'}); sweep smaller sizes")
    return CostExplorer(study, sweep, models or {})


def _sort_out(
    given: Any, sweep: Sweep | None, models: Mapping[str, Model] | None
) -> tuple[Study | None, Sweep | None, Mapping[str, Model] | None]:
    """The study, the sweep and the models, whichever was given first."""
    if sweep is not None and not isinstance(sweep, Sweep):
        raise VislabError(f"sweep= takes what vl.sweep_costs gives, not {type(sweep).__name__}")
    if isinstance(given, Sweep):
        return None, given if sweep is None else given.join(sweep), models
    if isinstance(given, Mapping) and given.get("kind") == "sweep":
        return None, Sweep.from_dict(given), models
    if isinstance(given, Mapping) and (not given or any(hasattr(one, "answer") for one in given.values())):
        if not given:
            raise VislabError("there is no model to explore; give at least one, by name")
        return None, sweep, given
    if not isinstance(given, (Mapping, str, Path, Study)) and not hasattr(given, "to_dict"):
        raise VislabError(f"give a study's results, its results.json, or models by name, not {type(given).__name__}")
    study = read_study(given)
    if not any(one["cost"] for one in study.models.values()):
        raise VislabError("these results hold no model with its costs; run vl.study, or vislab compare, first")
    return study, sweep, models
