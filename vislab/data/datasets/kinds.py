"""Which label tool wrote a JSON or XML file, from the first bytes of it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

EACH, MOST = 12, 96  # files looked into: in one folder, and in all
START = rb"(?:\xef\xbb\xbf)?\s*"

# The first that fits. Each pattern is tried on the head of the file, so what it looks for must stand early in it.
KINDS = {
    "CVAT": re.compile(START + rb"<.{0,2000}?(?<=<)annotations[\s>]", re.DOTALL),
    "VOC": re.compile(START + rb"<.{0,2000}?(?<=<)annotation[\s>]", re.DOTALL),
    "Label Studio": re.compile(START + rb'\[\s*\{.{0,4000}?"(?:annotations|completions|original_width)"', re.DOTALL),
    "VIA": re.compile(
        START + rb'\{(?:(?=.{0,4000}"_via_)|\s*"[^"]+"\s*:\s*\{(?=[^{}]{0,2000}"filename").{0,4000}?"regions")',
        re.DOTALL,
    ),
    "labelme": re.compile(START + rb'\{(?=.*"shapes"\s*:\s*\[)', re.DOTALL),
    "Cityscapes": re.compile(START + rb'\{(?=.{0,500}"imgHeight")(?=.{0,2000}"objects"\s*:)', re.DOTALL),
    "Supervisely": re.compile(
        START + rb'\{(?:(?=.*"size"\s*:\s*\{)(?=.*"objects"\s*:\s*\[)|(?=.*"classes"\s*:\s*\[\s*\{.{0,400}"shape"))',
        re.DOTALL,
    ),
    "COCO": re.compile(
        START + rb"\{(?=.*(?:"
        rb'"images"\s*:\s*\[\s*\{[^}]{0,4000}"file_name"|"categories"\s*:\s*\[\s*\{[^}]{0,4000}"(?:id|name)"'
        rb'|"annotations"\s*:\s*\[\s*\{[^}]{0,4000}"(?:image_id|category_id|segmentation)"))',
        re.DOTALL,
    ),
}  # fmt: skip


def kind_of(head: bytes) -> str:
    """The tool that wrote a file, one of KINDS, from its first bytes; "" if it looks like none of them."""
    return next((kind for kind, pattern in KINDS.items() if pattern.match(head)), "")


def first_of_each_folder(names: Iterable[str]) -> Iterator[str]:
    """The first .json and .xml files of each folder: a folder may hold a hundred thousand of one kind."""
    taken: Counter[str] = Counter()
    for name in names:
        if name.lower().endswith((".json", ".xml")):
            folder = name.rpartition("/")[0] + name[-5:].lower()
            if taken[folder] < EACH and taken.total() < MOST:
                taken[folder] += 1
                yield name
