"""The maker of the models that come with vislab: small files with recipe and scores, and the page of them."""

from dataclasses import replace

import pytest
import torch

import vislab as vl
from tools.make_pretrained import MOST_BYTES, TEST_SEED, train_models, train_on_fold, write_page
from vislab.models.predictions import COURSE_TASKS
from vislab.system.tensorfiles import read_tensors
from vislab.training import pretrained as pretraining
from vislab.training.model_files import KIND
from vislab.training.pretrained import FOLDER, pretrained, read_answers

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


@pytest.fixture(scope="module")
def made_on_folds(tmp_path_factory):
    """The same of pictures that lie in folds: 20 train, 4 choose, 8 test, and 4 are nobody's."""
    folder = tmp_path_factory.mktemp("folds")
    drawn = vl.draw("smear", 36, size=64)
    fold = ("0",) * 24 + ("1",) * 8 + ("2",) * 4
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VISLAB_HOME", str(tmp_path_factory.mktemp("home")))
        pictures = replace(drawn, attributes={"fold": fold, "modality": ("bright", "dark") * 18})
        train_on_fold(pictures, folder, epochs=0.25, device="cpu")
    write_page(folder)
    return folder


def test_of_folds_one_trains_another_tests_and_the_file_says_which(made_on_folds):
    for task in COURSE_TASKS:
        about = read_tensors(made_on_folds / f"smear-{task}.safetensors", KIND)[1]
        assert (about["recipe"]["fold"], about["recipe"]["train"] + about["recipe"]["valid"]) == ("0", 24)
        assert about["tested"] == {"fold": "1", "pictures": 8}
        parts = task in ("semantic", "instance")
        assert (about["recipe"]["crop"], about["recipe"]["epochs"]) == ((32, 1) if parts else (None, 0.25))
    page = (made_on_folds / "README.md").read_text(encoding="utf-8")
    assert "of 64 px, fold 0 | 1, parts of 32 px |" in page
    assert "| 8, fold 1 |" in page


def test_answers_are_kept_of_models_baselines_and_each_kind(made_on_folds, monkeypatch):
    monkeypatch.setattr(pretraining, "FOLDER", made_on_folds)
    kept = read_answers("smear")
    assert (kept["pictures"], set(COURSE_TASKS) < set(kept["errors"])) == (8, True)
    assert set(kept["errors"]["classification"]) == {"label", "point"}
    assert {"mae", "low", "high"} < set(kept["errors"]["watershed"]["count"])
    assert {kind: scores["pictures"] for kind, scores in kept["kinds"].items()} == {"bright": 4, "dark": 4}
    assert all("ap50" in scores for scores in kept["kinds"].values())


def test_each_task_is_a_small_file_with_its_recipe_scores_and_versions(made):
    for task in COURSE_TASKS:
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
    assert list(models) == list(COURSE_TASKS)
    test = vl.draw("smear", 8, size=64, seed=TEST_SEED)
    for task, model in models.items():
        assert (model.task, model.training) == (task, False)
        written = read_tensors(made / f"smear-{task}.safetensors", KIND)[1]["scores"]
        scores = {name: value for name, value in vl.evaluate(model, test).items() if value == value}
        assert scores == pytest.approx({name: value for name, value in written.items() if value is not None}, abs=1e-4)


def test_the_page_has_a_row_for_every_file(made):
    page = (made / "README.md").read_text(encoding="utf-8")
    assert all(f"| smear-{task}.safetensors |" in page for task in COURSE_TASKS)
    assert "16 of 64 px" in page


def test_the_page_that_comes_with_vislab_is_the_one_written(tmp_path):
    for path in FOLDER.glob("*.safetensors"):
        (tmp_path / path.name).symlink_to(path)
    assert write_page(tmp_path).read_text(encoding="utf-8") == (FOLDER / "README.md").read_text(encoding="utf-8")
