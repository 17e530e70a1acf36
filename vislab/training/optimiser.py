"""What moves the weights: AdamW, and Muon for the kernels of our own models, which learn more from every step."""

import torch
from torch import Tensor, nn

WEIGHT_DECAY = 0.01  # times the rate: Loshchilov & Hutter 2019, ICLR; PyTorch's default
BETAS = (0.9, 0.99)  # of AdamW: some hundred steps are too few for the usual average over a thousand
MUON_RATE = 7.0  # Muon's rate, in rates of AdamW: found on the smear
MOMENTUM = 0.9  # of Muon
ROUNDS = 3  # of Newton and Schulz: Jordan's code takes five, but three trained as well


def optimisers(model: nn.Module, kind: str, rate: float, device: str) -> list[torch.optim.Optimizer]:
    """What trains a model: AdamW for all of it, or ("muon") Muon for its kernels and AdamW for the rest.

    Groups of weights hold their highest rate as "highest", from which a schedule can take its part.
    """
    kernels = [weight for weight in model.parameters() if kind == "muon" and weight.ndim == 4]
    rest = [weight for weight in model.parameters() if kind != "muon" or weight.ndim != 4]
    chosen: list[torch.optim.Optimizer] = []
    if kernels:
        chosen.append(Muon(kernels, MUON_RATE * rate))
    if rest:
        chosen.append(torch.optim.AdamW(rest, rate, BETAS, weight_decay=WEIGHT_DECAY, fused=device != "mps"))
    for optimiser in chosen:
        for group in optimiser.param_groups:
            group["highest"] = group["lr"]
    return chosen


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
            for kernel in group["params"]:
                if kernel.grad is None:
                    continue
                state = self.state[kernel]
                if not state:
                    state["mean"] = torch.zeros_like(kernel)
                mean = state["mean"].lerp_(kernel.grad, 1 - MOMENTUM)
                ahead = kernel.grad.lerp(mean, MOMENTUM).permute(0, 2, 3, 1)  # Nesterov's; (out, k, k, in), as it lies
                direction = orthogonal(ahead.flatten(1))  # (out, k k in)
                rows, columns = direction.shape
                stretch = max(1, rows / columns) ** 0.5  # outputs move alike if they outnumber inputs
                kernel.mul_(1 - group["lr"] * WEIGHT_DECAY)
                kernel.sub_(direction.view(ahead.shape).permute(0, 3, 1, 2), alpha=group["lr"] * stretch)


def orthogonal(matrix: Tensor) -> Tensor:
    """Nearly the orthogonal matrix that is nearest to a matrix (a, b): its singular values, made 0.6 to 1.2.

    Small ones may stay smaller. Newton and Schulz's rounds with Jordan's coefficients, which reach 1 only roughly, but
    soon. All rounds are polynomials of the same small square matrix, so only that is multiplied in between.
    """
    if matrix.shape[0] > matrix.shape[1]:
        return orthogonal(matrix.T).T
    matrix = matrix / matrix.norm().clamp_min(1e-7)  # (a, b), a at most b
    square = matrix @ matrix.T  # (a, a)
    whole = factor = _round(square)
    for _ in range(ROUNDS - 1):
        square = factor @ square @ factor
        factor = _round(square)
        whole = factor @ whole
    return whole @ matrix


def _round(square: Tensor) -> Tensor:
    """The factor, itself (a, a), by which a round multiplies a matrix whose product with its transpose is `square`."""
    factor = torch.addmm(square, square, square, beta=-4.7750, alpha=2.0315)
    factor.diagonal().add_(3.4445)
    return factor
