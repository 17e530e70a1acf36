"""The maker of the models that come with vislab: small files with recipe and scores, and the page of them."""

import pytest
import torch

import vislab as vl
from tools.make_pretrained import MOST_BYTES, TEST_SEED, train_models, write_page
from vislab.models.predictions import TASKS
from vislab.system.tensorfiles import read_tensors
from vislab.training import pretrained as pretraining
from vislab.training.pretrained import FOLDER, KIND, pretrained

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of models of small smears that hardly learned anything."""
    folder = tmp_path_factory.mktemp("pretrained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VISLAB_HOME", str(tmp_path_factory.mktemp("home")))
        train_models("smear", folder, size=64, train=16, valid=4, test=8, epochs=0.5, device="cpu")
    write_page(folder)
    return folder


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


def test_the_models_predict_and_score_as_their_files_say(made, monkeypatch):
    monkeypatch.setattr(pretraining, "FOLDER", made)
    models = pretrained("smear", device="cpu")
    assert list(models) == list(TASKS)
    test = vl.draw("smear", 8, size=64, seed=TEST_SEED)
    for task, model in models.items():
        assert (model.task, model.training) == (task, False)
        written = read_tensors(made / f"smear-{task}.safetensors", KIND)[1]["scores"]
        scores = {name: value for name, value in vl.evaluate(model, test).items() if value == value}
        assert scores == pytest.approx({name: value for name, value in written.items() if value is not None}, abs=1e-4)


def test_the_page_has_a_row_for_every_file(made):
    page = (made / "README.md").read_text(encoding="utf-8")
    assert all(f"| smear-{task}.safetensors |" in page for task in TASKS)
    assert "16 of 64 px" in page


def test_the_page_that_comes_with_vislab_is_the_one_written(tmp_path):
    for path in FOLDER.glob("*.safetensors"):
        (tmp_path / path.name).symlink_to(path)
    assert write_page(tmp_path).read_text(encoding="utf-8") == (FOLDER / "README.md").read_text(encoding="utf-8")
