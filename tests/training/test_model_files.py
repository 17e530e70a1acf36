"""Models in files: the same predictions when opened again; whatever cannot be saved or opened gets a sentence."""

import pytest
import torch

import vislab as vl
from vislab.errors import VislabError
from vislab.models.predictions import TASKS
from vislab.system.tensorfiles import write_tensors
from vislab.training.model_files import KIND, read_model, write_model


@pytest.fixture(scope="module")
def smears():
    return vl.draw("smear", 4, size=64)


@pytest.mark.parametrize("task", TASKS)
def test_an_opened_model_predicts_the_same(task, smears, tmp_path):
    model = vl.build(task, smears.vocabulary, seed=3).eval()
    model.threshold = 0.3
    back = vl.open_model(vl.save(model, tmp_path / "cells.safetensors"), device="cpu")
    assert (back.task, back.threshold, back.vocabulary, back.training) == (task, 0.3, smears.vocabulary, False)
    with torch.inference_mode():
        first, second = (each(smears.images.float() / 255) for each in (model, back))
    first, second = ([out] if torch.is_tensor(out) else list(out) for out in (first, second))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "timm/mobilenetv3_small_100"])
def test_one_on_a_backbone_is_opened_without_its_librarys_weights(name, smears, tmp_path, monkeypatch):
    start = vl.encoder(name, seed=5)
    start.weights = "mine.pth"
    model = vl.build("instance", smears.vocabulary, encoder=start).eval()
    path = vl.save(model, tmp_path / "cells.safetensors")
    monkeypatch.setattr("vislab.models.backbone.fetch_weights", None)
    monkeypatch.setattr("vislab.models.backbone.read_weights", None)
    back = vl.open_model(path, device="cpu")
    assert (back.encoder.title, back.rate) == (f"{name} (mine.pth)", model.rate)
    with torch.inference_mode():
        pairs = zip(model(smears.images.float() / 255), back(smears.images.float() / 255), strict=True)
        assert all(torch.equal(one, other) for one, other in pairs)


def test_an_opened_model_warns_of_pictures_unlike_those_it_learned_from(smears, tmp_path, capsys):
    model = vl.build("semantic", smears.vocabulary)
    vl.fit(model, smears, epochs=1, watch=lambda history: None)
    back = vl.open_model(vl.save(model, tmp_path / "cells.safetensors"))
    assert back.world.to_dict() == model.world.to_dict()


def test_halved_weights_are_near_and_what_the_file_says_comes_back(smears, tmp_path):
    model = vl.build("instance", smears.vocabulary)
    path = write_model(model, tmp_path / "a.safetensors", {"recipe": {"epochs": 3}}, half=True)
    back, about = read_model(path)
    assert about["recipe"] == {"epochs": 3}
    for name, value in model.state_dict().items():
        assert torch.allclose(back.state_dict()[name].float(), value.float(), atol=1e-3), name
    assert path.stat().st_size < 0.6 * vl.save(model, tmp_path / "b.safetensors").stat().st_size


def test_what_is_no_model_or_no_place_is_refused(smears, tmp_path):
    model = vl.build("semantic", smears.vocabulary)
    with pytest.raises(VislabError, match="model must be a model, not a prediction"):
        vl.save(vl.predict(model, smears), tmp_path / "a.safetensors")
    with pytest.raises(VislabError, match=r"a model of vl\.build can be saved, not LRASPP"):
        vl.save(vl.adapt("lraspp", smears.vocabulary), tmp_path / "a.safetensors")
    with pytest.raises(VislabError, match=r"cells\.pt: must end in \.safetensors; call it cells\.safetensors"):
        vl.save(model, tmp_path / "cells.pt")
    (tmp_path / "file").write_text("")
    with pytest.raises(VislabError, match="cannot be written"):
        vl.save(model, tmp_path / "file" / "a.safetensors")


def test_a_file_that_cannot_be_opened_is_named(smears, tmp_path):
    with pytest.raises(VislabError, match=r"none\.safetensors: there is no such file; give a file that vl\.save wrote"):
        vl.open_model(tmp_path / "none.safetensors")
    with pytest.raises(VislabError, match=r"holds no trained model of vislab; give a file that vl\.save wrote"):
        vl.open_model(smears.save(tmp_path / "smears.safetensors"))
    path = write_tensors(tmp_path / "a.safetensors", KIND, {}, {"task": "semantic"})
    with pytest.raises(VislabError, match=r"cannot be read as a trained model \('vocabulary'\); save the model again"):
        vl.open_model(path)
    about = {"task": "semantic", "vocabulary": smears.vocabulary.to_dict(), "threshold": 0.5}
    with pytest.raises(VislabError, match="other layers than this model"):
        vl.open_model(write_tensors(path, KIND, {}, about))
    with pytest.raises(VislabError, match="there is no task 'dance'"):
        vl.open_model(write_tensors(path, KIND, {}, about | {"task": "dance"}))
    with pytest.raises(VislabError, match=r"a\.safetensors: torchvision has no backbone 'moon'"):
        vl.open_model(write_tensors(path, KIND, {}, about | {"encoder": {"name": "moon", "weights": None}}))
    with pytest.raises(VislabError, match=r"a\.safetensors: cannot be read as a trained model"):
        vl.open_model(write_tensors(path, KIND, {}, about | {"encoder": "moon"}))
    whole = vl.save(vl.build("semantic", smears.vocabulary), path)
    whole.write_bytes(whole.read_bytes()[:-100])
    with pytest.raises(VislabError, match="cannot be read as a trained model"):
        vl.open_model(path)
