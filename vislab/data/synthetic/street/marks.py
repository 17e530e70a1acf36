"""What lies on the ground: puddles, manholes and tar, and the shadows of what stands on it."""

import torch
from torch import Tensor

from vislab.data.synthetic.fragments import Fragments, stack
from vislab.data.synthetic.settings import Parameters
from vislab.data.synthetic.street.brush import edge, rounded
from vislab.data.synthetic.street.plan import CAR, EYE, FOCAL, HORIZON, MANHOLE, NONE, PERSON, PUDDLE, TREE

NEAREST = 1.2  # m; what is nearer is below the picture


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


def lay_marks(p: Parameters, flat: Tensor, size: int) -> None:
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


def cast_shadows(p: Parameters, flat: Tensor, size: int) -> None:
    """Darken flat (3, n * s * s) where things keep light from the ground: right under them, and away from the sun."""
    picture, column = (p["kind"] != NONE).nonzero(as_tuple=True)
    kind, x, z, width, height, length = (
        p[name][picture, column] for name in ("kind", "x", "z", "width", "height", "length")
    )
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
    fx, fz, ax, az, hx, hz, power, contact, x, middle, left, right = torch.stack(numbers).index_select(
        1, ground.seen.owner
    )
    dx, dz = ground.x - fx, ground.z - fz
    part = ((dx * ax + dz * az) / (ax * ax + az * az).clamp_min(1e-3)).clamp_(0, 1)
    soft = 0.10 + ground.metre + 0.5 * ground.length
    cast = edge(rounded(dx - part * ax, (dz - part * az) * hx / hz, hx, hx, 0.08), soft) * power
    round_ = ((ground.x - x) / (hx + 0.1)) ** 4 + ((ground.z - middle) / (hz + 0.15)) ** 4
    under = edge(1.1 - round_, 0.5 + soft) * 0.6 * contact
    shade = torch.maximum(cast, under) * ((ground.x < right) & (ground.x > -left))
    dark = torch.zeros(flat.shape[1], device=flat.device)
    flat *= 1 - dark.scatter_reduce_(0, ground.seen.pixel, shade, "amax")
