"""One picture or mask file as an array, whatever program wrote it."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from vislab.errors import VislabError

DEPTHS = (8, 10, 12, 14, 16)  # bits that cameras give; files pad them to 8 or 16


def read_rgb(data: bytes, where: str) -> np.ndarray:
    """The picture as a viewer shows it: uint8 (h, w, 3).

    Turned as its EXIF tag says; palettes looked up; transparent pixels on white. 16-bit grey is divided by the range of
    the fewest bits of 8, 10, 12, 14, 16 that hold its brightest pixel: microscopes write 12 bits into 16, and full
    range would show them black; stretching each picture to its own extremes would make noise of an empty one. So two
    pictures can be scaled differently; convert them yourself if brightness is measured.
    where: the file's name for messages. Raises VislabError if it is not one whole picture.
    """
    image = open_picture(data, where)
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
    """The numbers of a mask as they were written: integer (h, w), 8 or 16 bit, a palette's indices.

    colours: read colours instead, uint8 (h, w, 3), from files in RGB or with a palette.
    Turned as an EXIF tag says, like its picture. Raises VislabError if it is no whole mask.
    """
    image = open_picture(data, where)
    if colours and image.mode in ("P", "RGB", "RGBA"):
        return np.asarray(image.convert("RGB"))
    if image.mode in ("RGB", "RGBA") and _is_grey(image):
        image = image.getchannel(0)
    if image.mode not in ("1", "L", "P") and not image.mode.startswith("I"):
        mend = "save it with one channel, or give the colours of its classes in classes.csv"
        raise VislabError(f"{where}: is a mask in colours ({image.mode}), not of one number a pixel; {mend}")
    numbers = np.asarray(image)
    return numbers.astype(np.uint8) if numbers.dtype == bool else numbers


def _is_grey(image: Image.Image) -> bool:
    red, green, blue = image.convert("RGB").split()
    return red.tobytes() == green.tobytes() == blue.tobytes()


def read_size(data: bytes, where: str) -> tuple[int, int]:
    """Height and width as `read_rgb` gives them, from the file's head alone."""
    with _one_sentence(where):
        image = _head(data, where)
        exif = Image.Image.getexif(image)  # PNG's own would decode all of the picture, for a tag that may follow it
        turned = exif.get(0x0112, 1) in (5, 6, 7, 8)  # EXIF 2.32, orientation: the sides change places
        return image.size if turned else (image.height, image.width)


def open_picture(data: bytes, where: str) -> Image.Image:
    """The decoded file as Pillow has it, turned as EXIF says. Raises VislabError if it cannot be decoded."""
    with _one_sentence(where):
        image = _head(data, where)
        image.load()
        return ImageOps.exif_transpose(image)


def _head(data: bytes, where: str) -> Image.Image:
    """The file with its head read and no pixel yet."""
    if not data:
        raise VislabError(f"{where}: is empty (0 bytes); fetch or save it again")
    image: Any = Image.open(io.BytesIO(data))
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":  # MPO: a phone's photograph with its preview
        raise VislabError(f"{where}: holds {image.n_frames} pictures; save the one you mean in a file of its own")
    if Image.MAX_IMAGE_PIXELS and image.width * image.height > Image.MAX_IMAGE_PIXELS:
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
        most = (Image.MAX_IMAGE_PIXELS or 0) / 1e6
        raise VislabError(f"{where}: has more than {most:.0f} million pixels; cut it into smaller pictures") from error
    except Exception as error:  # its plugins raise OSError, SyntaxError, struct.error, ... on broken files
        raise VislabError(f"{where}: is damaged or cut off ({error}); fetch or save it again") from error


def refuse_other_size(mask: tuple[int, ...], image: tuple[int, ...], where: str) -> None:
    """Raise VislabError if a mask's shape (h, w, ...) is of another size than its picture's; where: the mask's file."""
    if mask[:2] != image[:2]:
        sizes = f"is a mask of {mask[0]} × {mask[1]}, its picture is {image[0]} × {image[1]}"
        raise VislabError(f"{where}: {sizes}; bring the mask that was made for it")
