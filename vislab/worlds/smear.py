"""The world "smear": a thin blood film under the microscope, stained after Giemsa.

Red cells overlap and show through each other: absorbances of the two dyes add (Beer-Lambert), eosin for the cells,
azure for parasites and platelets. Platelets and specks of stain are clutter: what they cover keeps its class.

The truth and the picture agree by construction. A pixel belongs to the topmost cell. A parasite is drawn only in
pixels of its own cell, and only if at least SEEN of its disc is there and the cell has ENOUGH pixels; then its cell is
an "infected cell". Otherwise it is not drawn at all, as a parasite that shines through another cell would contradict
the label.
"""

import math

import torch
from torch import Tensor

from vislab.derive import semantic_from_instances
from vislab.vocabulary import EnoughPixels, Vocabulary
from vislab.worlds import canvas
from vislab.worlds.canvas import Windows, each
from vislab.worlds.settings import Parameters, Settings, uniform, whole

ENOUGH = 12  # pixels of a cell that the label asks for
SEEN = 0.6  # of a parasite's disc, for its cell to count as infected

VOCABULARY = Vocabulary(
    name="smear",
    labels=("healthy", "infected"),
    classes=("background", "cell", "infected cell"),
    things=("cell", "infected cell"),
    rule=EnoughPixels(("infected cell",), ENOUGH),
    questions={
        "any": "Is the patient infected?",
        "share": "What share of the cells' area is infected? (The share of the cells is another number.)",
        "count": "How many cells are there, and how many infected ones?",
        "where": "Point at an infected cell.",
    },
    symmetries=("mirror", "flip", "turn"),
    colours=("#999999", "#56B4E9", "#D55E00"),
)

# What there is


def sample(generator: torch.Generator, count: int, settings: Settings) -> Parameters:
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
    radius = radius * (((0.2 + 0.7 * settings.crowding) / area).sqrt().clamp(max=1))
    x, y, placed = _place(generator, radius, there, settings.crowding)
    p = {"x": x, "y": y, "radius": radius, "there": there & placed}
    p |= {
        "turn": uniform(generator, count, high, high=2 * math.pi),
        "oval": uniform(generator, count, high) ** 2 * 0.09,
        "bumps": uniform(generator, count, high) ** 2 * 0.05,
        "pallor": uniform(generator, count, high, low=0.35, high=0.75) * uniform(generator, count, 1, low=0.6, high=1),
        "pale_radius": uniform(generator, count, high, low=0.5, high=0.78),
        "pale_off": uniform(generator, count, high, 2, low=-0.14, high=0.14),
        "thickness": uniform(generator, count, high, low=0.82, high=1.18),
        "bluish": uniform(generator, count, high) ** 4 * 0.1,
    }
    p |= _sample_parasites(generator, p, settings.difficulty)
    p |= _sample_clutter(generator, p, settings.difficulty)
    p |= _sample_microscope(generator, count, settings)
    return p


def _place(generator: torch.Generator, radius: Tensor, there: Tensor, crowding: float) -> tuple[Tensor, Tensor, Tensor]:
    """Centres x, y (n, k) of cells one after another, and which found room: each beside or upon an earlier one with
    the probability `crowding`, else clear of all.
    """
    n, most = radius.shape
    tries = 24 if crowding == 0 else 8
    reach = radius * 1.08  # to the tip of an oval one
    x, y, placed = torch.zeros(n, most).double(), torch.zeros(n, most).double(), torch.zeros(n, most, dtype=torch.bool)
    for i in range(most):
        beside = uniform(generator, n, 1) < crowding
        spot = uniform(generator, n, tries, 4)
        spot_x, spot_y = spot[..., 0], spot[..., 1]
        if i:
            parent = (uniform(generator, n, 1) * i).long()
            away = (radius.gather(1, parent) + radius[:, i : i + 1]) * (0.95 - 0.45 * spot[..., 2] ** 2)
            angle = 2 * math.pi * spot[..., 3]
            spot_x = torch.where(beside, x.gather(1, parent) + away * angle.cos(), spot_x)
            spot_y = torch.where(beside, y.gather(1, parent) + away * angle.sin(), spot_y)
            apart = ((spot_x[..., None] - x[:, None, :i]) ** 2 + (spot_y[..., None] - y[:, None, :i]) ** 2).sqrt()
            gap = apart - reach[:, None, :i] - reach[:, i, None, None]
            gap = torch.where(there[:, None, :i] & placed[:, None, :i], gap, 9.0).amin(2)  # (n, tries) to the nearest
            gap = torch.where((spot_x - 0.5).abs().maximum((spot_y - 0.5).abs()) > 0.49, gap - 9, gap)
            # Free: the first try that is clear of all. Beside: the try that buries the others least.
            clear = (gap > 0.025) * torch.arange(tries, 0, -1)
            best = torch.where(beside[:, 0], gap.argmax(1), torch.where(clear.any(1), clear.argmax(1), gap.argmax(1)))
            room = beside[:, 0] | clear.any(1) | (crowding > 0)
        else:
            spot_x, spot_y = 0.1 + 0.8 * spot_x, 0.1 + 0.8 * spot_y
            best, room = torch.zeros(n).long(), torch.ones(n, dtype=torch.bool)
        x[:, i] = spot_x.gather(1, best[:, None])[:, 0]
        y[:, i] = spot_y.gather(1, best[:, None])[:, 0]
        placed[:, i] = room
    return x, y, placed


