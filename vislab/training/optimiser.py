"""What moves the weights: AdamW, and Muon for the kernels of our own models, which learn more from every step."""

import math

import torch
from torch import Tensor, nn

WEIGHT_DECAY = 0.01  # times the rate: Loshchilov & Hutter 2019, ICLR; PyTorch's default
BETAS = (0.9, 0.99)  # of AdamW: some hundred steps are too few for the usual average over a thousand
MUON_RATE = 7.0  # Muon's rate, in rates of AdamW: found on the smear
MOMENTUM = 0.9  # of Muon
WARM_UP = {"adamw": 0.25, "muon": 0.1}  # the share of training in which the rate rises
ROUNDS = 3  # of Newton and Schulz: Jordan's code takes five, but three trained as well


def optimisers(model: nn.Module, kind: str, rate: float, device: str) -> list[torch.optim.Optimizer]:
    """What trains a model: AdamW for all of it, or ("muon") Muon for its kernels and AdamW for the rest.

    Groups of weights hold their highest rate as "highest", of which `set_rates` takes a part. On a GPU the rate itself
    is a tensor there, so that a captured step can be replayed with another one.
    """
    gpu = torch.device(device).type == "cuda"
    kernels = [weight for weight in model.parameters() if kind == "muon" and weight.ndim == 4]
    rest = [weight for weight in model.parameters() if kind != "muon" or weight.ndim != 4]
    chosen: list[torch.optim.Optimizer] = []
    if kernels:
        chosen.append(Muon(kernels, MUON_RATE * rate))
    if rest:
        fused = device != "mps"
        adamw = torch.optim.AdamW(rest, rate, BETAS, weight_decay=WEIGHT_DECAY, fused=fused, capturable=gpu)
        chosen.append(adamw)
    for optimiser in chosen:
        for group in optimiser.param_groups:
            group["highest"] = group["lr"]
            group["lr"] = torch.full((), group["lr"], device=device) if gpu else group["lr"]
    return chosen


def set_rates(optimisers: list[torch.optim.Optimizer], part: float) -> None:
    """Let every group take this part of its highest rate."""
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            rate = group["highest"] * part
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate


def state_tensors(optimisers: list[torch.optim.Optimizer]) -> dict[str, Tensor]:
    """The averages that the optimisers keep, by name, "NUMBER.WEIGHT.FIELD": the tensors themselves."""
    states = [(number, optimiser.state_dict()["state"]) for number, optimiser in enumerate(optimisers)]
    return {
        f"{number}.{index}.{name}": value
        for number, state in states
        for index, fields in state.items()
        for name, value in fields.items()
    }


def load_state(optimisers: list[torch.optim.Optimizer], tensors: dict[str, Tensor]) -> None:
    """Put averages back, as `state_tensors` gave them; the optimisers' settings stay as they are."""
    states: list[dict[int, dict[str, Tensor]]] = [{} for _ in optimisers]
    for path, value in tensors.items():
        number, index, name = path.split(".")
        weight = [each for group in optimisers[int(number)].param_groups for each in group["params"]][int(index)]
        # The fused optimiser goes through memory in order, so an average needs its weight's memory format.
        average = torch.empty_like(weight).copy_(value) if value.shape == weight.shape else value
        states[int(number)].setdefault(int(index), {})[name] = average.detach()
    for optimiser, state in zip(optimisers, states, strict=True):
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def one_cycle(share: float, warm_up: float) -> float:
    """The rate, as a part of the highest, after this share of training: up in a half cosine, then down to 0.

    warm_up: the share of training in which it rises.
    Source: Smith & Topin 2019, "Super-Convergence"; the shape is that of torch's OneCycleLR.
    """
    if share < warm_up:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * share / warm_up)) / 2
    return (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up))) / 2


