"""What Scenes.save wrote, as one more source of pictures: it can be cropped, scaled and limited like the others."""

from pathlib import Path

import numpy as np
from torch import Tensor

from vislab.data.datasets.loader import Source
from vislab.data.datasets.resize import Picture
from vislab.data.scenes import Scenes


def source(path: Path) -> Source:
    """The pictures of a file. Raises VislabError where Scenes.load does."""
    scenes = Scenes.load(path)

    def mask(value: Tensor | None, index: int) -> np.ndarray | None:
        return None if value is None else value[index].numpy()

    def read(index: int) -> Picture:
        objects = [] if scenes.objects is None else scenes.objects[index].tolist()
        return Picture(
            scenes.images[index].permute(1, 2, 0).numpy(),
            mask(scenes.semantic, index),
            mask(scenes.instances, index),
            [index for index in objects if index],
            None if scenes.labels is None else int(scenes.labels[index]),
        )

    return Source(
        name=str(path),
        vocabulary=scenes.vocabulary,
        items=scenes.ids,
        size_of=lambda index: scenes.size,
        read=read,
        groups=scenes.groups,
        attributes=scenes.attributes,
    )
