"""What the names of folders say: which hold pictures and which masks, and which part of a split a file belongs to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from vislab.data.datasets.archive import Contents, ending
from vislab.data.datasets.view import View, same_everywhere
from vislab.errors import VislabError
from vislab.system.console import plural

# The first of each is our own word, and wins if it is there.
ROLES = {
    "images": ("images", "image", "imgs", "img", "pictures", "photos"),
    "masks": (
        "masks", "mask", "labels", "label", "annotations", "annotation", "segmentation", "segmentations", "semantic",
        "gt", "ground_truth", "groundtruth",
    ),
    "instances": ("instances", "instance", "instance_masks"),
}  # fmt: skip
ROLE_OF = {word: role for role, words in ROLES.items() for word in words}
PART_OF = {
    "train": "train", "training": "train", "val": "valid", "valid": "valid", "validation": "valid", "dev": "valid",
    "test": "test", "testing": "test",
}  # fmt: skip
TABLES = ("classes.csv", "objects.csv", "labels.csv", "pictures.csv", "vocabulary.json")
OURS = {"labelling.json"}  # beside a layout of ours: the log of vl.label
ANNOTATION_WORDS = ("annot", "label", "class", "object", "mask", "coco", "instances", "segment")
NAMED = 4  # files, or endings, that a sentence names


def part_of(name: str) -> str:
    """The part of a split that one of a file's first two folders says: "train", "valid", "test", or "" if none does."""
    return next((PART_OF[word] for word in name.lower().split("/")[:-1][:2] if word in PART_OF), "")


def looks_like_annotations(name: str) -> bool:
    """Whether a file's name says that it describes pictures, in whatever format."""
    base, suffix = name[name.rfind("/") + 1 :].lower(), ending(name)
    table = suffix in (".csv", ".json", ".yaml", ".yml") and any(word in base for word in ANNOTATION_WORDS)
    return suffix == ".xml" or table or base in ("data.yaml", "data.yml", "meta.json", "dataset.json")


def part_attributes(names: Sequence[str]) -> dict[str, list[str]]:
    """The attribute "part" of files by their names; nothing if no folder names a part."""
    parts = [part_of(name) for name in names]
    return {"part": parts} if any(parts) else {}


def arrange(contents: Contents) -> View:
    """The files of a folder in the layout of vislab.data.datasets.folder, whatever its folders are called.

    images/, masks/ and instances/ may have another usual name, in any case, and lie in folders of a split:
    train/images/a.png becomes images/train/a.png. Raises VislabError if two folders could be the masks.
    """
    files: dict[str, str] = {}
    by_word: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for name in contents.pictures():
        folders = name.split("/")
        before = 1 if folders[0].lower() in PART_OF else 0
        word = folders[before].lower()
        if len(folders) > before + 1 and word in ROLE_OF:
            role = ROLE_OF[word]
            by_word[role][word]["/".join([role, *folders[:before], *folders[before + 1 :]])] = name
    for role, words in by_word.items():
        if len(words) > 1 and role not in words:
            first, second = list(words)[:2]
            wrong = f"{contents.root}: {first}/ and {second}/ could both be its {role}/"
            raise VislabError(f"{wrong}; rename the one you mean to {role}/")
        files |= words.get(role) or next(iter(words.values()))
    return View(contents, files | _tables(contents))


def _tables(contents: Contents) -> dict[str, str]:
    """The tables of a folder by their own names; classes.csv may lie in each folder of a split instead."""
    found = {name.lower(): name for name in contents.names if "/" not in name and name.lower() in TABLES}
    inside = [name for name in contents.names if name.count("/") == 1 and part_of(name)]
    classes = [name for name in inside if name.lower().endswith("/classes.csv")]
    if classes and "classes.csv" not in found:
        found["classes.csv"] = same_everywhere(contents, classes)
    return found


def unread(contents: Contents, read: Iterable[str]) -> list[str]:
    """A sentence that counts and names the files that nobody read; none if there are none."""
    left = sorted(set(contents.names) - set(read) - OURS)
    if not left:
        return []
    endings = Counter(ending(name) or name[name.rfind("/") + 1 :] for name in left)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in endings.most_common(NAMED))
    kinds += " …" if len(endings) > NAMED else ""
    first = ", ".join(left[:NAMED]) + (" …" if len(left) > NAMED else "")
    was = "was" if len(left) == 1 else "were"
    return [f"{contents.root}: {plural(len(left), 'file')} {was} not read ({kinds}): {first}"]
