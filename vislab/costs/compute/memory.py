"""Bytes: of a model's file, of the tensors alive while it answers, and of the process that holds it all."""

import os

import numpy as np
import psutil
import torch

from vislab.costs.compute.timing import answer, device_of, pictures
from vislab.models.build import Model

RESIDENT = (
    "resident memory is the whole process's after answering: Python, PyTorch, all other models and pictures that it "
    "holds, and freed memory that it keeps"
)


def own_bytes(model: Model) -> int:
    """Bytes of parameters and buffers, as they lie in memory."""
    return sum(tensor.nbytes for tensor in (*model.parameters(), *model.buffers()))


def disk_bytes(model: Model) -> int:
    """Bytes of the file that holds the weights: safetensors, float32."""
    from safetensors.torch import save

    weights = {
        name: (tensor.float() if tensor.is_floating_point() else tensor).cpu().contiguous().clone()
        for name, tensor in model.state_dict().items()
    }
    return len(save(weights))


def peak_bytes(model: Model, height: int, width: int, batch: int = 1) -> int:
    """Bytes of tensors at once while a batch is answered, parameters and buffers included.

    On a GPU by CUDA's counter, without what else lies there; on a CPU by what torch's profiler sees come and go.
    """
    device, images = device_of(model), pictures(batch, height, width)
    answer(model, images)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        answer(model, images)
        return torch.cuda.max_memory_allocated(device) - before + own_bytes(model)
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # else the profiler writes its own progress between ours
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        answer(model, images)
    events = (event for event in profiler.profiler.kineto_results.events() if event.name() == "[memory]")
    changes = sorted((event.start_ns(), event.nbytes()) for event in events)
    return int(np.cumsum([0, *(size for _, size in changes)]).max()) + own_bytes(model)


def resident_bytes(model: Model) -> int | None:
    """Bytes of RAM that this whole process takes now; None on a GPU, which has its own memory."""
    return int(psutil.Process().memory_info().rss) if device_of(model).type == "cpu" else None
