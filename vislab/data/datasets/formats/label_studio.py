"""Label Studio: its export "JSON", with polygons, ellipses and brush strokes (labelstud.io/guide/export)."""

from pathlib import PurePosixPath
from typing import Any

import numpy as np

from vislab.data.datasets.archive import PICTURES, Contents
from vislab.data.datasets.formats.outlines import Outline, Outlines, box, ellipse, flat, runs
from vislab.data.datasets.loader import Source
from vislab.errors import VislabError
from vislab.system.files import parse_json

AREAS = ("polygonlabels", "brushlabels", "ellipselabels", "rectanglelabels")


REGIONS = (*AREAS, "labels")  # the other results are about the picture as a whole


def matches(contents: Contents) -> bool:
    """Whether Label Studio wrote one of the JSON files."""
    return "Label Studio" in contents.kinds.values()


def source(contents: Contents) -> Source:
    """The tasks that were labelled; those that were not are left out and counted."""
    made = Outlines(contents, "Label Studio")
    unlabelled, some = 0, False
    for name in (name for name, kind in contents.kinds.items() if kind == "Label Studio"):
        with made.file(name) as where:
            for task in parse_json(contents.read(name), where, "export it again"):
                if "data" not in task:
                    raise VislabError(f'{where}: is not Label Studio\'s export "JSON"; export that, not "JSON-MIN"')
                with made.entry(f"{where}: task {task['id']}") as at:
                    labelled = _read(made, name, task, at)
                    unlabelled += not labelled
                    some = some or labelled
    if unlabelled and not some and not made.problems:
        raise VislabError(f"{contents.root}: none of its {unlabelled:,} tasks of Label Studio is labelled; label some")
    if unlabelled:
        made.notes.append(f"{contents.root}: {unlabelled:,} tasks of Label Studio are not labelled; left out")
    return made.source("label with polygons or the brush")


def _read(made: Outlines, name: str, task: Any, where: str) -> bool:
    """Add a task's picture and objects; False if it is not labelled."""
    given = [entry for entry in task.get("annotations", task.get("completions", [])) if not entry.get("was_cancelled")]
    chosen = [entry for entry in given if entry.get("ground_truth")] or given
    if not chosen:
        return False
    if len(chosen) > 1:
        raise VislabError(f"{where} has {len(chosen)} annotations; mark the one that counts as ground truth")
    results = [result for result in chosen[0]["result"] if result["type"] in REGIONS or "original_width" in result]
    address = next((value for value in task["data"].values() if _is_picture(value)), None)
    if address is None:
        raise VislabError(f'{where} names no picture in its "data"; export the tasks of pictures')
    picture = _find(made, address, name, where)
    sizes = {(result["original_height"], result["original_width"]) for result in results}
    size = made.picture(picture, where, sizes.pop() if len(sizes) == 1 else None)
    for result in results:
        at = f"{where}, region {result['id']}"
        value, kind = result["value"], result["type"]
        kind = next((key for key in AREAS if key in value), kind) if kind == "labels" else kind
        labels = value.get(kind) or value.get("labels")
        if kind not in AREAS or not labels:
            made.leave_out(f"region of {result['type']}")
        elif not isinstance(labels, list) or len(labels) > 1:
            raise VislabError(f"{at} has the labels {labels!r:.80}, not a list of one; give it one in Label Studio")
        elif result.get("image_rotation"):
            raise VislabError(f"{at} was drawn on a picture turned by {result['image_rotation']}°; turn it back there")
        else:
            made.add(picture, labels[0], _outline(value, kind, size), at, rectangle=kind == "rectanglelabels")
    return True


def _is_picture(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    return "?d=" in value or PurePosixPath(value.split("?")[0]).suffix.lower() in PICTURES


def _find(made: Outlines, address: str, name: str, where: str) -> str:
    """The file of a task's picture: by its address, and without the eight digits that an upload puts before it."""
    path = address.rpartition("?d=")[2].split("?")[0]
    last = path.replace("\\", "/").rpartition("/")[2]
    try:
        return made.find(last, where, beside=name)
    except VislabError:
        if last[8:9] == "-":
            return made.find(last[9:], where, beside=name)
        raise


def _outline(value: Any, kind: str, size: tuple[int, int]) -> Outline:
    """Coordinates are in percent of the picture's width and height."""
    across, down = size[1] / 100, size[0] / 100
    if kind == "brushlabels":
        return runs(decode_brush(value["rle"], size))
    if kind == "polygonlabels":
        return [flat((x * across, y * down) for x, y in value["points"])]
    left, top, turned = value["x"] * across, value["y"] * down, float(value.get("rotation", 0))
    if kind == "ellipselabels":
        return ellipse((left, top), (value["radiusX"] * across, value["radiusY"] * down), turned, size)
    return [box(left, top, value["width"] * across, value["height"] * down, turned)]


def decode_brush(coded: list[int], size: tuple[int, int]) -> np.ndarray:
    """The mask bool (h, w) of a brush stroke: where its RGBA picture has alpha above 127, as the brush paints 255.

    coded: bytes of the format of @thi.ng/rle-pack: 32 bits for the number of values, 5 for the bits of a value less
    one, four times 4 for the bits of a length less one; then blocks of a bit (1: a value repeated, 0: values one by
    one), 2 bits that choose the length's size, the length less one, and the value or values.
    Raises ValueError if it does not hold the picture's pixels.
    """
    bits = "".join(f"{byte:08b}" for byte in bytes(coded))
    place = 0

    def read(count: int) -> int:
        nonlocal place
        place += count
        if place > len(bits):
            raise ValueError("its brush stroke is cut off")
        return int(bits[place - count : place], 2)

    total, width = read(32), read(5) + 1
    lengths = [read(4) + 1 for _ in range(4)]
    if total != 4 * size[0] * size[1]:
        raise ValueError(f"its brush stroke has {total} values, not 4 for each of {size[0]} × {size[1]} pixels")
    values = np.zeros(total, np.uint8)
    index = 0
    while index < total:
        repeated = read(1)
        end = index + read(lengths[read(2)]) + 1
        if repeated:
            values[index:end] = read(width)
        else:
            values[index:end] = [read(width) for _ in range(index, min(end, total))]
        index = end
    return values.reshape(*size, 4)[:, :, 3] > 127
