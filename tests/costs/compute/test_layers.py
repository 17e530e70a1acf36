"""Multiply-adds layer by layer: by hand where that can be, beside ptflops on torchvision's models elsewhere."""

import pytest
import torch
from torch import nn

import vislab as vl
from vislab.costs.compute.layers import count_layers, count_macs
from vislab.costs.compute.memory import disk_bytes, own_bytes
from vislab.errors import VislabError
from vislab.models.torchvision_models import adapt


class Small(nn.Module):
    """A convolution, a ReLU in place, and a product of its own between layers."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3, padding=1)
        self.bend = nn.ReLU(inplace=True)
        self.weight = nn.Parameter(torch.ones(5, 4))

    def forward(self, image):
        x = self.bend(self.layer(image))
        return torch.einsum("bchw,kc->bkhw", x, self.weight.to(x.dtype))


def test_layers_by_hand():
    layers = count_layers(Small(), 16)
    rows = {row.name: row for row in layers}
    assert list(rows) == ["layer", "Small"]
    assert (rows["layer"].kind, rows["layer"].shape) == ("Conv2d", (4, 16, 16))
    assert rows["layer"].macs == 4 * 3 * 9 * 16 * 16
    assert rows["layer"].parameters == 4 * 3 * 9 + 4
    assert rows["Small"].macs == 5 * 4 * 16 * 16  # the einsum, which is no layer
    assert rows["Small"].parameters == 20
    assert rows["layer"].share + rows["Small"].share == pytest.approx(1)
    element = layers.activations // (4 * 16 * 16)
    assert element in (2, 4)  # the convolution's output alone: the ReLU changes it in place
    assert layers.working >= 4 * 16 * 16 * element


def test_a_layer_that_works_twice_is_counted_twice():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Conv2d(3, 3, 1)

        def forward(self, image):
            return self.layer(self.layer(image))

    (row,) = count_layers(Twice(), 16)
    assert row.macs == 2 * 9 * 256
    assert row.parameters == 12


def test_a_layer_of_two_parents_is_counted_once_and_parents_keep_nothing_of_it():
    class Parent(nn.Module):
        def __init__(self, part):
            super().__init__()
            self.parts = nn.ModuleList([part])

        def forward(self, x):
            return self.parts[0](x)  # the list in between is never called

    part = nn.Sequential(nn.Conv2d(3, 3, 1))
    (row,) = count_layers(nn.Sequential(Parent(part), Parent(part)), 16)
    assert (row.kind, row.macs, row.parameters, row.share) == ("Conv2d", 2 * 9 * 256, 12, 1)


@pytest.mark.parametrize("name", ["resnet18", "lraspp"])
@pytest.mark.slow
def test_adapted_models_multiply_in_their_layers(name):
    model = adapt(name, vl.draw("smear", 1, size=64).vocabulary)
    layers = count_layers(model, 64)
    own = {row.name: row.macs for row in layers if row.kind not in ("Conv2d", "Linear")}
    assert sum(own.values()) < 0.001 * layers.macs
    assert layers.macs == count_macs(model, 64, 64)[0]


@pytest.mark.parametrize("task", ["classification", "regression", "semantic", "instance"])
def test_layers_sum_to_the_whole_and_hold_all_parameters(task):
    model = vl.build(task, vl.draw("smear", 1, size=64).vocabulary)
    layers = count_layers(model, (64, 96))
    assert layers.macs == count_macs(model, 64, 96)[0]
    assert sum(row.parameters for row in layers) == sum(one.numel() for one in model.parameters())
    assert sum(row.share for row in layers) == pytest.approx(1)
    assert model.training


def test_the_table_ends_with_the_sum():
    lines = repr(count_layers(Small(), 16)).splitlines()
    assert lines[0].split()[:2] == ["layer", "kind"]
    assert lines[-1].split()[-3:] == [f"{4 * 3 * 9 * 256 + 5 * 4 * 256:,}", "132", "100.0%"]


@pytest.mark.parametrize(
    ("name", "size"), [("resnet18", 224), ("lraspp_mobilenet_v3_large", 192), ("fcn_resnet50", 64)]
)
@pytest.mark.slow
def test_ptflops_counts_the_same_to_one_percent(name, size):
    from torchvision import models

    ptflops = pytest.importorskip("ptflops")
    no_weights = {} if name == "resnet18" else {"weights_backbone": None}
    model = models.get_model(name, weights=None, **no_weights).eval()
    theirs, _ = ptflops.get_model_complexity_info(
        model, (3, size, size), as_strings=False, print_per_layer_stat=False, verbose=False, backend="aten"
    )
    layers = count_layers(model, size)
    assert layers.macs == pytest.approx(theirs, rel=0.01)
    assert layers.macs == count_macs(model, size, size)[0]


def test_the_file_of_weights_is_as_large_as_promised(tmp_path):
    from safetensors.torch import save_file

    model = vl.build("semantic", vl.draw("smear", 1, size=64).vocabulary)
    save_file(model.state_dict(), tmp_path / "weights.safetensors")
    assert disk_bytes(model) == (tmp_path / "weights.safetensors").stat().st_size
    assert disk_bytes(model.half()) > 1.9 * own_bytes(model)  # float32 on disk, whatever it is in memory


@pytest.mark.parametrize("size", [0, -8, 20, 96.0, True, "96", (96,), (96, 20)])
def test_a_size_that_is_none_is_refused_in_a_sentence(size):
    with pytest.raises(VislabError, match=r"multiple of 16"):
        count_layers(Small(), size)
