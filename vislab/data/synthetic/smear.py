"""The world "smear": a thin blood film under the microscope, stained after Giemsa.

Red cells overlap and show through each other: absorbances of the two dyes add (Beer-Lambert), eosin for the cells,
azure for parasites and platelets. Platelets and specks of stain are clutter: what they cover keeps its class.
"""

import math

import torch
from torch import Tensor

from vislab.data.synthetic.settings import Parameters, Places, Settings, uniform, whole
from vislab.data.synthetic.smear_paint import ENOUGH_PIXELS, paint
from vislab.data.vocabulary import EnoughPixels, Vocabulary

__all__ = ["VOCABULARY", "camera", "contents", "paint"]

VOCABULARY = Vocabulary(
    name="smear",
    labels=("healthy", "infected"),
    classes=("background", "cell", "infected cell"),
    things=("cell", "infected cell"),
    rule=EnoughPixels(("infected cell",), ENOUGH_PIXELS),
    questions={
        "any": "Is the patient infected?",
        "share": "What share of the cells' area is infected? (The share of the cells is another number.)",
        "count": "How many cells are there, and how many infected ones?",
        "where": "Point at an infected cell.",
    },
    symmetries=("mirror", "flip", "turn"),
    colours=("#999999", "#56B4E9", "#D55E00"),
    share=(("infected cell",), ("cell", "infected cell")),
)


def contents(generator: torch.Generator, count: int, settings: Settings) -> Parameters:
    """What `count` fields of a film hold: cells, their parasites, clutter, stain, light and lens.

    Cells (n, k) lie in the order of their index, the last on top. With more cells than the field holds at this
    crowding they are smaller, as through a weaker objective.
    """
    low, high = settings.object_range((8, 20))
    number = whole(generator, count, low=low, high=high)
    there = torch.arange(high) < number[:, None]
    scale = uniform(generator, count, 1, low=0.9, high=1.1)
    radius = 0.083 * scale * uniform(generator, count, high, low=0.84, high=1.14)
    area = math.pi * 0.083**2 * number.clamp(min=1)[:, None]
    shrink = ((0.2 + 0.7 * settings.crowding) / area).sqrt().clamp(max=1)
    radius = radius * shrink
    x, y, placed = _place(generator, radius, there, settings.crowding)
    cells = {"x": x, "y": y, "radius": radius, "there": there & placed}
    cells |= {
        "turn": uniform(generator, count, high, high=2 * math.pi),
        "oval": uniform(generator, count, high) ** 2 * 0.09,
        "bumps": uniform(generator, count, high) ** 2 * 0.05,
        "pallor": uniform(generator, count, high, low=0.5, high=0.8) * uniform(generator, count, 1, low=0.7, high=1),
        "pale_radius": uniform(generator, count, high, low=0.5, high=0.78),
        "pale_off": uniform(generator, count, high, 2, low=-0.14, high=0.14),
        "thickness": uniform(generator, count, high, low=0.82, high=1.18),
        "bluish": uniform(generator, count, high) ** 4 * 0.1,
    }
    cells |= _sample_parasites(generator, cells, settings.difficulty)
    cells |= _sample_clutter(generator, cells, shrink, settings.difficulty)
    return cells


def _place(generator: torch.Generator, radius: Tensor, there: Tensor, crowding: float) -> Places:
    """Centres x, y (n, k) of cells, beside or upon an earlier one by the chance `crowding`, and which found room."""
    n, most = radius.shape
    tries = 24 if crowding == 0 else 8
    reach = radius * 1.08  # to the tip of an oval one
    x, y, placed = torch.zeros(n, most).double(), torch.zeros(n, most).double(), torch.zeros(n, most, dtype=torch.bool)
    for i in range(most):
        beside = uniform(generator, n, 1) < crowding
        spot = uniform(generator, n, tries, 4)
        if i == 0:
            try_x, try_y = 0.1 + 0.8 * spot[..., 0], 0.1 + 0.8 * spot[..., 1]
            best, room = torch.zeros(n).long(), torch.ones(n, dtype=torch.bool)
        else:
            parent = (uniform(generator, n, 1) * i).long()
            away = (radius.gather(1, parent) + radius[:, i : i + 1]) * (0.95 - 0.45 * spot[..., 2] ** 2)
            angle = 2 * math.pi * spot[..., 3]
            try_x = torch.where(beside, x.gather(1, parent) + away * angle.cos(), spot[..., 0])
            try_y = torch.where(beside, y.gather(1, parent) + away * angle.sin(), spot[..., 1])
            apart = ((try_x[..., None] - x[:, None, :i]) ** 2 + (try_y[..., None] - y[:, None, :i]) ** 2).sqrt()
            gap = apart - reach[:, None, :i] - reach[:, i, None, None]
            gap = torch.where(there[:, None, :i] & placed[:, None, :i], gap, 9.0).amin(2)  # (n, tries) to the nearest
            gap = torch.where((try_x - 0.5).abs().maximum((try_y - 0.5).abs()) > 0.49, gap - 9, gap)
            best, clear = _best_try(gap, beside[:, 0])
            room = beside[:, 0] | clear | (crowding > 0)
        x[:, i] = try_x.gather(1, best[:, None])[:, 0]
        y[:, i] = try_y.gather(1, best[:, None])[:, 0]
        placed[:, i] = room
    return Places(x, y, placed)


def _best_try(gap: Tensor, beside: Tensor) -> tuple[Tensor, Tensor]:
    """The try to take (n,) by the gaps to the nearest cell (n, tries), and whether any is clear of all cells."""
    # Free: the first try that is clear of all. Beside, or if none is clear: the try that buries the others least.
    clear = (gap > 0.025) * torch.arange(gap.shape[1], 0, -1)  # largest for the first
    is_clear = clear.any(1)
    return torch.where(is_clear & ~beside, clear.argmax(1), gap.argmax(1)), is_clear


