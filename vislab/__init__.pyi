"""The verbs and where they are found: read by `__init__.py` when vislab is imported, and by type checkers."""

from .costs.compute.measure import measure_cost as measure_cost
from .costs.compute.sweep import sweep_costs as sweep_costs
from .costs.labels.annotation_time import labelling_cost as labelling_cost
from .costs.labels.annotation_time import published_seconds as published_seconds
from .costs.labels.curve_files import read_curves as read_curves
from .costs.labels.measure_curves import learning_curve as learning_curve
from .data.contact_sheet import show as show
from .data.datasets.load import load as load
from .data.scenes import Scenes as Scenes
from .data.scenes import concatenate as concatenate
from .data.synthetic.draw import draw as draw
from .data.vocabulary import Vocabulary as Vocabulary
from .errors import VislabError as VislabError
from .evaluation.answers.answers import answers as answers
from .evaluation.answers.scoring import compare_pair as compare_pair
from .evaluation.answers.scoring import score_answers as score_answers
from .evaluation.cut_out import cut_out as cut_out
from .evaluation.evaluate import evaluate as evaluate
from .evaluation.guests.agreement import agreement as agreement
from .evaluation.guests.guest import guest as guest
from .evaluation.predict import choose_threshold as choose_threshold
from .evaluation.predict import predict as predict
from .exercises.checking.progress import progress as progress
from .models.backbone import encoder as encoder
from .models.build import build as build
from .models.diagram import diagram as diagram
from .models.torchvision_models import adapt as adapt
from .studies.claims.published import Claim as Claim
from .studies.pool import pool as pool
from .studies.study import study as study
from .training.model_files import open_model as open_model
from .training.model_files import save as save
from .training.pretrained import pretrained as pretrained
from .widgets.explorers.budget import explore_budget as explore_budget
from .widgets.explorers.charts import precision_recall as precision_recall
from .widgets.explorers.costs import explore_costs as explore_costs
from .widgets.labeller.label import label as label
from .widgets.live import fit as fit
from .widgets.quiz import guess as guess
from .widgets.quiz import quiz as quiz
from .widgets.viewer.compare import compare as compare
from .widgets.viewer.probe import probe as probe
from .widgets.viewer.view import view as view

__version__: str
