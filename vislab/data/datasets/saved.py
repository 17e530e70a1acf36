"""A file of Scenes.save as a source of pictures, to be cropped, scaled and limited like the others."""

from pathlib import Path

from vislab.data.datasets.loader import Source
from vislab.data.datasets.resize import Picture
from vislab.data.scenes import Scenes


def source(path: Path) -> Source:
    """The pictures of a file. Raises VislabError if Scenes.load does."""
    scenes = Scenes.load(path)

    def read(index: int) -> Picture:
        picture = Picture(scenes.images[index].permute(1, 2, 0).numpy())
        if scenes.labels is not None:
            picture.label = int(scenes.labels[index])
        if scenes.semantic is not None:
            picture.semantic = scenes.semantic[index].numpy()
        if scenes.instances is not None and scenes.objects is not None:
            picture.instances = scenes.instances[index].numpy()
            picture.classes = [number for number in scenes.objects[index].tolist() if number]
        return picture

    return Source(
        name=str(path),
        vocabulary=scenes.vocabulary,
        items=scenes.ids,
        size_of=lambda index: scenes.size,
        read=read,
        groups=scenes.groups,
        attributes=scenes.attributes,
    )