class Muon(torch.optim.Optimizer):
    """Moves each kernel (out, in, k, k), taken as a matrix (out, k k in), by an orthogonal matrix.

    A gradient is mostly made of a few directions, and steps along it leave the others as they are; of an orthogonal
    step all have the same size. Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".
    """

    def __init__(self, kernels: list[nn.Parameter], rate: float) -> None:
        super().__init__(kernels, {"lr": rate})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move the kernels that have a gradient."""
        for group in self.param_groups:
            keep = 1 - group["lr"] * WEIGHT_DECAY
            kernels = [kernel for kernel in group["params"] if kernel.grad is not None]
            pairs = [_as_matrices(*pair) for pair in zip(kernels, self._look_ahead(kernels), strict=True)]
            factors = orthogonalisers([ahead for _, ahead in pairs])
            for kernel, (matrix, ahead), factor in zip(kernels, pairs, factors, strict=True):
                outputs, inputs = len(kernel), kernel.shape[1:].numel()
                stretch = max(1, outputs / inputs) ** 0.5  # outputs move alike if they outnumber inputs
                if isinstance(keep, Tensor):  # addmm_ takes numbers alone, and a captured step would keep them
                    matrix.mul_(keep).addcmul_(factor @ ahead, group["lr"], value=-stretch)
                else:
                    matrix.addmm_(factor, ahead, beta=keep, alpha=-group["lr"] * stretch)

    def _look_ahead(self, kernels: list[nn.Parameter]) -> tuple[Tensor, ...]:
        """Nesterov's step: each gradient and the mean of all so far, which it joins."""
        for kernel in kernels:
            if not self.state[kernel]:
                self.state[kernel]["mean"] = torch.zeros_like(kernel)
        if not kernels:
            return ()
        means, gradients = zip(*((self.state[kernel]["mean"], kernel.grad) for kernel in kernels), strict=True)
        torch._foreach_lerp_(means, gradients, 1 - MOMENTUM)
        return torch._foreach_lerp(means, gradients, 1 - MOMENTUM)


def _as_matrices(kernel: Tensor, ahead: Tensor) -> tuple[Tensor, Tensor]:
    """Two of (out, in, k, k) as matrices (a, b), a at most b; the kernel's is a view, to be changed in place.

    Columns are in the order in which the kernel lies in memory: their order makes no difference.
    """
    order = (0, 1, 2, 3) if kernel.is_contiguous() else (0, 2, 3, 1)
    matrices = kernel.permute(order).view(len(kernel), -1), ahead.permute(order).flatten(1)
    if len(kernel) > kernel.shape[1:].numel():
        return matrices[0].T, matrices[1].T
    return matrices


def orthogonalisers(matrices: list[Tensor]) -> list[Tensor]:
    """For each matrix (a, b), a at most b, the (a, a) which times it is nearly the nearest orthogonal matrix.

    Its singular values become 0.6 to 1.2; small ones may stay smaller. Newton and Schulz's rounds with Jordan's
    coefficients, which reach 1 only roughly, but soon. All rounds are polynomials of the matrix times its transpose:
    these squares are stacked by size, whatever b is, and only they are multiplied in between.
    """
    squares: dict[int, list[int]] = {}
    for index, matrix in enumerate(matrices):
        squares.setdefault(len(matrix), []).append(index)
    factors = list(matrices)
    for alike in squares.values():
        stack = torch.stack([matrices[index] @ matrices[index].T for index in alike])  # (n, a, a)
        for index, factor in zip(alike, _all_rounds(stack), strict=True):
            factors[index] = factor
    return factors


def _all_rounds(squares: Tensor) -> Tensor:
    """The factors (n, a, a) of matrices whose products with their transposes are `squares` (n, a, a)."""
    norms = squares.diagonal(dim1=1, dim2=2).sum(1).sqrt().clamp_min(1e-7)[:, None, None]
    squares = squares / norms**2
    whole = factor = _round(squares)
    for _ in range(ROUNDS - 1):
        squares = factor @ squares @ factor
        factor = _round(squares)
        whole = factor @ whole
    return whole / norms


def _round(squares: Tensor) -> Tensor:
    """The factors, themselves (n, a, a), by which a round multiplies matrices of these `squares`."""
    factors = torch.baddbmm(squares, squares, squares, beta=-4.7750, alpha=2.0315)
    factors.diagonal(dim1=1, dim2=2).add_(3.4445)
    return factors
