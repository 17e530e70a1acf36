"""classes.csv and vocabulary.json: what the numbers and colours of a folder's masks mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vislab.data.datasets.archive import Contents
from vislab.data.datasets.defaults import parse_json, plain_vocabulary, read_table
from vislab.data.vocabulary import IGNORE, Vocabulary
from vislab.errors import VislabError

BACKGROUND, NOBODY_KNOWS = "background", ("ignore", "void")
TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True)
class Classes:
    """values: number in a mask → class index or IGNORE. colours: 0xrrggbb → the same, empty where none are given."""

    vocabulary: Vocabulary
    values: Mapping[int, int]
    colours: Mapping[int, int]

    def indices(self, mask: np.ndarray, where: str) -> np.ndarray:
        """Class indices uint8 (h, w) of a mask of numbers (h, w) or colours (h, w, 3).

        Raises VislabError naming a value that no class has.
        """
        if mask.ndim == 3:
            red, green, blue = (mask[:, :, channel].astype(np.int32) for channel in range(3))
            return self._look_up(red << 16 | green << 8 | blue, self.colours, "#{:06x}", where)
        return self._look_up(mask, self.values, "{}", where)

    def _look_up(self, mask: np.ndarray, table: Mapping[int, int], shown: str, where: str) -> np.ndarray:
        found, flat = np.unique(mask, return_inverse=True)
        unknown = [value for value in found.tolist() if value not in table]
        if unknown:
            known = ", ".join(shown.format(value) for value in sorted(table)[:8]) + (" …" if len(table) > 8 else "")
            raise VislabError(
                f"{where}: holds the value {shown.format(unknown[0])} ({int((mask == unknown[0]).sum()):,} pixels), "
                f"which no class has ({known}); mend the mask or add the class to classes.csv"
            )
        return np.array([table[value] for value in found.tolist()], np.uint8)[flat].reshape(mask.shape)

    def label_index(self, label: str, where: str) -> int:
        """The index of a label; raises VislabError naming those there are."""
        if label not in self.vocabulary.labels:
            raise VislabError(
                f"{where}: has the label {label!r}, the vocabulary has {', '.join(self.vocabulary.labels)}; "
                "mend labels.csv"
            )
        return self.vocabulary.labels.index(label)


def read_classes(
    contents: Contents, masks: bool, instances: bool, named: Sequence[str], labels: Mapping[str, str] | None
) -> Classes:
    """The classes of a folder.

    masks, instances: whether it has those. named: the classes in objects.csv. labels: picture → label, None without
    labels.csv. Raises VislabError where masks have no classes.csv or objects.csv names a class that is not there.
    """
    if "vocabulary.json" in contents.names:
        plain = parse_json(contents.read("vocabulary.json"), contents.where("vocabulary.json"))
        try:
            words = Vocabulary.from_dict(plain if isinstance(plain, dict) else {})
        except VislabError as error:
            raise VislabError(f"{contents.where('vocabulary.json')}: {error}") from error
        values = {index: index for index in range(len(words.classes))}
        colours: dict[int, int] = {}
    else:
        words, values, colours = _from_tables(contents, masks, instances, named, labels)
    if unknown := set(named) - set(words.things):
        raise VislabError(
            f"{contents.where('objects.csv')}: names the class {min(unknown)!r}, the things are "
            f"{', '.join(words.things)}; mend it or add the class as a thing"
        )
    return Classes(words, {IGNORE: IGNORE} | values, colours)


def _from_tables(
    contents: Contents, masks: bool, instances: bool, named: Sequence[str], labels: Mapping[str, str] | None
) -> tuple[Vocabulary, dict[int, int], dict[int, int]]:
    rows = _class_rows(contents) if "classes.csv" in contents.names else []
    if masks and not rows:
        raise VislabError(
            f"{contents.root}: masks/ needs a classes.csv that says what its numbers mean, such as the lines "
            '"id,name", "0,background", "1,cell"; write one'
        )
    listed = [row["name"] for row in rows] or (sorted(set(named)) or ["object"] if instances else [])
    classes = [BACKGROUND, *(name for name in dict.fromkeys(listed) if name.lower() not in (BACKGROUND, *NOBODY_KNOWS))]
    values: dict[int, int] = {}
    colours: dict[int, int] = {}
    shown = ["#000000"] + [""] * (len(classes) - 1)
    for row in rows:
        name = row["name"]
        index = IGNORE if name.lower() in NOBODY_KNOWS else 0 if name.lower() == BACKGROUND else classes.index(name)
        values[int(row["id"])] = index
        if row["colour"]:
            colours[int(row["colour"][1:], 16)] = index
            if index != IGNORE:
                shown[index] = row["colour"]
    said = {row["name"]: TRUTH[row["thing"]] for row in rows if row["thing"]}
    counted = [name for name in said if said[name]] if said else named or classes
    things = [name for name in classes[1:] if name in counted] if instances else []
    words = plain_vocabulary(
        contents.root.name,
        classes,
        things,
        None if labels is None else sorted(set(labels.values())),
        shown if all(shown) else None,
    )
    return words, values, colours


def _class_rows(contents: Contents) -> list[dict[str, str]]:
    """The rows of classes.csv with id, name, colour ("#rrggbb" or "") and thing (as in TRUTH or "")."""
    where = contents.where("classes.csv")
    rows = []
    for number, row in enumerate(read_table(contents, "classes.csv", ("name",))):
        try:
            value = int(row.get("id") or number)
            colour = (row.get("colour") or row.get("color") or "").lower()
            if row.get("r"):
                colour = "#" + "".join(f"{int(row[channel]):02x}" for channel in "rgb")
            if colour and (len(colour) != 7 or colour[0] != "#" or int(colour[1:], 16) < 0):
                raise ValueError(f"{colour!r} is no colour such as #e69f00")
            thing = (row.get("thing") or "").lower()
            if thing and thing not in TRUTH:
                raise ValueError(f"{thing!r} is neither 1 nor 0")
        except (ValueError, KeyError, TypeError) as error:
            raise VislabError(f"{where}: line {number + 2} cannot be read ({error}); mend it") from error
        rows.append({"id": str(value), "name": row["name"], "colour": colour, "thing": thing})
    return rows
