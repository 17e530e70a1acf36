"""Cars, people, trees and poles, from far to near, and what lies on the road: shadows, puddles, manholes, patches.

A thing is drawn from its fragments: where a pixel's line of sight meets the plane that the thing stands in, the shape
there says how much of the pixel it covers and how much of each of its colours is seen.
"""

import torch
from torch import Tensor

from vislab.worlds.fragments import Fragments, stack
from vislab.worlds.settings import Parameters
from vislab.worlds.street_plan import CAR, EYE, FOCAL, HORIZON, NONE, PERSON, POLE, PUDDLE, MANHOLE, TREE

NEAREST = 1.2  # m; what is nearer is behind the windscreen


def paint_things(p: Parameters, image: Tensor, light: Tensor, size: int) -> Tensor:
    """Paint all things over image (n, 3, s, s), in place; returns which is on top: int64 (n, s, s), column + 1, else 0.

    light: (n, things, 3), what falls on each.
    """
    flat = image.transpose(0, 1).reshape(3, -1)
    _lay_marks(p, flat, size)
    _cast_shadows(p, flat, size)
    kind = p["kind"]
    # From far to near; nothing comes last, and has no fragments.
    far_first = torch.where(kind == NONE, -1, p["z"]).argsort(dim=1, descending=True, stable=True)
    rank = far_first.argsort(dim=1)
    parts = []
    for which, shape in ((CAR, _car), (PERSON, _person), (TREE, _tree), (POLE, _pole)):
        picture, column = (kind == which).nonzero(as_tuple=True)
        thing = {name: p[name][picture, column] for name in ("x", "z", "width", "height", "length", "front")}
        thing["colours"], thing["style"] = p["colours"][picture, column], p["style"][picture, column]
        thing["light"] = light[picture, column]
        thing["horizon"], thing["lamps"] = p["mood"][picture, 3:6], p["mood"][picture, 13]
        thing["sky"] = p["mood"][picture, 0:3]
        thing["veil"] = torch.exp(-thing["z"] * p["mood"][picture, 12])
        thing["glare"] = p["sun"][picture, 0]
        seen, colour, alpha = shape(thing, picture, size)
        owner = seen.owner
        colour = thing["horizon"].T[:, owner].lerp_(colour, thing["veil"][owner])
        parts.append((rank[picture, column][owner], seen.pixel, colour, alpha, column[owner]))
    ranks, pixel, colour, alpha, column = (torch.cat(several, -1) for several in zip(*parts, strict=True))
    top = stack(flat, ranks, pixel, colour, alpha)
    image.copy_(flat.view(3, *image.shape[:1], size, size).transpose(0, 1))
    ids = torch.where(top >= 0, column[top.clamp_min(0)] + 1, 0) if len(column) else top + 1
    return ids.view(len(image), size, size)


def edge(inside: Tensor, width: Tensor | float) -> Tensor:
    """How much of a pixel of this width lies inside, from the distance inwards of its centre: 0 to 1."""
    return (inside / width).add_(0.5).clamp_(0, 1)


