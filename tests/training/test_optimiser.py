"""Muon: orthogonal steps, against the singular value decomposition and torch's own where it has one."""

import pytest
import torch
from torch import nn

from vislab.training.optimiser import MOMENTUM, MUON_RATE, ROUNDS, WEIGHT_DECAY, Muon, optimisers, orthogonal


@pytest.mark.parametrize("shape", [(6, 40), (40, 6), (12, 12), (1, 9)])
def test_a_matrix_keeps_its_directions_and_loses_its_sizes(shape):
    """The rounds change singular values alone, each by the same polynomial: large ones come near 1."""
    torch.manual_seed(0)
    matrix = torch.randn(shape) * 7
    left, sizes, right = torch.linalg.svd(matrix, full_matrices=False)
    sizes = sizes / sizes.norm()
    for _ in range(ROUNDS):
        sizes = 3.4445 * sizes - 4.7750 * sizes**3 + 2.0315 * sizes**5
    torch.testing.assert_close(orthogonal(matrix), left @ sizes.diag() @ right, atol=1e-4, rtol=1e-4)
    assert 0.5 < sizes[0] < 1.3


def test_no_gradient_is_no_direction():
    assert torch.equal(orthogonal(torch.zeros(3, 5)), torch.zeros(3, 5))


def test_it_steps_as_torchs_own_muon():
    """On a 1 x 1 kernel, which is a matrix; torch's rounds its numbers to bfloat16 on the way."""
    if not hasattr(torch.optim, "Muon"):
        pytest.skip("this torch has no Muon")
    torch.manual_seed(0)
    ours, theirs = nn.Parameter(torch.randn(32, 8, 1, 1)), nn.Parameter(torch.zeros(32, 8))
    theirs.data = ours.detach().flatten(1).clone()
    peer = torch.optim.Muon(
        [theirs], 0.1, weight_decay=WEIGHT_DECAY, momentum=MOMENTUM, ns_steps=ROUNDS, adjust_lr_fn="original"
    )
    optimiser = Muon([ours], 0.1)
    before = ours.detach().clone()
    for _ in range(3):
        gradient = torch.randn(32, 8)
        ours.grad, theirs.grad = gradient.view(32, 8, 1, 1), gradient
        optimiser.step(), peer.step()
    moved = (ours - before).detach().flatten(1)
    assert (ours.detach().flatten(1) - theirs.detach()).norm() < 0.02 * moved.norm()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_kernel_moves_as_the_matrix_it_is(layout):
    torch.manual_seed(0)
    kernel = nn.Parameter(torch.zeros(32, 2, 3, 3).to(memory_format=layout))
    gradient = torch.randn(32, 2, 3, 3)
    kernel.grad = gradient.to(memory_format=layout)
    Muon([kernel], 0.1).step()
    expected = -0.1 * (32 / 18) ** 0.5 * orthogonal(gradient.flatten(1))
    torch.testing.assert_close(kernel.detach().flatten(1), expected, atol=1e-5, rtol=1e-4)


def test_kernels_go_to_muon_and_all_else_to_adamw():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
    kernel = model[0].weight
    muon, adamw = optimisers(model, "muon", 1e-3, "cpu")
    assert [one is kernel for one in muon.param_groups[0]["params"]] == [True]
    assert len(adamw.param_groups[0]["params"]) == 5
    assert muon.param_groups[0]["highest"] == MUON_RATE * 1e-3
    (alone,) = optimisers(model, "adamw", 1e-3, "cpu")
    assert len(alone.param_groups[0]["params"]) == 6
    assert len(optimisers(nn.Linear(2, 2), "muon", 1e-3, "cpu")) == 1