def _sample_parasites(generator: torch.Generator, cells: Parameters, difficulty: float) -> Parameters:
    """Which cells of the ill carry one, and what it looks like: (n, k) each."""
    n, k = cells["x"].shape
    ill = uniform(generator, n, 1) < 0.57
    lot = torch.where(cells["there"], uniform(generator, n, k), 2.0)
    few = whole(generator, n, 1, low=1, high=3)
    infected = ill & cells["there"] & (lot.argsort(1).argsort(1) < few)
    size = cells["radius"] * uniform(generator, n, k, low=0.24, high=0.36) * (1.15 - 0.3 * difficulty)
    away = (cells["radius"] * 0.92 - size) * uniform(generator, n, k).sqrt()
    angle = uniform(generator, n, k, high=2 * math.pi)
    return {
        "infected": infected,
        "ring": uniform(generator, n, k) < 0.7,  # else compact
        "parasite": size,
        "parasite_x": cells["x"] + away * angle.cos(),
        "parasite_y": cells["y"] + away * angle.sin(),
        "parasite_turn": uniform(generator, n, k, high=2 * math.pi),
        "parasite_flat": uniform(generator, n, k, low=0.75, high=1.0),
        "parasite_dye": uniform(generator, n, k, low=0.75, high=1.25) * (1.5 - 1.2 * difficulty),
    }


def _sample_clutter(generator: torch.Generator, cells: Parameters, difficulty: float) -> Parameters:
    """Platelets (n, 6) and specks of stain (n, 6); none lies on a parasite."""
    n, k = cells["x"].shape
    clutter: Parameters = {}
    for name, most, smallest, largest in (("platelet", 6, 0.014, 0.03), ("speck", 6, 0.004, 0.011)):
        x, y = uniform(generator, n, most), uniform(generator, n, most)
        if k:  # half of them lie upon a cell
            host = (uniform(generator, n, most) * cells["there"].sum(1, keepdim=True)).long().clamp(max=k - 1)
            on = (uniform(generator, n, most) < 0.5) & cells["there"].any(1, keepdim=True)
            away = cells["radius"].gather(1, host) * uniform(generator, n, most).sqrt()
            angle = uniform(generator, n, most, high=2 * math.pi)
            x = torch.where(on, cells["x"].gather(1, host) + away * angle.cos(), x)
            y = torch.where(on, cells["y"].gather(1, host) + away * angle.sin(), y)
        radius = uniform(generator, n, most, low=smallest, high=largest)
        there = torch.arange(most) < whole(generator, n, 1, low=0, high=2 + round(4 * difficulty))
        apart = (x[..., None] - cells["parasite_x"][:, None]) ** 2 + (y[..., None] - cells["parasite_y"][:, None]) ** 2
        touch = apart < (radius[..., None] + cells["parasite"][:, None] + 0.01) ** 2
        clutter |= {
            f"{name}_x": x,
            f"{name}_y": y,
            f"{name}_radius": radius,
            f"{name}_turn": uniform(generator, n, most, high=2 * math.pi),
            f"{name}_dye": uniform(generator, n, most, low=0.6, high=1.2),
            f"{name}_there": there & ~(touch & cells["infected"][:, None]).any(2),
        }
    return clutter


