"""Small files on disk for the tests of vislab.data.datasets."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vislab import load
from vislab.data.scenes import Scenes
from vislab.errors import VislabError


def rgb(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Random pixels uint8 (h, w, 3), so that no two places look alike."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def png(array: np.ndarray, **settings: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG", **settings)
    return file.getvalue()


def put(path: Path, content: np.ndarray | bytes | str | Sequence[Sequence[object]] | Mapping[str, object]) -> Path:
    """Write an array as a picture, text, bytes, rows as CSV, a dict as JSON; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, np.ndarray):
        Image.fromarray(content).save(path)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    elif isinstance(content, Mapping):
        path.write_text(json.dumps(content), encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(content)
    return path


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def refused(path: Path | str, *words: str, **arguments: object) -> None:
    """Loading raises one sentence with these words in it."""
    with pytest.raises(VislabError) as caught:
        load(path, **arguments)  # type: ignore[arg-type]
    said = str(caught.value)
    assert all(word in said for word in words), said
    assert "\n" not in said


def skipped(path: Path, left: Sequence[str], *words: str, **arguments: object) -> Scenes:
    """With on_error="skip" these pictures are left, and the report has these words in it."""
    report: list[str] = []
    scenes = load(path, on_error="skip", report=report, **arguments)  # type: ignore[arg-type]
    assert scenes.ids == tuple(left)
    assert all(word in "\n".join(report) for word in words), report
    return scenes
