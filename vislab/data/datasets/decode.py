"""One picture or mask file as an array, whatever program wrote it."""

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from vislab.errors import VislabError

SIDEWAYS = (5, 6, 7, 8)  # EXIF 2.32, orientation: the sides change places
MOST_PIXELS = Image.MAX_IMAGE_PIXELS or 2**62  # of one picture
PNG = b"\x89PNG\r\n\x1a\n"
MAY_TURN = b"eXIf", b"Raw profile", b"adobe"  # where a PNG keeps its orientation: EXIF, the same as text, XMP
DEPTHS = (8, 10, 12, 14, 16)  # bits that cameras give; files pad them to 8 or 16


def read_rgb(data: bytes, where: str) -> np.ndarray:
    """The picture as a viewer shows it: uint8 (h, w, 3).

    Turned as its EXIF tag says; palettes looked up; transparent pixels on white. 16-bit grey is divided by the range of
    the fewest bits of 8, 10, 12, 14, 16 that hold its brightest pixel: microscopes write 12 bits into 16, and full
    range would show them black; stretching each picture to its own extremes would make noise of an empty one. So two
    pictures can be scaled differently; convert them yourself if brightness is measured.
    where: the file's name for messages. Raises VislabError if it is not one whole picture.
    """
    return read_upright(data, where)[0]


def read_upright(data: bytes, where: str) -> tuple[np.ndarray, int]:
    """The picture as `read_rgb` gives it, and how EXIF turned it, 1 to 8; 1 if it lies so in the file."""
    image, orientation = _decoded(data, where)
    return _as_rgb(image, where), orientation


def _as_rgb(image: Image.Image, where: str) -> np.ndarray:
    if image.mode.startswith(("I", "F")):
        grey = _as_bytes(np.asarray(image), where)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def _as_bytes(grey: np.ndarray, where: str) -> np.ndarray:
    least, most = grey.min(), grey.max()
    if grey.dtype.kind == "f" or least < 0 or most > 65535:
        raise VislabError(f"{where}: holds values from {least:g} to {most:g}; save whole numbers of 8 or 16 bits")
    top = next(2**bits - 1 for bits in DEPTHS if most < 2**bits)
    scaled: np.ndarray = np.rint(grey.astype(np.float32) * (255 / top))
    return scaled.astype(np.uint8)


def read_mask(data: bytes, where: str, colours: bool = False) -> np.ndarray:
    """The numbers of a mask as they were written: integer (h, w) of up to 64 bits, a palette's indices.

    Floating point with whole numbers counts as such. colours: read colours instead, uint8 (h, w, 3), from files in RGB
    or with a palette. Turned as an EXIF tag says, like its picture. Raises VislabError if it is no whole mask, or if
    its file's format changes numbers (JPEG, lossy WebP) or keeps more than can be read (16-bit colour).
    """
    try:
        image = open_picture(data, where)
    except VislabError:
        if not data.startswith((b"II*\0", b"MM\0*")):
            raise
        return _wide_numbers(data, where)
    kept = _kept(data, where)
    if kept.lossy:
        raise VislabError(f"{where}: is a mask kept as {kept.lossy}, which changes numbers; export it again as PNG")
    if (image.mode == "RGB" and (kept.top or 0) > 255) or (";16" in kept.rawmode and not kept.rawmode.startswith("I")):
        raise VislabError(f"{where}: is a mask in colours of 16 bits a channel; save it with one channel")
    if "A" in image.getbands():
        _refuse_truth_in_alpha(image, where)
    if colours and image.mode in ("P", "RGB", "RGBA"):
        return np.asarray(image.convert("RGB"))
    if image.mode == "LA" or (image.mode in ("RGB", "RGBA") and _is_grey(image)):
        image = image.getchannel(0)
    if image.mode not in ("1", "L", "P", "F") and not image.mode.startswith("I"):
        mend = "save it with one channel, or give the colours of its classes in classes.csv"
        raise VislabError(f"{where}: is a mask in colours ({image.mode}), not of one number a pixel; {mend}")
    return _as_written(np.asarray(image), kept, where)


