"""The test pictures without their truth, for guests to predict, and beside them what to bring back in which form."""

from dataclasses import replace
from pathlib import Path

from vislab.data.datasets.export import save_folder
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import EnoughPixels, LargestClass, ManyObjects, Vocabulary

README = """\
# {count:,} test pictures of {name}

Predict the pictures in `images/`, each {height} × {width} pixels (height × width), as they are: neither scaled nor cut.
A picture's id is its file's name in `images/` without `.png`. What is asked of every picture:

{questions}

Bring back one of these; some of the pictures are enough, and you are then judged on those.

{formats}
Optional: a file beside yours, named as yours with the ending `.about.json` (`mine.about.json` for `mine.json`, or for
the folder `mine`), with the score from which an object counts and what you cost. Leave out what you do not know:

    {{"threshold": 0.5, "training_s": 3600, "labelling_s": 30, "latency_s": 0.2, "parameters": 1000000,
     "notes": "on one GPU"}}

Then, with the same `--data`, `--size`, `--count`, `--seed` and other options as those that wrote this folder:

    vislab compare --guest NAME=PATH
"""
MASKS = """\
- **Masks**: a folder with `masks/ID.png`, one number a pixel: {classes}.
"""
OBJECTS = """\
- **Objects**: COCO's list of results, `mine.json`: `[{{"image_id": "ID", "category_id": 1, "segmentation": ...,
  "score": 0.9}}, ...]`. `segmentation` is polygons, or run lengths with `"size": [{height}, {width}]`; `score` is a
  number from 0 to 1. `category_id` is one of: {things}. A picture without an entry counts as one without objects.
- **Numbered objects**: a folder with `instances/ID.png`, one number a pixel: 0 for no object, else its own. The class
  comes from `masks/ID.png` beside it, or from `objects.csv` with `picture,id,class`.
"""
TABLE = """\
- **A table**: `mine.csv` with a line a picture, `picture` (its id) and any of these columns: {columns}.
"""


def export_test(test: Scenes, folder: str | Path) -> Path:
    """Write the pictures without any truth, their classes, and a README.md that says what guests may bring back.

    Returns the folder. Complete or not at all; raises VislabError as save_folder does.
    """
    bare = replace(test, labels=None, semantic=None, instances=None, objects=None, groups=None, attributes={})
    return save_folder(bare, folder, {"README.md": readme(test)})


def readme(test: Scenes) -> str:
    """What a guest is asked, and in which forms it may answer."""
    words, (height, width) = test.vocabulary, test.size
    formats = ""
    if len(words.classes) > 1:
        formats += MASKS.format(classes=_numbered(words, words.classes))
    if words.things:
        formats += OBJECTS.format(height=height, width=width, things=_numbered(words, words.things))
    formats += TABLE.format(columns="; ".join(_columns(words, height, width)))
    questions = "\n".join(f"- {text}" for text in words.questions.values())
    questions += f"\n\n{rule}" if (rule := _rule(words)) else ""
    return README.format(count=len(test), name=words.name, height=height, width=width, questions=questions,
                         formats=formats)  # fmt: skip


def _rule(words: Vocabulary) -> str:
    """What decides the label, in a sentence; "" if labels are given freely."""
    match words.rule:
        case EnoughPixels(classes, at_least, zone):
            where = f" in the zone with the corners {zone} (x, y; fractions of the picture)" if zone else ""
            what = f"{at_least} pixels or more of {', '.join(classes)}{where}"
            return f"A picture is `{words.labels[1]}` if it shows {what}."
        case ManyObjects(more_than):
            return f"A picture is `{words.labels[1]}` if it shows more than {more_than} objects."
        case LargestClass():
            return "A picture's label is the class that covers most of it, the background aside."
    return ""


def _numbered(words: Vocabulary, names: tuple[str, ...]) -> str:
    return ", ".join(f"{words.class_index(name)} {name}" for name in names)


def _columns(words: Vocabulary, height: int, width: int) -> list[str]:
    columns = []
    if words.labels:
        each = ", ".join(f"`{label}`" for label in words.labels)
        columns += [f"`label` ({each})", f"{each}: the probability of each label, together 1"]
    columns.append("`share`, from 0 to 1")
    if words.counted:
        columns.append(f"`count` of {', '.join(words.counted)}{' together' if len(words.counted) > 1 else ''}")
        if len(words.counted) > 1:
            columns.append(f"or each for itself: {', '.join(f'`count {name}`' for name in words.counted)}")
    columns.append(f"`x` and `y`, in pixels up to {width} and {height}, of one place; empty for nowhere")
    return columns
