"""TIFF files of microscopes with several channels, of which three become red, green and blue."""

import io
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from PIL import Image

from vislab.data.datasets.decode import DEPTHS, MOST_PIXELS
from vislab.errors import VislabError

MOST_SAMPLES = 4  # of one picture that a viewer shows: RGB and alpha


def is_tiff(name: str) -> bool:
    """Whether a file is a TIFF by its ending."""
    return name.lower().endswith((".tif", ".tiff"))


def refuse_channels(data: bytes, where: str) -> None:
    """Raise VislabError if a TIFF holds more than one picture as a viewer shows it, saying how to choose channels."""
    known = False
    with suppress(Exception), Image.open(io.BytesIO(data)) as image:  # what Pillow cannot read may be channels
        known = True
        if getattr(image, "n_frames", 1) == 1 and int(image.getexif().get(277, 1)) <= MOST_SAMPLES:
            return
    try:
        planes, axes = _planes(data, where)
    except VislabError:
        return  # whoever decodes it says what is broken
    coloured = known and axes == "YXS" and len(planes) <= MOST_SAMPLES  # and another picture after it
    if len(planes) > 1 and not coloured:
        count, height, width = planes.shape
        raise VislabError(
            f"{where}: holds {count} channels or planes of {height} × {width} ({axes}); say which become red, green "
            f"and blue, as in channels=(0, 1, {min(2, count - 1)}), or channels=(0, 0, 0) for one in grey"
        )


def read_channels(data: bytes, where: str, channels: Sequence[int]) -> np.ndarray:
    """The picture uint8 (h, w, 3) of three channels of a TIFF, counted from 0.

    More than 8 bits are divided by the range of the fewest bits of 8, 10, 12, 14, 16 that hold the brightest pixel of
    the three, so that their proportions stay. Raises VislabError if a channel is not there or cannot be read.
    """
    planes, axes = _planes(data, where)
    if max(channels) >= len(planes):
        raise VislabError(f"{where}: has {len(planes)} channels ({axes}), none numbered {max(channels)}; count from 0")
    chosen = planes[list(channels)]
    if chosen.dtype.kind not in "ub" or chosen.max(initial=0) >= 2 ** DEPTHS[-1]:
        raise VislabError(f"{where}: holds {chosen.dtype} numbers; save whole numbers of 8 or 16 bits")
    top = next(2**bits - 1 for bits in DEPTHS if chosen.max(initial=0) < 2**bits)
    scaled = np.rint(chosen.astype(np.float32) * (255 / top)).astype(np.uint8)
    return np.ascontiguousarray(scaled.transpose(1, 2, 0))


def tiff_size(data: bytes, where: str) -> tuple[int, int]:
    """Height and width of the channels of a TIFF."""
    planes, _ = _planes(data, where)
    return planes.shape[1], planes.shape[2]


def _planes(data: bytes, where: str) -> tuple[Any, str]:
    """All planes (n, h, w) of a TIFF, and the letters of its axes as tifffile has them."""
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            series = file.series[0]
            axes, shape = series.axes, dict(zip(series.axes, series.shape, strict=True))
            others = [axis for axis in axes if axis not in "YX"]
            large = [axis for axis in others if shape[axis] > 1]
            if "Y" not in shape or "X" not in shape or len(large) > 1:
                sizes = " × ".join(f"{shape[axis]} {axis}" for axis in axes)
                raise VislabError(f"{where}: is a stack of {sizes}; save one plane of it, with its channels alone")
            if shape["Y"] * shape["X"] > MOST_PIXELS:
                raise VislabError(f"{where}: has more than {MOST_PIXELS / 1e6:.0f} million pixels; cut it")
            order = [axes.index(axis) for axis in [*others, "Y", "X"]]
            return series.asarray().transpose(order).reshape(-1, shape["Y"], shape["X"]), axes
    except VislabError:
        raise
    except Exception as error:  # tifffile and its codecs raise whatever they meet
        raise VislabError(f"{where}: cannot be read as TIFF ({error}); save it again without compression") from error
