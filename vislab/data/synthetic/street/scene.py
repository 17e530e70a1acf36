"""The street as it is seen, by asking of every pixel what its line of sight meets: sky, houses, road, things.

Patterns finer than a pixel (windows, stripes) fade into their mean. Everything is float32, and of shape (n, c, s, s) or
less: rows (n, c, s, 1), columns (n, c, 1, s).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from vislab.data.synthetic.canvas import Painted, blur, clouds, expose, grid, light_field, noise
from vislab.data.synthetic.settings import Parameters
from vislab.data.synthetic.street.brush import each, edge, pulse
from vislab.data.synthetic.street.houses import house_shadow, paint_houses
from vislab.data.synthetic.street.plan import BACKGROUND, BUILDING, CLASS_OF, EYE, FOCAL, HORIZON, LANE, PAVEMENT, ROAD
from vislab.data.synthetic.street.things import paint_things


def paint(parameters: Parameters, size: int, device: torch.device) -> Painted:
    """Paint what was sampled. Ids, int64, are the things' columns + 1."""
    p = {name: value.float() if value.is_floating_point() else value for name, value in parameters.items()}
    x, y = grid(size, device)
    across, down = x[:, None] - 0.5, y[:, None] - HORIZON  # from the vanishing point
    image, semantic = _sky(p, across, down)
    semantic = paint_houses(p, image, semantic, across, down)
    below = int((down <= 0).sum())  # the first row that sees the ground
    ground, shown, classes = _ground(p, across, down[:, :, below:])
    image[:, :, below:].lerp_(ground, shown)
    semantic[:, :, below:] = torch.where(shown > 0.5, classes, semantic[:, :, below:])

    top = paint_things(p, image, _light_on_things(p))
    of_thing = torch.tensor(CLASS_OF, device=device)[p["kind"]]
    of_pixel = torch.nn.functional.pad(of_thing, (1, 0)).gather(1, top.flatten(1)).view_as(top)
    semantic = torch.where(top > 0, of_pixel, semantic[:, 0]).to(torch.uint8)
    # The classes after the pavement are those whose objects are counted.
    ids, objects = torch.where(of_pixel > PAVEMENT, top, 0), torch.where(of_thing > PAVEMENT, of_thing, 0)

    image = blur(image, p["sigma"]).mul_(light_field(size, p["spot"], p["falloff"], p["slope"]))
    image = expose(image, noise(p["grain"], size), p["shot"], p["read"])
    return Painted(image, semantic, ids, objects.to(torch.uint8))


def _sky(p: Parameters, across: Tensor, down: Tensor) -> tuple[Tensor, Tensor]:
    """The sky with its clouds, and the house that closes the street: image (n, 3, s, s), classes (n, 1, s, s)."""
    size = across.shape[-1]
    zenith, horizon, sunlight, skylight = (each(p[name]) for name in ("zenith", "horizon", "sunlight", "skylight"))
    height = (-down / HORIZON).clamp(0, 1)
    puffs = clouds(p["clouds"], size).add_(clouds(p["stains"], size), alpha=0.35)
    puffs = puffs.add_(0.8 * each(p["overcast"]) - 1.05).mul_(1.6).clamp_(0, 1).mul_(0.22 + 0.53 * height)
    image = torch.lerp(horizon, zenith, height**0.7).lerp(0.35 * horizon + 0.6 * skylight + 0.45 * sunlight, puffs)

    far, tall = (each(p["end"][:, i]) for i in (0, 1))
    top = FOCAL * (EYE - tall) / far
    bay, floor = far / FOCAL / 2.6, far / FOCAL / 3.0  # in one side of the picture
    pane = pulse(across * bay, 0.45, bay / size) * pulse(EYE / 3.0 - down * floor, 0.5, floor / size)
    veil = torch.exp(-far * each(p["haze"]))
    colour = horizon.lerp(each(p["end_paint"]) * (skylight + 0.3 * sunlight), veil)
    image.lerp_(colour.lerp(0.6 * colour + 0.4 * horizon * (1 - veil), pane), edge(down - top, 1 / size))
    return image, torch.where(down > top, BUILDING, BACKGROUND).expand(-1, -1, size, size)


class _Ground(NamedTuple):
    """The ground below the horizon: its colours, how much of it the houses leave to be seen, and its classes."""

    colour: Tensor
    shown: Tensor
    classes: Tensor


