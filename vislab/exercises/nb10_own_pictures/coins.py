"""A folder of real pictures to begin with: one photograph of 24 coins, cut into pieces, with an outline of each coin.

Greek coins from Pompeii, photographed by the Brooklyn Museum; no known copyright restrictions. The photograph comes
with scikit-image (skimage.data.coins).
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vislab.data.contact_sheet import colour_objects
from vislab.plotting.figures import INK, Sheet
from vislab.system.files import writing

SIDE, STEP = 64, 32  # pixels: each piece overlaps the next by half
TOPS = (12, 90, 154, 229)  # of the four rows of coins, which share no pixel
EDGES = 30, 150  # surely table, surely coin: grey values that scikit-image's example of segmentation chose by eye
CLASSES = "id,name,thing\n0,background,0\n1,coin,1\n"


def photograph() -> NDArray[np.uint8]:
    """The photograph, grey (303, 384)."""
    from skimage.data import coins

    grey: NDArray[np.uint8] = coins()
    return grey


def outlines(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The coin of each pixel of the photograph (303, 384): 0 is none, then 1 to 24.

    Made by a watershed of its edges from pixels that surely are table and coin, as scikit-image's gallery has it
    ("Comparing edge-based and region-based segmentation"); we compared all 24 outlines with the photograph by eye.
    """
    from scipy.ndimage import binary_fill_holes
    from skimage.filters import sobel
    from skimage.measure import label
    from skimage.segmentation import watershed

    table, coin = EDGES
    sure = np.where(grey > coin, 2, np.where(grey < table, 1, 0))
    coins = label(binary_fill_holes(watershed(sobel(grey), sure) == 2))
    sizes = np.bincount(coins.ravel())
    for speck in np.flatnonzero(sizes < 100):  # pixels: scratches of the plate; the smallest coin has 1,077
        coins[coins == speck] = 0
    numbers: NDArray[Any] = np.unique(coins, return_inverse=True)[1]
    return numbers.reshape(coins.shape).astype(np.uint8)


def write_folder(folder: Path) -> Path:
    """Write the pieces as `vl.load` reads them: images/, instances/ and classes.csv; returns the folder.

    A piece is called rowR_XXX.png: its row of coins, 1 to 4, and its left edge in the photograph. Raises VislabError
    if the disk refuses.
    """
    grey = photograph()
    for kind, picture in (("images", grey), ("instances", outlines(grey))):
        for row in range(1, len(TOPS) + 1):
            _write_row(picture, row, folder / kind)
    with writing(folder / "classes.csv") as part:
        part.write_text(CLASSES, encoding="utf-8")
    return folder


def write_unlabelled(folder: Path) -> Path:
    """Write pictures without truth: the last row's pieces, the upper left corner, all of it; returns the folder."""
    _write_row(photograph(), len(TOPS), folder)
    _write(photograph()[:SIDE, :SIDE], folder / "corner.png")
    _write(photograph(), folder / "whole.png")
    return folder


def _write_row(picture: NDArray[np.uint8], row: int, folder: Path) -> None:
    top = TOPS[row - 1]
    for left in range(0, picture.shape[1] - SIDE + 1, STEP):
        _write(picture[top : top + SIDE, left : left + SIDE], folder / f"row{row}_{left:03}.png")


def _write(picture: NDArray[np.uint8], path: Path) -> None:
    with writing(path) as part:
        Image.fromarray(picture).save(part, "PNG")


def show_patches(mask: NDArray[np.integer[Any]]) -> Sheet:
    """The photograph, and each patch of a mask of it (303, 384), 0 is none, in a colour of its own."""
    from skimage.measure import label

    grey, patches = photograph(), label(mask > 0)
    sheet = Sheet(5.6, 4.5, f"The photograph of coins; a predicted mask covers it in {patches.max()} patches.")
    axes = sheet.subplots(subplot_kw={"xticks": [], "yticks": []})
    axes.imshow(colour_objects(patches, np.dstack([grey] * 3)))
    axes.set_title(f"{patches.max()} patches", fontsize=9, color=INK, loc="left")
    axes.spines[:].set_visible(False)
    return sheet


def show_cut_outs(cut: NDArray[np.uint8]) -> Sheet:
    """Pictures without their background (n, h, w, 4), on a checkerboard."""
    n, height, width, _ = cut.shape
    y, x = np.mgrid[:height, :width]
    board = np.where((y // 8 + x // 8) % 2, 205, 245)[:, :, None]
    sheet = Sheet(1.75 * n, 1.8, f"{n} pieces of the photograph of coins on a checkerboard, their background removed.")
    for axes, picture in zip(sheet.subplots(1, n, squeeze=False)[0], cut, strict=True):
        opacity = picture[:, :, 3:] / 255
        axes.imshow((picture[:, :, :3] * opacity + board * (1 - opacity)).astype(np.uint8), interpolation="nearest")
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    return sheet
