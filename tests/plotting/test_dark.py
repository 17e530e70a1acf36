"""Figures for dark pages."""

import io

import numpy as np
from PIL import Image

from vislab.plotting.dark import LIGHT, darken
from vislab.plotting.figures import INK, PALETTE, Sheet


def test_paper_is_dark_ink_is_light_and_colours_stay():
    sheet = Sheet(2, 2, "A line.")
    axes = sheet.subplots()
    (line,) = axes.plot([0, 1], [0, 1], color=PALETTE["blue"])
    (black,) = axes.plot([0, 1], [1, 0], color="black")
    text, cross = axes.text(0, 0, "count", color=INK), axes.text(0, 1, "✗", color=PALETTE["vermillion"])
    assert darken(sheet) is sheet
    assert (black.get_color(), text.get_color()) == (LIGHT, LIGHT)
    assert (line.get_color(), cross.get_color()) == (PALETTE["blue"], PALETTE["vermillion"])
    with Image.open(io.BytesIO(sheet.to_webp())) as image:
        pixels = np.asarray(image.convert("L"))
    assert np.median(pixels) < 50
    assert pixels.max() > 180
