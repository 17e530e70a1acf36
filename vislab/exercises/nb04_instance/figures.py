"""What notebook 04 measures and draws: predicted objects as scenes, and maps of centres, offsets and radii."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor, nn

from vislab.data.batches import to_float
from vislab.data.convert import keep_visible, labels_from_masks, semantic_from_instances
from vislab.data.scenes import Scenes
from vislab.exercises.checking.small_pictures import Mask
from vislab.models.grouping import MIN_RADIUS
from vislab.models.instance import Targets, targets
from vislab.models.predictions import InstancePrediction
from vislab.plotting.figures import INK, PALETTE, Sheet

BATCH = 64  # pictures predicted at once
STEP = 4  # pixels between arrows
SURE = 20.0  # a class score that leaves no doubt
MARGIN = 1e-4  # a heatmap is kept this far from 0 and 1, whose logits are infinite


def as_scenes(scenes: Scenes, prediction: InstancePrediction) -> Scenes:
    """The same pictures with the predicted objects, those of the threshold or more, in place of the truth."""
    counted = [objects.at_least(prediction.threshold) for objects in prediction.objects]
    ids = torch.from_numpy(np.stack([objects.paint(*prediction.size) for objects in counted]))
    classes = nn.utils.rnn.pad_sequence([torch.from_numpy(objects.classes) for objects in counted], batch_first=True)
    ids, classes = keep_visible(ids, classes.to(torch.uint8))
    semantic = semantic_from_instances(ids, classes)
    labels = None if scenes.vocabulary.rule is None else labels_from_masks(scenes.vocabulary, semantic, classes)
    return replace(scenes.to("cpu"), labels=labels, semantic=semantic, instances=ids, objects=classes)


def count_touching(scenes: Scenes) -> Tensor:
    """How many objects of each picture touch another one, a corner is enough: int64 (n,)."""
    ids = scenes.need("instances").cpu().float()[:, None]  # (n, 1, h, w)
    above_all = ids.amax() + 1 if ids.numel() else 1
    largest = nn.functional.max_pool2d(ids, 3, 1, 1)
    smallest = above_all - nn.functional.max_pool2d((above_all - ids) * (ids > 0), 3, 1, 1)  # background left out
    touches = (ids > 0) & ((largest > ids) | (smallest < ids))
    return torch.tensor([len(picture[pixels].unique()) for picture, pixels in zip(ids, touches, strict=True)])


def true_maps(scenes: Scenes) -> Targets:
    """What an instance segmenter should predict for each pixel of these pictures."""
    instances = scenes.need("instances")
    return targets(instances, int(instances.max()) if instances.numel() else 0)


def predict_maps(model: nn.Module, scenes: Scenes) -> Targets:
    """What an instance segmenter predicts for each pixel, in the units of `true_maps`; on the CPU."""
    device = next(model.parameters()).device
    model.eval()
    scores, maps = [], []
    with torch.inference_mode():
        for start in range(0, len(scenes), BATCH):
            images = to_float(scenes.images[start : start + BATCH].to(device))
            batch_scores, batch_maps = model(images)
            scores.append(batch_scores.cpu())
            maps.append(batch_maps.cpu())
    inside = torch.isin(torch.cat(scores).argmax(1), torch.tensor(scenes.vocabulary.thing_indices))
    predicted = torch.cat(maps)  # (n, 4, h, w)
    return Targets(inside, predicted[:, 1:3], predicted[:, 3].exp(), predicted[:, 0].sigmoid())


def perfect_maps(scenes: Scenes) -> tuple[Tensor, Tensor]:
    """What a flawless model would predict: scores (n, classes, h, w) and maps (n, 4, h, w), made from the truth."""
    truth = true_maps(scenes)
    classes = nn.functional.one_hot(scenes.need("semantic").long(), len(scenes.vocabulary.classes))  # (n, h, w, c)
    heatmap = truth.heatmap.clamp(MARGIN, 1 - MARGIN).logit()[:, None]
    radius = truth.radius.clamp_min(MIN_RADIUS).log()[:, None]
    return SURE * classes.movedim(-1, 1).float(), torch.cat([heatmap, truth.offset, radius], 1)


def show_maps(picture: Scenes, maps: Targets) -> Sheet:
    """One picture, and beside it the heatmap, arrows to the centre (every fourth pixel, half as long) and the radius.

    Radii are coloured on the scale of the picture's true ones, so that prediction and truth can be compared.
    """
    inside = maps.inside[0].cpu().numpy()
    heatmap = maps.heatmap[0].cpu().numpy()
    radius = np.where(inside, maps.radius[0].cpu().numpy(), np.nan)
    image = picture.images[0].permute(1, 2, 0).cpu().numpy()
    sizes = f"{np.nanmin(radius):.1f} to {np.nanmax(radius):.1f} pixels" if inside.any() else "of nothing"
    alt = f"A {picture.vocabulary.name} and three maps: heatmap, up to {heatmap.max():.2f}; arrows, from every fourth "
    alt += f"pixel of an object, drawn half as long as they are; radius, {sizes}."
    sheet = Sheet(8.4, 5.6, alt)
    panels = sheet.subplot_mosaic(
        [["arrows", "picture"], ["arrows", "heatmap"], ["arrows", "radius"]], width_ratios=(3.2, 1.3)
    )
    panels["picture"].imshow(image)
    panels["picture"].set_anchor("E")  # above the two that have a colour bar
    _draw_arrows(panels["arrows"], image, inside, maps.offset[0].cpu().numpy())
    largest = max(1.0, float(true_maps(picture).radius.max()))
    for name, values, colours, top in (("heatmap", heatmap, "inferno", 1), ("radius", radius, "viridis", largest)):
        shown = panels[name].imshow(values, cmap=colours, vmin=0, vmax=top, interpolation="nearest")
        sheet.colorbar(shown, ax=panels[name])
    titles = {"picture": "picture", "heatmap": "heatmap: a centre here?", "radius": "radius, pixels"}
    for name, title in (titles | {"arrows": "arrows to each cell's own centre, half as long as they are"}).items():
        panels[name].set(xticks=[], yticks=[])
        panels[name].set_title(title, fontsize=11, color=INK, loc="left")
    return sheet


def _draw_arrows(ax: Axes, image: Mask, inside: Mask, offset: Mask) -> None:
    """An arrow half as long as its offset (2, h, w) on every fourth pixel inside, over a pale picture (h, w, 3)."""
    ax.imshow(127 + image.mean(-1, keepdims=True).repeat(3, -1).astype(np.uint8) // 2)
    y, x = np.nonzero(inside)
    chosen = (y % STEP == 0) & (x % STEP == 0)
    y, x = y[chosen], x[chosen]
    right, down = offset[:, y, x]
    ax.quiver(x, y, right, down, angles="xy", scale_units="xy", scale=2, color=INK,
              width=0.003, headwidth=4.5, headlength=5, headaxislength=4.5)  # fmt: skip


def show_miscounts(touch: Sequence[float], curves: Mapping[str, Sequence[tuple[float, float]]]) -> Sheet:
    """The count error per picture, mean and half width of its interval, against the share of touching cells (%)."""
    words = [f"{name}: " + ", ".join(f"{mean:.1f}" for mean, _ in curve) for name, curve in curves.items()]
    sheet = Sheet(5.6, 3.6, f"Cells off per picture, the more cells touch. {'; '.join(words)}.")
    ax = sheet.subplots()
    for (name, curve), colour, marker in zip(curves.items(), PALETTE.values(), "osDv", strict=False):
        means, halves = zip(*curve, strict=True)
        ax.errorbar(touch, means, yerr=halves, color=colour, marker=marker, capsize=3, label=name)
    ax.set(xlabel="cells that touch another, %", ylabel="cells off per picture", ylim=(0, None))
    ax.legend(frameon=False)
    return sheet
