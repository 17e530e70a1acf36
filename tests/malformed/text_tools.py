"""CVAT's XML and YOLO's lines, with nonsense in their attributes, numbers and names of classes."""

from collections.abc import Callable, Iterator
from typing import Any

import made_exports as made
from photo_files import put

from malformed.case import Case, Make, Right, changed_file, no_object, same, spoiled_text

KIND = "tools' text"


def text_cases() -> Iterator[Case]:
    """XML, YAML and lines of text."""
    for tool, make, file in (("CVAT", made.cvat, "annotations.xml"), ("YOLO", made.yolo, "data.yaml")):
        for what, spoiled in spoiled_text(make, file):
            yield Case(KIND, f"{tool}, {what}", spoiled, same(make))
    for what, (make, right) in {**_cvat(), **_yolo()}.items():
        yield Case(KIND, what, make, right)


Cases = dict[str, tuple[Make, Right | None]]


def _cvat() -> Cases:
    cases: Cases = {}
    good = made.CVAT_POLYGON

    def shapes(text: str) -> Make:
        return lambda root: made.cvat(root, text)

    for value in (
        "",
        "10,10",
        "10,10;30,10",
        "10,10;30;30,25",
        "a,b;c,d;e,f",
        "nan,1;2,3;4,5",
        "inf,1;2,3;4,5",
        "1e400,1;2,3;4,5",
        "10,10,10;30,10,10;30,25,10",
        "10 10;30 10;30 25",
        "99999,10;30,10;30,25",
    ):
        cases[f"CVAT, points={value!r}"] = shapes(f'<polygon label="cell" points="{value}"/>'), None
    attributes = {"label": ("", "   "), "points": ()}
    for name, values in attributes.items():
        cases[f"CVAT, without {name}"] = shapes(good.replace(f"{name}=", "x=")), None
        for value in values:
            cases[f"CVAT, {name}={value!r}"] = shapes(good.replace('"cell"', f'"{value}"')), None
    for value in ("", "x", "-1", "0", "59", "60.5", "inf", "nan", "1e400", "9" * 30):
        cases[f"CVAT, width={value!r}"] = (
            (lambda root, v=value: made.cvat(root, text=made.CVAT.replace('"60"', f'"{v}"'))),
            None,
        )
        text = made.CVAT.replace('"60"', f'"{value}"')
        round_ = '<ellipse label="cell" cx="20" cy="20" rx="5" ry="5"/>'
        cases[f"CVAT, width={value!r} with an ellipse"] = (lambda root, t=text, r=round_: made.cvat(root, r, t)), None
    for name in ("cx", "cy", "rx", "ry"):
        for value in ("", "x", "nan", "inf", "1e400") + (("0", "-5") if name[0] == "r" else ()):
            ellipse = '<ellipse label="cell" cx="20" cy="20" rx="5" ry="5"/>'.replace(
                f'{name}="5"', f'{name}="{value}"'
            )
            cases[f"CVAT, an ellipse of {name}={value!r}"] = (
                shapes(ellipse.replace(f'{name}="20"', f'{name}="{value}"')),
                None,
            )
    mask = '<mask label="cell" rle="0,300" left="10" top="10" width="20" height="15"/>'
    cases["CVAT, a mask"] = shapes(mask), same(made.cvat)
    for old, new in {
        "0,300": ("", "x", "0,299", "0,301", "-1,301", "0,1e2", "300"),
        '"20"': ('"inf"', '"-20"', '"0"', '"nan"', '"1e300"'),
        '"10"': ('"-1"', '"50"', '"inf"', '"x"', '"1e400"'),
    }.items():
        for value in new:
            nothing = value == "300"  # all of it outside
            cases[f"CVAT, a mask with {value} for {old}"] = (
                shapes(mask.replace(old, value, 1)),
                no_object if nothing else None,
            )
    box = '<box label="cell" xtl="10" ytl="10" xbr="30" ybr="25" rotation="{}"/>' + good
    for value in ("x", "nan", "inf", "1e400"):
        cases[f"CVAT, a box turned by {value}"] = shapes(box.format(value)), None
    cases["CVAT, points alone"] = shapes('<points label="cell" points="1,1"/>'), None
    cases["CVAT, a group of nothing"] = shapes('<polygon label="cell" group_id="1" points=""/>'), None
    cases["CVAT, a class that it does not list"] = (
        shapes(good.replace("cell", "leaf")),
        lambda scenes: "leaf" in scenes.vocabulary.things,
    )
    heads = {
        "a DOCTYPE": "<!DOCTYPE a>",
        "entities": '<!DOCTYPE a [<!ENTITY b "c">]>',
        "an unknown encoding": '<?xml version="1.0" encoding="klingon"?>',
        "the encoding UTF-7": '<?xml version="1.0" encoding="utf-7"?>',
        "the encoding UTF-32": '<?xml version="1.0" encoding="utf-32"?>',
        "the encoding base64": '<?xml version="1.0" encoding="base64"?>',
    }
    for what, head in heads.items():
        text = head + made.CVAT.partition("?>\n")[2]
        cases[f"CVAT, with {what}"] = (lambda root, t=text: made.cvat(root, text=t)), None
    deep = "<a>" * 50_000 + "</a>" * 50_000
    cases["CVAT, nested too deep"] = (
        changed_file(made.cvat, "annotations.xml", lambda data: data.replace(b"<meta>", b"<meta>" + deep.encode())),
        same(made.cvat),
    )
    twice = (b'name="a.png"', b'name="a.png" name="b.png"')
    cases["CVAT, an attribute twice"] = (
        changed_file(made.cvat, "annotations.xml", lambda data: data.replace(*twice)),
        None,
    )
    image = made.CVAT[made.CVAT.index("<image") : made.CVAT.index("</annotations>")]
    cases["CVAT, a picture twice"] = (lambda root: made.cvat(root, text=made.CVAT.replace(image, image * 2))), None
    for name in ("b.png", "", "..", "/a", "images"):
        cases[f"CVAT, the picture {name!r}"] = (
            (lambda root, n=name: made.cvat(root, text=made.CVAT.replace("a.png", n))),
            None,
        )
    return cases


