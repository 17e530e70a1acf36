"""What is lost although no file is wrong, in sentences."""

from collections.abc import Collection
from statistics import median

import torch

from vislab.data.datasets.resize import Picture
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError
from vislab.system.console import plural

# Key in Picture.losses → its unit, and what the report says.
LOSSES = {
    "overlap": ("pixel", "belonged to two objects or more; the smallest took all"),
    "hidden": ("object", "lay wholly behind smaller ones; left out"),
    "empty": ("object", "covered no pixel; left out"),
    "vanished": ("object", "had no pixel at this size; left out"),
    "outside": ("object", 'lay outside the part that fit="crop" takes; left out'),
    "cut": ("object", 'reached over the edge of the part that fit="crop" takes; cut off there'),
    "disagree": ("pixel", "had one class in masks/ and another in instances/; the object's class is used"),
    "crowd": ("object", "stood for many (iscrowd); left out, with their pixels ignored"),
    "background": ("object", "had the class background; left out, with their pixels as background"),
    "ignored": ("pixel", "had no class (255) and will be ignored"),
    "around": ("pixel", "of space around, to fill the square; ignored"),
    "turned": ("picture", "lay turned in the file (EXIF); set upright"),
}
UNEXPLAINED = 0.01  # of all pixels ignored although nobody said that a number means so: a class may hide there


def report_losses(pictures: Collection[Picture]) -> list[str]:
    """A sentence for each kind of loss in the pictures read, and for how they were brought to one size."""
    lines = []
    shown, scales = [picture.shown for picture in pictures], [picture.scale for picture in pictures]
    if min(shown) < 1:
        lines.append(f"the middle of each picture is taken, {_spread(shown)} of its area")
    if any(scale != 1 for scale in scales):
        lines.append(f"pictures are scaled to {_spread(scales)} of their sides")
    for key, (unit, sentence) in LOSSES.items():
        if lost := [picture.losses[key] for picture in pictures if picture.losses[key]]:
            where = "" if unit == "picture" else f" in {plural(len(lost), 'picture')}"
            lines.append(f"{plural(sum(lost), unit)}{where} {sentence}")
    return lines


def _spread(shares: Collection[float]) -> str:
    """The median, with the least and the most if they look different: "40 % (12 % to 100 %)"."""
    middle, least, most = (f"{100 * value:.0f} %" for value in (median(shares), min(shares), max(shares)))
    return middle if least == most else f"{middle} ({least} to {most})"


def report_faults(name: str, missing: int, count: int, faults: list[str]) -> list[str]:
    """How many of `count` pictures are missing, and the sentence for each fault; [] without any."""
    if not faults:
        return []
    return [f"{name}: {missing:,} of {plural(count, 'picture')} left out, {plural(len(faults), 'fault')}:", *faults]


def refuse_lost_classes(name: str, scenes: Scenes, pictures: Collection[Picture], partial: bool) -> None:
    """Raise VislabError if classes have no pixel while many are ignored; partial: some may be in the other pictures."""
    ignored = sum(picture.losses["ignored"] for picture in pictures)
    if scenes.semantic is None or ignored < UNEXPLAINED * scenes.semantic.numel():
        return
    present = torch.bincount(scenes.semantic.flatten(), minlength=IGNORE + 1)[: len(scenes.vocabulary.classes)] > 0
    lacking = [
        name for name, there in zip(scenes.vocabulary.classes[1:], present[1:].tolist(), strict=True) if not there
    ]
    if lacking and not (partial and present[1:].any()):
        reason = f"its masks hold 255, which is ignored ({ignored:,} pixels), and no pixel of {', '.join(lacking[:3])}"
        mend = f"if 255 is your class {lacking[0]!r}, write it so in classes.csv; if not, add the line 255,ignore"
        raise VislabError(f"{name}: {reason}; {mend}")
