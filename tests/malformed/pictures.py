"""Picture files and masks: cut off, turned by a bit, of another kind than they say, or holding other numbers."""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tifffile
from photo_files import png, put, rgb
from PIL import Image, PngImagePlugin

from malformed.case import Case, Make, cut, flipped, put_bytes, same

MASK = np.zeros((8, 12), np.uint8)
MASK[2:6, 2:6], MASK[3:7, 8:11] = 1, 2
IDS = np.zeros((8, 12), np.uint16)
IDS[2:6, 2:6], IDS[3:7, 8:11] = 300, 7
CLASSES = "id,name,thing\n0,background,0\n1,cell,1\n2,dirt,1\n"


def masks(root: Path) -> Path:
    """Two pictures, each with a mask of two classes."""
    for seed, name in enumerate("ab"):
        put(root / f"images/{name}.png", rgb(8, 12, seed))
        put(root / f"masks/{name}.png", MASK)
    put(root / "classes.csv", CLASSES)
    return root


def objects(root: Path) -> Path:
    """Two pictures, each with two objects of the class "object"."""
    for seed, name in enumerate("ab"):
        put(root / f"images/{name}.png", rgb(8, 12, seed))
        put(root / f"instances/{name}.png", IDS)
    return root


def saved(image: Image.Image | np.ndarray, kind: str, **settings: object) -> bytes:
    file = io.BytesIO()
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(file, kind, **settings)
    return file.getvalue()


def tiff(array: np.ndarray, **settings: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, array, **settings)
    return file.getvalue()


def instead(make: Make, old: str, new: str, data: bytes) -> Make:
    """A good example with a file taken away and another in its place."""

    def made(root: Path) -> Path:
        given = make(root)
        (root / old).unlink()
        put_bytes(root / new, data)
        return given

    return made


def chunk(kind: bytes, data: bytes, checksum: int | None = None) -> bytes:
    right = zlib.crc32(kind + data) if checksum is None else checksum
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", right)


def png_head(width: int, height: int, depth: int = 8, colour: int = 0, body: bytes = b"\0" * 200) -> bytes:
    """A PNG of any claimed size and kind of pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def exif(orientation: int) -> bytes:
    about = Image.Exif()
    about[0x0112] = orientation
    return about.tobytes()


def stored(array: np.ndarray) -> bytes:
    """A PNG whose pixels are not compressed, so that a turned bit changes nothing but a number."""
    return png(array, compress_level=0)


def picture_cases() -> Iterator[Case]:
    """Whatever may lie there as a picture."""
    good, kind = png(rgb(8, 12)), "picture file"
    photo = saved(rgb(8, 12), "JPEG")
    for what, data in (*cut(good, 12), *flipped(good, 24)):
        yield Case(kind, f"a PNG {what}", instead(masks, "images/a.png", "images/a.png", data), same(masks))
    for what, data in flipped(stored(rgb(8, 12)), 24, seed=1):
        yield Case(
            kind,
            f"a PNG without compression, {what}",
            instead(masks, "images/a.png", "images/a.png", data),
            same(masks),
        )
    for what, data in cut(photo, 8):
        yield Case(kind, f"a JPEG {what}", instead(masks, "images/a.png", "images/a.jpg", data))
    frames = [Image.fromarray(rgb(8, 12, seed)) for seed in range(2)]
    wrong = {
        "text": b"no picture at all",
        "a web page": b"<!DOCTYPE html><html></html>",
        "zeros": bytes(300),
        "a PDF": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n",
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n",
        "a PNG that claims 60,000 × 60,000": png_head(60_000, 60_000),
        "a PNG that claims 0 × 0": png_head(0, 0),
        "a PNG that claims 2³¹ − 1 × 1": png_head(2**31 - 1, 1),
        "a PNG of 3 bits": png_head(12, 8, depth=3),
        "a PNG of an unknown kind of colour": png_head(12, 8, colour=5),
        "a PNG with too few rows": png_head(12, 8, body=b"\0" * 30),
        "a PNG with a wrong checksum": good.replace(b"IDAT", b"IDAT", 1)[:-16] + b"\1\2\3\4" + good[-12:],
        "a PNG without its end": good[:-12],
        "two frames (GIF)": saved(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "two frames (PNG)": saved(frames[0], "PNG", save_all=True, append_images=frames[1:]),
        "of fractions": tiff(rgb(8, 12)[..., 0] / np.float32(256)),
        "a stack of depth and channels": tiff(np.zeros((3, 4, 8, 12), np.uint8)),
        "of 6 channels": tiff(np.zeros((6, 8, 12), np.uint8), photometric="minisblack"),
        "an empty TIFF": b"II*\0\0\0\0\0",
        "a TIFF whose directory points to itself": b"II*\0\x08\0\0\0"
        + struct.pack("<HHHIIHHIII", 2, 256, 3, 1, 12, 257, 3, 1, 8, 8),
        "a TIFF whose strips lie behind its end": tiff(rgb(8, 12))[:60],
    }
    for what, data in wrong.items():
        suffix = ".tif" if data[:2] == b"II" else ".gif" if data[:3] == b"GIF" else ".png"
        yield Case(kind, what, instead(masks, "images/a.png", f"images/a{suffix}", data))
    grey = Image.fromarray(rgb(8, 12)[..., 0])
    fine: dict[str, tuple[str, bytes, np.ndarray]] = {
        "a JPEG called PNG": ("png", saved(rgb(8, 12), "JPEG"), np.asarray(Image.open(io.BytesIO(photo)))),
        "of one channel": ("png", saved(grey, "PNG"), np.repeat(rgb(8, 12)[..., :1], 3, 2)),
        "a BMP called TIFF": ("tif", saved(rgb(8, 12), "BMP"), rgb(8, 12)),
        "with text of 100 kB": ("png", _with_text(100_000), rgb(8, 12)),
        "with a broken EXIF": ("png", saved(rgb(8, 12), "PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"), rgb(8, 12)),
    }
    for what, (suffix, data, pixels) in fine.items():
        planes = [pixels.transpose(2, 0, 1).tolist(), rgb(8, 12, 1).transpose(2, 0, 1).tolist()]
        yield Case(kind, what, instead(masks, "images/a.png", f"images/a.{suffix}", data), same(masks, images=planes))


def _with_text(length: int) -> bytes:
    about = PngImagePlugin.PngInfo()
    about.add_text("Comment", "x" * length)
    return png(rgb(8, 12), pnginfo=about)
