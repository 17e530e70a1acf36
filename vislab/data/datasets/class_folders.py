"""A folder per class, as torchvision's ImageFolder takes it: CLASS/NAME.png, or train/CLASS/NAME.png and so on."""

import re
from collections import Counter, defaultdict
from itertools import combinations, islice

from vislab.data.datasets.archive import PICTURES, Contents, ending, without_ending
from vislab.data.datasets.class_tables import plain_vocabulary
from vislab.data.datasets.decode import open_picture
from vislab.data.datasets.layout import PART_OF, ROLE_OF, looks_like_annotations, part_attributes, part_of
from vislab.data.datasets.loader import Source
from vislab.data.datasets.resize import Picture
from vislab.errors import VislabError

SINGULAR = {"image", "mask", "label", "instance", "annotation"}  # a class may be called so
MOST_VALUES = 32  # colours or grey levels of a picture that is rather a mask
LOOK_AT = 3  # pictures of two folders that share their names
MOST_PAIRS = 30  # of folders that are compared
CAMERAS = {"rgb", "depth", "disparity", "thermal", "infrared", "ir", "nir"}  # several pictures of one thing
MASK_WORDS = "|".join(["seg", *(word for word, role in ROLE_OF.items() if role != "images")])
OF_ANOTHER = re.compile(rf"(.+?)[ _.-](?:{MASK_WORDS})(?:[ _.-]?\d+)?", re.IGNORECASE)  # "a_mask", "a_mask_1" → "a"


def why_not(contents: Contents) -> str:
    """What speaks against a folder per class here; "" if nothing does."""
    by_class = _by_class(contents)
    if not by_class:
        return "its pictures are in no folder of a class" if contents.pictures() else "holds no pictures"
    direct = [name for name, items in by_class.items() if any(item.count("/") == _depth(item) for item in items)]
    if 2 * len(direct) < len(by_class):
        return f"the pictures of {_named(by_class)} lie two folders deep or deeper"
    for name in by_class:
        words = re.split("[_ -]", name.lower())
        roles = [word for word in words if word in ROLE_OF]
        others = [word for word in words if word not in roles and word not in PART_OF]
        if roles and not others and name.lower() not in SINGULAR:  # train_labels, too
            return f"{name}/ is no name of a class, but of pictures, masks or annotations"
    if len(cameras := [name for name in by_class if name.lower() in CAMERAS]) > 1:
        return f"{_named(cameras)} are what several cameras see, and no classes"
    if tools := sorted(set(contents.kinds.values())):
        file = next(name for name, kind in contents.kinds.items() if kind == tools[0])
        return f"{file} is an annotation file ({tools[0]})"
    return _never_trained(by_class) or _beside(contents, by_class) or _masks_among(contents, by_class)


def _depth(name: str) -> int:
    """How many folders lie above a picture that is straight in the folder of its class."""
    return 2 if name.split("/")[0].lower() in PART_OF and name.count("/") >= 2 else 1


def _by_class(contents: Contents) -> dict[str, list[str]]:
    """The pictures of each class. If folders of a split hold folders, only these are classes."""
    pictures = [name for name in contents.pictures() if "/" in name]
    tops = {name.split("/")[0].lower() for name in pictures}
    parted = bool(tops) and tops <= PART_OF.keys()
    classes: dict[str, list[str]] = defaultdict(list)
    for name in pictures:
        folders = name.split("/")
        if not parted:
            classes[folders[0]].append(name)
        elif len(folders) > 2:
            classes[folders[1]].append(name)
    return classes


def _named(names: object, most: int = 4) -> str:
    listed = list(names)  # type: ignore[call-overload]
    return ", ".join(f"{name}/" for name in listed[:most]) + (" …" if len(listed) > most else "")


