"""Tables beside pictures, with wrong columns, cells, ids and names."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from photo_files import put, rgb

from malformed.case import Case, Make, Right, changed_file, renamed, same, spoiled_text
from malformed.pictures import IDS, MASK

CLASSES = "id,name,thing,colour\n0,background,0,#000000\n1,cell,1,#0072b2\n2,dirt,1,#e69f00\n"
OBJECTS = "picture,id,class\na,300,cell\na,7,dirt\nb,300,cell\nb,7,dirt\n"
LABELS = "picture,label\na,healthy\nb,infected\n"
PICTURES = "picture,group,microscope\nb,slide 1,old\na,slide 2,new\n"
TABLES = {"classes.csv": CLASSES, "objects.csv": OBJECTS, "labels.csv": LABELS, "pictures.csv": PICTURES}


def everything(root: Path) -> Path:
    """Two pictures with masks, objects, labels, groups and an attribute."""
    for seed, name in enumerate("ab"):
        put(root / f"images/{name}.png", rgb(8, 12, seed))
        put(root / f"masks/{name}.png", MASK)
        put(root / f"instances/{name}.png", IDS)
    for name, text in TABLES.items():
        put(root / name, text)
    return root


GOOD = same(everything)


def table_cases() -> Iterator[Case]:
    for file, text in TABLES.items():
        for what, make in spoiled_text(everything, file):
            no_table = file == "pictures.csv" and (" empty" in what or " cut" in what)  # it may say less than all
            yield Case(
                "table",
                what,
                make,
                same(everything, "ids", "images", "labels", "groups", "attributes") if no_table else None,
            )
        yield from _changed(
            file,
            {
                "in UTF-16": (text.encode("utf-16"), None),
                "with semicolons": (text.replace(",", ";"), None),
                "with tabs": (text.replace(",", "\t"), None),
                "without its head": (text.partition("\n")[2], None),
                "with its head twice": (text.partition("\n")[0] + "\n" + text, None),
                "with a column twice": ("\n".join(f"{line},{line.split(',')[0]}" for line in text.splitlines()), None),
                "with a column without a name": ("\n".join(f"{line}," for line in text.splitlines()), None),
                "with a cell too many": (text.rstrip() + ",more\n", None),
                "with a line of one cell": (text + "a\n", None),
                "with its last line twice": (text + text.splitlines()[-1] + "\n", None),
                "with a zero byte": (text.replace("\n", "\n\0", 1), None),
                "with padded cells": (text.replace(",", " , "), GOOD),
                "with Windows' line ends": (text.replace("\n", "\r\n"), GOOD),
                "with the line ends of old Macs": (text.replace("\n", "\r"), GOOD),
                "with a byte order mark": ("\ufeff" + text, GOOD),
                "with blank lines": (text.replace("\n", "\n\n"), GOOD),
                "with every cell in quotes": (
                    '"' + text.strip().replace(",", '","').replace("\n", '"\n"') + '"\n',
                    GOOD,
                ),
                "with an empty first cell": (text + "," * text.partition("\n")[0].count(",") + "\n", None),
            },
        )
    yield from _classes()
    yield from _objects()
    yield from _labels_and_pictures()
    yield from _colours()


def _changed(file: str, texts: dict[str, tuple[str | bytes, Right | None]]) -> Iterator[Case]:
    for what, (text, right) in texts.items():
        data = text if isinstance(text, bytes) else text.encode()
        yield Case("table", f"{file} {what}", changed_file(everything, file, lambda _, data=data: data), right)


def _classes() -> Iterator[Case]:
    ids = ("x", "-1", "1.5", "1e3", "NaN", "0x1", "1_0", "300", "9" * 30, "2", "", "¹")
    lines = {f"with the id {value!r}": CLASSES.replace("\n1,", f"\n{value},") for value in ids}
    lines |= {
        f"with the colour {value!r}": CLASSES.replace("#0072b2", value)
        for value in ("red", "#12345", "#12345g", "#1234567", "0072b2", "#e69f00", "#+12345", "# 12 45")
    }
    lines |= {
        f"with thing = {value!r}": CLASSES.replace("cell,1", f"cell,{value}")
        for value in ("maybe", "2", "-1", "NaN", "1.0")
    }
    lines |= {
        "with a class without a name": CLASSES.replace("cell", ""),
        "with a name of spaces": CLASSES.replace("cell", "  "),
        "with an unknown column of ids": CLASSES.replace("id,name", "number,title"),
        "with a background that is counted": CLASSES.replace("background,0", "background,1"),
        "with background twice": CLASSES + "3,background,0,#111111\n",
        "that calls an object's class otherwise": CLASSES.replace("cell", "zell"),
        "with a class that is not counted but has objects": CLASSES.replace("cell,1", "cell,0"),
        "with a number of 5,000 digits": CLASSES.replace("\n1,", "\n" + "1" * 5000 + ","),
        "with a name of 200,000 letters": CLASSES.replace("dirt", "d" * 200_000),
    }
    may: dict[str, Right] = {"with background twice": GOOD, "with the id ''": GOOD}
    yield from _changed("classes.csv", {what: (text, may.get(what)) for what, text in lines.items()})
    fine = {"with a class nobody shows": CLASSES + "3,leaf,0,#111111\n"}
    more = same(everything, **{"vocabulary.classes": ("background", "cell", "dirt", "leaf")})
    yield from _changed("classes.csv", {what: (text, more) for what, text in fine.items()})


def _objects() -> Iterator[Case]:
    lines = {
        f"with the id {value!r}": OBJECTS.replace("a,300", f"a,{value}")
        for value in ("x", "", "-1", "300.0", "NaN", "7", "0", "1e400", "9" * 30)
    }
    lines |= {
        f"with the picture {value!r}": OBJECTS.replace("a,7", f"{value},7")
        for value in (".", "..", "/", "../a", "/images/a.png", "..\\a", "c", "A", "a.png/", "images/a")
    }
    lines |= {
        f"with the class {value!r}": OBJECTS.replace("cell", value)
        for value in ("", "leaf", "Cell", "background", "void", "1")
    }
    yield from _changed("objects.csv", {what: (text, None) for what, text in lines.items()})
    gone = OBJECTS + "a,9,cell\n"
    yield from _changed("objects.csv", {"with an id that no pixel has": (gone, GOOD)})
    yield from _changed("objects.csv", {"with pictures by file name": (OBJECTS.replace("a,", "a.png,"), GOOD)})


def _labels_and_pictures() -> Iterator[Case]:
    for file, text in (("labels.csv", LABELS), ("pictures.csv", PICTURES)):
        lines = {
            f"with the picture {value!r}": text.replace("\na,", f"\n{value},")
            for value in (".", "..", "/", "../a", "/images/a.png", "..\\a", "c", "b", "", "b.png")
        }
        yield from _changed(file, {what: (new, None) for what, new in lines.items()})
    values = ("", "  ")
    lines = {f"with the label {value!r}": LABELS.replace("healthy", value) for value in values}
    yield from _changed("labels.csv", {what: (text, None) for what, text in lines.items()})
    yield from _changed("labels.csv", {"without a line for a picture": (LABELS.replace("a,healthy\n", ""), None)})
    other = ("NaN", "null", "-1", "1e400", 'of "two" parts')
    for value in other:
        text = LABELS.replace("healthy", '"' + value.replace('"', '""') + '"')
        yield from _changed("labels.csv", {f"with the label {value!r}": (text, _label(value))})


def _label(value: str) -> Right:
    order = sorted([value, "infected"])

    def right(scenes: object) -> bool:
        labels = [order.index("infected"), order.index(value)]  # b comes first in pictures.csv
        return same(everything, labels=labels, **{"vocabulary.labels": tuple(order)})(scenes)

    return right


COLOURS = {0: (0, 0, 0), 1: (0, 114, 178), 2: (230, 159, 0)}


def coloured(root: Path) -> Path:
    """Masks in the colours of classes.csv."""
    for seed, name in enumerate("ab"):
        put(root / f"images/{name}.png", rgb(8, 12, seed))
        put(root / f"masks/{name}.png", np.array([COLOURS[number] for number in range(3)], np.uint8)[MASK])
    rows = [f"{name},{','.join(map(str, COLOURS[at]))}" for at, name in enumerate(("background", "cell", "dirt"))]
    put(root / "classes.csv", "\n".join(["name,r,g,b", *rows, ""]))
    return root


def _colours() -> Iterator[Case]:
    values = (
        "300,159,0",
        "-1,159,0",
        "x,159,0",
        ",159,0",
        "230,159",
        "230,159,0.5",
        "0,114,178",
        "NaN,159,0",
        "231,159,0",
        "1e400,159,0",
    )
    for value in values:
        make: Make = changed_file(
            coloured, "classes.csv", lambda data, value=value: data.replace(b"230,159,0", value.encode())
        )
        yield Case("table", f"classes.csv with the colour {value}", make)
    make = changed_file(coloured, "classes.csv", lambda data: data.replace(b"dirt", b"Dirt"))
    yield Case("table", "classes.csv with a colour and another name", make, renamed(coloured, "dirt", "Dirt"))
