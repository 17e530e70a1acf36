"""What notebook 04 draws and looks at: objects said in the truth's place, maps of centres, arrows and radii."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vislab.data.batches import to_float
from vislab.data.convert import keep_visible, labels_from_masks, semantic_from_instances
from vislab.data.scenes import Scenes
from vislab.models.grouping import MIN_RADIUS
from vislab.models.instance import InstanceSegmenter, Targets, targets
from vislab.models.predictions import InstancePrediction
from vislab.plotting.figures import INK, PALETTE, Sheet

AT_ONCE = 64  # pictures
STEP = 4  # pixels between arrows
SURE = 20.0  # a score that leaves no doubt
MARGIN = 1e-4  # heat is kept this far from 0 and 1, whose logits are infinite


def as_scenes(pictures: Scenes, said: InstancePrediction) -> Scenes:
    """The same pictures with the objects said, those of the prediction's threshold or more, in place of the truth."""
    counted = [objects.at_least(said.threshold) for objects in said.objects]
    ids = torch.from_numpy(np.stack([objects.paint(*said.size) for objects in counted]))
    classes = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(objects.classes) for objects in counted], True)
    ids, classes = keep_visible(ids, classes.to(torch.uint8))
    semantic = semantic_from_instances(ids, classes)
    labels = None
    if pictures.vocabulary.rule is not None:
        labels = labels_from_masks(pictures.vocabulary, semantic, classes)
    return replace(pictures.to("cpu"), labels=labels, semantic=semantic, instances=ids, objects=classes)


def count_touching(scenes: Scenes) -> Tensor:
    """How many objects of each picture touch another one, a corner is enough: int64 (n,)."""
    ids = scenes.need("instances").cpu().float()[:, None]  # (n, 1, h, w)
    most = float(ids.max()) + 1 if ids.numel() else 1.0
    largest = torch.nn.functional.max_pool2d(ids, 3, 1, 1)
    smallest = most - torch.nn.functional.max_pool2d((most - ids) * (ids > 0), 3, 1, 1)
    edge = (ids > 0) & ((largest > ids) | (smallest < ids))
    return torch.tensor([len(one[here].unique()) for one, here in zip(ids, edge, strict=True)])


def true_maps(scenes: Scenes) -> Targets:
    """What each pixel of these pictures should say of its object."""
    instances = scenes.need("instances")
    return targets(instances, int(instances.max()) if instances.numel() else 0)


def said_maps(model: InstanceSegmenter, scenes: Scenes) -> Targets:
    """What a model says at each pixel, in the same units as the truth: heat 0 to 1, pixels, pixels; on the CPU."""
    place = next(model.parameters()).device
    model.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(scenes), AT_ONCE):
            scores, maps = model(to_float(scenes.images[start : start + AT_ONCE].to(place)))
            things = torch.isin(scores.argmax(1), torch.tensor(scenes.vocabulary.thing_indices, device=place))
            parts.append((things.cpu(), maps[:, 1:3].cpu(), maps[:, 3].exp().cpu(), maps[:, 0].sigmoid().cpu()))
    return Targets(*(torch.cat(part) for part in zip(*parts, strict=True)))


def perfect_maps(scenes: Scenes) -> tuple[Tensor, Tensor]:
    """What a flawless network would say: scores (n, classes, h, w) and maps (n, 4, h, w), made from the truth."""
    aim = true_maps(scenes)
    classes = scenes.need("semantic").long()
    scores = SURE * torch.nn.functional.one_hot(classes, len(scenes.vocabulary.classes)).movedim(-1, 1).float()
    heat = aim.heatmap.clamp(MARGIN, 1 - MARGIN).logit()
    return scores, torch.cat([heat[:, None], aim.offset, aim.radius.clamp_min(MIN_RADIUS).log()[:, None]], 1)


def show_maps(picture: Scenes, maps: Targets) -> Sheet:
    """One picture, and beside it heat, arrows to the centre (every fourth pixel, half as long) and radius.

    Radii are coloured on the scale of the picture's true ones, so that what is said and what is true can be compared.
    """
    inside = maps.inside[0].cpu().numpy()
    heat, radius = maps.heatmap[0].cpu().numpy(), np.where(inside, maps.radius[0].cpu().numpy(), np.nan)
    image = picture.images[0].permute(1, 2, 0).cpu().numpy()
    sizes_said = f"{np.nanmin(radius):.1f} to {np.nanmax(radius):.1f} pixels" if inside.any() else "of nothing"
    alt = f"A {picture.vocabulary.name} and three maps: heat, up to {heat.max():.2f}; arrows, from every fourth pixel "
    alt += f"of an object, drawn half as long as they are; radius, {sizes_said}."
    sheet = Sheet(8.4, 5.6, alt)
    panels = sheet.subplot_mosaic([["way", "picture"], ["way", "heat"], ["way", "radius"]], width_ratios=(3.2, 1.3))
    panels["picture"].imshow(image)
    panels["picture"].set_anchor("E")  # above the two that have a colour bar
    shown = panels["heat"].imshow(heat, cmap="inferno", vmin=0, vmax=1, interpolation="nearest")
    sheet.colorbar(shown, ax=panels["heat"])
    panels["way"].imshow(127 + image.mean(-1, keepdims=True).repeat(3, -1).astype(np.uint8) // 2)
    y, x = np.nonzero(inside)
    chosen = (y % STEP == 0) & (x % STEP == 0)
    y, x = y[chosen], x[chosen]
    to_x, to_y = maps.offset[0].cpu().numpy()[:, y, x]
    thin: dict[str, Any] = {"width": 0.003, "headwidth": 4.5, "headlength": 5, "headaxislength": 4.5, "color": INK}
    panels["way"].quiver(x, y, to_x, to_y, angles="xy", scale_units="xy", scale=2, **thin)
    largest = max(1.0, float(true_maps(picture).radius.max()))
    shown = panels["radius"].imshow(radius, cmap="viridis", vmin=0, vmax=largest, interpolation="nearest")
    sheet.colorbar(shown, ax=panels["radius"])
    titles = {"picture": "picture", "heat": "heat: a centre here?", "radius": "radius, pixels"}
    for name, title in (titles | {"way": "way to the own centre, drawn half as long"}).items():
        panels[name].set(xticks=[], yticks=[])
        panels[name].set_title(title, fontsize=11, color=INK, loc="left")
    return sheet


def show_miscounts(touch: Sequence[float], curves: Mapping[str, Sequence[tuple[float, float]]]) -> Sheet:
    """Objects off a picture, mean and half width of its interval, against the share of cells that touch (percent)."""
    words = [f"{name}: " + ", ".join(f"{mean:.1f}" for mean, _ in curve) for name, curve in curves.items()]
    sheet = Sheet(5.6, 3.6, f"Cells off a picture, the more cells touch. {'; '.join(words)}.")
    ax = sheet.subplots()
    for (name, curve), colour, marker in zip(curves.items(), PALETTE.values(), "osDv", strict=False):
        mean, half = zip(*curve, strict=True)
        ax.errorbar(touch, mean, yerr=half, color=colour, marker=marker, capsize=3, label=name)
    ax.set(xlabel="cells that touch another, %", ylabel="cells off a picture", ylim=(0, None))
    ax.legend(frameon=False)
    return sheet
