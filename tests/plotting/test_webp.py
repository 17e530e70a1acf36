"""Pictures as WebP."""

import base64
import io

import numpy as np
from PIL import Image

from vislab.plotting.webp import data_uri, encode


def decoded(webp):
    return np.asarray(Image.open(io.BytesIO(webp)).convert("RGB"))


def test_without_a_quality_every_pixel_is_kept():
    pixels = np.random.default_rng(0).integers(0, 256, (16, 24, 3), np.uint8)
    assert (decoded(encode(pixels, None)) == pixels).all()
    assert (decoded(encode(Image.fromarray(pixels), None)) == pixels).all()
    assert len(encode(pixels, 20)) < len(encode(pixels, None))


def test_a_data_uri_holds_the_bytes():
    head, _, data = data_uri(b"abc").partition(",")
    assert head == "data:image/webp;base64"
    assert base64.b64decode(data) == b"abc"
