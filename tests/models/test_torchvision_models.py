"""torchvision's models behind our interface: they learn, answer in our types, and refuse wrong weights."""

import pytest
import torch

import vislab as vl
from vislab.data.batches import take, to_float
from vislab.errors import VislabError
from vislab.models.predictions import ClassPrediction, InstancePrediction, SemanticPrediction
from vislab.models.torchvision_models import adapt

pytestmark = pytest.mark.slow
KINDS = {"resnet18": ClassPrediction, "lraspp": SemanticPrediction, "maskrcnn": InstancePrediction}


@pytest.mark.parametrize("name", KINDS)
def test_it_learns_from_a_batch_and_answers_in_our_types(name):
    smears = vl.draw("smear", 3, size=64)
    model = adapt(name, smears.vocabulary).train()
    loss = model.loss(take(smears, torch.arange(3)))
    loss.backward()
    assert torch.isfinite(loss)
    model.eval()
    with torch.inference_mode():
        prediction = model.answer(to_float(smears.images), name, smears.ids)
    assert type(prediction) is KINDS[name]
    assert prediction.ids == smears.ids


def test_pictures_without_objects_do_not_stop_mask_rcnn():
    empty = vl.draw("smear", 2, size=64, objects=0)
    loss = adapt("maskrcnn", empty.vocabulary).train().loss(take(empty, torch.arange(2)))
    assert torch.isfinite(loss)


def test_weights_that_are_not_there_or_not_weights_are_refused(tmp_path):
    words = vl.draw("smear", 1, size=64).vocabulary
    with pytest.raises(VislabError, match=r"none\.pth: there is no such file; fetch https"):
        adapt("resnet18", words, weights=tmp_path / "none.pth")
    (tmp_path / "bad.pth").write_bytes(b"\x80\x04cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(VislabError, match=r"bad\.pth: cannot be read as weights"):
        adapt("resnet18", words, weights=tmp_path / "bad.pth")
    torch.save({"x": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(VislabError, match=r"other\.pth: holds 0 of the \d+ layers"):
        adapt("resnet18", words, weights=tmp_path / "other.pth")
    with pytest.raises(VislabError, match="no torchvision model 'vgg' here"):
        adapt("vgg", words)


def test_weights_of_the_same_model_are_taken_over_but_for_the_last_layer(tmp_path):
    words = vl.draw("smear", 1, size=64).vocabulary
    from torchvision.models import resnet18

    torch.manual_seed(5)
    theirs = resnet18(num_classes=1000).state_dict()
    torch.save(theirs, tmp_path / "r.pth")
    ours = adapt("resnet18", words, weights=tmp_path / "r.pth").net.state_dict()
    assert torch.equal(ours["conv1.weight"], theirs["conv1.weight"])
    assert ours["fc.weight"].shape == (2, 512)
