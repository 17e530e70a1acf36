"""The verb `guest`: what somebody else predicted of the test pictures, as a prediction like a model's."""

from pathlib import Path

from vislab.data.scenes import Scenes
from vislab.data.vocabulary import is_word
from vislab.errors import VislabError
from vislab.evaluation.guests.about import threshold_of
from vislab.evaluation.guests.coco import read_coco
from vislab.evaluation.guests.masks import read_masks
from vislab.evaluation.guests.table import read_answers
from vislab.evaluation.in_common import judged_on_some
from vislab.models.predictions import Prediction
from vislab.system.arguments import checked
from vislab.system.console import say

MARK = " (guest)"  # behind a guest's name wherever it stands, so that nobody takes it for a model of ours


@checked
def guest(name: str, path: str | Path, test: Scenes) -> Prediction:
    """What a guest, any other model or a person, predicted of these pictures, from files; named "NAME (guest)".

    path: objects in COCO's JSON (an InstancePrediction); a folder or zip archive with instances/ (the same) or masks/
    (a SemanticPrediction), PNGs named by the pictures' ids; a CSV file of labels (a ClassPrediction), or of shares,
    counts and points, with or without labels (a RegressionPrediction). docs/guests.md has the formats, and recipes.
    test: the pictures that it predicted, all or some of them: then it is judged on those, and that is said.
    Raises VislabError, a sentence that names file and place, if it predicted none of these pictures, has masks of
    another size, names classes or labels that are not theirs, or holds what no prediction can be.
    """
    path = Path(path).expanduser()
    if not is_word(name):
        raise VislabError(f"a guest's name must be a line of text, not {name!r:.40}")
    if not len(test):
        raise VislabError(f"there are no pictures that {name} could have predicted; give the test pictures")
    prediction = _read(f"{name}{MARK}", path, test)
    if len(prediction.ids) < len(test):
        say(judged_on_some(prediction.name, len(prediction.ids), len(test)))
    return prediction


def _read(name: str, path: Path, test: Scenes) -> Prediction:
    """What the files hold, by what they are."""
    threshold, kind = threshold_of(path), path.suffix.lower()
    if path.is_dir() or kind == ".zip":
        return read_masks(name, path, test)
    if kind == ".json":
        return read_coco(name, path, test, threshold)
    if kind == ".csv":
        return read_answers(name, path, test)
    if not path.exists():
        raise VislabError(f"{path}: is not there; give a guest's .json, .csv, or folder of masks")
    raise VislabError(f"{path}: is no guest's predictions; give a .json of objects, a .csv, or a folder of masks")
