"""All that lies and stands on the ground: marks, shadows, and things from far to near, with trees, signs and lamps."""

import torch
from torch import Tensor

from vislab.data.synthetic.canvas import Fragments
from vislab.data.synthetic.settings import Parameters
from vislab.data.synthetic.street.bodies import paint_cars, paint_people
from vislab.data.synthetic.street.brush import Brush, edge, on_screen, rounded, stack
from vislab.data.synthetic.street.plan import CAR, EYE, FOCAL, HORIZON, MANHOLE, NONE, PERSON, POLE, PUDDLE, TREE

NEAREST = 1.2  # m; what is nearer is below the picture
_GLOW, _GREEN, _AMBER, _RED = (1.0, 0.88, 0.62), (0.1, 0.9, 0.5), (1.0, 0.7, 0.1), (1.0, 0.15, 0.1)


def paint_things(p: Parameters, image: Tensor, light: Tensor) -> Tensor:
    """Paint all things over image (n, 3, s, s), in place; returns which is on top: int64 (n, s, s), column + 1, or 0.

    light: (n, things, 3), what falls on each.
    """
    n, _, size, _ = image.shape
    flat = image.transpose(0, 1).clone(memory_format=torch.contiguous_format).view(3, -1)
    _lay_marks(p, flat, size)
    _cast_shadows(p, flat, size)
    kind = p["kind"]
    # What is not there comes last, and has no fragments.
    far_first = torch.where(kind == NONE, -1, p["z"]).argsort(dim=1, descending=True, stable=True)
    rank = far_first.argsort(dim=1)
    parts = []
    for which, shape in ((CAR, paint_cars), (PERSON, paint_people), (TREE, _trees), (POLE, _poles)):
        picture, column = (kind == which).nonzero(as_tuple=True)
        names = ("x", "z", "width", "height", "length", "front", "colours", "style")
        thing = {name: p[name][picture, column] for name in names} | {"light": light[picture, column]}
        thing |= {"horizon": p["horizon"][picture], "lamps": p["lamps"][picture], "glare": p["sun"][picture, 0]}
        veil = torch.exp(-thing["z"] * p["haze"][picture])
        brush, colour = shape(thing, picture, size)
        seen = brush.seen
        colour = thing["horizon"].T.index_select(1, seen.owner).lerp_(colour, veil[seen.owner])
        parts.append({"rank": rank[picture, column][seen.owner], "pixel": seen.pixel, "colour": colour,
                      "alpha": brush.alpha, "column": column[seen.owner]})  # fmt: skip
    whole = {name: torch.cat([part[name] for part in parts], -1) for name in parts[0]}
    column = whole.pop("column")
    top = stack(flat, **whole)
    image.copy_(flat.view(3, n, size, size).transpose(0, 1))
    # One more column stands for "none", so that a street without a fragment needs no case of its own.
    return torch.nn.functional.pad(column + 1, (0, 1))[top].view(n, size, size)


def _trees(thing: Parameters, picture: Tensor, size: int) -> tuple[Brush, Tensor]:
    """Trees: a trunk, and a crown whose outline and light are broken up by waves."""
    thing["half"], thing["tall"] = thing["width"] / 2, thing["height"] * 0.36  # half the crown
    for index in range(4):
        thing[f"phase{index}"] = thing["style"][:, index] * 6.28
    brush = Brush(thing, picture, on_screen(thing, 0.58 * thing["width"], 1.05 * thing["height"]), size)
    at = brush.at
    x, y, metre = brush.plane()
    up = y - at["height"] + at["tall"]
    trunk = edge(0.11 + 0.03 * (2 - y).clamp_min(0) - x.abs(), metre)
    brush.add("bark", trunk * edge(-up, metre) * (y > 0), 1 - 2 * x)
    wave = torch.sin(3.1 * x + at["phase0"]) * torch.sin(2.7 * y + at["phase1"])
    fine = torch.sin(7.9 * x + at["phase2"] + 2 * wave) * torch.sin(7.1 * y + at["phase3"])
    leaf = torch.sin(17 * x + 9 * y + 4 * fine + at["phase1"]) * torch.sin(15 * y - 8 * x + 5 * wave + 2 * fine)
    leaf *= torch.exp(-((8 * metre) ** 2))  # too fine to be seen from afar
    out = ((x / at["half"]) ** 2 + (up / at["tall"]) ** 2).sqrt_() - 0.10 * wave - 0.07 * fine
    crown = edge((0.9 - out + 0.06 * leaf) * torch.minimum(at["half"], at["tall"]), 1.5 * metre)
    shade = 0.62 + 0.26 * up / at["tall"] + 0.18 * at["glare"] * x / at["half"]
    brush.add("leaves", crown, (shade + 0.14 * wave + 0.16 * fine + 0.14 * leaf).clamp_(0.25, 1.2))
    colours = thing["colours"] * thing["light"][:, None]
    return brush, brush.mix({"leaves": colours[:, 0], "bark": colours[:, 1]})


