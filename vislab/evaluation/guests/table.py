"""A guest's answers in a table: a line a picture, as `vislab predict` writes them, or a person with a spreadsheet."""

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from vislab.data.datasets.class_tables import parse_table
from vislab.data.scenes import Scenes
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.guests.pictures import TestPictures
from vislab.models.predictions import ClassPrediction, RegressionPrediction
from vislab.system.files import read_file

SUM = 0.01  # how far a row of probabilities may be from 1, as tables round
Line = tuple[str, dict[str, str]]  # what messages call it, and its cells


def read_answers(name: str, path: Path, scenes: Scenes) -> ClassPrediction | RegressionPrediction:
    """Labels with a point, if x and y are there; or numbers, with label and point, if those are there.

    Columns beside picture: label; each label's name, for its probability; share, from 0 to 1; count, of all that is
    counted, or "count CLASS" for each; x and y, in pixels. An empty share says that there is nothing to take a share
    of, empty x and y that there is nowhere to point; no other cell may be empty. Raises VislabError naming the line.
    """
    rows = parse_table(read_file(path), str(path), ("picture",))
    pictures, words = TestPictures(scenes), scenes.vocabulary
    found: dict[int, Line] = {}
    for number, row in enumerate(rows, start=2):
        where = f"{path}: line {number}"
        index = pictures.find(row["picture"], where)
        if index in found:
            raise VislabError(f"{where} is of the picture {row['picture']!r} again; keep one line a picture")
        if index is not None:
            found[index] = where, row
    ids, lines = pictures.gather(found, str(path))
    columns = _columns(lines[0][1], words, path)
    scores = _scores(lines, columns, words)
    points = _points(lines, scenes.size) if "x" in columns else None
    if scores.shape[1] and not any(column == "share" or column.startswith("count") for column in columns):
        nowhere = torch.full((len(ids), 2), math.nan)
        return ClassPrediction(name, words, ids, scores, nowhere if points is None else points)
    shares = [_share(line) if "share" in columns else math.nan for line in lines]
    return RegressionPrediction(name, words, ids, scores, torch.tensor(shares), _counts(lines, columns, words), points)


def _columns(row: dict[str, str], words: Vocabulary, path: Path) -> set[str]:
    """The columns but for the picture's; raises VislabError if one is not known here, or lacks one beside it."""
    columns = set(row) - {"picture"}
    counts = {f"count {name}" for name in words.counted}
    known = {"share", "x", "y"} | ({"label", *words.labels} if words.labels else set())
    known |= {"count", *counts} if counts else set()
    if unknown := columns - known:
        listed = ", ".join(sorted(known))
        raise VislabError(f"{path}: has the column {min(unknown)!r}, but those known here are {listed}; mend it")
    if not columns:
        raise VislabError(f"{path}: has no column beside picture; add one of {', '.join(sorted(known))}")
    for together in (set(words.labels), {"x", "y"}, counts):
        if together & columns and not together <= columns:
            lacking = ", ".join(sorted(together - columns))
            raise VislabError(f"{path}: has the column {min(together & columns)!r}, but not {lacking}; add it")
    return columns


def _number(line: Line, column: str, least: float, most: float, expected: str) -> float:
    """The number in a cell. Raises VislabError if it is none from `least` to `most`."""
    where, row = line
    text = row.get(column, "")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most or math.isinf(value):
        raise VislabError(f"{where} has the {column} {text!r:.40}; write {expected}")
    return value


def _scores(lines: Sequence[Line], columns: set[str], words: Vocabulary) -> Tensor:
    """The probability of each label, (n, labels): as given, else 1 for the label; (n, 0) if the table has no label."""
    labels = words.labels
    if not {"label", *labels} & columns:
        return torch.zeros(len(lines), 0)
    scores = torch.zeros(len(lines), len(labels))
    for row, line in zip(scores, lines, strict=True):
        where, cells = line
        if set(labels) <= columns:
            chances = [_number(line, name, 0, 1, "its probability, from 0 to 1") for name in labels]
            if abs(sum(chances) - 1) > SUM:
                raise VislabError(f"{where} has probabilities that add up to {sum(chances):.3g}; they must add up to 1")
            row[:] = torch.tensor(chances) / sum(chances)
        if "label" in columns:
            label = cells.get("label", "")
            if label not in labels:
                raise VislabError(
                    f"{where} has the label {label!r:.40}, but the labels are {', '.join(labels)}; mend it"
                )
            likeliest = labels[int(row.argmax())]
            if set(labels) <= columns and row[labels.index(label)] < row.max():
                raise VislabError(f"{where} has the label {label!r}, but {likeliest!r} is likelier there; mend one")
            if not set(labels) <= columns:
                row[labels.index(label)] = 1
    return scores


def _share(line: Line) -> float:
    if not line[1].get("share"):
        return math.nan
    return _number(line, "share", 0, 1, "a share from 0 to 1, or nothing if there is nothing to take a share of")


def _counts(lines: Sequence[Line], columns: set[str], words: Vocabulary) -> Tensor:
    """Objects of each class, (n, classes), NaN for those not counted; a count of all stands with the first of them."""
    count = torch.full((len(lines), len(words.classes)), math.nan)
    by_class = {words.class_index(name): f"count {name}" for name in words.counted}
    if not columns & {"count", *by_class.values()}:
        return count
    if not columns >= set(by_class.values()):
        by_class = {next(iter(by_class)): "count"}
    for index, column in by_class.items():
        whole = [_number(line, column, 0, math.inf, "how many there are, from 0") for line in lines]
        count[:, index] = torch.tensor(whole)
    return count


def _points(lines: Sequence[Line], size: tuple[int, int]) -> Tensor:
    """The point of each picture, (n, 2); NaN where both cells are empty. Raises VislabError outside of the picture."""
    height, width = size
    points = torch.full((len(lines), 2), math.nan)
    for row, line in zip(points, lines, strict=True):
        if line[1].get("x") or line[1].get("y"):
            inside = "pixels from 0 to {} in its picture"
            row[0] = _number(line, "x", 0, width, inside.format(width))
            row[1] = _number(line, "y", 0, height, inside.format(height))
    return points