class _Kept(NamedTuple):
    """How a file keeps its pixels.

    rawmode: their bits in Pillow's words ("L;2": two bits of grey). top: the number of white in a PNM file, or None.
    lossy: the name of a compression that changes numbers, or "".
    """

    rawmode: str
    top: int | None
    lossy: str


def _kept(data: bytes, where: str) -> _Kept:
    with _one_sentence(where):
        image = _head(data, where)
    tiles: Any = getattr(image, "tile", ())
    arguments = tiles[0][3] if tiles else ""
    rawmode, *more = arguments if isinstance(arguments, tuple) else (arguments,)
    top = more[0] if image.format == "PPM" and more and isinstance(more[0], int) and more[0] > 0 else None
    lossy = image.format in ("JPEG", "MPO", "JPEG2000") or (image.format == "WEBP" and b"VP8L" not in data[:64])
    inside = image.info.get("compression") if image.format == "TIFF" else ""
    lossy_inside = inside in ("jpeg", "tiff_jpeg", "webp")
    return _Kept(str(rawmode), top, str(image.format if lossy else inside if lossy_inside else ""))


def _as_written(numbers: np.ndarray, kept: _Kept, where: str) -> np.ndarray:
    """The numbers in the file: Pillow stretches grey of few bits, and turns it round if white is 0."""
    rawmode = kept.rawmode
    if numbers.dtype == bool:
        numbers = np.logical_not(numbers) if rawmode.startswith("1;I") else numbers
        return numbers.astype(np.uint8)
    if rawmode.startswith("L;") and "I" in rawmode:
        numbers = np.subtract(255, numbers)
    if rawmode.startswith(("L;2", "L;4")):
        numbers = np.floor_divide(numbers, 85 if rawmode[2] == "2" else 17)
    if kept.top is not None:
        numbers = np.rint(numbers * (kept.top / (255 if numbers.dtype == np.uint8 else 65535))).astype(np.int32)
    if rawmode.startswith("I;32") and "S" not in rawmode:
        numbers = numbers.astype(np.int32).view(np.uint32)
    if numbers.dtype.kind == "f":
        whole = np.nan_to_num(np.rint(numbers.astype(np.float64)), nan=np.inf)
        if (np.abs(whole) > 2**53).any() or (numbers != whole).any():
            raise VislabError(f"{where}: is a mask of fractions, not of one whole number a pixel; save whole numbers")
        numbers = whole.astype(np.int64)
    return numbers


def _wide_numbers(data: bytes, where: str) -> np.ndarray:
    """A TIFF of 64 bits a pixel, or of half precision, which Pillow does not know."""
    from tifffile import imread

    with _one_sentence(where):
        numbers: np.ndarray = imread(io.BytesIO(data))
    if numbers.ndim != 2:
        raise VislabError(f"{where}: is a mask of the shape {numbers.shape}; save it with one number a pixel")
    return _as_written(numbers, _Kept("", None, ""), where)


def _refuse_truth_in_alpha(image: Image.Image, where: str) -> None:
    """Transparency may say what colours say, but nothing of its own: it would be lost."""
    pixels = np.asarray(image.convert("RGBA")).astype(np.uint32)
    colour = pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2]
    if len(np.unique(colour << np.uint32(8) | pixels[..., 3])) > len(np.unique(colour)):
        raise VislabError(f"{where}: is a mask with transparency that its colours do not tell; save it without alpha")


def _is_grey(image: Image.Image) -> bool:
    red, green, blue = image.convert("RGB").split()
    return red.tobytes() == green.tobytes() == blue.tobytes()


def read_orientation(data: bytes, where: str) -> int:
    """How EXIF turns the picture, 1 to 8; 1 as it lies in the file."""
    if data.startswith(PNG) and not any(mark in data for mark in MAY_TURN):
        return 1  # without decoding it
    return _decoded(data, where)[1]


