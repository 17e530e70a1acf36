"""Small pictures for the trials of checks, by hand and random, and the package's own answers about them."""

from collections.abc import Iterator

import numpy as np
import torch

from vislab.data.convert import guess_instances, keep_visible, semantic_from_instances
from vislab.data.scenes import Scenes
from vislab.data.synthetic.smear import VOCABULARY
from vislab.exercises.checking.trial import RANDOM, Array

Mask = Array


def picture(text: str) -> Mask:
    """A mask from its rows, one digit a pixel: "011 012"."""
    return np.array([[int(digit) for digit in row] for row in text.split()])


def random_pictures() -> Iterator[tuple[Mask, Mask]]:
    """Instance masks (h, w) of up to five small discs that hide one another, and the class of each object."""
    chance = np.random.default_rng(0)
    for _ in range(RANDOM):
        high, wide, number = (int(chance.integers(low, below)) for low, below in ((6, 12), (6, 12), (0, 6)))
        y, x = np.indices((high, wide))
        ids = np.zeros((1, high, wide), int)
        for i in range(number):
            centre = chance.uniform(0, (high, wide))
            radius = chance.uniform(1, 3)
            ids[0][(y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= radius**2] = i + 1
        classes = chance.integers(1, 3, (1, number)).astype(np.uint8)
        visible, classes_left = keep_visible(torch.from_numpy(ids), torch.from_numpy(classes))
        yield visible[0].numpy().astype(int), classes_left[0].numpy().astype(int)


def quarters(side: int) -> Mask:
    """Instances (side, side) of four objects, to time answers on: so few that a loop over objects is quick."""
    half = 2 * np.arange(side) // side
    return 1 + 2 * half[:, None] + half


def semantic_of(instances: Mask, objects: Mask) -> Mask:
    """The class of each pixel, as vislab's own step down the ladder gives it."""
    classes = torch.as_tensor(objects, dtype=torch.uint8)[None]
    return semantic_from_instances(torch.as_tensor(instances)[None], classes)[0].numpy().astype(int)


def count_patches(semantic: Mask) -> int:
    """Connected patches of one class, as vislab's own guess counts them."""
    classes = torch.as_tensor(semantic, dtype=torch.uint8)[None]
    images = torch.zeros(1, 3, *semantic.shape, dtype=torch.uint8)
    scenes = Scenes(images, None, classes, None, None, vocabulary=VOCABULARY, ids=("mask",))  # semantic is all there is
    return int(guess_instances(scenes).count_objects().sum())
