"""The page of street.py, made from its records alone."""

import platform

import torch
from records import RESULTS, Record, read_records, recipe_line

KEPT = RESULTS / "street.json"
MOST = 10**6  # pixels: above any area
AREAS = ((1, 5), (6, 11), (12, 24), (25, 48), (49, 96), (97, 256), (257, MOST))  # pixels, both ends included
COLUMNS = ("ap", "ap50", "ap75", "ap car", "ap person", "ap from 12 px", "ap from 25 px")


def rows_of(table: str) -> dict[str, Record]:
    """The records of a table by row."""
    return {record["row"]: record for record in read_records(KEPT) if record["table"] == table}


def table_of(name: str, head: str) -> str:
    """A table's rows as Markdown."""
    lines = [f"| {head} | {' | '.join(COLUMNS)} |", "|---|" + "---|" * len(COLUMNS)]
    lines += [
        f"| {row} | {' | '.join(f'{record[each]:.3f}' for each in COLUMNS)} |" for row, record in rows_of(name).items()
    ]
    return "\n".join(lines)


def sizes_table() -> str:
    """A row for each range of areas."""
    kept = rows_of("sizes")
    columns = [kept[name] for name in ("model", "half a pixel aside", "a pixel aside")]
    found = kept["model"]["found"]
    lines = [
        "| Pixels | Objects | Found at IoU 0.5 | AP | AP of true masks half a pixel aside | a pixel aside |",
        "|---|---|---|---|---|---|",
    ]
    for i, (low, high) in enumerate(AREAS):
        count, share = found[i]
        span = f"{low} to {high}" if high < MOST else f"from {low}"
        aps = " | ".join(f"{each['by area'][i]:.3f}" for each in columns)
        lines.append(f"| {span} | {count:,} | {share:.0%} | {aps} |")
    aps = " | ".join(f"{each['ap']:.3f}" for each in columns)
    return "\n".join([*lines, f"| all | {sum(count for count, _ in found):,} | | {aps} |"])


def page() -> str:
    """The whole page."""
    sizes, settings = rows_of("sizes"), table_of("settings", "Setting")
    found = sizes["model"]["found"]
    tiny = sum(count for count, _ in found[:2]) / sum(count for count, _ in found)
    model = {name: f"{sizes['model'][name]:.3f}" for name in COLUMNS}
    half, whole = (f"{sizes[name]['ap']:.3f}" for name in ("half a pixel aside", "a pixel aside"))
    maps = {name: f"{row['ap']:.3f}" for name, row in rows_of("maps").items()}
    all_true, but_classes = maps["classes centres offsets radii"], maps["centres offsets radii"]
    return f"""\
# Why the street's instance segmenter has a low mask AP

{recipe_line(read_records(KEPT))}

The model that comes with vislab (`vl.pretrained("street")["instance"]`), on the 1,024 pictures of 96 px that its file
was scored on, one run each; made by `benchmarks/street.py` with torch {torch.__version__} on {platform.machine()}.

**Small objects.** {tiny:.0%} of the objects have fewer than 12 pixels. AP asks for an IoU of 0.5 to 0.95, and of so few
pixels hardly one may be wrong: true masks half a pixel aside have an AP of {half}, a whole pixel aside {whole}. The
model has {model["ap"]}; of objects from 12 pixels on {model["ap from 12 px"]}, from 25 on {model["ap from 25 px"]}.

{sizes_table()}

**The pixels' classes, not the grouping.** With all maps true AP is {all_true}, so objects lose nothing as maps. With
true classes alone it rises from {maps["none"]} to {maps["classes"]}; with true centres, offsets and radii, but the
model's own classes, to {but_classes}. The semantic segmenter, which learns nothing but classes, from the same pictures
in as many passes, draws them better: with its classes AP is {maps["classes by the semantic segmenter"]}.

{table_of("maps", "True maps")}

**Other settings**, without training again. Thresholds of distance and class hardly matter. On larger pictures the
model, which learned from 96 px, does worse; a training on such pictures was not measured.

{settings}

**What might help**, and was not measured: longer training, or classes that weigh more in the loss, towards what the
semantic segmenter reaches; beyond that, features finer than half the picture's side, or training on larger pictures.
True masks half a pixel aside, every object found, stay below an AP of 0.40 too.
"""