class _Mix:
    """How much of each ingredient a fragment shows, as shapes are painted over one another."""

    def __init__(self, like: Tensor) -> None:
        self.like, self.share, self.alpha = like, {}, torch.zeros_like(like)

    def add(self, name: str, cover: Tensor, shade: Tensor | float = 1.0) -> None:
        """Paint an ingredient, brightened or darkened by shade, where `cover` (f,) says how much."""
        for other in self.share:
            self.share[other] = self.share[other] * (1 - cover)
        self.share[name] = self.share.get(name, 0) + cover * shade
        self.alpha = self.alpha + cover * (1 - self.alpha)

    def colour(self, ingredients: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Colours (3, f) and alpha (f,), from the ingredients' colours, (3, f) each."""
        total = sum(ingredients[name] * share for name, share in self.share.items())
        return total / self.alpha.clamp_min(1e-3), self.alpha


def _look(thing: Parameters, picture: Tensor, box: list[Tensor], size: int) -> tuple[Fragments, Parameters]:
    """The fragments of each thing's box (left, top, right, bottom), and each fragment's row of the thing's numbers."""
    seen = Fragments.of_boxes(picture, torch.stack(box, 1), size)
    names = [name for name, value in thing.items() if value.dim() == 1]
    table = torch.stack([thing[name] for name in names])[:, seen.owner]
    return seen, dict(zip(names, table, strict=True))


def _upright(seen: Fragments, at: Parameters, size: int, behind: Tensor | float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
    """Where lines of sight meet the plane the thing stands in, or one behind it: x from its middle, y, m a pixel."""
    z = at["z"] + behind
    scale = z / FOCAL
    return (seen.x - 0.5) * scale - at["x"], EYE - (seen.y - HORIZON) * scale, scale / size


def _screen(thing: Parameters, half: Tensor, top: Tensor) -> list[Tensor]:
    """The box on the screen of things with half a width and a height in metres."""
    scale = FOCAL / thing["z"]
    middle = 0.5 + thing["x"] * scale
    return [middle - half * scale, HORIZON + (EYE - top) * scale, middle + half * scale, HORIZON + EYE * scale]


def _lit(thing: Parameters, index: int, owner: Tensor) -> Tensor:
    """A thing's colour in its light, a column a fragment: (3, f)."""
    return (thing["colours"][:, index] * thing["light"]).T[:, owner]


def _constant(red: float, green: float, blue: float, like: Tensor) -> Tensor:
    return torch.tensor([red, green, blue], device=like.device)[:, None].expand(-1, len(like))


def _capsule(x: Tensor, y: Tensor, x0: Tensor, y0: float, x1: Tensor, y1: float) -> Tensor:
    """Distance from the line between two points."""
    along_x, along_y = x1 - x0, y1 - y0
    t = (((x - x0) * along_x + (y - y0) * along_y) / (along_x * along_x + along_y * along_y)).clamp_(0, 1)
    return ((x - x0 - t * along_x) ** 2 + (y - y0 - t * along_y) ** 2).sqrt_()


def _rounded(x: Tensor, y: Tensor, half_x: Tensor | float, half_y: Tensor | float, radius: float) -> Tensor:
    """Distance inwards from the outline of a box with rounded corners."""
    out_x, out_y = x.abs() - half_x + radius, y.abs() - half_y + radius
    return (
        radius - (out_x.clamp_min(0) ** 2 + out_y.clamp_min(0) ** 2).sqrt_() - torch.maximum(out_x, out_y).clamp_max_(0)
    )


def _car(thing: Parameters, picture: Tensor, size: int) -> tuple[Fragments, Tensor, Tensor]:
    """Cars: the side that is turned to us, then the cabin, then the face (front or rear) that is nearest."""
    near, far = FOCAL / thing["z"], FOCAL / (thing["z"] + thing["length"])
    edges = torch.stack([(thing["x"] + sign * thing["width"] / 2) * scale for sign in (-1, 1) for scale in (near, far)])
    tops = torch.stack([(EYE - thing["height"]) * near, (EYE - thing["height"]) * far])
    box = [0.5 + edges.amin(0), HORIZON + tops.amin(0), 0.5 + edges.amax(0), HORIZON + EYE * near]
    van = thing["style"][:, 0] < 0.15
    sedan = thing["style"][:, 1] < 0.5
    thing["belt"] = thing["height"] * torch.where(van, 0.56, 0.60)
    bonnet, boot = torch.where(van, 0.35, 1.05), torch.where(van, 0.03, torch.where(sedan, 0.6, 0.15))
    thing["begin"] = torch.where(thing["front"] > 0, bonnet, boot)  # m from the face to the cabin
    thing["finish"] = thing["length"] - torch.where(thing["front"] > 0, boot, bonnet)
    seen, at = _look(thing, picture, box, size)
    half, belt, height = at["width"] / 2, at["belt"], at["height"]
    mix = _Mix(seen.x)

    # The side: where the line of sight meets the plane of the doors, which leans inwards above the belt.
    ray = seen.x - 0.5
    towards = -at["x"].sign()
    slim = torch.zeros_like(ray)
    for _ in range(2):
        plane = at["x"] + towards * half * (1 - 0.2 * slim)
        z = (FOCAL * plane / torch.where(ray.abs() < 1e-4, 1e-4, ray)).clamp(0.3, 300)
        y = EYE - (seen.y - HORIZON) * z / FOCAL
        slim = ((y - belt) / (height - belt)).clamp(0, 1)
    metre, long = z / (FOCAL * size), z * z / (FOCAL * plane.abs().clamp_min(0.05) * size)
    along = z - at["z"]
    roof = torch.minimum((along - at["begin"]) / 0.4, (at["finish"] - along) / 0.7).clamp(0, 1)
    faces = edge(at["x"].abs() - half, 0.1) * edge(along, long) * edge(at["length"] - along, long) * (plane * ray > 0)
    mix.add(
        "body", faces * edge(belt + (height - belt) * roof - y, metre) * edge(y - 0.22, metre), 0.80 - 0.25 * (y < 0.4)
    )
    glass = torch.minimum(along - at["begin"] - 0.25, at["finish"] - 0.35 - along)
    post = edge((along - 0.5 * (at["begin"] + at["finish"])).abs() - 0.05, long)
    mix.add(
        "glass",
        faces
        * edge(glass - 0.8 * slim + 0.3, long)
        * post
        * edge(y - belt - 0.02, metre)
        * edge(height - 0.13 - y, metre),
    )
    for hub in (0.75, at["length"] - 0.8):
        radius = ((along - hub) ** 2 + (y - 0.32) ** 2).sqrt_()
        tyre = edge(0.33 - radius, metre) * faces
        mix.add("dark", tyre, 1)
        mix.add("metal", edge(0.18 - radius, metre) * faces, 0.8)

    # The cabin with its window, over the bonnet or boot.
    x, y, metre = _upright(seen, at, size, at["begin"])
    slim = ((y - belt) / (height - belt)).clamp(0, 1)
    cabin = edge(half * (0.97 - 0.2 * slim) - x.abs(), metre) * edge(height - y, metre) * edge(y - 0.4, metre)
    mix.add("body", cabin, 0.9 + 0.2 * (y < belt + 0.02))
    pane = (
        edge(half * (0.86 - 0.2 * slim) - x.abs(), metre)
        * edge(height - 0.13 - y, metre)
        * edge(y - belt - 0.04, metre)
    )
    mix.add("glass", pane, 0.8 + 0.5 * slim)

    # The face: bumper, lamps, number plate, wheels.
    x, y, metre = _upright(seen, at, size)
    wheel = edge(0.12 - (x.abs() - half + 0.16).abs(), metre) * edge(0.3 - y, metre) * edge(y, metre)
    mix.add("dark", wheel)
    middle = (belt + 0.2) / 2
    mix.add("body", edge(_rounded(x, y - middle, half, belt - middle, 0.10), metre), 1 - 0.12 * (y < middle + 0.1))
    mix.add("dark", edge(half - 0.06 - x.abs(), metre) * edge(0.06 - (y - 0.32).abs(), metre) * 0.7)
    grille = edge(half * 0.55 - x.abs(), metre) * edge(0.07 - (y - belt + 0.2).abs(), metre) * at["front"]
    mix.add("dark", grille * 0.8)
    mix.add("metal", edge(0.26 - x.abs(), metre) * edge(0.06 - (y - 0.45).abs(), metre))
    lamp_x, lamp_y = x.abs() - half + 0.24, y - belt + 0.2
    mix.add("lamp", edge(_rounded(lamp_x, lamp_y, 0.16, 0.09, 0.05), metre))
    halo = torch.exp(-(lamp_x**2 + lamp_y**2) / 0.12) * at["lamps"] * 0.45
    mix.add("lamp", halo * (mix.alpha > 0.5))

    owner = seen.owner
    front, on = thing["front"], 0.75 + 0.5 * thing["lamps"]
    tail = torch.stack([0.75 * on, 0.06 * on, 0.05 * on], 1)
    head = torch.stack([0.95 * on, 0.93 * on, 0.82 * on], 1) * (0.85 + 0.15 * thing["lamps"])[:, None]
    lamp = torch.where(front[:, None] > 0, head, tail).T[:, owner]
    pane_colour = (0.07 + 0.35 * thing["horizon"] * thing["light"].clamp_max(1)).T[:, owner]
    ingredients = {"body": _lit(thing, 0, owner), "glass": pane_colour, "lamp": lamp}
    ingredients["metal"] = (0.72 * thing["light"]).T[:, owner]
    ingredients["dark"] = (0.09 * thing["light"] + 0.01).T[:, owner]
    return seen, *mix.colour(ingredients)


def _person(thing: Parameters, picture: Tensor, size: int) -> tuple[Fragments, Tensor, Tensor]:
    """People: legs, coat or skirt, arms, trunk, head and hair, in parts of their height."""
    for index, name in enumerate(("stride", "swing", "dress", "long", "lean")):
        thing[name] = thing["style"][:, index + 1]
    thing["stout"] = thing["width"] / thing["height"]
    seen, at = _look(thing, picture, _screen(thing, 0.27 * thing["height"], thing["height"]), size)
    x, y, metre = _upright(seen, at, size)
    x, y, metre = x / (at["height"] * at["stout"]), y / at["height"], metre / at["height"]
    mix = _Mix(x)
    step = 0.03 + 0.10 * at["stride"]
    for sign in (-1, 1):
        foot = sign * step + 0.02 * (at["lean"] - 0.5)
        mix.add(
            "bottom", edge(0.052 - _capsule(x, y, sign * 0.05 + 0 * x, 0.47, foot, 0.05), metre), 0.85 + 0.15 * sign
        )
        mix.add("shoe", edge(0.048 - ((x - foot - 0.01) ** 2 + (y - 0.035) ** 2 * 2).sqrt_(), metre))
    skirt = edge(0.10 + 0.12 * (0.55 - y) - x.abs(), metre) * edge(y - 0.30, metre) * edge(0.55 - y, metre)
    mix.add("bottom", skirt * (at["dress"] < 0.25))
    round_ = 1.06 - 2.2 * x.abs()
    mix.add("top", edge(_rounded(x, y - 0.65, 0.125 - 0.04 * (0.8 - y), 0.185, 0.06), metre), round_)
    mix.add(
        "top", edge(0.12 - x.abs(), metre) * edge(y - 0.36, metre) * edge(0.6 - y, metre) * (at["dress"] > 0.75), round_
    )
    for sign in (-1, 1):
        shoulder, hand = sign * 0.135 + 0 * x, sign * (0.135 + 0.09 * at["swing"])
        arm = edge(0.036 - _capsule(x, y, shoulder, 0.78, hand, 0.47), metre)
        mix.add("top", arm, 0.8 + 0.1 * sign)
        mix.add("skin", arm * edge(0.50 - y, metre))
    mix.add("skin", edge(0.03 - x.abs(), metre) * edge(0.03 - (y - 0.85).abs(), metre), 0.85)
    head = edge(0.066 - ((x / 0.85) ** 2 + (0.88 * (y - 0.921)) ** 2).sqrt_(), metre)
    mix.add("skin", head)
    away = 1 - at["front"]
    hair = head * torch.maximum(edge(y - 0.935, metre), away * edge(y - 0.885, metre))
    mix.add("hair", hair)
    locks = edge(_rounded(x, y - 0.88, 0.07, 0.07, 0.04), metre) * (at["long"] < 0.35)
    mix.add("hair", locks * torch.maximum(away, edge(x.abs() - 0.045, metre)))
    owner = seen.owner
    ingredients = {name: _lit(thing, index, owner) for index, name in enumerate(("top", "bottom", "skin", "hair"))}
    ingredients["shoe"] = (0.10 * thing["light"]).T[:, owner]
    return seen, *mix.colour(ingredients)


def _tree(thing: Parameters, picture: Tensor, size: int) -> tuple[Fragments, Tensor, Tensor]:
    """Trees: a trunk, and a crown whose outline and light are broken up by waves."""
    thing["tall"] = thing["height"] * 0.36
    for index in range(4):
        thing[f"phase{index}"] = thing["style"][:, index] * 6.28
    seen, at = _look(thing, picture, _screen(thing, 0.58 * thing["width"], 1.05 * thing["height"]), size)
    x, y, metre = _upright(seen, at, size)
    mix = _Mix(x)
    mix.add(
        "bark",
        edge(0.11 + 0.03 * (2 - y).clamp_min(0) - x.abs(), metre)
        * edge(at["height"] - at["tall"] - y, metre)
        * (y > 0),
        1 - 2 * x,
    )
    wide, up = at["width"] / 2, y - at["height"] + at["tall"]
    wave = torch.sin(3.1 * x + at["phase0"]) * torch.sin(2.7 * y + at["phase1"])
    fine = torch.sin(7.9 * x + at["phase2"] + 2 * wave) * torch.sin(7.1 * y + at["phase3"])
    out = ((x / wide) ** 2 + (up / at["tall"]) ** 2).sqrt_() - 0.10 * wave - 0.07 * fine
    leaf = torch.sin(23 * x + 3 * fine + at["phase1"]) * torch.sin(21 * y + 3 * wave) * torch.exp(-((8 * metre) ** 2))
    crown = edge((0.9 - out + 0.06 * leaf) * torch.minimum(wide, at["tall"]), 1.5 * metre)
    shade = 0.62 + 0.26 * up / at["tall"] + 0.18 * at["glare"] * x / wide + 0.14 * wave + 0.16 * fine + 0.14 * leaf
    mix.add("leaves", crown, shade.clamp(0.25, 1.2))
    return seen, *mix.colour({"leaves": _lit(thing, 0, seen.owner), "bark": _lit(thing, 1, seen.owner)})


def _pole(thing: Parameters, picture: Tensor, size: int) -> tuple[Fragments, Tensor, Tensor]:
    """Poles at the kerb: road signs, street lamps and traffic lights."""
    what = thing["style"][:, 0]
    sign, lantern = what < 0.45, what > 0.70
    thing["sign"], thing["lantern"], thing["signal"] = sign.float(), lantern.float(), (~sign & ~lantern).float()
    thing["top"] = torch.where(sign, 2.5, torch.where(lantern, 5.6, 3.1))
    thing["shape"], thing["phase"] = thing["style"][:, 1], thing["style"][:, 2]
    half = torch.where(lantern, 1.35, 0.45)
    seen, at = _look(thing, picture, _screen(thing, half, thing["top"] + 0.45), size)
    x, y, metre = _upright(seen, at, size)
    mix = _Mix(x)
    top = at["top"]
    inward = x * -at["x"].sign()  # towards the road
    mix.add("steel", edge(0.05 - x.abs(), metre) * edge(top - y, metre) * (y > 0))
    arm = torch.maximum(0.035 - (y - top).abs(), inward * 0 - 9)
    mix.add("steel", edge(arm, metre) * edge(inward, metre) * edge(1.0 - inward, metre) * at["lantern"])
    d2 = (inward - 0.9) ** 2 + 2 * (y - top + 0.08) ** 2
    mix.add("glow", edge(0.17 - d2.sqrt(), metre) * at["lantern"], 0.6 + 0.6 * at["lamps"])
    mix.add("glow", 0.45 * torch.exp(-d2 / 0.06) * at["lantern"] * at["lamps"] * (mix.alpha < 0.5))
    up = y - top + 0.05
    disc = 0.33 - (x * x + up * up).sqrt()
    triangle = torch.minimum(0.3 - up, 0.0 + (up + 0.35) - 0 * x)  # apex down: give way
    triangle = torch.minimum(0.28 - up, (up + 0.36) * 0.5 - x.abs() * 0.87 + 0.02)
    board = torch.where(
        at["shape"] < 0.6, disc, torch.where(at["shape"] < 0.8, triangle, 0.28 - torch.maximum(x.abs(), up.abs()))
    )
    mix.add("sign", edge(board, metre) * at["sign"])
    mix.add("white", edge(board - 0.09, metre) * at["sign"] * (at["phase"] < 0.6))
    mix.add("white", edge(0.05 - up.abs(), metre) * edge(0.2 - x.abs(), metre) * at["sign"] * (at["phase"] > 0.75))
    case = _rounded(x, y - top + 0.35, 0.16, 0.42, 0.05)
    mix.add("case", edge(case, metre) * at["signal"])
    for index, name in enumerate(("green", "amber", "red")):
        lamp = edge(0.09 - (x * x + (y - top + 0.61 - 0.26 * index) ** 2).sqrt(), metre) * at["signal"]
        mix.add(name, lamp, torch.where((at["phase"] * 3).floor() == index, 1.0, 0.18))
    owner = seen.owner
    like = seen.x
    ingredients = {
        "sign": _lit(thing, 0, owner),
        "steel": _lit(thing, 1, owner),
        "white": (0.93 * thing["light"]).T[:, owner],
    }
    ingredients |= {"case": (0.12 * thing["light"]).T[:, owner], "glow": _constant(1.0, 0.88, 0.62, like)}
    ingredients |= {
        "green": _constant(0.1, 0.9, 0.5, like),
        "amber": _constant(1, 0.7, 0.1, like),
        "red": _constant(1, 0.15, 0.1, like),
    }
    return seen, *mix.colour(ingredients)


def _on_ground(
    p: Parameters, picture: Tensor, x: Tensor, z: Tensor, reach_x: Tensor, reach_z: Tensor, size: int
) -> tuple[Fragments, Tensor, Tensor, Tensor, Tensor]:
    """Fragments of patches on the ground about x, z: and of each its x and z in metres, and metres a pixel in both."""
    near, far = (z - reach_z).clamp_min(NEAREST), (z + reach_z).clamp_min(NEAREST + 0.1)
    sides = torch.stack([(x + sign * reach_x) * FOCAL / depth for sign in (-1, 1) for depth in (near, far)])
    box = [0.5 + sides.amin(0), HORIZON + FOCAL * EYE / far, 0.5 + sides.amax(0), HORIZON + FOCAL * EYE / near]
    seen = Fragments.of_boxes(picture, torch.stack(box, 1), size)
    deep = FOCAL * EYE / (seen.y - HORIZON).clamp_min(1e-3)
    aside = (seen.x - 0.5) * deep / FOCAL
    return seen, aside, deep, deep / (FOCAL * size), deep * deep / (FOCAL * EYE * size)


def _lay_marks(p: Parameters, flat: Tensor, size: int) -> None:
    """Puddles that show the sky, manholes and tar on the road, painted over flat (3, n * s * s) in place."""
    picture, column = (p["mark_kind"] >= 0).nonzero(as_tuple=True)
    kind, x, z, radius = (p[f"mark_{name}"][picture, column] for name in ("kind", "x", "z", "size"))
    style = p["mark_style"][picture, column]
    tall = radius * torch.where(kind == MANHOLE, 1.0, 1.0 + 1.5 * style[:, 0])
    seen, aside, deep, metre, length = _on_ground(p, picture, x, z, radius * 1.3, tall * 1.3, size)
    owner = seen.owner
    u, v = (aside - x[owner]) / radius[owner], (deep - z[owner]) / tall[owner]
    puddle, hole = kind[owner] == PUDDLE, kind[owner] == MANHOLE
    angle = torch.atan2(v, u)
    wobble = 0.16 * torch.sin(3 * angle + 6.28 * style[owner, 0]) + 0.08 * torch.sin(5 * angle + 6.28 * style[owner, 1])
    round_ = 1 - (u * u + v * v).sqrt() + wobble * puddle
    square = 0.9 - torch.maximum(u.abs(), v.abs())
    inside = torch.where(puddle | hole, round_, square) * radius[owner]
    cover = edge(inside, torch.maximum(metre, 0.5 * length))
    mood = p["mood"][picture]
    ambient = mood[:, 9:12] + 0.5 * mood[:, 6:9]
    tone = (0.10 + 0.25 * style[:, 1:]).clamp_max(0.3)
    colour = torch.where((kind == PUDDLE)[:, None], 0.8 * mood[:, 3:6] + 0.1 * mood[:, :3], tone * ambient)
    ring = edge(0.06 - (inside - 0.07).abs(), metre) * hole
    colour = colour.T[:, owner] * (1 + 0.9 * ring)
    stack(flat, column[owner], seen.pixel, colour, cover * torch.where(puddle, 0.75, 0.7))


def _cast_shadows(p: Parameters, flat: Tensor, size: int) -> None:
    """Darken flat (3, n * s * s) where things keep light from the ground: right under them, and away from the sun."""
    picture, column = (p["kind"] != NONE).nonzero(as_tuple=True)
    kind, x, z, width, height, length = (
        p[name][picture, column] for name in ("kind", "x", "z", "width", "height", "length")
    )
    aside, ahead, cot = p["sun"][picture].unbind(1)
    car, tree = kind == CAR, kind == TREE
    half_x = torch.where(car, width / 2, torch.where(tree, 0.4 * width, 0.16))
    half_z = torch.where(car, length / 2, torch.where(tree, 0.4 * width, 0.16))
    middle = z + car * length / 2
    run = torch.where(car, 0.75, 0.9) * height * cot.clamp_max(1.6)
    away_x, away_z = -aside * run, -ahead * run
    begin = 0.55 * tree  # a crown's shadow does not begin at the trunk
    from_x, from_z = x + begin * away_x, middle + begin * away_z
    away_x, away_z = (1 - begin) * away_x, (1 - begin) * away_z
    reach_x, reach_z = half_x + away_x.abs() / 2 + 0.2, half_z + away_z.abs() / 2 + 0.2
    seen, ground_x, ground_z, metre, long = _on_ground(
        p, picture, from_x + away_x / 2, from_z + away_z / 2, reach_x, reach_z, size
    )
    owner = seen.owner
    power = p["mood"][picture, 7]
    power = 0.62 * power / (power + p["mood"][picture, 10])
    names = (from_x, from_z, away_x, away_z, half_x, half_z, power, car.float() + 0.7 * (kind == PERSON), x, middle)
    fx, fz, ax, az, hx, hz, strength, contact, mx, mz = torch.stack(names)[:, owner]
    dx, dz = ground_x - fx, ground_z - fz
    t = ((dx * ax + dz * az) / (ax * ax + az * az).clamp_min(1e-3)).clamp_(0, 1)
    soft = 0.10 + metre + 0.5 * long
    cast = edge(_rounded(dx - t * ax, (dz - t * az) * hx / hz, hx, hx, 0.08), soft) * strength
    under = (
        edge(1.1 - (((ground_x - mx) / (hx + 0.1)) ** 4 + ((ground_z - mz) / (hz + 0.15)) ** 4), 0.5 + soft)
        * 0.6
        * contact
    )
    dark = torch.zeros(flat.shape[1], device=flat.device)
    wall = torch.where(ground_x > 0, p["wall"][picture, 1][owner], p["wall"][picture, 0][owner])
    shade = torch.maximum(cast, under) * (ground_x.abs() < wall)
    dark.scatter_reduce_(0, seen.pixel, shade, "amax")
    flat *= 1 - dark
