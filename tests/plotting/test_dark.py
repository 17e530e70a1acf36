"""Figures for dark pages."""

import numpy as np
from PIL import Image

from vislab.plotting.dark import LIGHT, PAPER, cover, darken
from vislab.plotting.figures import INK, PALETTE, Sheet

GREY = tuple(np.full(3, round(255 * PAPER)))


def drawn(sheet: Sheet) -> Sheet:
    """The dark twin of a sheet that is drawn now."""
    sheet.bitmap()
    return darken(sheet)


def grey(colour) -> float:
    red, green, blue = colour[:3]
    assert red == green == blue
    return float(red)


def test_paper_is_dark_ink_is_light_and_colours_stay():
    sheet = Sheet(2, 2, "A line.")
    axes = sheet.subplots()
    axes.plot([0, 1], [0, 1], color=PALETTE["blue"])
    axes.plot([0, 1], [1, 0], "o", color="black")
    axes.text(0, 0, "count", color=INK)
    axes.text(0, 1, "✗", color=PALETTE["vermillion"])
    axes.bar([0], [1], color=["#999999"], edgecolor=INK)  # a class's colour, as in masks
    dark = drawn(sheet)
    line, black = dark.axes[0].lines
    count, cross = dark.axes[0].texts
    bar = dark.axes[0].patches[0]
    for ink in (black.get_color(), black.get_markerfacecolor(), count.get_color(), bar.get_edgecolor()):
        assert 0.8 < grey(ink) <= LIGHT
    assert grey(dark.axes[0].xaxis.label.get_color()) == LIGHT
    assert tuple(dark.bitmap().getpixel((1, 1))) == GREY
    assert [round(255 * part) for part in line.get_color()[:3]] == [0x00, 0x72, 0xB2]
    assert [round(255 * part) for part in cross.get_color()[:3]] == [0xD5, 0x5E, 0x00]
    assert grey(bar.get_facecolor()) == 0.6


def test_the_caps_of_error_bars_turn_too():
    sheet = Sheet(2, 2)
    sheet.subplots().errorbar([0, 1], [1, 2], yerr=[0.1, 0.2], marker="o", capsize=3, color="black")
    for line in drawn(sheet).axes[0].lines:
        assert grey(line.get_markeredgecolor()) == LIGHT


def test_the_figure_itself_stays_light():
    sheet = Sheet(2, 1)
    sheet.subplots()
    before = np.asarray(sheet.bitmap())
    darken(sheet)
    assert (np.asarray(sheet.bitmap()) == before).all()


def test_a_picture_and_what_is_drawn_on_it_stay_and_its_title_turns():
    sheet = Sheet(2, 2)
    axes = sheet.subplots()
    axes.imshow(np.full((8, 8, 3), 250, np.uint8))
    axes.plot([1, 6], [1, 6], color="black")
    axes.text(3, 3, "inside", color="black")
    axes.text(0, -0.1, "below", color="black", transform=axes.transAxes)
    axes.set_title("title", color="black")
    dark = drawn(sheet).axes[0]
    inside, below = dark.texts
    assert (dark.lines[0].get_color(), inside.get_color()) == ("black", "black")
    assert grey(below.get_color()) == grey(dark.title.get_color()) == LIGHT


def test_nothing_moves():
    sheet = Sheet(3, 2)
    sheet.subplots().set_ylabel("error")
    twin = drawn(sheet)
    twin.bitmap()
    assert twin.axes[0].get_position().bounds == sheet.axes[0].get_position().bounds


def test_a_cover_makes_the_twin_and_leaves_what_both_share_open():
    light, dark = (Image.new("RGB", (9, 9), paper) for paper in ("white", "#111111"))
    for image in (light, dark):
        image.paste((200, 30, 30), (3, 3, 9, 9))
    over = cover(light, dark)
    assert over.getpixel((8, 8))[3] == 0
    assert over.getpixel((3, 3))[3] == 255  # a pixel around what differs, against a rim of both papers
    seen = light.convert("RGBA")
    seen.alpha_composite(over)
    assert (np.asarray(seen.convert("RGB")) == np.asarray(dark)).all()
