"""Where notebook 09's measurements come from, and what they would be if they were otherwise."""

import copy
import hashlib
import math
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from vislab.costs.labels.annotation_time import Spent, labelling_cost
from vislab.data.synthetic.draw import draw
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.studies.claims.one_study import Study
from vislab.studies.claims.read_results import read_source
from vislab.studies.shipped import study_shipped
from vislab.system.console import say
from vislab.system.files import home, read_json
from vislab.training import pretrained as pretraining
from vislab.widgets.labeller.label import default_folder
from vislab.widgets.labeller.storage import LOG
from vislab.widgets.labeller.work import Work

WORLD = "smear"
Plain = dict[str, Any]  # what a results.json holds


def find_measurements() -> list[Path]:
    """The folders of studies to judge by: the learner's own below runs/compare, else one of the shipped models.

    Prints which it took: of folders that hold the same pictures and seed, the one with the most seeds, or the first. It
    names and leaves out what cannot be read. Without a study of smears it asks the shipped models, and keeps that in
    runs/shipped.
    """
    found: dict[tuple[Any, ...], Path] = {}
    for folder, studies in sorted(_own_studies(), key=lambda one: -len(one[1])):
        keys = [tuple(study.data[name] for name in ("name", "size", "train", "seed")) for study in studies]
        if found.keys().isdisjoint(keys):
            found |= dict.fromkeys(keys, folder)
    kept = sorted(found, key=lambda key: (key[0] != WORLD, found[key]))  # smears first
    taken = list(dict.fromkeys(found[key] for key in kept))
    if kept and kept[0][0] == WORLD:
        print(f"Measured by you, with vislab compare: {_listed(taken)}.")
        return taken
    folder = ask_shipped()
    own = f"; and by you: {_listed(taken)}" if taken else ""
    print(f"Measured here, on new smears, with the trained models that come with vislab: one training of each{own}.")
    return [folder, *taken]


def _own_studies() -> Iterator[tuple[Path, list[Study]]]:
    """The folders below runs/compare, each with its studies; names those that it leaves out."""
    for file in sorted((home() / "runs" / "compare").glob("*/results.json")):
        try:
            studies = read_source(file)
        except VislabError as error:
            say(f"left out: {error}")
            continue
        if all(study.pairs for study in studies):
            yield file.parent, studies
        else:
            say(f"left out: {file.parent.name} holds no paired differences; run vislab compare anew")


def ask_shipped() -> Path:
    """The folder of what the shipped models answer to new smears; the first call asks them."""
    folder = _shipped_folder()
    if not (folder / "results.json").is_file():
        study_shipped(WORLD).save(folder)
    return folder


def own_seconds() -> dict[str, float] | None:
    """The seconds that a smear's labels of each task take at the learner's pace in notebook 08; None without labels.

    A kind of label that was not made there goes by the published seconds, as in notebook 08.
    """
    smears = draw(WORLD, 32, seed=8)
    log = default_folder(Work(smears[:10], smears.vocabulary, twice=3)) / LOG
    if not log.is_file():
        return None
    try:
        times = read_json(log, kind="vislab.labelling")["times"]
        own = {str(kind): Spent(**spent) for kind, spent in times.items()}
        costs = labelling_cost(smears, own)
    except (VislabError, KeyError, TypeError, AttributeError) as error:
        say(f"your own seconds are left out: {error}")
        return None
    made = any(spent.count and spent.seconds for spent in own.values())
    return {str(task): cost.seconds for task, cost in costs.items()} if made else None


def smears_of(folders: list[Path]) -> list[Plain]:
    """What the results.json of each study of smears holds."""
    studies = [study for folder in folders for study in read_source(folder)]
    return [study.raw for study in studies if study.data["name"] == WORLD]


def _shipped_folder() -> Path:
    """Where the answers of the shipped models are kept: another folder once models, versions or device differ."""
    software = f"{version('vislab')} {torch.__version__} {torch.get_num_threads()}{torch.cuda.is_available()}"
    digest = hashlib.blake2b(software.encode(), digest_size=4)
    for file in sorted(pretraining.FOLDER.glob(f"{WORLD}-*.safetensors")):
        digest.update(file.read_bytes())
    return home() / "runs" / "shipped" / f"{WORLD}-{digest.hexdigest()}"


def _listed(folders: list[Path]) -> str:
    return ", ".join(f"runs/compare/{folder.name}" for folder in folders)


# What if?


def worse(results: Mapping[str, Any], name: str, question: str, by: float) -> Plain:
    """The results if one model's error on a question were larger by so much, and all else as measured.

    by: in the error's own unit, 0.05 for five percentage points; the error stops at what can be. Its paired
    differences move along, their intervals as wide as they were.
    """
    changed = copy.deepcopy(dict(results))
    measure = QUESTIONS[question].measure
    error = changed["models"][name]["answers"][question]
    most = QUESTIONS[question].most
    step = min(by, most - error[measure])
    for end in (measure, "low", "high"):
        error[end] = min(most, error[end] + step)
    for pair in changed["pairs"]:
        if pair["question"] == question and name in (pair["a"], pair["b"]):
            sign = 1 if pair["a"] == name else -1
            for end in ("difference", "low", "high"):
                pair[end] += sign * step
    return changed


def more_pictures(results: Mapping[str, Any], times: float) -> Plain:
    """The results if there were so many times as many test pictures, with the same errors: intervals by 1 / √times.

    That is a plan, no measurement: other pictures would also give other errors.
    """
    changed = copy.deepcopy(dict(results))
    for pair in changed["pairs"]:
        for end in ("low", "high"):
            pair[end] = pair["difference"] + (pair[end] - pair["difference"]) / math.sqrt(times)
    return changed