def _yolo() -> Cases:
    cases: Cases = {}
    rest = made.POLYGON_LINE[1:]
    for number in ("2", "-1", "x", "0.0", "²", "99999999999999999999", "NaN", "+0"):
        cases[f"YOLO, the class {number}"] = (lambda root, n=number: made.yolo(root, n + rest)), None
    numbers = rest.split()
    for value in ("nan", "inf", "-inf", "1e400", "x", "9", "-9", "0,5", ""):
        cases[f"YOLO, a corner at {value}"] = (
            (lambda root, v=value: made.yolo(root, " ".join(["0", v, *numbers[1:]]))),
            None,
        )
    for count in (0, 1, 2, 3, 4, 5, 7):
        cases[f"YOLO, {count} numbers"] = (lambda root, n=count: made.yolo(root, " ".join(["0", *numbers[:n]]))), None
    lines = {"a line of text": b"cell here\n", "another encoding": b"\xff\xfe0\0", "a zero byte": b"\0\n"}
    for what, more in lines.items():
        cases[f"YOLO, {what}"] = changed_file(made.yolo, "train/labels/a.txt", lambda data, m=more: data + m), None
    names: dict[str, bool] = {
        "names: []": False,
        "names: null": False,
        "names: cell": False,
        "names: {a: cell}": False,
        "names: [[cell], dirt]": False,
        "names: ['', dirt]": False,
        "names: {0: cell, 0: dirt}": False,
        "names: [cell": False,
        "names: [cell, dirt]\nnames: [dirt, cell]": False,
        "names: {1: dirt}": False,
        "names: {-1: cell}": False,
        "names: {0: {a: b}, 1: dirt}": False,
        "names: !!python/object/apply:os.getcwd []": False,
        "names: *x": False,
        "- cell\n- dirt": False,
        "": False,
        "names: [cell, dirt]\nnc: 3": False,
        "names: [cell, dirt]\nnc: many": False,
        "names: {0: cell, 1: dirt}": True,
        "names:\n- cell\n- dirt": True,
    }
    for text, fine in names.items():
        cases[f"YOLO, data.yaml of {text!r}"] = (
            (lambda root, t=text: made.yolo(root, yaml=t)),
            same(made.yolo) if fine else None,
        )
    for words in (
        ("no", "yes"),
        ("1.10", "2"),
        ("null", "~"),
        ("off", "2020-01-01"),
        ("0x10", "1_000"),
        (".nan", "1e3"),
    ):
        text = f"names: [{', '.join(words)}]"
        right: Callable[[Any], bool] = lambda scenes, w=words: scenes.vocabulary.classes[1:] == w  # noqa: E731
        cases[f"YOLO, the names {' and '.join(words)}"] = (lambda root, t=text: made.yolo(root, yaml=t)), right
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    cases["YOLO, data.yaml that unfolds"] = (lambda root: made.yolo(root, yaml=bomb + "names: [*i, dirt]\n")), None
    cases["YOLO, data.yaml nested too deep"] = (lambda root: made.yolo(root, yaml="names: " + "[" * 20_000)), None
    cases["YOLO, two files of a picture"] = (
        (lambda root: put(made.yolo(root) / "train/labels/A.txt", "1 0 0 1 0 1 1\n").parents[2]),
        same(made.yolo),
    )
    return cases
