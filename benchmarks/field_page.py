"""The page of field.py: one table for each set of pictures, and what was published."""

from collections.abc import Sequence

from records import Record, recipe_line, spread

TITLES = {"vislab": "ours", "stardist": "StarDist 0.9.2", "cellpose": "Cellpose 3.1.1, from scratch"}
SETS = {"fluorescence": "Fluorescence alone", "all": "All kinds of microscopy"}
HEAD = [
    "",
    "Runs",
    "Trained, CPU s",
    "wall s",
    "÷ workload",
    "Steps",
    "0.5",
    "0.6",
    "0.7",
    "0.8",
    "0.9",
    "AP50",
    "count off by",
]
THRESHOLDS = (50, 60, 70, 80, 90)  # of IoU, in percent
PUBLISHED = """
## What was published

On other divisions of pictures of the same competition (Data Science Bowl 2018, stage 1), so that a difference of some
hundredths from the numbers above says nothing.

- StarDist's own notebook, `examples/2D/2_training.ipynb` in github.com/stardist/stardist: 0.835 at IoU 0.5 on 67 valid
  pictures after training on 380 others, fluorescence alone, with its default of 400 epochs of 100 steps, on a GPU. Its
  thresholds are chosen on the same 67 pictures.
"""


def page(records: Sequence[Record]) -> str:
    """Markdown; several runs of a contender are one row, the median (least to most) over seeds."""
    lines = ["# Nuclei in the field's metric", ""]
    if not records:
        return "\n".join([*lines, "Nothing was measured yet.", ""])
    lines += [about(records), "", recipe_line(records), ""]
    for kind, title in SETS.items():
        of_kind = [record for record in records if record["set"] == kind]
        if of_kind:
            lines += [f"## {title}", "", pictures(of_kind[0]), "", *table(of_kind), ""]
    return "\n".join(lines) + PUBLISHED


def about(records: Sequence[Record]) -> str:
    machines = "; ".join(dict.fromkeys(record["machine"] for record in records))
    dates = ", ".join(dict.fromkeys(record["date"] for record in records))
    return (
        f"Made by `benchmarks/field.py` on {machines}; {dates}. TP / (TP + FP + FN) of all test pictures' nuclei "
        "together, by least IoU: median (least to most) over seeds, which choose the valid pictures, the first weights "
        "and the order. Everybody begins with random weights, learns from the same whole pictures of fold 0, chooses "
        "thresholds on the same valid pictures, and is asked of the same 256 px at the centres of fold 1's pictures. "
        "Each has one thread and so many CPU seconds for training; choosing thresholds and predicting come on top. "
        "CPU seconds are worth less while other programs run: ÷ workload counts them in passes of a fixed workload, "
        "timed just before and after. AP50 is COCO's, of the nuclei that count; Cellpose gives them no scores."
    )


def pictures(record: Record) -> str:
    counts = "{train} pictures train, {valid} choose, {test} test".format(**record)
    return f"{counts}, with {record['objects']:,} nuclei."


def table(records: Sequence[Record]) -> list[str]:
    lines = [f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
    rows = {(record["seconds"], record["name"], record["crop"], record["batch"]) for record in records}
    for seconds, name, crop, batch in sorted(rows, key=lambda row: (row[0], list(TITLES).index(row[1]), str(row[2:]))):
        wanted = (seconds, name, crop, batch)
        some = [r for r in records if (r["seconds"], r["name"], r["crop"], r["batch"]) == wanted]
        settings = [f"{word} {value}" for word, value in (("parts of", crop), ("batch", batch)) if value]
        cells = [", ".join([TITLES[name], *settings]), str(len(some))]
        cells += [spread((record[key] for record in some), "{:.0f}") for key in ("cpu_s", "wall_s")]
        cells.append(spread((record["cpu_s"] / record["workload_s"] for record in some), "{:,.0f}"))
        cells.append(spread((record["steps"] for record in some), "{:,.0f}"))
        keys = [f"accuracy{threshold}" for threshold in THRESHOLDS]
        cells += [spread(record["scores"].get(key) for record in some) for key in (*keys, "ap50")]
        cells.append(spread((record["count_error"] for record in some), "{:.2f}"))
        lines.append(f"| {' | '.join(cells)} |")
    return lines
