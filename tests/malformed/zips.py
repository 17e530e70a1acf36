"""Zips: cut off, forged, turned by a bit, packed by other methods, with names that lead elsewhere."""

import shutil
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from photo_files import png, rgb

from malformed.case import Case, Make, changed_file, same
from malformed.pictures import masks


def zipped(make: Make) -> Make:
    def made_so(root: Path) -> Path:
        folder = make(root / "folder")
        with zipfile.ZipFile(root / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                archive.writestr(
                    zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes(), zipfile.ZIP_DEFLATED
                )
        shutil.rmtree(root / "folder")
        return root / "set.zip"

    return made_so


ZIP = zipped(masks)


def members(*more: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> Make:
    """The good zip with more members, or with its picture a.png kept by another method."""

    def made_so(root: Path) -> Path:
        path = ZIP(root)
        with zipfile.ZipFile(path, "a") as archive:
            for name, data in more:
                archive.writestr(name, data, method)
        return path

    return made_so


def _patched(offset: int, form: str, value: int, mark: bytes = b"PK\1\2") -> Make:
    """The good zip with a number in its first entry of the directory changed."""

    def change(data: bytes) -> bytes:
        at = data.index(mark) + offset
        return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]

    return changed_file(ZIP, "set.zip", change)


def zip_cases() -> Iterator[Case]:
    kind = "zip"
    good = same(ZIP)
    for number in range(1, 16):
        yield Case(
            kind,
            f"cut off after {number} of 16 parts",
            changed_file(ZIP, "set.zip", lambda data, n=number: data[: n * len(data) // 16]),
        )
    for number in range(60):
        yield Case(
            kind,
            f"with a bit turned at {number} of 60 parts",
            changed_file(ZIP, "set.zip", lambda data, n=number: _turn(data, n)),
            good,
        )
    forged = {
        "that claims a size of 2 GB": _patched(24, "<I", 2**31),
        "that claims a smaller size": _patched(24, "<I", 3),
        "that claims a packed size of 2 GB": _patched(20, "<I", 2**31),
        "with a wrong checksum": _patched(16, "<I", 1),
        "that is encrypted": _patched(8, "<H", 1),
        "packed by an unknown method": _patched(10, "<H", 99),
        "packed by LZMA, it says": _patched(10, "<H", 14),
        "packed by bzip2, it says": _patched(10, "<H", 12),
        "whose entry lies elsewhere": _patched(42, "<I", 7),
        "whose entry lies behind its end": _patched(42, "<I", 2**31),
        "with an entry of one name too long": _patched(28, "<H", 60_000),
        "that needs version 9.9": _patched(6, "<H", 99),
        "with text before it": changed_file(ZIP, "set.zip", lambda data: b"#!/bin/sh\n" + data),
        "with text behind it": changed_file(ZIP, "set.zip", lambda data: data + b"x" * 70_000),
    }
    may = {
        "that claims a packed size of 2 GB": good,
        "with text before it": good,
        "that needs version 9.9": good,
        "with text behind it": good,
    }
    for what, make in forged.items():
        yield Case(kind, what, make, may.get(what))
    for method, name in ((zipfile.ZIP_LZMA, "LZMA"), (zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_STORED, "nothing")):
        for number in range(6):
            yield Case(
                kind,
                f"packed by {name}, with a bit turned at {number}",
                lambda root, m=method, n=number: _packed(root, m, n),
                same(ZIP),
            )
    picture = png(rgb(8, 12, 5))
    link = zipfile.ZipInfo("masks/c.png")
    link.external_attr = 0o120777 << 16
    wrong = {
        "one name twice": [("images/a.png", picture)],
        "a name that leads out": [("../images/c.png", picture)],
        "an absolute name": [("/images/c.png", picture)],
        "a name with a drive": [("C:\\images\\c.png", picture)],
        "a name with backslashes": [("images\\c.png", picture)],
        "a link": [("images/c.png", picture), (link, b"a.png")],
        "a picture and no mask": [("images/c.png", picture)],
        "a name with a dot folder": [("images/./c.png", picture)],
        "a file that is a folder, too": [("images/a.png/b.png", picture)],
        "a file and a folder of one name": [("classes.csv/", b"")],
    }
    named = ("leads out", "an absolute", "with a drive", "with backslashes", "a dot folder", "a folder of one name")
    unread = [what for what in wrong if any(name in what for name in named)]  # the report names them
    for what, more in wrong.items():
        yield Case(kind, f"with {what}", members(*more), good if what in unread else None)
    others = {
        "a tar": b"\x1f\x8b\x08\0" + bytes(40),
        "nothing": b"",
        "no entry": b"PK\5\6" + bytes(18),
        "a web page": b"<html>",
        "zeros": bytes(500),
    }
    for what, data in others.items():
        yield Case(kind, f"that is {what}", changed_file(ZIP, "set.zip", lambda _, d=data: d))
    yield Case(kind, "in a zip", lambda root: _nested(root))


def _turn(data: bytes, number: int) -> bytes:
    turned = bytearray(data)
    turned[number * (len(data) - 1) // 59] ^= 1 << number % 8
    return bytes(turned)


def _packed(root: Path, method: int, number: int) -> Path:
    folder = masks(root / "folder")
    with zipfile.ZipFile(root / "set.zip", "w", method) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes(), method)
    shutil.rmtree(folder)
    path = root / "set.zip"
    data = bytearray(path.read_bytes())
    data[60 + 25 * number] ^= 1 << number
    path.write_bytes(data)
    return path


def _nested(root: Path) -> Path:
    """A zip that holds nothing but a zip."""
    inner = ZIP(root)
    with zipfile.ZipFile(root / "outer.zip", "w") as archive:
        archive.write(inner, "set.zip")
    inner.unlink()
    return root / "outer.zip"
