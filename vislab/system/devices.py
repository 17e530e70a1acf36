"""Which device, and in which precision: chosen once, for training, predicting and measuring alike."""

import platform
from contextlib import AbstractContextManager

import torch

from vislab.errors import VislabError


def pick_device(device: str | torch.device | None = None) -> torch.device:
    """The device asked for; without one a GPU where there is one, else the CPU.

    Raises VislabError where the device asked for is not there.
    """
    if device is None:
        kind = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        return torch.device(kind)
    try:
        place = torch.device(device)
        torch.empty(1, device=place)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0]
        raise VislabError(f"device {device!s} cannot be used ({reason}); use cpu, or leave it out") from error
    return place


def precision(device: torch.device) -> str:
    """Either "bfloat16", where the device multiplies it faster than float32, or "float32".

    GPUs from compute capability 8.0 (Ampere) on do, as do processors with AVX512-BF16 or AMX:
    benchmarks/results/training_step.md has a step in both.
    """
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.get_device_capability(device) >= (8, 0) else "float32"
    if device.type == "cpu":
        able = (
            getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
            or getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)()
        )
        return "bfloat16" if able else "float32"
    return "float32"


def autocast(device: str | torch.device, precision: str) -> AbstractContextManager[None]:
    """Run matrix products in this precision inside the block."""
    kind = torch.device(device).type
    return torch.autocast(kind, torch.bfloat16, enabled=precision == "bfloat16")


def device_name(device: torch.device) -> str:
    """The GPU's name, or the processor's with the number of threads that torch uses."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} ({platform.processor() or platform.machine()}, {torch.get_num_threads()} threads)"
