"""The rows of houses on both sides of the street, and the shadow they cast on it.

A front stands beside the street, so the column alone says how far away it is met; all that belongs to a house is
looked up once a column, (n, c, 1, s), and only heights and windows are worked out for every pixel.
"""

import torch
from torch import Tensor

from vislab.data.synthetic.settings import Parameters
from vislab.data.synthetic.street.brush import each, edge, pulse
from vislab.data.synthetic.street.plan import BUILDING, EYE, FOCAL, GREEN

FLOOR, GROUND_FLOOR = 3.0, 3.9  # m
BIN, BINS = 2.5, 64  # m of street for which the houses' shadow has one height, and how many of them
INK, LAMPLIGHT = (0.16, 0.18, 0.21), (1.0, 0.80, 0.45)  # behind a window by day, and by night


class _Row:
    """The house that each column meets, and where: z, wall (n, 1, 1, s) in metres."""

    def __init__(self, p: Parameters, across: Tensor) -> None:
        self.p = p
        self.right = (across > 0).long().view(-1)  # (s,)
        wall = p["wall"][:, self.right]
        z = FOCAL * wall / across.view(1, -1).abs().clamp_min(1e-4)
        self.index = (z[..., None] >= p["house_start"][:, self.right]).sum(2) - 1  # (n, s)
        self.z, self.wall = z[:, None, None], wall[:, None, None]
        self.rows = torch.arange(len(wall), device=wall.device)[:, None]

    def of(self, name: str, behind: int = 0) -> Tensor:
        """What is known of the house, or of one that stands behind it: (n, 1 or c, 1, s)."""
        values = self.p[f"house_{name}"]
        value = values[self.rows, self.right, (self.index + behind).clamp_max(values.shape[2] - 1)]
        return value.movedim(2, 1)[:, :, None] if value.dim() == 3 else value[:, None, None]