def _sample_parasites(generator: torch.Generator, cells: Parameters, difficulty: float) -> Parameters:
    """Which cells of the ill carry one, and what it looks like: (n, k) each."""
    n, k = cells["x"].shape
    ill = uniform(generator, n, 1) < 0.53
    lot = torch.where(cells["there"], uniform(generator, n, k), 2.0)
    few = whole(generator, n, 1, low=1, high=3)
    infected = ill & cells["there"] & (lot.argsort(1).argsort(1) < few)
    size = cells["radius"] * uniform(generator, n, k, low=0.3, high=0.42) * (1.18 - 0.3 * difficulty)
    away = (cells["radius"] * 0.92 - size) * uniform(generator, n, k).sqrt()
    angle = uniform(generator, n, k, high=2 * math.pi)
    return {
        "infected": infected,
        "ill": ill,
        "ring": uniform(generator, n, k) < 0.7,  # else compact
        "parasite": size,
        "parasite_x": cells["x"] + away * angle.cos(),
        "parasite_y": cells["y"] + away * angle.sin(),
        "parasite_turn": uniform(generator, n, k, high=2 * math.pi),
        "parasite_flat": uniform(generator, n, k, low=0.75, high=1.0),
        "parasite_dye": uniform(generator, n, k, low=0.33, high=1.33) * (2.35 - 1.2 * difficulty),
    }


def _sample_clutter(generator: torch.Generator, cells: Parameters, shrink: Tensor, difficulty: float) -> Parameters:
    """Platelets (n, 6) and specks of stain (n, 6); none lies on a parasite."""
    n, k = cells["x"].shape
    clutter: Parameters = {}
    for name, most, smallest, largest in (("platelet", 6, 0.016, 0.03), ("speck", 6, 0.004, 0.011)):
        radius = uniform(generator, n, most, low=smallest, high=largest) * shrink
        x, y, clear = _between(generator, radius, cells, tries=4 if name == "platelet" else 0)
        if k:  # a few lie upon a cell
            host = (uniform(generator, n, most) * cells["there"].sum(1, keepdim=True)).long().clamp(max=k - 1)
            on = (uniform(generator, n, most) < 0.3 * difficulty) & cells["there"].any(1, keepdim=True)
            away = cells["radius"].gather(1, host) * uniform(generator, n, most).sqrt()
            angle = uniform(generator, n, most, high=2 * math.pi)
            x = torch.where(on, cells["x"].gather(1, host) + away * angle.cos(), x)
            y = torch.where(on, cells["y"].gather(1, host) + away * angle.sin(), y)
        many = whole(generator, n, 1, low=0, high=3)
        if name == "platelet":  # the ill have fewer, as in life, so that counting purple pixels does not tell them
            many = many + torch.where(cells["ill"], 0, whole(generator, n, 1, low=1, high=3))
        there = (torch.arange(most) < many) & (clear | on if k else clear)
        apart = (x[..., None] - cells["parasite_x"][:, None]) ** 2 + (y[..., None] - cells["parasite_y"][:, None]) ** 2
        touch = apart < (radius[..., None] + cells["parasite"][:, None] + 0.01) ** 2
        clutter |= {
            f"{name}_x": x,
            f"{name}_y": y,
            f"{name}_radius": radius,
            f"{name}_turn": uniform(generator, n, most, high=2 * math.pi),
            f"{name}_dye": uniform(generator, n, most, low=0.7, high=1.3),
            f"{name}_there": there & ~(touch & cells["infected"][:, None]).any(2),
        }
    return clutter


def _between(generator: torch.Generator, radius: Tensor, cells: Parameters, tries: int) -> Places:
    """Places x, y (n, m) between the cells for things of a radius (n, m), and which are; anywhere without tries."""
    x, y = uniform(generator, 2, *radius.shape, max(1, tries))
    if not tries:
        return Places(x[..., 0], y[..., 0], torch.ones_like(radius, dtype=torch.bool))
    apart = (x[..., None] - cells["x"][:, None, None]) ** 2 + (y[..., None] - cells["y"][:, None, None]) ** 2
    reach = radius[:, :, None, None] + cells["radius"][:, None, None]
    clear = ~((apart < reach**2) & cells["there"][:, None, None]).any(3)  # (n, m, tries)
    first = clear.int().argmax(2, keepdim=True)
    return Places(x.gather(2, first)[..., 0], y.gather(2, first)[..., 0], clear.any(2))


def camera(generator: torch.Generator, n: int, settings: Settings) -> Parameters:
    """Stain, lamp, lens and sensor, one row a picture."""
    lamp = settings.light
    return {
        "dye": uniform(generator, n, 2, 3, low=0.85, high=1.15),
        "plasma": uniform(generator, n, 1, 7, 7),
        "white": 1 + lamp * uniform(generator, n, 3, low=-0.04, high=0.04),
        "lamp": uniform(generator, n, 2, low=0.25, high=0.75),
        "falloff": lamp * uniform(generator, n, low=0.04, high=0.16),
        "slope": lamp * uniform(generator, n, 2, low=-0.06, high=0.06),
        "defocus": settings.blur * uniform(generator, n, low=0.003, high=0.008),
        "shot": settings.noise * uniform(generator, n, low=0.018, high=0.032),
        "read": settings.noise * uniform(generator, n, low=0.006, high=0.012),
        "grain": uniform(generator, n, 3, 3),
    }
