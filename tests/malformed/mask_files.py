"""Masks of classes and of objects: spoiled, of other sizes, kinds and numbers, and turned by EXIF."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from photo_files import png, rgb
from PIL import Image

from malformed.case import Case, Make, cut, flipped, put_bytes, same
from malformed.pictures import IDS, MASK, exif, instead, masks, objects, png_head, saved, stored, tiff


def mask_cases() -> Iterator[Case]:
    """Whatever may lie there as a mask, of classes or of objects."""
    kind = "mask file"
    for folder, make, numbers in (("masks", masks, MASK), ("instances", objects, IDS)):
        file, good = f"{folder}/a.png", same(make)
        for what, data in (*cut(png(numbers), 10), *flipped(png(numbers), 24)):
            yield Case(kind, f"{file} {what}", instead(make, file, file, data), good)
        for what, data in flipped(stored(numbers), 32, seed=2):
            yield Case(kind, f"{file} without compression, {what}", instead(make, file, file, data), good)
        for what, (suffix, data) in _read_as_numbers(numbers).items():
            yield Case(kind, f"{file} {what}", instead(make, file, f"{folder}/a.{suffix}", data), good)
        for what, (suffix, data) in _no_numbers(numbers).items():
            yield Case(kind, f"{file} {what}", instead(make, file, f"{folder}/a.{suffix}", data))
    unknown: dict[str, np.ndarray] = {
        "of 0 and 255": np.where(MASK > 0, 255, 0).astype(np.uint8),
        "with a class nobody listed": np.where(MASK == 2, 3, MASK),
        "with 1,000": np.where(MASK == 2, 1000, MASK).astype(np.uint16),
        "with 2³¹ − 1": np.where(MASK == 2, 2**31 - 1, MASK).astype(np.int32),
    }
    for what, numbers in unknown.items():
        both = _both(numbers)
        yield Case(kind, f"masks {what}", both)
    for value in (-1, 40_000, 2**31 - 1):
        numbers = np.where(IDS > 0, value, 0).astype(np.int32)
        right = same(objects, "instances", "objects") if value > 0 else None
        yield Case(
            kind,
            f"instances with the id {value}",
            instead(objects, "instances/a.png", "instances/a.tif", tiff(numbers)),
            right,
        )
    yield from _turned()


def _both(numbers: np.ndarray) -> Make:
    def made(root: Path) -> Path:
        masks(root)
        for name in "ab":
            (root / f"masks/{name}.png").unlink()
            put_bytes(root / f"masks/{name}.tif", tiff(numbers))
        return root

    return made


def _read_as_numbers(numbers: np.ndarray) -> dict[str, tuple[str, bytes]]:
    """Files that hold the same numbers in another way."""
    wide = numbers.astype(np.int32)
    small = (
        {}
        if numbers.dtype != np.uint8
        else {
            "RGB with three equal channels": ("png", png(np.repeat(numbers[..., None], 3, 2))),
            "RGBA with one alpha": ("png", png(np.dstack([*[numbers] * 3, np.full_like(numbers, 255)]))),
            "grey with one alpha": ("png", png(np.dstack([numbers, np.full_like(numbers, 200)]))),
            "lossless WebP": ("webp", saved(Image.fromarray(numbers).convert("RGB"), "WEBP", lossless=True)),
            "GIF": ("gif", saved(numbers, "GIF")),
            "BMP": ("bmp", saved(numbers, "BMP")),
            "PGM": ("pgm", saved(numbers, "PPM")),
            "int8": ("tif", tiff(numbers.astype(np.int8))),
        }
    )
    return small | {
        "float32": ("tif", tiff(numbers.astype(np.float32))),
        "float64": ("tif", tiff(numbers.astype(np.float64))),
        "int32": ("tif", tiff(wide)),
        "int64": ("tif", tiff(numbers.astype(np.int64))),
        "16 bits": ("png", png(numbers.astype(np.uint16))),
        "TIFF with the larger byte first": ("tif", tiff(wide, byteorder=">")),
        "compressed TIFF": ("tif", tiff(wide, compression="zlib")),
    }


def _no_numbers(numbers: np.ndarray) -> dict[str, tuple[str, bytes]]:
    """Files that hold no such numbers, or more than numbers."""
    eight = numbers.astype(np.uint8)
    red = np.dstack([eight * 80, eight * 40, eight * 0])
    alpha = np.dstack([*[eight * 0] * 3, eight * 90])
    fractions = numbers.astype(np.float32)
    bad: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "NaN": lambda a: np.where(a > 0, np.nan, a),
        "infinity": lambda a: np.where(a > 0, np.inf, a),
        "fractions": lambda a: a / 3,
        "1e300": lambda a: np.where(a > 0, 1e300, a),
    }
    made = {f"with {what}": ("tif", tiff(change(fractions.astype(np.float64)))) for what, change in bad.items()}
    sizes = {"half as large": eight[::2, ::2], "one row less": eight[:-1], "turned": eight.T, "1 × 1": eight[:1, :1]}
    made |= {what: ("png", png(np.ascontiguousarray(array))) for what, array in sizes.items()}
    frames = [Image.fromarray(eight), Image.fromarray(eight[::-1])]
    return made | {
        "empty": ("png", b""),
        "text": ("png", b"no mask"),
        "RGB": ("png", png(red)),
        "that only alpha tells": ("png", png(alpha)),
        "JPEG": ("jpg", saved(eight, "JPEG")),
        "JPEG called PNG": ("png", saved(eight, "JPEG")),
        "lossy WebP": ("webp", saved(Image.fromarray(eight).convert("RGB"), "WEBP")),
        "two frames": ("gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:])),
        "RGB of 16 bits": ("png", png_head(12, 8, 16, 2, b"".join(b"\0" + bytes(72) for _ in range(8)))),
        "CMYK": ("tif", saved(Image.fromarray(red).convert("CMYK"), "TIFF")),
        "complex numbers": ("tif", tiff(numbers.astype(np.complex64))),
        "of three dimensions": ("tif", tiff(np.stack([eight] * 5), photometric="minisblack")),
        "that claims 60,000 × 60,000": ("png", png_head(60_000, 60_000)),
    }


def _turned() -> Iterator[Case]:
    """Pictures and masks that EXIF turns: read only if both lie alike."""
    kind = "mask file"
    for orientation in range(2, 9):
        picture, mask = png(rgb(8, 12), exif=exif(orientation)), png(MASK, exif=exif(orientation))
        alone = instead(masks, "images/a.png", "images/a.png", picture)
        yield Case(kind, f"beside a picture that EXIF turns ({orientation})", alone)
        what = f"that EXIF turns ({orientation}), beside an upright picture"
        yield Case(kind, what, instead(masks, "masks/a.png", "masks/a.png", mask))
    both = instead(
        instead(masks, "images/a.png", "images/a.png", png(rgb(8, 12), exif=exif(3))),
        "masks/a.png",
        "masks/a.png",
        png(MASK, exif=exif(3)),
    )
    upside_down = [rgb(8, 12)[::-1, ::-1].transpose(2, 0, 1).tolist(), rgb(8, 12, 1).transpose(2, 0, 1).tolist()]
    right = same(masks, images=upside_down, semantic=[MASK[::-1, ::-1].tolist(), MASK.tolist()])
    yield Case(kind, "that EXIF turns as it does its picture", both, right, refusal=False)