def _ground(p: Parameters, across: Tensor, down: Tensor) -> _Ground:
    size = across.shape[-1]
    z = FOCAL * EYE / down  # (1, 1, h, 1)
    x = across * z / FOCAL  # (1, 1, h, s)
    metre, length = z / (FOCAL * size), z * z / (FOCAL * EYE * size)  # m a pixel, to the side and ahead
    kerb, wall = ([each(p[name][:, i]) for i in (0, 1)] for name in ("kerb", "wall"))
    road = edge(x + kerb[0], metre) * edge(kerb[1] - x, metre)
    shown = edge(x + wall[0], metre) * edge(wall[1] - x, metre)

    stains = _stains(p["stains"], x, z)
    white = (_markings(p, x, z, metre, length) * (0.55 + 0.4 * stains)).clamp_(0, 0.9) * road
    border = 0.7 * (_line(x, metre, -kerb[0], 0.13) + _line(x, metre, kerb[1], 0.13))
    slabs = 0.12 * (pulse(x / 0.8, 0.06, metre / 0.8) + pulse(z / 0.8, 0.06, length / 0.8))
    colour = 0.92 * white + 0.74 * border
    colour = colour.addcmul(each(p["road"]), (road - white) * (1 - border) * (0.91 + 0.18 * stains))
    colour.addcmul_(each(p["pavement"]), (1 - road) * (1 - border) * (0.93 + 0.14 * stains - slabs))

    # At night the own lamps light the road ahead.
    beam = torch.exp(-((x / (1.2 + 0.12 * z)) ** 2) - z / 16) * (1 - torch.exp(-z / 3))
    light = each(p["skylight"]) + 0.55 * beam * each(p["lamps"])
    light = light.addcmul(each(p["sunlight"]), 1 - house_shadow(p, x, z))
    colour = torch.lerp(each(p["horizon"]), colour.mul_(light), torch.exp(-z * each(p["haze"])))
    return _Ground(colour, shown, torch.where(road > 0.5, ROAD, PAVEMENT))


def _line(x: Tensor, metre: Tensor, centre: Tensor, half: float) -> Tensor:
    """A line along the road, of half a width in metres, as the share of each pixel that it covers."""
    left, right = torch.maximum(x - metre / 2, centre - half), torch.minimum(x + metre / 2, centre + half)
    return (right - left).clamp_min(0) / metre


def _markings(p: Parameters, x: Tensor, z: Tensor, metre: Tensor, length: Tensor) -> Tensor:
    """White paint on the road, as the share of each pixel that it covers: lines beside the lanes, a zebra crossing."""
    side, crossing = each(p["side"]), each(p["crossing"])
    lines = _line(x, metre, -side * LANE, 0.07) * pulse(z / 5.0, 0.45, length / 5.0)
    lines += 0.8 * (_line(x, metre, side * LANE, 0.06) + _line(x, metre, -side * 3 * LANE, 0.06))
    band = edge(z - crossing, length) * edge(crossing + 3.2 - z, length)
    return torch.lerp(lines, pulse(x + 0.25, 0.5, metre), band)


def _stains(coarse: Tensor, x: Tensor, z: Tensor) -> Tensor:
    """A texture that lies on the ground, from numbers (n, 1, g, g) that meet finer rows towards the horizon."""
    steps = torch.arange(coarse.shape[-1], device=x.device)
    last = len(steps) - 1
    rows = last * (1 - 2.6 / z.view(-1, 1)).clamp(0, 1) ** 1.4
    columns = (torch.arange(x.shape[-1], device=x.device)[:, None] + 0.5) / x.shape[-1] * last
    rows, columns = ((1 - (where - steps).abs()).clamp_min(0) for where in (rows, columns))  # between two neighbours
    return rows @ coarse @ columns.T


def _light_on_things(p: Parameters) -> Tensor:
    """What light falls on each thing, by its place: (n, things, 3)."""
    shade = house_shadow(p, p["x"][:, None, None], p["z"][:, None, None])[:, 0, 0]
    beam = torch.exp(-((p["x"] / 2.5) ** 2) - p["z"] / 18) * p["lamps"][:, None]
    sunlit = p["sunlight"][:, None] * (0.85 - 0.75 * shade)[..., None]
    return p["skylight"][:, None] + sunlit + 0.5 * beam[..., None]
