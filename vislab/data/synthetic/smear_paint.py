"""How a blood film looks: dyes that absorb light, a lamp, a lens and a sensor.

The truth and the picture agree by construction. A pixel belongs to the topmost cell. A parasite is drawn only in
pixels of its own cell, and only if at least SEEN of its disc is there and the cell has ENOUGH_PIXELS; then its cell is
an "infected cell". Otherwise it is not drawn at all, as a parasite that shines through another cell would contradict
the label.
"""

import math

import torch
from torch import Tensor

from vislab.data.convert import semantic_from_instances
from vislab.data.synthetic import canvas
from vislab.data.synthetic.canvas import Painted, Windows, each
from vislab.data.synthetic.settings import Parameters

ENOUGH_PIXELS = 12  # of a cell, that the label asks for
SEEN = 0.6  # of a parasite's disc, for its cell to count as infected
WHITE = (0.90, 0.875, 0.885)  # of the empty field
EOSIN = (0.11, 0.34, 0.31)  # absorbance of one cell's thickness in red, green and blue
AZURE = (0.85, 1.05, 0.38)


def paint(film: Parameters, size: int, device: torch.device) -> Painted:
    """Paint the blood films that were sampled, one a picture.

    Ids, int16, are the cells' indices + 1, with gaps where a cell has no pixel.
    """
    n = len(film["x"])
    dyes = torch.zeros(2, n, size, size, dtype=torch.int32, device=device)  # eosin and azure
    ids = torch.zeros(n, size, size, dtype=torch.int32, device=device)
    _paint_cells(film, dyes, ids)
    infected = _paint_parasites(film, dyes, ids)
    _paint_clutter(film, dyes)
    objects = torch.where(film["there"], 1 + infected.to(torch.uint8), 0).to(torch.uint8)
    instances = ids.to(torch.int16)
    return Painted(_photograph(film, dyes), semantic_from_instances(instances, objects), instances, objects)


def _paint_cells(film: Parameters, dyes: Tensor, ids: Tensor) -> None:
    """Add every cell's dyes, and its index + 1 where it is topmost."""
    there, size = film["there"], ids.shape[-1]
    if not there.any():
        return
    picture, index = there.nonzero(as_tuple=True)
    names = ("x", "y", "radius", "turn", "oval", "bumps", "pallor", "pale_radius", "pale_off", "thickness", "bluish")
    cells = {name: film[name][there] for name in names}
    windows = Windows.about(picture, cells["x"], cells["y"], float(cells["radius"].max()) * 1.25, size)
    # The outline wavers with the double and the triple angle; their cosines come from (x + iy)² and (x + iy)³.
    away = (windows.x**2 + windows.y**2).sqrt_().clamp_min_(1e-6)
    u, v = canvas.rotate(windows.x, windows.y, cells["turn"])
    u, v = u / away, v / away
    double = u * u - v * v
    outline = 1 + each(cells["oval"]) * double + each(cells["bumps"]) * u * (2 * double - 1)
    outline *= each(cells["radius"])
    cover = canvas.coverage(away - outline, size)
    depth = away / outline  # 0 in the middle, 1 at the rim
    off = each(cells["pale_off"][:, 0] * cells["radius"]), each(cells["pale_off"][:, 1] * cells["radius"])
    pale = ((windows.x - off[0]) ** 2 + (windows.y - off[1]) ** 2) / each((cells["radius"] * cells["pale_radius"]) ** 2)
    body = 1 - each(cells["pallor"]) * (1 - pale).clamp_min_(0)
    body *= 0.88 + 0.2 * depth**4
    body *= cover * each(cells["thickness"])
    halo = (1 - ((depth - 1.09) / 0.11) ** 2).clamp_min_(0)
    windows.add(dyes[0], body - 0.1 * halo)
    windows.add(dyes[1], body * each(cells["bluish"]))
    windows.put_on_top(ids, (cover >= 0.5) * (index[:, None, None] + 1).to(ids.dtype))


