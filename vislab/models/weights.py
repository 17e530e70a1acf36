"""Weights that others have trained: downloaded once, checked, read so that nothing in a file runs, put into a net."""

import hashlib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vislab.errors import VislabError

COUNTER = "num_batches_tracked"  # of normalisation: files differ in whether they hold it, and no answer depends on it


def fetch_weights(source: Any) -> dict[str, Tensor]:
    """The weights of a member of one of torchvision's weight enums, from torch's cache or downloaded into it.

    torchvision's own loader would unpickle whatever lies in the cache, unchecked. Raises VislabError if the download
    fails, or if the file's hash is not that in its name.
    """
    name = source.url.rpartition("/")[2]  # as in resnet18-f37072fd.pth: its SHA-256 begins with f37072fd
    path = Path(torch.hub.get_dir()) / "checkpoints" / name
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(source.url, str(path))
        check_hash(path, name.rpartition("-")[2].partition(".")[0], source.url)
    except OSError as error:  # URLError and time-outs are OSErrors
        reason = getattr(error, "reason", None) or error
        raise VislabError(
            f"the weights {source.url} cannot be downloaded ({reason}); fetch them by hand and put them at {path}"
        ) from error
    return read_weights(path, source.url)


def check_hash(path: Path, prefix: str, url: str) -> None:
    """Raise VislabError unless the SHA-256 of a file from this address begins so; OSError if it cannot be read."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(prefix):
        raise VislabError(
            f"{path}: must be the file of {url}, whose SHA-256 begins with {prefix[:8]}, not {digest[:8]}; "
            "delete it and try again"
        )


def read_weights(path: Path, url: str) -> dict[str, Tensor]:
    """The weights in a .safetensors file, or in one for torch.load, read with weights_only, which runs nothing in it.

    url: where the right file comes from. Raises VislabError.
    """
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise VislabError(f"{path}: there is no such file; fetch {url} and give its path") from error
    except Exception as error:  # torch and safetensors raise errors of many kinds for files that are no weights
        raise VislabError(f"{path}: cannot be read as weights; fetch {url} anew") from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise VislabError(f"{path}: holds no weights by name; give the file of {url}")
    return state


def put_weights(net: nn.Module, state: dict[str, Tensor], path: str | Path, url: str) -> None:
    """Give a net the weights of a file: by name, or, where another program named them otherwise, one after another.

    Raises VislabError if they are not as many, of the same shapes and numbers.
    """
    own = {name: value for name, value in net.state_dict().items() if not name.endswith(COUNTER)}
    given = {name: value for name, value in state.items() if not name.endswith(COUNTER)}
    if own.keys() != given.keys():
        if len(own) != len(given):
            raise VislabError(
                f"{path}: holds {len(given)} tensors, and this model has {len(own)}; give the file of {url}"
            )
        given = dict(zip(own, given.values(), strict=True))
    for name, value in own.items():
        if given[name].shape != value.shape:
            shapes = f"{tuple(value.shape)}, not {tuple(given[name].shape)}"
            raise VislabError(f"{path}: must hold {name} of shape {shapes}; give the file of {url}")
        if not given[name].isfinite().all():
            raise VislabError(f"{path}: holds weights of {name} that are no numbers; fetch {url} anew")
    net.load_state_dict(given, strict=False)
