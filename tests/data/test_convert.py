"""Down the ladder and up again, on pictures worked by hand and against SciPy."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from text_pictures import picture

from vislab.data.convert import (
    count_difference,
    guess_instances,
    keep_visible,
    labels_from_masks,
    semantic_from_instances,
)
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import EnoughPixels, Vocabulary
from vislab.errors import VislabError

WORDS = Vocabulary(
    "cells", ("no", "yes"), ("background", "cell", "infected cell"), ("cell", "infected cell"),
    EnoughPixels(("infected cell",), 2), {}, (), ("#999999", "#56B4E9", "#D55E00"),
)  # fmt: skip


def ids(*texts: str) -> torch.Tensor:
    return torch.stack([picture(text) for text in texts]).to(torch.int16)


def scenes(*texts: str) -> Scenes:
    """Pictures with these semantic masks."""
    semantic = torch.stack([picture(text) for text in texts])
    n, h, w = semantic.shape
    names = tuple(map(str, range(n)))
    return Scenes(torch.zeros(n, 3, h, w, dtype=torch.uint8), None, semantic, None, None, WORDS, names)


def test_semantic_from_instances_looks_the_class_up():
    objects = torch.tensor([[1, 2, 1], [2, 0, 0]], dtype=torch.uint8)
    semantic = semantic_from_instances(ids("0123 0003", "1100 0000"), objects)
    assert torch.equal(semantic, torch.stack([picture("0121 0001"), picture("2200 0000")]))
    assert semantic.dtype == torch.uint8


def test_semantic_from_instances_keeps_stuff_and_ignored_pixels_around_objects():
    objects = torch.tensor([[1]], dtype=torch.uint8)
    stuff = torch.stack([picture("22?? 2222")])
    assert torch.equal(semantic_from_instances(ids("0110 0000"), objects, stuff)[0], picture("211? 2222"))


def test_labels_follow_the_rule():
    semantic = torch.stack([picture("0022 0000"), picture("0111 0002")])
    assert labels_from_masks(WORDS, semantic).tolist() == [1, 0]
    bare = Vocabulary("bare", (), ("background",), (), None, {}, (), ("#999999",))
    with pytest.raises(VislabError, match="bare has no rule that leads from masks to a label"):
        labels_from_masks(bare, semantic)


def test_objects_hidden_for_good_lose_their_id():
    objects = torch.tensor([[1, 2, 1, 2], [1, 1, 0, 0]], dtype=torch.uint8)
    kept, classes = keep_visible(ids("0440 0022", "0000 0000"), objects)
    assert torch.equal(kept, ids("0220 0011", "0000 0000"))
    assert classes.tolist() == [[2, 2], [0, 0]]
    assert kept.dtype == torch.int16
    nothing, none = keep_visible(ids("00 00"), torch.zeros(1, 0, dtype=torch.uint8))
    assert nothing.sum() == 0
    assert none.shape == (1, 0)


def test_components_merge_what_touches_and_keep_classes_apart():
    guess = guess_instances(scenes("1101 0000", "1122 0000", "1000 0100", "0000 0000"))
    assert guess.count_objects().tolist() == [[0, 2, 0], [0, 1, 1], [0, 1, 0], [0, 0, 0]]
    assert torch.equal(guess.instances[1], ids("1122 0000")[0])


def test_watershed_parts_two_discs_that_components_merge():
    y, x = np.indices((24, 40))
    discs = ((y - 12) ** 2 + (x - 12) ** 2 < 80) | ((y - 12) ** 2 + (x - 27) ** 2 < 80)
    text = " ".join("".join(map(str, row)) for row in discs.astype(int))
    assert guess_instances(scenes(text)).count_objects()[0, 1] == 1
    parted = guess_instances(scenes(text), "watershed")
    assert parted.count_objects()[0, 1] == 2
    assert torch.equal(parted.instances[0] > 0, torch.from_numpy(discs))
    assert parted.instances[0, 12, 4] != parted.instances[0, 12, 35]


def test_watershed_reaches_pixels_that_hang_on_by_a_corner():
    parted = guess_instances(scenes("1110 1110 0001", "2200 2210 0001"), "watershed")
    assert torch.equal(parted.instances[0], ids("1110 1110 0001")[0])
    assert torch.equal(parted.instances[1] > 0, picture("1100 1110 0001") > 0)
    assert parted.count_objects().tolist() == [[0, 1, 0], [0, 1, 1]]


def test_components_agree_with_scipy_on_random_masks():
    random = np.random.default_rng(0).integers(0, 3, (20, 15, 17), dtype=np.uint8)
    names = tuple(map(str, range(20)))
    drawn = Scenes(
        torch.zeros(20, 3, 15, 17, dtype=torch.uint8), None, torch.from_numpy(random), None, None, WORDS, names
    )
    for mask, counts in zip(random, guess_instances(drawn).count_objects().tolist(), strict=True):
        assert counts[1:] == [ndimage.label(mask == c, np.ones((3, 3)))[1] for c in (1, 2)]


def test_the_difference_of_counts_is_negative_where_objects_merged():
    truth = guess_instances(scenes("1101 0000", "1111 0000"))
    merged = guess_instances(scenes("1111 0000", "1111 0000"))
    assert count_difference(merged, truth).tolist() == [-1, 0]


def test_another_way_to_guess_is_refused():
    with pytest.raises(VislabError, match='"components" or "watershed", not \'magic\''):
        guess_instances(scenes("00 00"), "magic")
