"""The models that come with vislab: read back as they were written, and as good as their files say."""

import numpy as np
import pytest

import vislab as vl
from vislab.errors import VislabError
from vislab.models.predictions import COURSE_TASKS
from vislab.training import pretrained as pretraining
from vislab.training.model_files import read_model
from vislab.training.pretrained import read_answers

SHIPPED = sorted(pretraining.FOLDER.glob("*.safetensors"))


def test_unknown_worlds_are_refused_in_a_sentence(tmp_path, monkeypatch):
    with pytest.raises(VislabError, match=r"there are no trained models of 'moon'; there are those of "):
        vl.pretrained("moon")
    monkeypatch.setattr(pretraining, "FOLDER", tmp_path)
    with pytest.raises(VislabError, match=r"there are no trained models of 'smear'; there are those of none"):
        vl.pretrained("smear")


def test_a_model_for_each_task_comes_with_vislab():
    assert {path.stem for path in SHIPPED} == {
        f"{world}-{task}" for world in pretraining.PRETRAINED for task in COURSE_TASKS
    }
    page = (pretraining.FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(path.name in page for path in SHIPPED)


def test_what_was_measured_on_nuclei_is_kept_for_readers_without_them(tmp_path, monkeypatch):
    kept = read_answers("nuclei")
    assert set(kept["errors"]["instance"]) == {"label", "share", "count", "point"}
    off = {name: errors["count"]["mae"] for name, errors in kept["errors"].items() if "count" in errors}
    assert min(off, key=off.get) == "instance"
    assert sum(scores["pictures"] for scores in kept["kinds"].values()) == kept["pictures"]
    monkeypatch.setattr(pretraining, "FOLDER", tmp_path)
    (tmp_path / "nuclei-answers.json").write_text('{"kind": "vislab.answers", "format": 2}')
    with pytest.raises(VislabError, match="run make pretrained"):
        read_answers("nuclei")


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in SHIPPED if "nuclei" in path.stem], ids=lambda path: path.stem)
def test_what_knows_nuclei_is_as_good_as_it_says(path, test_data):
    """On a third of fold 1, which trained none of them: near the scores of all of it."""
    model, about = read_model(path)
    nuclei = vl.load(test_data / "nuclei/stage1_train.zip", size=about["recipe"]["size"], report=[])
    unseen = nuclei.subset(np.array(nuclei.attributes["fold"]) == about["tested"]["fold"])[::3]
    name = {"semantic": "mean_iou", "instance": "pq"}.get(model.task, "accuracy")
    assert vl.evaluate(model, unseen)[name] == pytest.approx(about["scores"][name], abs=0.1)
    assert about["scores"][name] > {"semantic": 0.8, "instance": 0.5}.get(model.task, 0.7)


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in SHIPPED if "nuclei" not in path.stem], ids=lambda path: path.stem)
def test_what_comes_with_vislab_is_as_good_as_it_says(path):
    """On 128 of the test pictures: near the scores of all of them, far from those of a model that learned nothing."""
    assert path.stat().st_size < 1_000_000
    model, about = read_model(path)
    recipe, tested = about["recipe"], about["tested"]
    test = vl.draw(recipe["world"], 128, size=recipe["size"], seed=tested["seed"])
    name = {"semantic": "mean_iou", "instance": "pq"}.get(model.task, "accuracy")
    assert vl.evaluate(model, test)[name] == pytest.approx(about["scores"][name], abs=0.06)
    learned = 0.3 if path.stem == "street-instance" else 0.8  # a street's people are few pixels large
    assert about["scores"][name] > learned
