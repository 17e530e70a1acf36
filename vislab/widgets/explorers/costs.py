"""What the next answer costs: models side by side over resolution and batch, and any cost against any error."""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import traitlets as t

from vislab.costs.compute.sweep import expect, sweep_costs
from vislab.costs.compute.sweep_result import Sweep
from vislab.costs.kinds import COST_KINDS
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.models.build import Model
from vislab.models.encoder import STRIDE
from vislab.studies.claims.read_results import Study, read_study
from vislab.system.console import say
from vislab.widgets.explorers.cost_cells import COSTS, Cell, model_rows, of_point, of_study, of_sweep, table
from vislab.widgets.frontend import Frontend, css, describe_error, esm

if TYPE_CHECKING:
    from vislab.studies.results import Results

SIZES, BATCHES = tuple(range(32, 257, 32)), (1, 2, 4, 8, 16, 32, 64)  # offered beside those that were swept
FROM_SWEEP = "Whiskers: the 95 % interval of the median"
FROM_STUDY = "Whiskers: four of five times lie between them"


class CostExplorer(Frontend):
    """Costs at one size and batch, and one of them against an error; made by `explore_costs`.

    size, batch: where the sliders stand. cost, question: what the second view shows; all can be read and set.
    cells: what is known, a dict a model, size and batch (cost_cells). measuring: whether Python measures now.
    trouble: what went wrong last, or "". sweep: all that was swept or measured on demand.
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
    trouble = t.Unicode().tag(sync=True)

    def __init__(self, study: Study | None, sweep: Sweep | None, models: Mapping[str, Model]) -> None:
        self.study, self.sweep, self.models = study, sweep, dict(models)
        cells = self._known()
        sizes, batches = ({cell[name] for cell in cells} for name in ("size", "batch"))
        self._sizes = sorted(sizes.union(SIZES if self.models else ()))
        self._batches = sorted(batches.union(BATCHES if self.models else ()))
        rows = model_rows(study, sweep)
        asked = [question for question in QUESTIONS if any(question in row["errors"] for row in rows)]
        size = int(study.data["size"]) if study else cells[0]["size"]
        super().__init__(
            about={
                "models": rows,
                "sizes": self._sizes,
                "batches": self._batches,
                "costs": {key: [COST_KINDS[cost].brief, COST_KINDS[cost].unit, COST_KINDS[cost].note]
                          for key, cost in COSTS.items()},
                "questions": {name: _heading(name) for name in asked},
                "device": self._device(),
                "study": size if study else None,
                "whiskers": FROM_SWEEP if sweep else FROM_STUDY,
                "able": list(self.models),
                "troubles": list(study.troubles) if study else [],
            },
            size=min(sorted(sizes), key=lambda known: abs(known - size)),
            batch=min(batches),
            question=asked[0] if asked else "",
            cells=cells,
        )  # fmt: skip
        self.on_msg(self._hear)

    def _known(self) -> list[Cell]:
        """What the study and the sweep measured; if both did, the sweep's."""
        swept = of_sweep(self.sweep) if self.sweep else []
        measured = {(cell["model"], cell["size"], cell["batch"]) for cell in swept}
        studied = of_study(self.study) if self.study else []
        return [*swept, *(cell for cell in studied if (cell["model"], cell["size"], cell["batch"]) not in measured)]

    def _device(self) -> str:
        """The device or devices that were measured, by name."""
        names = [self.sweep.device] if self.sweep else []
        if self.study:
            machine = self.study.machine
            name = f"{machine.get('device', 'a device that is not named')}, {machine.get('threads', '?')} threads"
            names.append(f"the study: {name}" if names else name)
        return "; ".join(names)

    @t.validate("size", "batch", "cost", "question")
    def _offered(self, proposal: Any) -> Any:
        name, value = proposal.trait.name, proposal.value
        offered: Any = {"size": self._sizes, "batch": self._batches, "cost": COSTS, "question": QUESTIONS}[name]
        if value not in offered and not (name == "question" and value == ""):
            raise VislabError(f"there is no {name} {value!r} here; there are {', '.join(map(str, offered))}")
        return value

    @t.observe("size", "batch")
    def _expect(self, change: Any) -> None:
        """Add what arithmetic expects of models that were not measured here."""
        if self.sweep is None or self.measuring:
            return
        measured = {cell["model"] for cell in self.cells if (cell["size"], cell["batch"]) == (self.size, self.batch)}
        try:
            new = [
                of_point(point)
                for name, model in self.models.items()
                if name not in measured
                for point in expect(name, model, self.size, [self.batch], self.sweep.pace)
            ]
        except Exception:  # a model that refuses this size says so when it is measured
            return
        if new:
            self.cells = [*self.cells, *new]

    def measure(self) -> None:
        """Measure all models at the sliders' size and batch; the points join the sweep."""
        if not self.models:
            raise VislabError("there are no models to measure here; give them: vl.explore_costs(results, models=...)")
        self.trouble, self.measuring = "", True
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
                self.trouble = f"Not measured: {describe_error(error)}"

    def _rows(self) -> list[list[str]]:
        return table(self.about["models"], self.cells, self.size, self.batch)

    def __repr__(self) -> str:
        head, *rows = self._rows()
        lines = ("; ".join(f"{name} {text}" for name, text in zip(head[1:], row[1:], strict=True)) for row in rows)
        return "\n".join([self._title(), *(f"{row[0]}: {line}" for row, line in zip(rows, lines, strict=True))])

    def _title(self) -> str:
        settings = f"{self.size} px, {self.batch} at a time, on {self.about['device']}"
        return f"Costs at {settings}; run this cell to move resolution and batch"

    def as_html(self) -> str:
        """The costs at the sliders' size and batch, and the errors, as a table."""
        head, *rows = self._rows()
        questions = self.about["questions"]
        head = [*head, *(f"{ask} ({unit})" for ask, unit in questions.values())]
        for row, model in zip(rows, self.about["models"], strict=True):
            errors = (model["errors"].get(question) for question in questions)
            row += ["not known" if e is None else f"{e[0]:g} ({e[1]:g}–{e[2]:g})" for e in errors]
        columns = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head[1:])
        lines = "".join(
            f'<tr><th scope="row">{html.escape(row[0])}</th>' + "".join(f"<td>{html.escape(c)}</td>" for c in row[1:])
            + "</tr>" for row in rows
        )  # fmt: skip
        return f"<table><caption>{html.escape(self._title())}</caption><tr><td></td>{columns}</tr>{lines}</table>"


