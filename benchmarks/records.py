"""What benchmarks have measured so far, run by run, and the recipe of the models that they trained.

A JSON file is written anew as each run finishes. A results file of trained models names their recipe, so that a test
can tell a table that is older than the code that trains.
"""

import inspect
import json
import math
import statistics
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vislab.data.synthetic.smear import VOCABULARY
from vislab.models.build import build
from vislab.models.instance import HEATMAP_WEIGHT, OBJECT_WEIGHT, RADIUS_WEIGHT
from vislab.models.predictions import COURSE_TASKS
from vislab.studies.study import SHOWN
from vislab.system.files import writing
from vislab.training import optimiser
from vislab.training.fit import fit

RESULTS = Path(__file__).parent / "results"
Record = dict[str, Any]


def read_records(path: Path) -> list[Record]:
    """All records of a file, in the order in which they were made; none where there is no file."""
    records: list[Record] = json.loads(path.read_text(encoding="utf-8"))["records"] if path.exists() else []
    return records


def keep(path: Path, record: Record, same: Iterable[str]) -> None:
    """Add a record with today's date and recipe, in place of an earlier one whose fields `same` are the same."""
    others = [other for other in read_records(path) if not matches(other, {name: record[name] for name in same})]
    dated = _plain(record | {"date": time.strftime("%Y-%m-%d"), "recipe": recipe()})
    text = json.dumps({"format": 1, "records": [*others, dated]}, indent=1, allow_nan=False)
    with writing(path) as part:
        part.write_text(text + "\n", encoding="utf-8")


def matches(record: Record, wanted: Mapping[str, Any]) -> bool:
    """Whether a record has these fields with these values."""
    return all(record.get(name) == value for name, value in wanted.items())


def spread(values: Iterable[float | None], form: str = "{:.3f}") -> str:
    """The median of several runs, with the least and the most where they look different; – where none is a number."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return "–"
    middle, least, most = (form.format(value) for value in (statistics.median(known), min(known), max(known)))
    return middle if least == most else f"{middle} ({least} to {most})"


def publish(text: str, path: Path, write: bool) -> None:
    """Print a page and, if it is to be written, write it to its file, complete or not at all."""
    print(text)
    if write:
        with writing(path) as part:
            part.write_text(text, encoding="utf-8")


def recipe() -> str:
    """How our models are trained today: the constants that decide what a training ends with, in a line.

    It stays the same when code changes that leaves every number as it is. torchvision's and other people's models
    share only what is said of AdamW and of the loop.
    """
    betas = " and ".join(f"{beta:g}" for beta in optimiser.BETAS)
    models = [(task, build(task, VOCABULARY)) for task in COURSE_TASKS]
    sizes = {task: sum(weight.numel() for weight in model.parameters()) for task, model in models}
    return "; ".join([
        f"Muon for kernels at {optimiser.MUON_RATE:g} × the rate, momentum {optimiser.MOMENTUM:g}, "
        f"{optimiser.ROUNDS} rounds, one cycle that rises for {optimiser.WARM_UP['muon']:.0%}",
        f"AdamW for the rest, betas {betas} (alone: rises for {optimiser.WARM_UP['adamw']:.0%})",
        f"weight decay {optimiser.WEIGHT_DECAY:g}",
        f"{inspect.signature(fit).parameters['batch'].default} pictures a step",
        *(f"{task} by {model.optimiser} at {model.rate:g}, {sizes[task]:,} weights" for task, model in models),
        f"an instance's loss classes + {HEATMAP_WEIGHT:g} heat + {OBJECT_WEIGHT:g} (offset + {RADIUS_WEIGHT:g} radius)",
        f"a study shows {SHOWN:,} pictures",
    ])  # fmt: skip


def recipe_line(records: Iterable[Record] | None = None) -> str:
    """The line of a results file that names the recipe: that of these records, or today's if none are kept."""
    used = [recipe()] if records is None else list(dict.fromkeys(record.get("recipe", "unknown") for record in records))
    return f"Recipe: {' | '.join(used)}."


def _plain(value: Any) -> Any:
    """Numbers that JSON knows, at every depth: NaN and infinity become None, floats keep six digits."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