def _paint_parasites(film: Parameters, dyes: Tensor, ids: Tensor) -> Tensor:
    """Add the parasites that are seen; returns which cells those are, bool (n, k)."""
    chosen, size = film["infected"], ids.shape[-1]
    if not chosen.any():
        return chosen
    picture, index = chosen.nonzero(as_tuple=True)
    radius, ring = film["parasite"][chosen], each(film["ring"][chosen])
    middle_x, middle_y, turn, flat, dye = (
        film[f"parasite_{name}"][chosen] for name in ("x", "y", "turn", "flat", "dye")
    )
    windows = Windows.about(picture, middle_x, middle_y, float(radius.max()) * 1.3, size)
    own = windows.read(ids) == (index + 1)[:, None, None]
    disc = canvas.coverage(canvas.disc(windows.x, windows.y, radius), size)
    seen = (disc * own).sum((1, 2)) >= SEEN * math.pi * (radius * size) ** 2
    pixels = torch.zeros(len(ids), chosen.shape[1] + 1, dtype=torch.int32, device=ids.device)
    pixels.scatter_add_(1, ids.flatten(1).long(), torch.ones_like(ids.flatten(1)))
    seen &= pixels[picture, index + 1] >= ENOUGH_PIXELS

    x, y = canvas.rotate(windows.x, windows.y, turn)
    y = y / each(flat)
    away = (x * x + y * y).sqrt_()
    # A ring of cytoplasm, thicker where the chromatin sits; or a compact disc with the chromatin in it.
    line = each(radius) * (0.17 + 0.06 * x / each(radius))
    body = torch.where(ring > 0, (away - 0.75 * each(radius)).abs() - line, away - 0.8 * each(radius))
    cytoplasm = canvas.coverage(body, size) * (0.45 + 0.2 * ring)
    dot = ((x - (0.45 + 0.3 * ring) * each(radius)) ** 2 + y * y).sqrt_() - 0.36 * each(radius)
    chromatin = canvas.coverage(dot, size)
    vacuole = canvas.coverage(away - 0.6 * each(radius), size) * ring
    strength = own * each(dye * seen)
    windows.add(dyes[0], strength * (0.8 * chromatin - 0.25 * vacuole))
    windows.add(dyes[1], strength * torch.maximum(cytoplasm, 0.75 * chromatin))
    infected = torch.zeros_like(chosen)
    infected[picture[seen], index[seen]] = True
    return infected


def _paint_clutter(film: Parameters, dyes: Tensor) -> None:
    """Add platelets, fuzzy and granular, and specks of stain, dark and sharp."""
    size = dyes.shape[-1]
    for name in ("platelet", "speck"):
        there = film[f"{name}_there"]
        if not there.any():
            continue
        x, y, radius, turn, dye = (film[f"{name}_{part}"][there] for part in ("x", "y", "radius", "turn", "dye"))
        windows = Windows.about(there.nonzero(as_tuple=True)[0], x, y, float(radius.max()) * 2.2, size)
        x, y = canvas.rotate(windows.x, windows.y, turn)
        u, v = x / each(radius), y / each(radius)
        level = (u * u * 0.8 + v * v * 1.3 + 0.25 * u * v * v).clamp_min_(0).sqrt_()
        if name == "platelet":
            granules = 0.75 + 0.25 * (5.0 * u).sin() * (4.0 * v + each(turn)).sin()
            body = (1.25 - level).mul_(2.2).clamp_(0, 1) * granules * each(dye)
            core = (0.75 - level).mul_(2.5).clamp_(0, 1) * each(dye)
            halo = (1 - ((level - 1.5) / 0.35) ** 2).clamp_min_(0)  # pale: it tells that a platelet lies upon a cell
            windows.add(dyes[0], 0.5 * body + 0.7 * core - 0.4 * halo)
            windows.add(dyes[1], 0.75 * body + 0.25 * core)
        else:
            body = canvas.coverage((level - 1) * each(radius), size) * each(dye)
            windows.add(dyes[0], body * 0.8)
            windows.add(dyes[1], body * 1.3)


def _photograph(film: Parameters, dyes: Tensor) -> Tensor:
    """What the camera sees of the dyes, int32 (2, n, s, s): uint8 (n, 3, s, s)."""
    size, device = dyes.shape[-1], dyes.device
    eosin, azure = (dyes.float() / canvas.STEPS)[:, :, None]
    eosin = eosin.clamp(min=-0.06) + 0.05 * canvas.clouds(film["plasma"], size)
    colour = torch.tensor((EOSIN, AZURE), device=device) * film["dye"].float()  # (n, 2, 3)
    absorbed = eosin * colour[:, 0, :, None, None] + azure * colour[:, 1, :, None, None]
    light = canvas.light_field(size, film["lamp"], film["falloff"], film["slope"])
    white = torch.tensor(WHITE, device=device) * film["white"].float()
    seen = absorbed.neg_().exp_() * white[:, :, None, None] * light
    spread = torch.tensor((1.0, 0.9, 1.3), device=device)  # a lens bends blue otherwise than green
    seen = canvas.blur(seen, film["defocus"][:, None].float() * spread)
    return canvas.expose(seen, canvas.noise(film["grain"], size), film["shot"], film["read"])