def _heading(name: str) -> list[str]:
    """A question's heading, and what its error says, with the unit."""
    question = QUESTIONS[name]
    return [question.heading, f"{question.column},{question.sign}" if question.sign else question.column]


def explore_costs(
    results_or_models: "Results | Sweep | Mapping[str, Any] | str | Path",
    sweep: Sweep | None = None,
    models: Mapping[str, Model] | None = None,
) -> CostExplorer:
    """Move resolution and batch and see what each model costs; set any cost against the error on any question.

    results_or_models: a study's Results, its results.json or the folder of it, or models by name; a Sweep will do too.
    sweep: what vl.sweep_costs measured; without one, models are swept now, and results show their one size and batch.
    models: by the names that they have in the results; "measure now" then measures them at other sizes and batches.
    Raises VislabError if there is nothing to show, or results, sweep and models share no name.
    """
    study, sweep, models = _sort_out(results_or_models, sweep, models)
    if sweep is None and models:
        size = int(study.data["size"]) if study else 96
        say("measuring the models over resolution and batch: vl.sweep_costs, which takes some seconds")
        sweep = sweep_costs(models, sorted({64, 128, size - size % STRIDE}))
    names = [set(source) for source in (study and study.models, sweep and sweep.models, models) if source]
    if len(names) > 1 and not set.intersection(*names):
        listed = " and ".join(", ".join(sorted(each)) for each in names)
        raise VislabError(f"results, sweep and models share no name ({listed}); name each model the same everywhere")
    if sweep is not None and not len(sweep) and not study:
        reasons = "; ".join(sorted({missing.why for missing in sweep.missing}))
        raise VislabError(f"this sweep holds no point ({reasons or 'nothing was measured'}); sweep smaller sizes")
    return CostExplorer(study, sweep, models or {})


class Sources(NamedTuple):
    """What an explorer shows."""

    study: Study | None
    sweep: Sweep | None
    models: Mapping[str, Model] | None


def _sort_out(first: Any, sweep: Sweep | None, models: Mapping[str, Model] | None) -> Sources:
    """Tell what `first` is: a study, a sweep or models."""
    if sweep is not None and not isinstance(sweep, Sweep):
        raise VislabError(f"sweep= takes what vl.sweep_costs gives, not {type(sweep).__name__}")
    if isinstance(first, Sweep):
        return Sources(None, first if sweep is None else first.join(sweep), models)
    if isinstance(first, Mapping) and first.get("kind") == "sweep":
        return Sources(None, Sweep.from_dict(first), models)
    if isinstance(first, Mapping) and not first:
        raise VislabError("there is no model to explore; give at least one, by name")
    if isinstance(first, Mapping) and any(hasattr(value, "answer") for value in first.values()):
        return Sources(None, sweep, first)
    if not isinstance(first, (Mapping, str, Path, Study)) and not hasattr(first, "to_dict"):
        raise VislabError(f"give a study's results, its results.json, or models by name, not {type(first).__name__}")
    study = read_study(first)
    if not any(model["cost"] for model in study.models.values()):
        raise VislabError("these results hold no model with its costs; run vl.study, or vislab compare, first")
    return Sources(study, sweep, models)