def _poles(thing: Parameters, picture: Tensor, size: int) -> tuple[Brush, Tensor]:
    """Poles at the kerb, with a road sign, a street lamp or a traffic light."""
    what = thing["style"][:, 0]
    sign, lantern = what < 0.45, what > 0.70
    thing |= {"sign": sign.float(), "lantern": lantern.float(), "signal": (~sign & ~lantern).float()}
    thing |= {"shape": thing["style"][:, 1], "phase": thing["style"][:, 2]}
    thing["top"] = torch.where(sign, 2.5, torch.where(lantern, 5.6, 3.1))
    brush = Brush(thing, picture, on_screen(thing, torch.where(lantern, 1.35, 0.45), thing["top"] + 0.45), size)
    at = brush.at
    x, y, metre = brush.plane()
    up = y - at["top"]
    brush.add("steel", edge(0.05 - x.abs(), metre) * edge(-up, metre) * (y > 0))
    _lantern(brush, -x * at["x"].sign(), up, metre)
    _sign(brush, x, up + 0.05, metre)
    brush.add("case", edge(rounded(x, up + 0.35, 0.16, 0.42, 0.05), metre) * at["signal"])
    for index, name in enumerate(("green", "amber", "red")):
        lamp = edge(0.09 - (x * x + (up + 0.61 - 0.26 * index) ** 2).sqrt(), metre) * at["signal"]
        brush.add(name, lamp, torch.where((at["phase"] * 3).floor() == index, 1.0, 0.18))
    light = thing["light"]
    ingredients = {"sign": thing["colours"][:, 0] * light, "steel": thing["colours"][:, 1] * light}
    ingredients |= {"white": 0.93 * light, "case": 0.12 * light}
    lamps = {"glow": _GLOW, "green": _GREEN, "amber": _AMBER, "red": _RED}
    ingredients |= {name: torch.tensor([colour], device=light.device) for name, colour in lamps.items()}
    return brush, brush.mix(ingredients)


def _lantern(brush: Brush, inward: Tensor, up: Tensor, metre: Tensor) -> None:
    """An arm that reaches over the road, and a lamp that glows at night; inward: metres towards the road."""
    there, lamps = brush.at["lantern"], brush.at["lamps"]
    brush.add("steel", edge(0.035 - up.abs(), metre) * edge(inward, metre) * edge(1.0 - inward, metre) * there)
    distance = ((inward - 0.9) ** 2 + 2 * (up + 0.08) ** 2).sqrt()
    brush.add("glow", edge(0.17 - distance, metre) * there, 0.6 + 0.6 * lamps)
    brush.add("glow", 0.45 * torch.exp(-(distance**2) / 0.06) * there * lamps * (brush.alpha < 0.5))


def _sign(brush: Brush, x: Tensor, up: Tensor, metre: Tensor) -> None:
    """A disc, a triangle or a square, plain, with a white field or with a bar."""
    shape, phase, there = brush.at["shape"], brush.at["phase"], brush.at["sign"]
    disc = 0.33 - (x * x + up * up).sqrt()
    triangle = torch.minimum(0.28 - up, (up + 0.36) * 0.5 - x.abs() * 0.87 + 0.02)
    square = 0.28 - torch.maximum(x.abs(), up.abs())
    board = torch.where(shape < 0.6, disc, torch.where(shape < 0.8, triangle, square))
    brush.add("sign", edge(board, metre) * there)
    brush.add("white", edge(board - 0.09, metre) * there * (phase < 0.6))
    brush.add("white", edge(0.05 - up.abs(), metre) * edge(0.2 - x.abs(), metre) * there * (phase > 0.75))


# On the ground


class _Ground:
    """The fragments of patches about x, z (m,) that reach so many metres: where they lie, and metres a pixel there."""

    def __init__(self, picture: Tensor, x: Tensor, z: Tensor, reach_x: Tensor, reach_z: Tensor, size: int) -> None:
        near, far = (z - reach_z).clamp_min(NEAREST), (z + reach_z).clamp_min(NEAREST + 0.1)
        sides = torch.stack([(x + sign * reach_x) / depth for sign in (-1, 1) for depth in (near, far)]) * FOCAL
        rows = [HORIZON + FOCAL * EYE / depth for depth in (far, near)]
        box = torch.stack([0.5 + sides.amin(0), rows[0], 0.5 + sides.amax(0), rows[1]], 1)
        self.seen = Fragments.of_boxes(picture, box, size)
        self.z = FOCAL * EYE / (self.seen.y - HORIZON).clamp_min(1e-3)
        self.x = (self.seen.x - 0.5) * self.z / FOCAL
        self.metre, self.length = self.z / (FOCAL * size), self.z**2 / (FOCAL * EYE * size)  # to the side, ahead