def paint_houses(p: Parameters, image: Tensor, semantic: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Paint the houses over image (n, 3, s, s), in place; returns semantic (n, 1, s, s) with them.

    across (1, 1, 1, s), down (1, 1, s, 1): from the vanishing point, in fractions of the picture.
    """
    row = _Row(p, across)
    for behind in (2, 1):
        semantic = _gables(row, image, semantic, across, down, behind)
    return _fronts(row, image, semantic, down)


def _gables(row: _Row, image: Tensor, semantic: Tensor, across: Tensor, down: Tensor, behind: int) -> Tensor:
    """The walls that face us, where a house further on is higher than those before it."""
    p, size = row.p, image.shape[-1]
    begin, tall, hedge = (row.of(name, behind) for name in ("start", "height", "hedge"))
    reach = (row.wall * begin / row.z < row.wall + 11) & (begin > row.z) & (begin < each(p["end"][:, 0]))
    top = FOCAL * (EYE - tall) / begin
    cover = edge(down - top, 1 / size) * reach
    bay, floor = begin / FOCAL / 3.6, begin / FOCAL / FLOOR
    pane = pulse(across * bay, 0.26, bay / size) * pulse((EYE - 4.6) / FLOOR - down * floor, 0.42, floor / size)
    pane *= ~hedge & (row.of("style", behind)[:, :1] < 0.6) & (down > top + 0.8 * FOCAL / begin)
    light = each(p["skylight"]) + each(p["sunlight"]) * each((-p["sun"][:, 1]).clamp_min(0.15))
    colour, horizon = 0.88 * row.of("paint", behind) * light, each(p["horizon"])
    veil = torch.exp(-begin * each(p["haze"]))
    image.lerp_(horizon.lerp(colour, veil), cover).lerp_(horizon.lerp(0.45 * colour, veil), 0.8 * cover * pane)
    return torch.where(cover > 0.5, torch.where(hedge, GREEN, BUILDING), semantic)


def _fronts(row: _Row, image: Tensor, semantic: Tensor, down: Tensor) -> Tensor:
    """The walls along the street, with their windows, shops, awnings and eaves; hedges have none of these."""
    p, size = row.p, image.shape[-1]
    high = EYE - down * row.z / FOCAL  # m above the ground, where the line of sight meets the front
    metre = row.z / (FOCAL * size)  # m a pixel, upwards
    tall, hedge, style = row.of("height"), row.of("hedge"), row.of("style")
    along, blurred = _bays(row, metre, style)
    floor = (high - GROUND_FLOOR) / FLOOR

    duty, shop = 0.38 + 0.22 * style[:, 2:3], style[:, 3:4] > 0.4
    pane = pulse(along + duty / 2 - 0.5, duty, blurred) * pulse(floor - 0.25, 0.5, metre / FLOOR)
    pane *= edge(high - GROUND_FLOOR, metre) * edge(tall - 0.3 - high, metre)
    display = pulse(along - 0.06, 0.88, blurred) * edge(high - 0.5, metre) * edge(2.6 - high, metre) * shop
    glass = torch.maximum(pane, display).masked_fill_(hedge, 0)
    awning = edge(high - 2.75, metre) * edge(3.35 - high, metre) * shop * ~hedge
    eaves = edge(high - tall + 0.3, metre) * ~hedge

    # Which windows are lit, or have a curtain, is looked up by floor and bay.
    number = (floor.floor() * 7 + along.floor() * 3 + row.index[:, None, None] * 11).long() % p["lit"].shape[1]
    chance, lamps = p["lit"].gather(1, number.flatten(1)).view_as(number), each(p["lamps"])
    lit, curtain = glass * (chance < 0.45 * lamps) * (0.35 + 0.65 * lamps), 0.35 * (chance > 0.7)
    tone = torch.where(hedge, 0.75 + 0.35 * chance, 1 - 0.16 * pulse(floor + 0.06, 0.07, metre / FLOOR))
    tone -= 0.25 * edge(0.5 - high, metre) * ~hedge

    # Sunlight on fronts falls across the street.
    facing = torch.where(row.right > 0, -1.0, 1.0) * p["sun"][:, :1]
    horizon, skylight = each(p["horizon"]), each(p["skylight"])
    light = skylight + each(p["sunlight"]) * facing.clamp_min(0)[:, None, None]
    ink, lamplight = (torch.tensor(colour, device=image.device).view(1, 3, 1, 1) for colour in (INK, LAMPLIGHT))
    plain = (1 - glass) * (1 - eaves)
    ingredients = (  # and how much of each pixel shows them
        (row.of("paint") * light, tone * (plain - plain * awning + glass * curtain)),
        (row.of("awning") * light, awning * plain),
        (row.of("roof") * light, eaves),
        (ink * (0.5 + skylight) + 0.28 * horizon, (glass - lit) * (1 - curtain)),
        (lamplight, lit),
    )
    veil = torch.exp(-row.z * each(p["haze"]))
    colour = (horizon * (1 - veil)).expand(-1, -1, size, -1).clone()
    for ingredient, share in ingredients:
        colour.addcmul_(ingredient * veil, share)
    cover = edge(tall - high, metre) * (row.z < each(p["end"][:, 0]))
    image.lerp_(colour, cover)
    return torch.where(cover > 0.5, torch.where(hedge, GREEN, BUILDING), semantic)


def _bays(row: _Row, metre: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
    """How many bays (windows side by side) of its house a column is past, and how many a pixel is wide."""
    begin, finish = row.of("start"), row.of("start", 1)
    finish = torch.where(finish > begin, finish, begin + 12)
    a_metre = ((finish - begin) / (2.1 + 1.2 * style[:, 1:2])).round().clamp_min(2) / (finish - begin)
    return (row.z - begin) * a_metre, metre * row.z / row.wall * a_metre


def house_shadow(p: Parameters, x: Tensor, z: Tensor) -> Tensor:
    """How far the ground at x, z (n or 1, 1, h, w) lies in the shadow of the houses towards the sun: 0 to 1."""
    aside, ahead, cot = (each(p["sun"][:, i]) for i in range(3))
    picture = torch.arange(len(aside), device=x.device)
    right = (p["sun"][:, 0] > 0).long()
    bins = (torch.arange(BINS, device=x.device) + 0.5) * BIN
    index = (bins[None, :, None] >= p["house_start"][picture, right][:, None]).sum(2) - 1
    profile = p["house_height"][picture, right].gather(1, index)  # (n, bins)
    wall = each(p["wall"][picture, right])
    reach = (wall - x * aside.sign()) / aside.abs().clamp_min(0.05)  # m to the row of houses, towards the sun
    position = ((z + reach * ahead) / BIN).clamp_(0, BINS - 1.01)
    first_bin = position.long()
    first, then = (profile.gather(1, (first_bin + step).flatten(1)).view_as(position) for step in (0, 1))
    tall = torch.lerp(first, then, ((position - first_bin) * 6 - 5).clamp_(0, 1))  # a step within half a metre
    return ((tall - reach / cot) * 0.7 + 0.5).clamp_(0, 1)
