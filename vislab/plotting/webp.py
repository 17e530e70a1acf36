"""Pictures as WebP: a tenth of the bytes of PNG where they are noisy."""

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def encode(pixels: NDArray[np.uint8] | Image.Image, quality: int | None, method: int = 1) -> bytes:
    """A picture, uint8 (h, w, 3) or Pillow's, as the bytes of a WebP file.

    quality: 0 to 100; None keeps every pixel. method: how long Pillow looks for a smaller file, 0 (quick) to 6.
    """
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    options: dict[str, Any] = {"lossless": True, "quality": 0} if quality is None else {"quality": quality}
    file = io.BytesIO()
    image.save(file, "webp", method=method, **options)
    return file.getvalue()


def encode_small(image: Image.Image) -> bytes:
    """A figure as a WebP file: nothing of a drawing is lost, a little of photographs, whichever makes it smaller."""
    lossy, lossless = io.BytesIO(), io.BytesIO()
    image.save(lossy, "webp", quality=88, method=4)
    image.save(lossless, "webp", lossless=True, method=4)
    return min(lossy.getvalue(), lossless.getvalue(), key=len)


def data_uri(webp: bytes) -> str:
    """The bytes of a WebP file as the source of an <img> element."""
    return "data:image/webp;base64," + base64.b64encode(webp).decode()
