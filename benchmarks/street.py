"""What costs the street's instance segmenter its mask AP, measured on the model that comes with vislab.

- sizes: how many objects are of each size, how well the model finds them, and what AP makes of true masks that are off
  by a pixel or by half of one.
- maps: the model's AP if some of its maps were the truth: which of them costs most.
- settings: the model's AP with other settings of the grouping, and on larger pictures.

    python benchmarks/street.py [--measure sizes maps settings] [--write]

Each row is kept in results/street.json as it is measured, so a run that was cut off goes on. --write makes
results/street.md of all rows.
"""

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from records import RESULTS, keep, read_records
from street_page import AREAS, KEPT, MOST, page
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, one_hot, pad

import vislab as vl
from vislab.data.batches import to_float
from vislab.data.convert import keep_visible
from vislab.data.scenes import Scenes
from vislab.evaluation.metrics.instances import Matches, _coco_evaluation, match_objects
from vislab.models import grouping
from vislab.models.build import Model
from vislab.models.grouping import Grouped, group, objects_of
from vislab.models.instance import InstanceSegmenter, targets
from vislab.training.pretrained import SIZE

TEST, TEST_SEED = 1024, 314_159  # the pictures that the shipped models are scored on
AT_ONCE = 64  # pictures
MAPS = {"centres": [0], "offsets": [1, 2], "radii": [3]}  # and their channels; besides these there are the classes
TRUE = ("", "radii", "centres", "offsets", "classes", "centres offsets radii", "classes centres radii",
        "classes offsets", "classes centres offsets radii")  # fmt: skip
FARTHEST, LIKELIER = (1.0, 4.0), (0.5, 1.0)  # radii; added to the scores of things


def true_maps(scenes: Scenes) -> tuple[Tensor, Tensor]:
    """What a network that errs nowhere would predict of pictures: (b, classes, h, w) and (b, 4, h, w)."""
    ids = scenes.need("instances")
    target = targets(ids, int(ids.max()))
    classes = one_hot(scenes.need("semantic").long(), len(scenes.vocabulary.classes)).permute(0, 3, 1, 2) * 20.0
    heat, radius = torch.logit(target.heatmap, 1e-6), target.radius.clamp_min(0.1).log()
    return classes, torch.cat([heat[:, None], target.offset, radius[:, None]], 1)


class Asked:
    """A model's maps of the test pictures, kept so that each row need only group them."""

    @torch.inference_mode()
    def __init__(self, model: InstanceSegmenter, test: Scenes, enlarge: int = 1) -> None:
        self.test = test
        self.parts = [test[start : start + AT_ONCE] for start in range(0, len(test), AT_ONCE)]
        self.maps = [enlarged(model, to_float(part.images), enlarge) for part in self.parts]

    @torch.inference_mode()
    def score(self, true: str = "", likelier: float = 0.0, classes: Sequence[Tensor] = ()) -> dict[str, Any]:
        """The scores if the maps named in `true` were the truth, if things scored higher, or with these `classes`."""
        things = self.test.vocabulary.thing_indices
        found: list[Matches] = []
        for i, (part, (own, maps)) in enumerate(zip(self.parts, self.maps, strict=True)):
            true_classes, known = true_maps(part)
            chosen = true_classes if "classes" in true else (classes[i] if classes else own).clone()
            chosen[:, things] += likelier
            maps = maps.clone()
            for name, channels in MAPS.items():
                if name in true:
                    maps[:, channels] = known[:, channels]
            found += match_objects(part, [objects_of(each) for each in group(chosen, maps, things)])
        return scores(found, self.test)


def enlarged(model: InstanceSegmenter, images: Tensor, times: int) -> tuple[Tensor, Tensor]:
    """The maps of pictures (b, 3, h, w) that the model sees enlarged, at the pictures' own size."""
    if times == 1:
        plain: tuple[Tensor, Tensor] = model(images)
        return plain
    classes, maps = (
        avg_pool2d(each, times) for each in model(interpolate(images, scale_factor=times, mode="bilinear"))
    )
    maps[:, 1:3] /= times
    maps[:, 3] -= math.log(times)
    return classes, maps


def beside(test: Scenes, ids: Tensor, objects: Tensor) -> list[Matches]:
    """How true objects of other pixels, int16 (n, h, w), with their classes (n, k), match those of the pictures."""
    visible, classes = keep_visible(ids.long(), objects)
    kinds = [each[each > 0].long() for each in classes]
    return match_objects(
        test,
        [
            objects_of(Grouped(each.long(), kind, torch.ones(len(kind))))
            for each, kind in zip(visible, kinds, strict=True)
        ],
    )


def a_pixel_aside(test: Scenes) -> list[Matches]:
    """The true masks moved to the right by one pixel, against themselves."""
    return beside(test, pad(test.need("instances"), (1, 0))[..., :-1], test.need("objects"))


