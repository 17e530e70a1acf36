import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
import tifffile
from photo_files import png, rgb
from PIL import Image

from vislab.data.datasets.decode import read_mask, read_rgb, read_size
from vislab.data.datasets.id_map import paint, patch_of
from vislab.data.datasets.resize import Picture, fit_picture, nearest
from vislab.errors import VislabError


def encoded(image: Image.Image, kind: str = "PNG", **settings: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


# Pictures of every make


def test_grey_palette_and_one_bit_come_out_as_rgb() -> None:
    grey = np.array([[0, 128, 255]], np.uint8)
    assert read_rgb(png(grey), "x").tolist() == [[[0] * 3, [128] * 3, [255] * 3]]
    palette = Image.fromarray(np.array([[0, 1]], np.uint8))
    palette.putpalette([10, 20, 30, 200, 100, 50])
    assert read_rgb(encoded(palette), "x").tolist() == [[[10, 20, 30], [200, 100, 50]]]
    assert read_rgb(png(np.array([[True, False]])), "x").tolist() == [[[255] * 3, [0] * 3]]


def test_what_is_transparent_lies_on_white() -> None:
    pixels = np.array([[[200, 0, 0, 255], [200, 0, 0, 0], [0, 0, 0, 51]]], np.uint8)
    assert read_rgb(png(pixels), "x").tolist() == [[[200, 0, 0], [255, 255, 255], [204, 204, 204]]]
    grey = Image.fromarray(np.array([[7, 8]], np.uint8))
    assert read_rgb(encoded(grey, transparency=7), "x").tolist() == [[[255] * 3, [8] * 3]]


@pytest.mark.parametrize(("brightest", "top"), [(255, 255), (1000, 1023), (4000, 4095), (16000, 16383), (65535, 65535)])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_is_scaled_by_the_bits_it_uses(brightest: int, top: int, kind: str) -> None:
    values = np.array([[0, brightest // 2, brightest]], np.uint16)
    came = read_rgb(encoded(Image.fromarray(values), kind), "x")
    assert came[0, :, 0].tolist() == [round(v * 255 / top) for v in values[0].tolist()]
    assert (came == came[:, :, :1]).all()


def test_big_endian_16_bit_too() -> None:
    image = Image.frombytes("I;16B", (2, 1), struct.pack(">2H", 4095, 0))
    assert read_rgb(encoded(image, "TIFF"), "x")[0, :, 0].tolist() == [255, 0]


def test_floating_point_is_refused_with_its_range() -> None:
    with pytest.raises(VislabError, match=r"x\.tif: holds values from 0 to 0\.5; save whole numbers"):
        read_rgb(encoded(Image.fromarray(np.array([[0, 0.5]], np.float32)), "TIFF"), "x.tif")


def test_exif_turns_pictures_and_their_size() -> None:
    pixels = rgb(4, 6)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter, clockwise
    turned = encoded(Image.fromarray(pixels), exif=exif)
    assert (read_rgb(turned, "x") == np.rot90(pixels, -1)).all()
    assert read_size(turned, "x") == (6, 4)
    assert read_size(png(pixels), "x") == (4, 6)


# Masks are numbers


def test_masks_are_read_as_numbers() -> None:
    palette = Image.fromarray(np.array([[0, 3, 255]], np.uint8))
    palette.putpalette([9] * 768)
    assert read_mask(encoded(palette), "x").tolist() == [[0, 3, 255]]
    assert read_mask(png(np.array([[0, 300, 40000]], np.uint16)), "x").tolist() == [[0, 300, 40000]]
    assert read_mask(png(np.array([[True, False]])), "x").tolist() == [[1, 0]]
    grey = np.array([[[5] * 3, [0] * 3]], np.uint8)  # a paint program saves grey as RGB
    assert read_mask(png(grey), "x").tolist() == [[5, 0]]


def test_a_mask_in_colours_needs_classes() -> None:
    colours = np.array([[[5, 0, 0]]], np.uint8)
    with pytest.raises(VislabError, match=r"a\.png: is a mask in colours .* classes\.csv"):
        read_mask(png(colours), "a.png")
    assert read_mask(png(colours), "a.png", colours=True).tolist() == [[[5, 0, 0]]]


# Files that are none


def test_empty_truncated_and_foreign_files_are_named() -> None:
    whole = png(rgb(64, 64))
    for data, words in [
        (b"", "is empty"),
        (whole[: len(whole) // 2], "is damaged or cut off"),
        (whole[:20], "damaged or cut off|no picture"),
        (b"hello, this is no picture", "no picture that can be read"),
        (encoded(Image.fromarray(rgb(64, 64)), "JPEG")[:900], "damaged or cut off"),
    ]:
        with pytest.raises(VislabError, match=rf"^a b\.png: .*({words})"):
            read_rgb(data, "a b.png")


def test_several_pictures_in_one_file_are_refused() -> None:
    pages = [Image.fromarray(rgb(4, 4, seed)) for seed in range(3)]
    for kind in ("TIFF", "GIF"):
        with pytest.raises(VislabError, match="holds 3 pictures; save the one you mean"):
            read_rgb(encoded(pages[0], kind, save_all=True, append_images=pages[1:]), "x")


def test_a_picture_of_a_billion_pixels_is_refused_from_its_head() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 25_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    with pytest.raises(VislabError, match="has more than 89 million pixels"):
        read_rgb(bomb, "x")


# One size


def a_picture(text: str) -> Picture:
    ids = np.array([[int(c) for c in row] for row in text.split()], np.int16)
    classes = list(range(1, int(ids.max()) + 1))
    return Picture(rgb(*ids.shape), ids.astype(np.uint8), ids, classes)


def test_crop_takes_the_centre_and_pads_with_ignore() -> None:
    came = fit_picture(a_picture("1002 0330 0330 0000"), (2, 2), "crop")
    assert came.instances is not None
    assert came.instances.tolist() == [[3, 3], [3, 3]]
    small = fit_picture(a_picture("12 34"), (4, 3), "crop")
    assert small.semantic is not None
    assert small.instances is not None
    assert small.semantic.tolist() == [[255] * 3, [1, 2, 255], [3, 4, 255], [255] * 3]
    assert small.instances.tolist() == [[0] * 3, [1, 2, 0], [3, 4, 0], [0] * 3]
    assert small.image[0].max() == 0


def test_pad_keeps_all_of_the_picture_and_its_proportions() -> None:
    wide = a_picture("11112222 11112222 33334444 33334444")  # 4 × 8
    came = fit_picture(wide, (4, 4), "pad")
    assert came.semantic is not None
    assert came.semantic.tolist() == [[255] * 4, [1, 1, 2, 2], [3, 3, 4, 4], [255] * 4]
    larger = fit_picture(a_picture("12 34"), (4, 4), "pad")
    assert larger.semantic is not None
    assert larger.semantic.tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]


def test_masks_are_never_mixed_and_objects_that_vanish_are_counted() -> None:
    classes = np.kron(np.array([[0, 7], [7, 0]], np.uint8), np.ones((50, 50), np.uint8))
    ids = np.zeros((100, 100), np.int16)
    ids[0, 0] = 1  # one pixel, under no sample
    ids[60:90, 10:40] = 2
    came = fit_picture(Picture(rgb(100, 100), classes, ids, [7, 7]), (9, 9), "pad")
    assert came.semantic is not None
    assert came.instances is not None
    assert set(np.unique(came.semantic)) <= {0, 7}
    assert set(np.unique(came.instances)) == {0, 2}
    assert came.losses == {"vanished": 1}


def test_nearest_is_what_pillow_calls_nearest() -> None:
    for side, wanted in [(7, 3), (3, 7), (255, 97), (99, 100)]:  # odd sides: no centre on an edge
        line = Image.fromarray(np.arange(side, dtype=np.uint8)[None])
        assert nearest(side, wanted).tolist() == np.asarray(line.resize((wanted, 1), 0))[0].tolist()


# Objects over one another


def test_the_smaller_object_is_on_top_and_lost_pixels_are_counted() -> None:
    large, small = np.zeros((3, 4)), np.zeros((3, 4))
    large[:, :3] = 1
    small[1, 1:] = 1
    for order, text in [([large, small], "1110 1222 1110"), ([small, large], "2220 2111 2220")]:
        ids, lost = paint((3, 4), [patch_of(mask) for mask in order], "x")
        assert ["".join(map(str, row)) for row in ids.tolist()] == text.split()
        assert lost == {"overlap": 2, "hidden": 0, "empty": 0}


def test_objects_that_are_hidden_or_empty_are_counted() -> None:
    dot, empty = np.zeros((2, 2)), np.zeros((2, 2))
    dot[0, 0] = 1
    ids, lost = paint((2, 2), [patch_of(dot), patch_of(dot), patch_of(empty)], "x")
    assert ids.tolist() == [[2, 0], [0, 0]]
    assert lost == {"overlap": 1, "hidden": 1, "empty": 1}


def test_whatever_is_broken_gets_a_sentence() -> None:
    """Bytes overwritten at random: a picture comes out or a VislabError, and nothing else."""
    rng = np.random.default_rng(0)
    refused = 0
    for kind in ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP"):
        exif = Image.Exif()
        exif[0x0112] = 6
        settings = {"exif": exif} if kind in ("PNG", "JPEG", "WEBP") else {}
        whole = encoded(Image.fromarray(rgb(16, 16)), kind, **settings)
        for _ in range(60):
            broken = bytearray(whole)
            for place in rng.integers(0, min(len(broken), 300), 4):
                broken[place] = rng.integers(256)
            for read in (read_rgb, read_mask, read_size):
                try:
                    read(bytes(broken), "x")
                except VislabError:
                    refused += 1
    assert refused > 100


# Masks are numbers

FEW = np.array([[0, 1, 2], [3, 2, 1]], np.uint8)


def tiff(numbers: np.ndarray, **settings: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, numbers, **settings)
    return file.getvalue()


def raw_png(bits: int, kind: int, width: int, *rows: bytes) -> bytes:
    """A PNG of these bits and colour type (0 grey, 2 RGB, 4 grey and alpha), which Pillow does not write."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, len(rows), bits, kind, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_grey_of_few_bits_keeps_its_numbers() -> None:
    two = raw_png(2, 0, 3, bytes([0b00_01_10_00]), bytes([0b11_10_01_00]))
    four = raw_png(4, 0, 3, bytes([0x01, 0x20]), bytes([0x32, 0x10]))
    assert read_mask(two, "x").tolist() == read_mask(four, "x").tolist() == FEW.tolist()
    assert read_mask(b"P5 3 2 3\n" + FEW.tobytes(), "x").tolist() == FEW.tolist()  # white is 3


@pytest.mark.parametrize("first", ["minisblack", "miniswhite"])
def test_numbers_are_the_same_whether_black_or_white_comes_first(first: str) -> None:
    assert read_mask(tiff(FEW, photometric=first), "x").tolist() == FEW.tolist()
    assert read_mask(tiff(FEW > 1, photometric=first), "x").tolist() == (FEW > 1).astype(int).tolist()


@pytest.mark.parametrize("kind", ["int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"])
def test_whole_numbers_of_any_width(kind: str) -> None:
    numbers = FEW.astype(kind) * 257
    assert read_mask(tiff(numbers), "x").tolist() == numbers.tolist()


def test_large_numbers_stay_large() -> None:
    numbers = FEW.astype(np.uint32) + np.uint32(4 * 10**9)
    assert read_mask(tiff(numbers), "x").tolist() == numbers.tolist()


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf])
def test_fractions_are_no_numbers_of_a_mask(value: float) -> None:
    with pytest.raises(VislabError, match=r"x\.tif: is a mask of fractions"):
        read_mask(tiff(np.array([[0, value]], np.float32)), "x.tif")


@pytest.mark.parametrize(
    "data",
    [
        encoded(Image.fromarray(FEW), "JPEG"),
        encoded(Image.fromarray(FEW).convert("RGB"), "WEBP"),
        encoded(Image.new("L", (16, 16)), "TIFF", compression="jpeg"),
    ],
)
def test_a_mask_kept_with_losses_is_refused(data: bytes) -> None:
    with pytest.raises(VislabError, match="changes numbers; export it again as PNG"):
        read_mask(data, "x")


def test_a_mask_kept_without_losses_is_read() -> None:
    assert read_mask(encoded(Image.fromarray(FEW).convert("RGB"), "WEBP", lossless=True), "x").tolist() == FEW.tolist()


@pytest.mark.parametrize(
    "data",
    [
        raw_png(16, 2, 1, bytes([1, 0] * 3)),
        raw_png(16, 4, 1, bytes([1, 0, 255, 255])),
        b"P6 1 1 65535\n" + bytes([1, 0] * 3),
        tiff(np.full((1, 1, 3), 257, np.uint16), photometric="rgb"),
    ],
)
def test_16_bit_colour_is_not_cut_to_a_byte(data: bytes) -> None:
    with pytest.raises(VislabError, match="16 bits a channel"):
        read_mask(data, "x")


def test_transparency_may_repeat_the_numbers_but_not_replace_them() -> None:
    grey, alpha = Image.fromarray(FEW), Image.fromarray((FEW > 0).astype(np.uint8) * 255)
    both = encoded(Image.merge("RGBA", (grey, grey, grey, alpha)))
    assert read_mask(both, "x").tolist() == FEW.tolist()
    assert read_mask(encoded(Image.merge("LA", (grey, Image.new("L", grey.size, 255)))), "x").tolist() == FEW.tolist()
    black = Image.new("L", grey.size)
    for colours in (False, True):
        with pytest.raises(VislabError, match="transparency that its colours do not tell"):
            read_mask(encoded(Image.merge("RGBA", (black, black, black, alpha))), "x", colours)