def _never_trained(by_class: dict[str, list[str]]) -> str:
    """A folder that a split has in other parts than train alone, as of pictures that nobody labelled."""
    parts = {name: {part_of(item) for item in items} for name, items in by_class.items()}
    if any("train" in found for found in parts.values()):
        for name, found in parts.items():
            if not found & {"train", ""}:
                return f"{by_class[name][0]} is of a class, {name}, of which train/ has no picture"
    return ""


def _beside(contents: Contents, by_class: dict[str, list[str]]) -> str:
    """Files beside the pictures that look like annotations of them."""
    others = [name for name in contents.names if ending(name) not in PICTURES]
    stems = {without_ending(name) for items in by_class.values() for name in items} if others else set()
    for name in others:
        if ending(name) in (".json", ".xml", ".txt") and without_ending(name) in stems:
            return f"{name} lies beside a picture of that name, as an annotation does"
        if looks_like_annotations(name):
            return f"{name} looks like annotations"
    return ""


def _masks_among(contents: Contents, by_class: dict[str, list[str]]) -> str:
    """Masks, and no class: called as such beside their pictures, or in a folder of the same names with few values."""
    for items in by_class.values():
        by_stem = {without_ending(item): item for item in items}
        for stem, item in by_stem.items():
            if (match := OF_ANOTHER.fullmatch(stem)) and match[1] in by_stem:
                return f"{item} lies beside {by_stem[match[1]]}, as its mask does"
    stems = {kind: {_stem(item): item for item in items} for kind, items in by_class.items()}
    for first, second in islice(combinations(stems, 2), MOST_PAIRS):
        common = sorted(stems[first].keys() & stems[second].keys())
        if 2 * len(common) < min(len(stems[first]), len(stems[second])) or not common:
            continue
        few = {
            kind: all(_has_few_values(contents, stems[kind][stem]) for stem in common[:LOOK_AT])
            for kind in (first, second)
        }
        if few[first] != few[second]:
            masks = first if few[first] else second
            return f"{masks}/ holds the same names as {second if few[first] else first}/, as masks do"
    return ""


def _stem(name: str) -> str:
    return without_ending(name[name.rfind("/") + 1 :])


def _has_few_values(contents: Contents, name: str) -> bool:
    try:
        return open_picture(contents.read(name), contents.where(name)).getcolors(MOST_VALUES) is not None
    except VislabError:
        return False  # said when the picture is read


def source(contents: Contents) -> Source:
    """The pictures and, as their labels, the names of their folders; ids keep the ending.

    A class whose folder holds no picture that can be read is an error of the source.
    """
    by_class = _by_class(contents)
    of_item = {item: kind for kind, items in by_class.items() for item in items}
    items, labels = sorted(of_item), sorted(by_class)

    def read(index: int) -> Picture:
        name = items[index]
        return Picture(contents.rgb(name), label=labels.index(of_item[name]))

    return Source(
        name=str(contents.root),
        vocabulary=plain_vocabulary(contents.root.name, labels=labels),
        items=items,
        size_of=lambda index: contents.size(items[index]),
        read=read,
        problems=_empty_classes(contents, set(labels)),
        attributes=part_attributes(items),
        files=frozenset(items),
    )


def _empty_classes(contents: Contents, labels: set[str]) -> list[str]:
    """A sentence for each folder that would be a class if its files were pictures that can be read."""
    files: Counter[str] = Counter()
    first: dict[str, str] = {}
    for name in contents.names:
        folders = name.split("/")[:-1]
        if folders and folders[0].lower() in PART_OF and len(folders) > 1:
            folders = folders[1:]
        if folders and folders[0] not in labels and folders[0].lower() not in PART_OF:
            files[folders[0]] += 1
            first.setdefault(folders[0], name)
    return [
        f"{contents.root}: {kind}/ holds no picture that can be read, but {first[kind]}"
        + (f" and {count - 1:,} more" if count > 1 else "")
        + "; save them as PNG, JPEG or TIFF, or take the folder away"
        for kind, count in sorted(files.items())
    ]
