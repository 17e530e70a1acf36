"""The models that come with vislab: made, written small, read back, and as good as their files say."""

from pathlib import Path

import pytest
import torch

import vislab as vl
from vislab.data.synthetic.draw import WORLDS
from vislab.errors import VislabError
from vislab.models.predictions import TASKS
from vislab.system.tensorfiles import read_tensors, write_tensors
from vislab.training import pretrained as pretraining
from vislab.training.pretrained import KIND, MOST_BYTES, pretrained, read_model, train_models, write_model, write_page

SHIPPED = sorted(pretraining.FOLDER.glob("*.safetensors"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of models of small smears that hardly learned anything."""
    folder = tmp_path_factory.mktemp("pretrained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VISLAB_HOME", str(tmp_path_factory.mktemp("home")))
        train_models("smear", folder, size=64, counts=(16, 4, 8), epochs=0.5, device="cpu")
    write_page(folder)
    return folder


@pytest.mark.slow
def test_each_task_is_a_small_file_with_its_recipe_scores_and_versions(made):
    for task in TASKS:
        path = made / f"smear-{task}.safetensors"
        assert path.stat().st_size < MOST_BYTES
        tensors, about = read_tensors(path, KIND)
        assert all(value.dtype == torch.half for value in tensors.values() if value.ndim >= 2)
        assert (about["recipe"]["world"], about["recipe"]["train"], about["recipe"]["epochs"]) == ("smear", 16, 0.5)
        assert about["recipe"]["seed"] != about["tested"]["seed"]
        assert set(about["versions"]) == {"vislab", "torch"}
        assert about["scores"]


@pytest.mark.slow
def test_the_models_predict_and_score_as_their_files_say(made, monkeypatch):
    monkeypatch.setattr(pretraining, "FOLDER", made)
    models = pretrained("smear", device="cpu")
    assert list(models) == list(TASKS)
    test = vl.draw("smear", 8, size=64, seed=pretraining.TEST_SEED)
    for task, model in models.items():
        assert (model.task, model.training) == (task, False)
        said = read_tensors(made / f"smear-{task}.safetensors", KIND)[1]["scores"]
        scores = {name: value for name, value in vl.evaluate(model, test).items() if value == value}
        assert scores == pytest.approx({name: value for name, value in said.items() if value is not None}, abs=1e-4)


@pytest.mark.slow
def test_the_page_has_a_row_for_every_file(made):
    page = (made / "README.md").read_text(encoding="utf-8")
    assert all(f"| smear-{task}.safetensors |" in page for task in TASKS)
    assert "16 of 64 px" in page


def test_a_model_keeps_its_threshold_and_weights(tmp_path):
    model = vl.build("instance", vl.draw("smear", 1, size=64).vocabulary)
    model.threshold = 0.3
    back, about = read_model(write_model(model, tmp_path / "a.safetensors", {"recipe": {"epochs": 3}}))
    assert (back.threshold, about["recipe"], back.training) == (0.3, {"epochs": 3}, False)
    for name, value in model.state_dict().items():
        assert torch.allclose(back.state_dict()[name].float(), value.float(), atol=1e-3), name


def test_unknown_worlds_and_foreign_files_are_refused_in_a_sentence(tmp_path, monkeypatch):
    with pytest.raises(VislabError, match=r"there are no trained models of 'moon'; there are those of "):
        vl.pretrained("moon")
    monkeypatch.setattr(pretraining, "FOLDER", tmp_path)
    with pytest.raises(VislabError, match=r"there are no trained models of 'smear'; there are those of none"):
        vl.pretrained("smear")
    path = write_tensors(tmp_path / "a.safetensors", KIND, {}, {"task": "semantic"})
    with pytest.raises(VislabError, match=r"cannot be read as a trained model \('vocabulary'\); run make pretrained"):
        read_model(path)


def test_every_world_and_task_comes_with_vislab():
    assert {path.stem for path in SHIPPED} == {f"{world}-{task}" for world in WORLDS for task in TASKS}
    page = (pretraining.FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(path.name in page for path in SHIPPED)


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: Path(path).stem)
def test_what_comes_with_vislab_is_as_good_as_it_says(path):
    """On 128 of the test pictures: near the scores of all of them, far from those of a model that learned nothing."""
    assert path.stat().st_size < MOST_BYTES
    model, about = read_model(path)
    recipe, tested = about["recipe"], about["tested"]
    test = vl.draw(recipe["world"], 128, size=recipe["size"], seed=tested["seed"])
    name = {"semantic": "mean_iou", "instance": "pq"}.get(model.task, "accuracy")
    assert vl.evaluate(model, test)[name] == pytest.approx(about["scores"][name], abs=0.06)
    learned = 0.3 if path.stem == "street-instance" else 0.8  # a street's people are few pixels large
    assert about["scores"][name] > learned
