"""torchvision's weights: fetched once, checked by the hash in their name, and read so that nothing in them runs."""

import hashlib
import pickle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vislab.errors import VislabError


def fetch_weights(source: Any) -> dict[str, Tensor]:
    """The weights of a member of one of torchvision's weight enums, from torch's cache or downloaded into it.

    torchvision's own loader would unpickle whatever lies in the cache, unchecked. Raises VislabError if the download
    fails, or if the file's hash is not that in its name.
    """
    name = source.url.rpartition("/")[2]  # as in resnet18-f37072fd.pth: its SHA-256 begins with f37072fd
    prefix = name.rpartition("-")[2].partition(".")[0]
    path = Path(torch.hub.get_dir()) / "checkpoints" / name
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(source.url, str(path), progress=True)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:  # URLError and time-outs are OSErrors
        reason = getattr(error, "reason", None) or error
        raise VislabError(
            f"the weights {source.url} cannot be downloaded ({reason}); fetch them by hand and put them at {path}"
        ) from error
    if not digest.startswith(prefix):
        raise VislabError(
            f"{path}: must be the file of {source.url}, whose SHA-256 begins with {prefix}, not {digest[:8]}; "
            "delete it and try again"
        )
    return read_weights(path, source)


def read_weights(path: Path, source: Any) -> dict[str, Tensor]:
    """The weights in a file, read by torch.load with weights_only, which runs nothing in it. Raises VislabError."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise VislabError(f"{path}: there is no such file; fetch {source.url} and give its path") from error
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise VislabError(f"{path}: cannot be read as weights; fetch {source.url} anew") from error
    if not isinstance(state, dict):
        raise VislabError(f"{path}: holds no weights; give the file of {source.url}")
    return state
