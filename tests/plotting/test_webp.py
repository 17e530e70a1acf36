"""Pictures as WebP."""

import base64
import io

import numpy as np
from PIL import Image

from vislab.plotting.webp import data_uri, encode, encode_small


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


def test_a_drawing_loses_nothing_and_a_photograph_few_bytes():
    drawing = np.full((120, 160, 3), 255, np.uint8)
    drawing[20:60, 30:90] = (213, 94, 0)
    assert (decoded(encode_small(Image.fromarray(drawing))) == drawing).all()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    assert len(encode_small(Image.fromarray(noise))) < len(encode(noise, None))
