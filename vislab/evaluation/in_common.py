"""Predictions of some of the pictures alone: which pictures all have in common, and what is said of them."""

from collections.abc import Sequence

from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.models.predictions import Prediction, part_of
from vislab.system.console import plural


def places(scenes: Scenes, ids: Sequence[str]) -> list[int] | None:
    """Where the pictures of these names stand; None if one is not here or has another's name, or none is named."""
    if tuple(ids) == scenes.ids:
        return list(range(len(scenes)))
    place = {name: index for index, name in enumerate(scenes.ids)}
    if not ids or len(place) < len(scenes) or len(set(ids)) < len(ids) or not place.keys() >= set(ids):
        return None
    return [place[name] for name in ids]


def in_common(scenes: Scenes, predictions: Sequence[Prediction]) -> tuple[Scenes, list[Prediction]]:
    """The pictures that all of these predicted, in their order, and what was predicted of them.

    All of it as it is if everybody predicted every picture, or somebody another one. Raises VislabError if they have
    no picture in common.
    """
    everywhere = list(range(len(scenes)))
    each = [places(scenes, prediction.ids) for prediction in predictions]
    if None in each or all(one == everywhere for one in each):
        return scenes, list(predictions)
    shared = sorted(set(everywhere).intersection(*(one for one in each if one is not None)))
    if not shared:
        names = ", ".join(prediction.name for prediction in predictions)
        raise VislabError(f"no picture was predicted by all of {names}; show fewer of them together")
    ids = [scenes.ids[place] for place in shared]
    parts: list[Prediction] = []
    for prediction in predictions:
        index = {name: number for number, name in enumerate(prediction.ids)}
        parts.append(part_of(prediction, [index[name] for name in ids]))
    return scenes.subset(shared), parts


def judged_on_some(name: str, some: int, all_of: int) -> str:
    """What is said of a prediction that is of some of the pictures alone."""
    return f"{name} answers {some:,} of {plural(all_of, 'picture')}, and is judged on these"
