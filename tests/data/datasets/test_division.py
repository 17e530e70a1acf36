"""A set's own division: split.csv, a column of pictures.csv, a pattern in the names."""

from pathlib import Path

import pytest
from photo_files import put, refused, rgb

from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")
NAMES = ("anna_1", "anna_2", "bert_1", "bert_2")


def people(root: Path, table: str = "split.csv", rows: list[tuple[str, ...]] | None = None) -> Path:
    for name in NAMES:
        put(root / f"images/{name}.png", rgb(2, 4))
    if rows is not None:
        put(root / table, rows)
    return root


def test_a_table_gives_parts_and_groups(tmp_path: Path) -> None:
    rows = [("picture", "part", "group")]
    rows += [
        ("anna_1.png", "train", "anna"),
        ("anna_2", "Train", "anna"),
        ("bert_1", "val", "bert"),
        ("bert_2", "test", ""),
    ]
    scenes = load(people(tmp_path, rows=rows))
    assert scenes.attributes["part"] == ("train", "train", "valid", "test")
    assert scenes.groups == ("anna", "anna", "bert", "bert_2")
    assert [part.ids for part in scenes.split()] == [NAMES[:2], NAMES[2:3], NAMES[3:]]


def test_a_table_divides_any_layout(tmp_path: Path) -> None:
    for name in ("cat/1.png", "cat/2.png", "dog/1.png"):
        put(tmp_path / name, rgb(2, 4))
    put(tmp_path / "split.csv", [("picture", "part"), ("cat/1.png", "train"), ("cat/2", "test"), ("dog/1", "train")])
    report: list[str] = []
    assert load(tmp_path, report=report).attributes["part"] == ("train", "test", "train")
    assert report == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(name, "train") for name in NAMES[:3]], ("bert_2", "add a line")),
        ([(name, "train") for name in (*NAMES, "carl_1")], ("carl_1", "delete")),
        ([(name, "train") for name in (*NAMES, "anna_1.png")], ("anna_1", "twice")),
        ([(name, "exam") for name in NAMES], ("'exam'", "train, valid or test")),
    ],
    ids=["a picture missing", "a picture too many", "twice", "no part"],
)
def test_a_table_that_does_not_fit_the_pictures_is_refused(
    tmp_path: Path, rows: list[tuple[str, ...]], words: tuple[str, ...]
) -> None:
    refused(people(tmp_path, rows=[("picture", "part"), *rows]), "split.csv", *words)


def test_a_table_needs_a_part_or_a_group(tmp_path: Path) -> None:
    refused(people(tmp_path, rows=[("picture", "who"), *((name, "x") for name in NAMES)]), "split.csv", "column part")


def test_parts_in_pictures_csv_have_their_usual_names(tmp_path: Path) -> None:
    rows = [("picture", "part"), *zip(NAMES, ("training", "train", "validation", "test"), strict=True)]
    scenes = load(people(tmp_path / "a", "pictures.csv", rows))
    assert scenes.attributes["part"] == ("train", "train", "valid", "test")
    refused(people(tmp_path / "b", "pictures.csv", [("picture", "part"), ("anna_1", "odd")]), "pictures.csv", "'odd'")


def test_a_pattern_in_the_names_groups_the_pictures(tmp_path: Path) -> None:
    people(tmp_path)
    assert load(tmp_path, groups="^(.*)_").groups == ("anna", "anna", "bert", "bert")
    assert load(tmp_path, groups="^[a-z]+").groups == ("anna", "anna", "bert", "bert")
    train, _, test = load(tmp_path, groups="^(.*)_").split(valid=0, test=0.5)
    assert {name[:4] for name in train.ids}.isdisjoint(name[:4] for name in test.ids)
    refused(tmp_path, "anna_1", groups="carl")
    refused(tmp_path, "regular expression", groups="(")
