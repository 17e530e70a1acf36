"""Nothing in a training step waits for a GPU: shown without one, on made ("fake") tensors that have no values.

Reading a value, and shapes that depend on values, raise by themselves there. Python's autograd cannot run on made CUDA
tensors where there is no CUDA, so gradients are made on the CPU.
"""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode, unset_fake_temporarily
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import vislab as vl
from vislab.data import batches
from vislab.data.vocabulary import Vocabulary
from vislab.models.build import build
from vislab.models.predictions import TASKS
from vislab.models.torchvision_models import adapt
from vislab.training.optimiser import optimisers, set_rates, state_tensors

pytestmark = pytest.mark.slow
COPIES = ("aten._to_copy.default", "aten.copy_.default")


class Queue(TorchDispatchMode):
    """Refuses what would wait until the device has done all that it was given: copies, and indices from elsewhere."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        made = "_fused_adamw_" not in str(function)  # torch has no made form of it; it changes tensors in place
        out = function(*args, **kwargs) if made else None
        tensors = [leaf for leaf in tree_leaves((args, kwargs, out)) if isinstance(leaf, torch.Tensor)]
        kinds = {tensor.device.type for tensor in tensors if tensor.dim() or str(function) in COPIES}
        sent = str(function) in COPIES and (kwargs.get("non_blocking") or args[-1] is True)
        assert len(kinds) < 2 or sent, f"{function} would wait for the GPU"
        return out


@pytest.fixture
def made(monkeypatch):
    """Made tensors instead of real ones; chances are drawn as always, on the CPU."""
    with FakeTensorMode() as mode:
        draw = batches._draw_chances

        def draw_chances(*arguments):
            with unset_fake_temporarily():
                chances = draw(*arguments)
            return chances._replace(moves=mode.from_tensor(chances.moves), light=mode.from_tensor(chances.light))

        monkeypatch.setattr(batches, "_draw_chances", draw_chances)
        monkeypatch.setattr(batches, "_noise", lambda images, seed: torch.randn_like(images))
        monkeypatch.setattr(batches, "send", lambda tensor, device: tensor.to(device, non_blocking=True))
        yield mode


def made_model(device, build_one):
    """A model, built as always, with made weights on a device."""
    with unset_fake_temporarily():
        model = build_one()
    for module in model.modules():
        for name, weight in module._parameters.items():
            if weight is not None:
                module._parameters[name] = nn.Parameter(torch.empty(weight.shape, device=device))
        for name, value in module._buffers.items():
            module._buffers[name] = torch.empty(value.shape, dtype=value.dtype, device=device)
    return model


def pictures(device):
    """Ten pictures of 64 px with all levels of truth, whatever they hold."""
    sides = (10, 64, 64)
    with torch.device(device):
        return SimpleNamespace(
            images=torch.zeros(10, 3, 64, 64, dtype=torch.uint8),
            labels=torch.zeros(10, dtype=torch.int64),
            semantic=torch.zeros(sides, dtype=torch.uint8),
            instances=torch.zeros(sides, dtype=torch.int16),
            objects=torch.zeros(10, 7, dtype=torch.uint8),
            boxes=None,
            points=None,
        )


def step(model, device, optimiser, crop):
    """All of a step, twice: the first makes the optimisers' averages."""
    moving = optimisers(model, optimiser, 1e-3, device)
    vocabulary: Vocabulary = model.vocabulary
    for _ in range(2):
        set_rates(moving, 0.5)
        batch = batches.take(pictures(device), torch.zeros(8, dtype=torch.int64, device=device))
        with unset_fake_temporarily():
            chance = torch.Generator().manual_seed(0)
        loss = model.loss(batches.vary(batch, vocabulary.symmetries, chance, crop))
        if device == "cpu":
            loss.backward()
        for weight in model.parameters():
            weight.grad = torch.empty_like(weight) if device == "cuda" else weight.grad
        for each in moving:
            each.step()
    assert state_tensors(moving)
    assert loss.device.type == device


@pytest.mark.parametrize(
    ("world", "task", "optimiser"),
    [*(("smear", task, "muon") for task in TASKS), ("smear", "semantic", "adamw"), ("street", "regression", "muon")],
)
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_no_step_of_ours_waits(made, world, task, optimiser, device):
    model = made_model(device, lambda: build(task, vl.draw(world, 1, size=64).vocabulary))
    with Queue():
        step(model, device, optimiser, 32 if task in ("semantic", "instance") else None)


@pytest.mark.parametrize("name", ["resnet18", "lraspp"])
def test_no_step_of_torchvisions_classifier_and_segmenter_waits(made, name):
    model = made_model("cuda", lambda: adapt(name, vl.draw("smear", 1, size=64).vocabulary))
    with Queue():
        step(model, "cuda", "adamw", None)


@pytest.mark.parametrize(
    "wait",
    [
        lambda there: there.max().item(),
        lambda there: there[there > 0],
        lambda there: there.nonzero(),
        lambda there: there.unique(),
        lambda there: torch.tensor([1.0, 2.0], device=there.device),
        lambda there: there[torch.zeros(2, dtype=torch.int64)],
        lambda there: there.cpu(),
    ],
    ids=["item", "bool mask", "nonzero", "unique", "new tensor", "indices from the CPU", "to the CPU"],
)
def test_what_waits_is_found(made, wait):
    there = torch.zeros(3, device="cuda")
    with Queue(), pytest.raises(Exception, match=r"would wait|dynamic shape|data.dependent|aten\."):
        wait(there)
