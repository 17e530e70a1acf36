"""What vislab measured: results.json, of which a page is made, and learning curves."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from made_curves import made_curves
from made_results import made
from photo_files import put

import vislab as vl
from malformed.case import Case, altered, changed_file, spoiled_json
from vislab.costs.labels.learning_curves import Curves
from vislab.studies.claims.advice import advise
from vislab.studies.claims.judge import gather, judge
from vislab.studies.claims.read_results import Study, read_source
from vislab.studies.report.rows import answer_charts, answer_rows, conditions, cost_charts, cost_rows, summary
from vislab.system.files import without_nan


def curves(root: Path) -> Path:
    return made_curves().save(root / "curves.json")


def read_curves(path: Path) -> Curves:
    """The curves, once they have been printed and handed to the judge of claims, too."""
    found = vl.read_curves(path)
    repr(found)
    found.measured()
    return found


def _right_curves(found: Curves) -> bool:
    return bool(without_nan(asdict(found)) == without_nan(asdict(made_curves())))


def curve_cases() -> Iterator[Case]:
    kind = "learning curves"
    for what, spoiled in spoiled_json(curves, "curves.json"):
        yield Case(kind, what, spoiled, read=read_curves)
    words = ("how.", "data.machine", "data.name", "data.valid")  # whatever they say is so
    unknown = ("seconds.", "points.0.errors.", "points.0.scores", "points.0.seconds", "points.0.rate")
    less = ("points.0: missing", "points.0.errors: an object", "points.0.errors.label: missing", "missing: a list",
            "points.0.scores: an object", "how: an object")  # fmt: skip

    def fine(at: str, what: str) -> Any:
        not_known = what in ("null", "NaN") and at.startswith(unknown)
        if not_known or at.startswith(words) or f"{at}: {what}" in less or what == "a huge number":
            return lambda found: True
        return _right_curves

    for at, what, text in altered(json.loads(json.dumps(made_curves().to_dict()))):
        make = changed_file(curves, "curves.json", lambda _, text=text: text.encode())
        yield Case(kind, f"with {what} at {at}", make, fine(at, what), read_curves)


RESULTS = made({"classification": {"label": 0.1, "point": 0.2}, "semantic": {"label": 0.2}, "majority": {"label": 0.4}})


def results(root: Path) -> Path:
    return put(root / "results.json", RESULTS)


def read_page(path: Path) -> Study:
    """What the page's reader makes of a file, once all that the page says has been made of it."""
    (study,) = read_source(path)
    for rows in (answer_rows(study, 0), cost_rows(study, 0), answer_charts(study), cost_charts(study)):
        repr(rows)
    repr((conditions(study), [summary(study, task) for task in study.models], judge(study), advise(gather(study))))
    return study


def result_cases() -> Iterator[Case]:
    kind = "results"
    for what, spoiled in spoiled_json(results, "results.json"):
        yield Case(kind, what, spoiled, read=read_page)
    (good,) = read_source(json.loads(json.dumps(RESULTS)))

    def right(study: Study) -> bool:
        """Either nothing is lost, or the page names what is."""
        parts = ("data", "models", "baselines", "pairs")
        return bool(study.troubles) or all(getattr(study, part) == getattr(good, part) for part in parts)

    def skip(at: str) -> bool:
        return at.startswith(("models.semantic", "machine")) or "notes" in at

    words = ("data.name", "data.pictures", "data.drawn", "data.minutes", "left_out")

    def free(study: Study) -> bool:
        return True

    for at, what, text in altered(RESULTS, skip):
        make = changed_file(results, "results.json", lambda _, text=text: text.encode())
        none = what == "an object" and at.endswith(("models", "baselines", "answers", "cost", "code", "scores"))
        less = what in ("null", "missing", "a huge number") or (at, what) in (
            ("pairs", "a list"),
            ("pairs.0.low", "-1"),
        )
        optional = at.startswith(words) or none or less
        yield Case(kind, f"with {what} at {at}", make, free if optional else right, read_page)
    for at in ("device", "threads", "torch"):
        for what, value in (("null", None), ("a list", []), ("NaN", math.nan), ("text", "text"), ("-1", -1)):
            new = json.dumps(RESULTS | {"machine": RESULTS["machine"] | {at: value}}).encode()
            make = changed_file(results, "results.json", lambda _, new=new: new)
            yield Case(kind, f"with {what} at machine.{at}", make, free, read_page)