def half_a_pixel_aside() -> dict[str, Any]:
    """The true masks of the same scenes, every other pixel of twice the size: the even ones against the odd ones."""
    large = twice()
    ids, objects = large.need("instances"), large.need("objects")
    visible, classes = keep_visible(ids[:, ::2, ::2].long(), objects)
    semantic = large.need("semantic")[:, ::2, ::2]
    even = replace(large, images=large.images[..., ::2, ::2], semantic=semantic, instances=visible, objects=classes)
    return scores(beside(even, ids[:, ::2, 1::2], objects), even)


def scores(found: list[Matches], test: Scenes) -> dict[str, Any]:
    """COCO's mask AP of all objects, at IoU 0.50 and 0.75, by class, from 12 and 25 pixels on, and of each range."""
    things, areas = test.vocabulary.thing_indices, [*AREAS, (12, MOST), (25, MOST)]
    coco = _coco_evaluation(found, things, {f"{low} to {high}": [low, high] for low, high in areas})
    coco.params.maxDets = [100]
    coco.evaluate()
    coco.accumulate()
    kept = np.asarray(coco.eval["precision"])[..., -1]  # (10 IoU thresholds, recalls, classes, all and these areas)
    kept = np.where(kept < 0, np.nan, kept)
    whole, by_area = kept[..., 0], np.nanmean(kept[..., 1:], (0, 1, 2)).tolist()
    by_class = {
        f"ap {test.vocabulary.classes[index]}": float(np.nanmean(whole[..., i])) for i, index in enumerate(things)
    }
    aps = {"ap": float(np.nanmean(whole)), "ap50": float(np.nanmean(whole[0])), "ap75": float(np.nanmean(whole[5]))}
    larger = {"ap from 12 px": by_area[-2], "ap from 25 px": by_area[-1]}
    return aps | by_class | larger | {"by area": by_area[:-2], "found": [recall(found, *area) for area in AREAS]}


def recall(found: list[Matches], low: int, high: int) -> tuple[int, float]:
    """How many true objects are of these areas, and the share that one of their class finds with an IoU of 0.5."""
    hits: list[bool] = []
    for match in found:
        of_area = (match.true_area >= low) & (match.true_area <= high)
        iou = np.where(match.guessed[:, None] == match.true, match.iou, 0)  # (p, t)
        hits += (iou.max(0, initial=0)[of_area] >= 0.5).tolist()
    return len(hits), float(np.mean(hits))


def measure(table: str, rows: dict[str, Callable[[], dict[str, Any]]]) -> None:
    """Measure the rows of a table that are not kept yet, and keep them."""
    known = {record["row"] for record in read_records(KEPT) if record["table"] == table}
    for row, ask in rows.items():
        if row not in known:
            record = {"table": table, "row": row, "seed": 0} | ask()
            keep(KEPT, record, ("table", "row", "seed"))
            print(record, flush=True)


def measure_all(tables: Sequence[str]) -> None:
    """Measure these tables on the model that comes with vislab."""
    models, test = vl.pretrained("street", "cpu"), vl.draw("street", TEST, size=SIZE, seed=TEST_SEED)
    model = models["instance"]
    assert isinstance(model, InstanceSegmenter)
    asked = Asked(model, test)
    if "sizes" in tables:
        measure("sizes", {
            "model": asked.score,
            "half a pixel aside": half_a_pixel_aside,
            "a pixel aside": lambda: scores(a_pixel_aside(test), test),
        })  # fmt: skip
    if "maps" in tables:
        measure("maps", {true or "none": partial(asked.score, true) for true in TRUE} | {
            "classes by the semantic segmenter": lambda: asked.score(classes=semantic_maps(models["semantic"], asked)),
        })  # fmt: skip
    if "settings" in tables:
        measure("settings", {
            **{f"pixels join up to {radii:g} radii away": partial(farther, asked, radii) for radii in FARTHEST},
            **{f"things' scores + {more:g}": partial(asked.score, likelier=more) for more in LIKELIER},
            "pictures enlarged twofold": lambda: Asked(model, test, enlarge=2).score(),
            f"the same scenes in {2 * SIZE} px": lambda: Asked(model, twice()).score(),
        })  # fmt: skip


@torch.inference_mode()
def semantic_maps(model: Model, asked: Asked) -> list[Tensor]:
    """The scores of the semantic segmenter for the same pictures."""
    return [model(to_float(part.images)) for part in asked.parts]


def farther(asked: Asked, radii: float) -> dict[str, Any]:
    """The scores if a pixel joined a centre up to this distance away."""
    before, grouping.MAX_DISTANCE = grouping.MAX_DISTANCE, radii
    try:
        return asked.score()
    finally:
        grouping.MAX_DISTANCE = before


def twice() -> Scenes:
    """The scenes of the test pictures in twice the size."""
    return vl.draw("street", TEST, size=2 * SIZE, seed=TEST_SEED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", nargs="*", default=["sizes", "maps", "settings"], help="these tables (all)")
    parser.add_argument("--write", action="store_true", help="write results/street.md of what is kept")
    given = parser.parse_args()
    measure_all(given.measure)
    if given.write:
        RESULTS.joinpath("street.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
