"""Muon: orthogonal steps, against the singular value decomposition and torch's own where it has one."""

import pytest
import torch
from torch import nn

import vislab as vl
from vislab.training.optimiser import (
    MOMENTUM,
    MUON_RATE,
    ROUNDS,
    WEIGHT_DECAY,
    Muon,
    one_cycle,
    optimisers,
    orthogonalisers,
    set_rates,
)


def orthogonal(matrix):
    """Each round written out on the matrix itself, which is what the factors of the small squares stand for."""
    if matrix.shape[0] > matrix.shape[1]:
        return orthogonal(matrix.T).T
    matrix = matrix / matrix.norm().clamp_min(1e-7)
    for _ in range(ROUNDS):
        square = matrix @ matrix.T
        matrix = 3.4445 * matrix - 4.7750 * square @ matrix + 2.0315 * square @ square @ matrix
    return matrix


@pytest.mark.parametrize("shape", [(6, 40), (12, 12), (1, 9)])
def test_a_matrix_keeps_its_directions_and_loses_its_sizes(shape):
    """The rounds change singular values alone, each by the same polynomial: large ones come near 1."""
    torch.manual_seed(0)
    matrix = torch.randn(shape) * 7
    left, sizes, right = torch.linalg.svd(matrix, full_matrices=False)
    sizes = sizes / sizes.norm()
    for _ in range(ROUNDS):
        sizes = 3.4445 * sizes - 4.7750 * sizes**3 + 2.0315 * sizes**5
    (factor,) = orthogonalisers([matrix])
    torch.testing.assert_close(factor @ matrix, left @ sizes.diag() @ right, atol=1e-4, rtol=1e-4)
    assert 0.5 < sizes[0] < 1.3


def test_matrices_beside_each_other_get_the_factors_that_they_get_alone():
    torch.manual_seed(0)
    matrices = [torch.randn(rows, columns) for rows, columns in ((6, 40), (3, 5), (6, 9), (6, 40))]
    for matrix, factor in zip(matrices, orthogonalisers(matrices), strict=True):
        torch.testing.assert_close(factor, orthogonalisers([matrix])[0])
        torch.testing.assert_close(factor @ matrix, orthogonal(matrix), atol=1e-5, rtol=1e-4)


def test_no_gradient_is_no_direction():
    (factor,) = orthogonalisers([torch.zeros(3, 5)])
    assert torch.equal(factor @ torch.zeros(3, 5), torch.zeros(3, 5))


@pytest.mark.parametrize("task", ["classification", "instance"])
def test_the_kernels_of_a_model_move_as_one_by_one(task):
    """Kernels of many shapes, one without a gradient, against the formula for a single kernel."""
    torch.manual_seed(0)
    model = vl.build(task, vl.draw("smear", 1).vocabulary).to(memory_format=torch.channels_last)
    kernels = [weight for weight in model.parameters() if weight.ndim == 4]
    optimiser = Muon(kernels, 0.05)
    expected = [kernel.detach().clone() for kernel in kernels]
    means = [torch.zeros_like(kernel) for kernel in kernels]
    for _ in range(3):
        for index, kernel in enumerate(kernels[1:], 1):
            gradient = kernel.grad = torch.randn_like(kernel)
            means[index] = MOMENTUM * means[index] + (1 - MOMENTUM) * gradient
            ahead = MOMENTUM * means[index] + (1 - MOMENTUM) * gradient
            direction = orthogonal(ahead.flatten(1)).view(kernel.shape)
            stretch = max(1, len(kernel) / kernel[0].numel()) ** 0.5
            expected[index] = (1 - 0.05 * WEIGHT_DECAY) * expected[index] - 0.05 * stretch * direction
        optimiser.step()
    for index, kernel in enumerate(kernels):
        torch.testing.assert_close(kernel.detach(), expected[index], atol=1e-5, rtol=1e-4)
        assert kernel.is_contiguous(memory_format=torch.channels_last)
    saved = optimiser.state_dict()["state"]
    assert [list(saved[index]) for index in sorted(saved)] == [["mean"]] * (len(kernels) - 1)
    torch.testing.assert_close(saved[1]["mean"], means[1])


def test_without_gradients_nothing_moves():
    kernel = nn.Parameter(torch.ones(2, 3, 1, 1))
    Muon([kernel], 0.1).step()
    assert torch.equal(kernel.detach(), torch.ones(2, 3, 1, 1))


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


LAYOUTS = [torch.contiguous_format, torch.channels_last]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("layout_of_gradient", LAYOUTS)
def test_a_kernel_moves_as_the_matrix_it_is(layout, layout_of_gradient):
    """Whatever the order in memory of kernel and gradient; here outputs outnumber inputs."""
    torch.manual_seed(0)
    kernel = nn.Parameter(torch.zeros(32, 2, 3, 3).to(memory_format=layout))
    gradient = torch.randn(32, 2, 3, 3)
    kernel.grad = gradient.to(memory_format=layout_of_gradient)
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


def test_the_rate_rises_then_falls_to_nothing():
    rates = [one_cycle(share / 20, 0.25) for share in range(21)]
    assert max(rates) == pytest.approx(1)
    assert rates[0] < 0.1
    assert rates[-1] == pytest.approx(0)
    assert rates[:6] == sorted(rates[:6])
    assert rates[5:] == sorted(rates[5:], reverse=True)


def test_a_rate_that_is_a_tensor_moves_as_far_as_a_number():
    """As on a GPU, where captured steps read it anew each time."""
    torch.manual_seed(0)
    first, gradient = torch.randn(6, 4, 3, 3), torch.randn(6, 4, 3, 3)
    moved = []
    for rate in (0.0, torch.zeros(())):
        kernel = nn.Parameter(first.clone())
        kernel.grad = gradient.clone()
        muon = Muon([kernel], 0.1)
        muon.param_groups[0] |= {"highest": 0.2, "lr": rate}
        set_rates([muon], 0.5)
        muon.step()
        moved.append(kernel.detach())
    torch.testing.assert_close(*moved)
    assert not torch.equal(moved[0], first)
