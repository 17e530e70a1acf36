"""The outcome of a study as a matrix for the terminal and as a figure."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from vislab.figures import INK, Image, Sheet, colour_classes, colour_objects, enlarge
from vislab.outputs import ClassPrediction, InstancePrediction, Prediction, RegressionPrediction, SemanticPrediction

if TYPE_CHECKING:
    from vislab.studying import Results

QUESTIONS = {  # question: the measure in "answers", the heading, and how it is printed
    "label": ("wrong", "any? wrong", "{:.1%}"),
    "share": ("mae", "how much? off", "{:.1%}"),
    "count": ("mae", "how many? off", "{:.2f}"),
    "point": ("missed", "where? missed", "{:.1%}"),
}
OWN = {"classification": "accuracy", "regression": "count_error", "semantic": "mean_iou", "instance": "ap"}
SHOWN = 4  # pictures in the figure


def matrix(results: "Results") -> str:
    """Models and baselines by the four questions with their 95 % intervals, the task's own score, and the costs."""
    head = [
        "",
        *(heading for _, heading, _ in QUESTIONS.values()),
        "own score",
        "trained",
        "one picture",
        "parameters",
        "MACs",
    ]
    rows = [head]
    for name, told in results.models.items():
        rows.append([name, *_answers(told["answers"]), _own(name, told["scores"]), *_costs(told["cost"])])
    for name, told in results.baselines.items():
        rows.append([name, *_answers(told["answers"]), "–", "–", "–", "–", "–"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "─" * len(lines[0]))
    lines.insert(2 + len(results.models), "─" * len(lines[0]))
    data, machine = results.data, results.machine
    title = (
        f"{data['name']}: {data['train']:,} pictures trained, {data['valid']:,} chose, {data['test']:,} tested; "
        f"{data['size']} px, seed {data['seed']}; {machine['device']}, {machine['threads']} threads"
    )
    below = [
        "Mean error (95 % interval over test pictures); – was not trained to say. A semantic mask's count is that of",
        "its components, a guess. Own scores share no scale: do not rank tasks by them.",
    ]
    return "\n".join([title, "", *lines, "", *below, *results.left_out])


def _answers(told: dict[str, dict[str, float]]) -> list[str]:
    cells = []
    for question, (measure, _, form) in QUESTIONS.items():
        found = told.get(question, {})
        mean = found.get(measure, math.nan)
        if math.isnan(mean):
            cells.append("–")
        else:
            low, high = (form.format(found[end]).rstrip("%") for end in ("low", "high"))
            cells.append(f"{form.format(mean)} ({low}–{high})")
    return cells


def _own(task: str, scores: dict[str, float]) -> str:
    name = OWN[task] if OWN[task] in scores else next(iter(scores))
    return f"{name.replace('_', ' ')} {scores[name]:.3f}"


def _costs(cost: dict[str, Any]) -> list[str]:
    training = "–" if cost["training_s"] is None else f"{cost['training_s']:.0f} s"
    latency = f"{1e3 * cost['latency_s']['median']:.1f} ms"
    return [training, latency, f"{cost['parameters'] / 1e6:.2f} M", f"{cost['macs'] / 1e6:.0f} M"]


def outcome(results: "Results") -> Sheet:
    """Some test pictures, the truth, and what each model and baseline that draws masks says of them."""
    test = results.test
    labels = None if test.labels is None else test.labels.cpu().numpy()
    # Pictures of every label in turn, so that the figure shows both a "no" and a "yes".
    order = np.arange(len(test)) if labels is None else np.argsort(_rank_within(labels), kind="stable")
    chosen = test.subset(order[:SHOWN].tolist())
    drawn = {
        name: said
        for name, said in results.predictions.items()
        if isinstance(said, (SemanticPrediction, InstancePrediction))
    }
    rows = ["picture", *(["truth"] if chosen.semantic is not None else []), *drawn]
    sheet = Sheet(
        2.2 * len(chosen) + 0.6,
        2.25 * len(rows) + 0.4,
        f"Test pictures of {results.data['name']} and, below each, {', '.join(rows[1:])}.",
    )
    axes = sheet.subplots(len(rows), len(chosen), squeeze=False)
    for column, index in enumerate(order[:SHOWN].tolist()):
        image = enlarge(test.images[index].permute(1, 2, 0).cpu().numpy(), 192)
        for row, name in enumerate(rows):
            ax = axes[row, column]
            ax.imshow(_panel(name, image, index, results, drawn), interpolation="nearest")
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
            if column == 0:
                ax.set_ylabel(name, color=INK)
        axes[0, column].set_title(_said(index, results), fontsize=8, color=INK, loc="left")
    return sheet


def _rank_within(labels: Any) -> Any:
    """For each picture, how many before it have its label."""
    rank = np.zeros(len(labels), int)
    for label in np.unique(labels):
        here = labels == label
        rank[here] = np.arange(here.sum())
    return rank


def _panel(name: str, image: Image, index: int, results: "Results", drawn: dict[str, Any]) -> Image:
    test = results.test
    if name == "picture":
        return image
    if name == "truth":
        if test.instances is not None:
            return colour_objects(enlarge(test.instances[index].cpu().numpy(), 192), image)
        return colour_classes(enlarge(test.need("semantic")[index].cpu().numpy(), 192), test.vocabulary)
    said = drawn[name]
    if isinstance(said, SemanticPrediction):
        mask = said.scores[index].argmax(0).to(test.images.dtype).numpy()
        return colour_classes(enlarge(mask, 192), test.vocabulary)
    ids = said.objects[index].at_least(said.threshold).paint(*said.size)
    return colour_objects(enlarge(ids, 192), image)


def _said(index: int, results: "Results") -> str:
    """The label of the truth, and what the classifier and the regressor say."""
    test, words = results.test, results.test.vocabulary
    lines = []
    if test.labels is not None:
        lines.append(f"truth: {words.labels[int(test.labels[index])]}")
    for name, said in results.predictions.items():
        if name in ("classification", "regression") and (told := _words(said, index)):
            lines.append(f"{name}: {told}")
    return "\n".join(lines)


def _words(said: Prediction, index: int) -> str:
    if isinstance(said, ClassPrediction):
        chance, label = said.scores[index].max(0)
        return f"{said.vocabulary.labels[int(label)]} {float(chance):.0%}"
    if isinstance(said, RegressionPrediction):
        return f"{float(said.count[index].nansum()):.1f} objects"
    return ""