def _sample_microscope(generator: torch.Generator, n: int, settings: Settings) -> Parameters:
    """Stain, lamp, lens and sensor, one row a picture."""
    lamp = settings.light
    return {
        "dye": uniform(generator, n, 2, 3, low=0.85, high=1.15),
        "plasma": uniform(generator, n, 1, 7, 7),
        "white": 1 + lamp * uniform(generator, n, 3, low=-0.04, high=0.04),
        "lamp": 0.5 + lamp * uniform(generator, n, 2, low=-0.25, high=0.25),
        "falloff": lamp * uniform(generator, n, low=0.04, high=0.16),
        "slope": lamp * uniform(generator, n, 2, low=-0.06, high=0.06),
        "defocus": settings.blur * uniform(generator, n, low=0.003, high=0.008),
        "shot": settings.noise * uniform(generator, n, low=0.018, high=0.032),
        "read": settings.noise * uniform(generator, n, low=0.006, high=0.012),
        "grain": uniform(generator, n, 3, 3),
    }


# What is seen

WHITE = (0.90, 0.875, 0.885)  # of the empty field
EOSIN = (0.11, 0.34, 0.31)  # absorbance of one cell's thickness in red, green and blue
AZURE = (0.85, 1.05, 0.38)


def paint(p: Parameters, size: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The pictures of what was sampled: images uint8 (n, 3, s, s), semantic uint8 and instances int16 (n, s, s),
    objects uint8 (n, k).

    Ids are cells' indices + 1, with gaps where a cell has no pixel.
    """
    n = len(p["scale"] if "scale" in p else p["x"])
    dyes = torch.zeros(2, n, size, size, dtype=torch.int32, device=device)  # eosin and azure
    ids = torch.zeros(n, size, size, dtype=torch.int32, device=device)
    _paint_cells(p, dyes, ids)
    infected = _paint_parasites(p, dyes, ids)
    _paint_clutter(p, dyes)
    objects = torch.where(p["there"], 1 + infected.to(torch.uint8), 0).to(torch.uint8)
    instances = ids.to(torch.int16)
    return _photograph(p, dyes), semantic_from_instances(instances, objects), instances, objects


def _paint_cells(p: Parameters, dyes: Tensor, ids: Tensor) -> None:
    """Add every cell's dyes, and its index + 1 where it is topmost."""
    there, size = p["there"], ids.shape[-1]
    if not there.any():
        return
    picture, index = there.nonzero(as_tuple=True)
    c = {name: p[name][there] for name in ("x", "y", "radius", "turn", "oval", "bumps", "pallor", "pale_radius")}
    c |= {name: p[name][there] for name in ("pale_off", "thickness", "bluish")}
    reach = float(c["radius"].max()) * 1.25
    w = Windows.about(picture, c["x"], c["y"], reach, reach, size)
    # The outline wavers with the double and the triple angle; their cosines come from (x + iy)² and (x + iy)³.
    away = (w.x**2 + w.y**2).sqrt_().clamp_min_(1e-6)
    u, v = canvas.rotate(w.x, w.y, c["turn"])
    u, v = u / away, v / away
    double = u * u - v * v
    outline = 1 + each(c["oval"]) * double + each(c["bumps"]) * u * (2 * double - 1)
    outline *= each(c["radius"])
    cover = canvas.coverage(away - outline, size)
    depth = away / outline  # 0 in the middle, 1 at the rim
    off = each(c["pale_off"][:, 0] * c["radius"]), each(c["pale_off"][:, 1] * c["radius"])
    pale = ((w.x - off[0]) ** 2 + (w.y - off[1]) ** 2) / each((c["radius"] * c["pale_radius"]) ** 2)
    body = 1 - each(c["pallor"]) * (1 - pale).clamp_min_(0) ** 1.5
    body *= 0.88 + 0.2 * depth**4
    body *= cover * each(c["thickness"])
    halo = (1 - ((depth - 1.09) / 0.11) ** 2).clamp_min_(0)
    w.add(dyes[0], body - 0.1 * halo)
    w.add(dyes[1], body * each(c["bluish"]))
    w.put_on_top(ids, (cover >= 0.5) * (index[:, None, None] + 1).to(ids.dtype))


def _paint_parasites(p: Parameters, dyes: Tensor, ids: Tensor) -> Tensor:
    """Add the parasites that are seen; returns which cells those are, bool (n, k)."""
    chosen, size = p["infected"], ids.shape[-1]
    if not chosen.any():
        return chosen
    picture, index = chosen.nonzero(as_tuple=True)
    c = {name: p[name][chosen] for name in ("ring", "parasite", "parasite_x", "parasite_y", "parasite_turn")}
    c |= {name: p[name][chosen] for name in ("parasite_flat", "parasite_dye")}
    radius = c["parasite"]
    reach = float(radius.max()) * 1.3
    w = Windows.about(picture, c["parasite_x"], c["parasite_y"], reach, reach, size)
    own = w.read(ids) == (index + 1)[:, None, None]
    disc = canvas.coverage(canvas.disc(w.x, w.y, radius), size)
    seen = (disc * own).sum((1, 2)) >= SEEN * math.pi * (radius * size) ** 2
    pixels = torch.zeros(len(ids), chosen.shape[1] + 1, dtype=torch.int32, device=ids.device)
    pixels.scatter_add_(1, ids.flatten(1).long(), torch.ones_like(ids.flatten(1)))
    seen &= pixels[picture, index + 1] >= ENOUGH

    x, y = canvas.rotate(w.x, w.y, c["parasite_turn"])
    y = y / each(c["parasite_flat"])
    away = (x * x + y * y).sqrt_()
    # A ring of cytoplasm, thicker where the chromatin sits; or a compact disc with the chromatin in it.
    ring = each(c["ring"])
    line = each(radius) * (0.17 + 0.06 * x / each(radius))
    body = torch.where(ring > 0, (away - 0.75 * each(radius)).abs() - line, away - 0.8 * each(radius))
    cytoplasm = canvas.coverage(body, size) * (0.45 + 0.2 * ring)
    dot = ((x - (0.45 + 0.3 * ring) * each(radius)) ** 2 + y * y).sqrt_() - 0.36 * each(radius)
    chromatin = canvas.coverage(dot, size)
    strength = own * each(c["parasite_dye"] * seen)
    w.add(dyes[0], strength * chromatin * 0.9)
    w.add(dyes[1], strength * (cytoplasm + chromatin * 0.8))
    infected = torch.zeros_like(chosen)
    infected[picture[seen], index[seen]] = True
    return infected


def _paint_clutter(p: Parameters, dyes: Tensor) -> None:
    """Add platelets, fuzzy and granular, and specks of stain, dark and sharp."""
    size = dyes.shape[-1]
    for name in ("platelet", "speck"):
        there = p[f"{name}_there"]
        if not there.any():
            continue
        radius, turn, dye = (p[f"{name}_{part}"][there] for part in ("radius", "turn", "dye"))
        reach = float(radius.max()) * 1.6
        picture = there.nonzero(as_tuple=True)[0]
        w = Windows.about(picture, p[f"{name}_x"][there], p[f"{name}_y"][there], reach, reach, size)
        x, y = canvas.rotate(w.x, w.y, turn)
        u, v = x / each(radius), y / each(radius)
        level = (u * u * 0.8 + v * v * 1.3 + 0.25 * u * v * v).clamp_min_(0).sqrt_()
        if name == "platelet":
            body = (1.25 - level).mul_(2.2).clamp_(0, 1) * (
                0.75 + 0.25 * (5.0 * u).sin() * (4.0 * v + each(turn)).sin()
            )
            w.add(dyes[0], body * each(0.35 * dye))
            w.add(dyes[1], body * each(0.62 * dye))
        else:
            body = canvas.coverage((level - 1) * each(radius), size) * each(dye)
            w.add(dyes[0], body * 0.8)
            w.add(dyes[1], body * 1.3)


def _photograph(p: Parameters, dyes: Tensor) -> Tensor:
    """What the camera sees of the dyes, int32 (2, n, s, s): uint8 (n, 3, s, s)."""
    size, device = dyes.shape[-1], dyes.device
    eosin, azure = (dyes.float() / canvas.STEPS)[:, :, None]
    eosin = eosin + 0.05 * canvas.clouds(p["plasma"], size)
    colour = torch.tensor((EOSIN, AZURE), device=device) * p["dye"].float()  # (n, 2, 3)
    absorbed = eosin * colour[:, 0, :, None, None] + azure * colour[:, 1, :, None, None]
    light = canvas.light_field(size, p["lamp"], p["falloff"], p["slope"])
    white = torch.tensor(WHITE, device=device) * p["white"].float()
    seen = absorbed.neg_().exp_() * white[:, :, None, None] * light
    spread = torch.tensor((1.0, 0.9, 1.3), device=device)  # a lens bends blue otherwise than green
    seen = canvas.blur(seen, p["defocus"][:, None].float() * spread)
    return canvas.expose(seen, canvas.noise(p["grain"], size), p["shot"], p["read"])
