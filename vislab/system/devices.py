"""Which device, and in which precision: chosen once, for drawing, training, predicting and measuring alike."""

import platform
from contextlib import AbstractContextManager

import torch

from vislab.errors import VislabError
from vislab.system.console import plural


def pick_device(device: str | torch.device | None = None) -> torch.device:
    """The device asked for; without one a GPU if there is one, else the CPU.

    Raises VislabError if the device cannot be used.
    """
    if device is None:
        return torch.device(
            "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        )
    try:
        return torch.empty(1, device=device).device
    except (RuntimeError, AssertionError, TypeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise VislabError(f"device {device!s} cannot be used ({reason}); use cpu, or leave it out") from error


def precision(device: torch.device) -> str:
    """Either "bfloat16", if the device multiplies it faster than float32, or "float32".

    GPUs from compute capability 8.0 (Ampere) on do, as do processors with AVX512-BF16 or AMX:
    benchmarks/results/training_step.md has a step in both.
    """
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.get_device_capability(device) >= (8, 0) else "float32"
    if device.type == "cpu":
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        able = any(getattr(torch.cpu, check, lambda: False)() for check in checks)
        return "bfloat16" if able else "float32"
    return "float32"


def autocast(device: str | torch.device, precision: str) -> AbstractContextManager[None]:
    """Run matrix products in this precision inside the block."""
    kind = torch.device(device).type
    return torch.autocast(kind, torch.bfloat16, enabled=precision == "bfloat16")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this is how torch says that memory ran out, on a GPU or a CPU."""
    text = str(error)
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or (
        isinstance(error, RuntimeError) and ("not enough memory" in text or "can't allocate memory" in text)
    )


def device_name(device: torch.device) -> str:
    """The GPU's name, or the processor's with the number of threads that torch uses."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} ({platform.processor() or platform.machine()}, {plural(torch.get_num_threads(), 'thread')})"
