"""Contact sheets: what they show and say, and the colours of masks worked by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_scenes import make
from PIL import Image
from text_pictures import picture

import vislab as vl
from vislab.data.contact_sheet import colour_classes, colour_objects, colours_apart, describe, labels_in_turn
from vislab.data.synthetic.draw import WORLDS
from vislab.plotting.figures import PALETTE, enlarge, outline, rgb


def test_classes_get_the_vocabularys_colours_and_ignored_pixels_none():
    mask = picture("0012 00??").numpy()
    shown = colour_classes(mask, make().vocabulary)
    assert shown[0, 2].tolist() == list(rgb("#56B4E9"))
    assert shown[0, 3].tolist() == list(rgb("#D55E00"))
    assert shown[0, 0].tolist() == list(rgb("#999999"))
    assert shown[1, 3].tolist() in ([255] * 3, [160] * 3)


def test_outline_is_where_ids_meet():
    found = outline(picture("0011 0012").numpy())
    assert found.astype(int).tolist() == [[0, 1, 0, 1], [0, 1, 1, 0]]


def test_objects_are_tinted_and_what_is_none_stays_grey():
    image = np.full((4, 4, 3), [200, 100, 0], np.uint8)
    shown = colour_objects(picture("0000 0110 0110 0000").numpy(), image, opacity=1)
    assert shown[1, 1].tolist() == list(rgb(PALETTE["orange"]))
    assert len(set(shown[3, 3].tolist())) == 1


def test_objects_that_touch_never_share_a_colour_though_there_are_but_seven():
    ids = np.zeros((3, 9), int)
    ids[1, :2], ids[1, 2] = 1, 8  # the eighth would have the first one's colour in its turn, and touches it
    ids[0, 4:] = range(2, 7)
    ids[2, 8] = 7
    numbers = colours_apart(ids)
    assert numbers[8] != numbers[1]
    assert numbers[1:8].tolist() == list(range(7))


def test_a_background_looks_the_same_in_every_set():
    for name in WORLDS:
        words = vl.draw(name, 1, size=64).vocabulary
        assert colour_classes(np.zeros((2, 2), int), words)[0, 0].tolist() == [0x99] * 3


def test_enlarging_makes_no_new_values():
    big = enlarge(picture("01 20").numpy(), 5)
    assert big.shape == (6, 6)
    assert sorted(np.unique(big)) == [0, 1, 2]


def test_a_picture_in_words():
    scenes = make(2)
    assert describe(scenes, 0) == "healthy: 1 × cell"
    assert describe(scenes, 1) == "infected: 1 × cell, 1 × infected cell"
    nothing = make(
        1,
        semantic=torch.zeros(1, 2, 4, dtype=torch.uint8),
        instances=torch.zeros(1, 2, 4, dtype=torch.int16),
        objects=torch.zeros(1, 0, dtype=torch.uint8),
    )
    assert describe(nothing, 0) == "healthy: no object"


@pytest.mark.parametrize("levels", [3, 2, 1, 0])
@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.slow
def test_a_sheet_of_any_levels_and_count_is_drawn_and_told(levels, count, tmp_path):
    missing = {"labels": None} if levels < 1 else {}
    missing |= {"semantic": None} if levels < 2 else {}
    missing |= {"instances": None, "objects": None} if levels < 3 else {}
    sheet = vl.show(make(3, **missing)[:count])
    with Image.open(sheet.save(tmp_path / "sheet.png")) as drawn:
        assert drawn.width > 150
        assert len(np.unique(np.asarray(drawn))) > 2
    assert sheet.alt.count("picture-") == count
    rows = 1 + (levels > 1) + (levels > 2)
    assert len(sheet.axes) == max(1, count) * rows


def test_a_long_set_shows_its_first_pictures_and_says_so():
    sheet = vl.show(make(100), limit=5)
    assert "first 5 of 100 pictures" in sheet.alt
    assert [text.get_text() for text in sheet.legends[0].get_texts()] == ["background", "cell", "infected cell"]


def test_the_html_escapes_names():
    sheet = vl.show(make(1, ids=('a "quoted" <name>',)))
    assert "&quot;quoted&quot; &lt;name&gt;" in sheet.to_html()


def test_the_first_pictures_of_each_label_are_taken_in_turn():
    scenes = replace(vl.draw("smear", 8, size=64), labels=torch.tensor([0, 0, 0, 0, 0, 1, 0, 1]))
    assert labels_in_turn(scenes, 4) == [0, 5, 1, 7]
    assert labels_in_turn(scenes, 100) == [0, 5, 1, 7, 2, 3, 4, 6]
    assert labels_in_turn(scenes[:0], 4) == []


def test_without_labels_the_first_pictures_are_taken():
    scenes = replace(vl.draw("smear", 3, size=64), labels=None)
    assert labels_in_turn(scenes, 2) == [0, 1]
    assert labels_in_turn(scenes, 9) == [0, 1, 2]