def read_size(data: bytes, where: str) -> tuple[int, int]:
    """Height and width as `read_rgb` gives them, from the file's head alone."""
    with _one_sentence(where):
        image = _head(data, where)
        exif = Image.Image.getexif(image)  # PNG's own would decode all of the picture, for a tag that may follow it
        return image.size if _orientation(exif) in SIDEWAYS else (image.height, image.width)


def _orientation(exif: Image.Exif) -> int:
    return value if (value := exif.get(0x0112, 1)) in range(1, 9) else 1


def open_picture(data: bytes, where: str) -> Image.Image:
    """The decoded file as Pillow has it, turned as EXIF says. Raises VislabError if it cannot be decoded."""
    return _decoded(data, where)[0]


def _decoded(data: bytes, where: str) -> tuple[Image.Image, int]:
    """The picture, turned as EXIF says, and the orientation that EXIF says it had."""
    with _one_sentence(where):
        image = _head(data, where)
        image.load()
        if data.startswith(PNG):
            _check_chunks(data)
        return ImageOps.exif_transpose(image), _orientation(image.getexif())


def _check_chunks(data: bytes) -> None:
    """Raise ValueError if a checksum of a PNG is wrong or its end is missing: Pillow does not look at all of them."""
    place = len(PNG)
    while place < len(data):
        body = place + 4, place + 8 + int.from_bytes(data[place : place + 4])
        kind = data[place + 4 : place + 8]
        place = body[1] + 4
        if zlib.crc32(data[slice(*body)]) != int.from_bytes(data[body[1] : place]) or place > len(data):
            raise ValueError(f"the checksum of its part {kind.decode('latin-1')!r} is wrong")
        if kind == b"IEND":
            return
    raise ValueError("its end is missing")


def _head(data: bytes, where: str) -> Image.Image:
    """The file with its head read and no pixel yet."""
    if not data:
        raise VislabError(f"{where}: is empty (0 bytes); fetch or save it again")
    image: Any = Image.open(io.BytesIO(data))
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":  # MPO: a phone's photograph with its preview
        raise VislabError(f"{where}: holds {image.n_frames} pictures; save the one you mean in a file of its own")
    if image.width * image.height > MOST_PIXELS:
        raise Image.DecompressionBombError
    return image  # type: ignore[no-any-return]


@contextmanager
def _one_sentence(where: str) -> Iterator[None]:
    """Turn whatever Pillow raises into a VislabError."""
    try:
        yield
    except VislabError:
        raise
    except UnidentifiedImageError as error:
        raise VislabError(f"{where}: is no picture that can be read; save it as PNG, JPEG or TIFF") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        most = f"{MOST_PIXELS / 1e6:.0f} million pixels"
        raise VislabError(f"{where}: has more than {most}; cut it into smaller pictures") from error
    except Exception as error:  # its plugins raise OSError, SyntaxError, struct.error, ... on broken files
        raise VislabError(f"{where}: is damaged or cut off ({error}); fetch or save it again") from error


def refuse_other_size(mask: tuple[int, ...], image: tuple[int, ...], where: str) -> None:
    """Raise VislabError if a mask's shape (h, w, ...) is of another size than its picture's; where: the mask's file."""
    if mask[:2] != image[:2]:
        sizes = f"is a mask of {mask[0]} × {mask[1]}, its picture is {image[0]} × {image[1]}"
        raise VislabError(f"{where}: {sizes}; bring the mask that was made for it")


def refuse_turned(orientation: int, size: tuple[int, ...], truth: tuple[int, ...] | None, where: str) -> None:
    """Raise VislabError if EXIF turns a picture, and the truth beside it may lie as the picture does in its file.

    size: of the picture, turned. truth: that of its mask, or as its annotations say; None if nobody says. Only if the
    picture lies sideways in its file does the truth's size tell whether it was made for the turned picture.
    """
    if orientation == 1 or (orientation in SIDEWAYS and truth is not None and size[:2] == truth[:2] != size[1::-1]):
        return
    reason = f"EXIF turns it (orientation {orientation}), and its truth may have been drawn before or after"
    raise VislabError(f"{where}: {reason}; save the picture as a viewer shows it, without the tag")
