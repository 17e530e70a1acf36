"""What the next answer costs: models side by side over resolution and batch, and any cost against any error."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import traitlets as t

from vislab.costs.compute.sweep import expect, sweep_costs
from vislab.costs.compute.sweep_result import Sweep
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.models.build import Model
from vislab.models.encoder import STRIDE
from vislab.plotting.tables import as_html
from vislab.studies.claims.one_study import Study
from vislab.studies.claims.read_results import read_source
from vislab.studies.results import Results
from vislab.system.console import in_jupyter, plural, say
from vislab.widgets.explorers.cost_cells import KINDS, Cell, model_rows, of_point, of_study, of_sweep, table
from vislab.widgets.frontend import Frontend, css, describe_error, esm

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
        questions = {name: [QUESTIONS[name].heading, f"{QUESTIONS[name].column},{QUESTIONS[name].sign}".rstrip(",")]
                     for name in asked}  # fmt: skip
        costs = {name: [kind.brief, kind.unit, kind.note] for name, kind in KINDS.items()}
        about = {"models": rows, "sizes": self._sizes, "batches": self._batches, "costs": costs,
                 "questions": questions, "device": self._device(),
                 "study": size if study else None, "whiskers": FROM_SWEEP if sweep else FROM_STUDY,
                 "able": list(self.models), "troubles": list(study.troubles) if study else []}  # fmt: skip
        size = min(sorted(sizes), key=lambda known: abs(known - size))
        super().__init__(about=about, size=size, batch=min(batches), question=next(iter(asked), ""), cells=cells)
        self.on_msg(self._hear)

    def _known(self) -> list[Cell]:
        """What the study and the sweep measured; if both did, the sweep's."""
        swept = of_sweep(self.sweep) if self.sweep else []
        measured = {(cell["model"], cell["size"], cell["batch"]) for cell in swept}
        studied = of_study(self.study) if self.study else []
        return [*swept, *(cell for cell in studied if (cell["model"], cell["size"], cell["batch"]) not in measured)]

    def _device(self) -> str:
        """The device or devices that were measured, by name."""
        if not self.study:
            return self.sweep.device if self.sweep else ""
        machine = self.study.machine
        name = machine.get("device", "a device that is not named")
        if "threads" in machine:
            name += f", {plural(machine['threads'], 'thread')}"
        return f"{self.sweep.device}; the study: {name}" if self.sweep else name

    @t.validate("size", "batch", "cost", "question")
    def _offered(self, proposal: Any) -> Any:
        name, value = proposal.trait.name, proposal.value
        offered: Any = {"size": self._sizes, "batch": self._batches, "cost": KINDS, "question": QUESTIONS}[name]
        if value not in offered and not (name == "question" and value == ""):
            raise VislabError(f"there is no {name} {value!r} here; there are {', '.join(map(str, offered))}")
        return value

    @t.observe("size", "batch")
    def _expect(self, change: Any) -> None:
        """Add what arithmetic expects of models that were not measured here."""
        if self.sweep is None or self.measuring:
            return
        measured = {cell["model"] for cell in self.cells if (cell["size"], cell["batch"]) == (self.size, self.batch)}
        others, pace = [name for name in self.models if name not in measured], self.sweep.pace
        try:
            new = [of_point(*expect(name, self.models[name], self.size, [self.batch], pace)) for name in others]
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

    def __repr__(self) -> str:
        head, *rows = table(self.about["models"], self.cells, self.size, self.batch)
        lines = [self._title()]
        for name, *cells in rows:
            costs = (f"{cost} {cell}" for cost, cell in zip(head[1:], cells, strict=True))
            lines.append(f"{name}: {'; '.join(costs)}")
        return "\n".join(lines)

    def _title(self) -> str:
        settings = f"{self.size} px, {self.batch} at a time, on {self.about['device']}"
        return f"Costs at {settings}{in_jupyter('; run this cell to move resolution and batch')}"

    def as_html(self) -> str:
        """The costs at the sliders' size and batch, and the errors, as a table."""
        head, *rows = table(self.about["models"], self.cells, self.size, self.batch)
        questions = self.about["questions"]
        head = [*head, *(f"{ask} ({unit})" for ask, unit in questions.values())]
        for row, model in zip(rows, self.about["models"], strict=True):
            errors = (model["errors"].get(question) for question in questions)
            row += ["not known" if e is None else f"{e[0]:g} ({e[1]:g}–{e[2]:g})" for e in errors]
        return as_html([head, *rows], self._title())


def explore_costs(
    results_or_models: Results | Sweep | Mapping[str, Any] | str | Path,
    sweep: Sweep | None = None,
    models: Mapping[str, Model] | None = None,
) -> CostExplorer:
    """Move resolution and batch and see what each model costs; set any cost against the error on any question.

    results_or_models: a study's Results, its results.json or the folder of it, or models by name; a Sweep will do too.
    sweep: what vl.sweep_costs measured; without one, models are swept now, and results show their one size and batch.
    models: by the names that they have in the results; "measure now" then measures them at other sizes and batches.
    Raises VislabError if there is nothing to show, or results, sweep and models share no name.
    """
    if sweep is not None and not isinstance(sweep, Sweep):
        raise VislabError(f"sweep= takes what vl.sweep_costs gives, not {type(sweep).__name__}")
    study, source = None, results_or_models
    if isinstance(source, Mapping) and source.get("kind") == "sweep":
        source = Sweep.from_dict(source)
    if isinstance(source, Sweep):
        sweep = source if sweep is None else source.join(sweep)
    elif isinstance(source, Mapping) and (not source or any(hasattr(value, "answer") for value in source.values())):
        models = source
    else:
        study = _read_with_costs(source)
    if study is None and sweep is None and not models:
        raise VislabError("there is no model to explore; give at least one, by name")
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


def _read_with_costs(source: Any) -> Study:
    """A study that holds costs; of several seeds the first."""
    if not isinstance(source, (Mapping, str, Path, Study)) and not hasattr(source, "to_dict"):
        raise VislabError(f"give a study's results, its results.json, or models by name, not {type(source).__name__}")
    study = read_source(source)[0]
    if not any(model["cost"] for model in study.models.values()):
        raise VislabError("these results hold no model with its costs; run vl.study, or vislab compare, first")
    return study
