"""How much memory is free, and one sentence if that is not enough."""

import psutil
import torch

from vislab.errors import VislabError


def free_memory(device: torch.device) -> int | None:
    """Bytes that tensors may still take on a device; None if nobody can tell, as on Apple's GPUs."""
    if device.type == "cuda":
        free: int = torch.cuda.mem_get_info(device)[0]
        return free
    return psutil.virtual_memory().available if device.type == "cpu" else None


def shortage(needed: float, device: torch.device) -> str:
    """What is lacking, as in "8.2 GB of memory are needed, and 3.1 GB are free"; "" if `needed` bytes are free."""
    free = free_memory(device)
    if free is None or needed <= free:
        return ""
    return f"{needed / 1e9:,.1f} GB of memory are needed, and {free / 1e9:,.1f} GB are free"


def refuse_beyond(needed: float, device: torch.device, what: str, mend: str) -> None:
    """Raise VislabError, "what: the shortage; mend", unless `needed` bytes are free on the device."""
    if lacking := shortage(needed, device):
        raise VislabError(f"{what}: {lacking}; {mend}")