def _lay_marks(p: Parameters, flat: Tensor, size: int) -> None:
    """Paint puddles that show the sky, manholes and patches of tar over flat (3, n * s * s), in place."""
    picture, column = (p["mark_kind"] >= 0).nonzero(as_tuple=True)
    kind, x, z, radius, style = (p[f"mark_{name}"][picture, column] for name in ("kind", "x", "z", "size", "style"))
    tall = radius * torch.where(kind == MANHOLE, 1.0, 1.0 + 1.5 * style[:, 0])
    ground = _Ground(picture, x, z, radius * 1.3, tall * 1.3, size)
    owner = ground.seen.owner
    u, v = (ground.x - x[owner]) / radius[owner], (ground.z - z[owner]) / tall[owner]
    puddle, hole = kind[owner] == PUDDLE, kind[owner] == MANHOLE
    angle, phase = torch.atan2(v, u), 6.28 * style[owner]
    wobble = 0.16 * torch.sin(3 * angle + phase[:, 0]) + 0.08 * torch.sin(5 * angle + phase[:, 1])
    disc = 1 - (u * u + v * v).sqrt() + wobble * puddle
    square = 0.9 - torch.maximum(u.abs(), v.abs())
    inside = torch.where(puddle | hole, disc, square) * radius[owner]
    cover = edge(inside, torch.maximum(ground.metre, 0.5 * ground.length))
    sky = 0.45 * p["horizon"][picture] + 0.4 * p["zenith"][picture]
    tar = (0.10 + 0.25 * style[:, 1:]).clamp_max(0.3) * (p["skylight"] + 0.5 * p["sunlight"])[picture]
    colour = torch.where((kind == PUDDLE)[:, None], sky, tar).T.index_select(1, owner)
    colour *= 1 + 0.9 * edge(0.06 - (inside - 0.07).abs(), ground.metre) * hole  # the rim of a manhole
    alpha = cover * torch.where(puddle, 0.45 + 0.4 * inside.clamp(0, 0.6), 0.7)
    stack(flat, column[owner], ground.seen.pixel, colour, alpha)


def _cast_shadows(p: Parameters, flat: Tensor, size: int) -> None:
    """Darken flat (3, n * s * s) where things keep light from the ground: right under them, and away from the sun."""
    picture, column = (p["kind"] != NONE).nonzero(as_tuple=True)
    names = ("kind", "x", "z", "width", "height", "length")
    kind, x, z, width, height, length = (p[name][picture, column] for name in names)
    car, tree, person = ((kind == which).float() for which in (CAR, TREE, PERSON))
    # A foot (a box on the ground) is swept along the shadow; a crown's shadow begins away from its trunk.
    half_x = torch.lerp(torch.lerp(torch.full_like(x, 0.16), 0.4 * width, tree), width / 2, car)
    half_z = torch.lerp(half_x, length / 2, car)
    middle = z + car * length / 2
    aside, ahead, cot = p["sun"][picture].unbind(1)
    run = (0.9 - 0.15 * car) * height * cot.clamp_max(1.6)
    begin_x, begin_z = (-0.55 * tree * run * share for share in (aside, ahead))
    away_x, away_z = (-(1 - 0.55 * tree) * run * share for share in (aside, ahead))
    from_x, from_z = x + begin_x, middle + begin_z
    reach_x, reach_z = half_x + away_x.abs() / 2 + 0.2, half_z + away_z.abs() / 2 + 0.2
    ground = _Ground(picture, from_x + away_x / 2, from_z + away_z / 2, reach_x, reach_z, size)

    sun, sky = p["sunlight"][picture, 1], p["skylight"][picture, 1]
    power, contact = 0.62 * sun / (sun + sky), car + 0.7 * person
    wall_left, wall_right = p["wall"][picture].unbind(1)
    numbers = (from_x, from_z, away_x, away_z, half_x, half_z, power, contact, x, middle, wall_left, wall_right)
    of_fragments = torch.stack(numbers).index_select(1, ground.seen.owner)
    fx, fz, ax, az, hx, hz, power, contact, x, middle, left, right = of_fragments
    dx, dz = ground.x - fx, ground.z - fz
    part = ((dx * ax + dz * az) / (ax * ax + az * az).clamp_min(1e-3)).clamp_(0, 1)
    soft = 0.10 + ground.metre + 0.5 * ground.length
    cast = edge(rounded(dx - part * ax, (dz - part * az) * hx / hz, hx, hx, 0.08), soft) * power
    round_ = ((ground.x - x) / (hx + 0.1)) ** 4 + ((ground.z - middle) / (hz + 0.15)) ** 4
    under = edge(1.1 - round_, 0.5 + soft) * 0.6 * contact
    shade = torch.maximum(cast, under) * ((ground.x < right) & (ground.x > -left))
    dark = torch.zeros(flat.shape[1], device=flat.device)
    flat *= 1 - dark.scatter_reduce_(0, ground.seen.pixel, shade, "amax")
