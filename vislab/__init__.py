"""vislab: build a classifier, a semantic and an instance segmenter; measure what each answers and costs.

`import vislab as vl` loads nothing heavy: each verb brings its module when it is first used.
"""

import os
import sys
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vislab.costs.compute.measure import measure_cost
    from vislab.costs.compute.sweep import sweep_costs
    from vislab.costs.labels.annotation_time import labelling_cost, published_seconds
    from vislab.costs.labels.learning_curves import read_curves
    from vislab.costs.labels.measure_curves import learning_curve
    from vislab.data.contact_sheet import show
    from vislab.data.datasets.load import load
    from vislab.data.scenes import Scenes, concatenate
    from vislab.data.synthetic.draw import draw
    from vislab.data.vocabulary import Vocabulary
    from vislab.errors import VislabError
    from vislab.evaluation.answers.answers import answers
    from vislab.evaluation.answers.scoring import compare_pair, score_answers
    from vislab.evaluation.evaluate import evaluate
    from vislab.evaluation.predict import choose_threshold, predict
    from vislab.exercises.checking.progress import progress
    from vislab.models.build import build
    from vislab.models.torchvision_models import adapt
    from vislab.studies.claims.published import Claim
    from vislab.studies.pool import pool
    from vislab.studies.study import study
    from vislab.training.pretrained import pretrained
    from vislab.widgets.explorers.budget import explore_budget
    from vislab.widgets.explorers.charts import precision_recall
    from vislab.widgets.explorers.costs import explore_costs
    from vislab.widgets.labeller.label import label
    from vislab.widgets.live import fit
    from vislab.widgets.quiz import guess, quiz
    from vislab.widgets.viewer.compare import compare
    from vislab.widgets.viewer.probe import probe
    from vislab.widgets.viewer.view import view

__version__ = version("vislab")

# Heard by OpenMP if torch is not imported yet. A thread that waits spins briefly, then sleeps: on an idle machine
# training was quickest so; beside a busy process no setting helped (benchmarks/results/waiting.md).
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

__all__ = [
    "Claim",
    "Scenes",
    "VislabError",
    "Vocabulary",
    "adapt",
    "answers",
    "build",
    "choose_threshold",
    "compare",
    "compare_pair",
    "concatenate",
    "draw",
    "evaluate",
    "explore_budget",
    "explore_costs",
    "fit",
    "guess",
    "label",
    "labelling_cost",
    "learning_curve",
    "load",
    "measure_cost",
    "pool",
    "precision_recall",
    "predict",
    "pretrained",
    "probe",
    "progress",
    "published_seconds",
    "quiz",
    "read_curves",
    "score_answers",
    "show",
    "study",
    "sweep_costs",
    "view",
]

_HOMES = {
    "Claim": "studies.claims.published",
    "Scenes": "data.scenes",
    "VislabError": "errors",
    "Vocabulary": "data.vocabulary",
    "adapt": "models.torchvision_models",
    "answers": "evaluation.answers.answers",
    "build": "models.build",
    "choose_threshold": "evaluation.predict",
    "compare": "widgets.viewer.compare",
    "compare_pair": "evaluation.answers.scoring",
    "concatenate": "data.scenes",
    "draw": "data.synthetic.draw",
    "evaluate": "evaluation.evaluate",
    "explore_budget": "widgets.explorers.budget",
    "explore_costs": "widgets.explorers.costs",
    "fit": "widgets.live",
    "guess": "widgets.quiz",
    "label": "widgets.labeller.label",
    "labelling_cost": "costs.labels.annotation_time",
    "learning_curve": "costs.labels.measure_curves",
    "load": "data.datasets.load",
    "measure_cost": "costs.compute.measure",
    "pool": "studies.pool",
    "precision_recall": "widgets.explorers.charts",
    "predict": "evaluation.predict",
    "pretrained": "training.pretrained",
    "probe": "widgets.viewer.probe",
    "progress": "exercises.checking.progress",
    "published_seconds": "costs.labels.annotation_time",
    "quiz": "widgets.quiz",
    "read_curves": "costs.labels.learning_curves",
    "score_answers": "evaluation.answers.scoring",
    "show": "data.contact_sheet",
    "study": "studies.study",
    "sweep_costs": "costs.compute.sweep",
    "view": "widgets.viewer.view",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"vislab has no {name!r}; it has {', '.join(__all__)}")
    value = getattr(import_module(f"vislab.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def _show_scenes_in_notebooks() -> None:
    """Let a notebook show Scenes as a contact sheet; told here, because Scenes know nothing of figures."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.display_formatter.ipython_display_formatter.for_type_by_name(
            "vislab.data.scenes",
            "Scenes",
            lambda scenes: import_module("vislab.data.contact_sheet").show_in_notebook(scenes),
        )


_show_scenes_in_notebooks()
