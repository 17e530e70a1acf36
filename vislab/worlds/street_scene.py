"""The street as it is seen: sky, houses, road and pavement, by asking of every pixel what its line of sight meets.

Patterns finer than a pixel (windows, stripes) fade into their mean. Everything is float32, rows (n, 1, s, 1) and
columns (n, 1, 1, s) where that is enough: a wall beside the road is met at a distance that depends on the column alone.
"""

import torch
from torch import Tensor

from vislab.worlds.canvas import blur, clouds, expose, grid, light_field, noise
from vislab.worlds.settings import Parameters
from vislab.worlds.street_plan import CAR, EYE, FOCAL, HORIZON, LANE, PERSON
from vislab.worlds.street_things import paint_things

BACKGROUND, BUILDING, GREEN, ROAD, PAVEMENT, CAR_CLASS, PERSON_CLASS = range(7)
BIN = 2.5  # m of street for which the houses' shadow has one height
BINS = 64


def paint(parameters: Parameters, size: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pictures uint8 (n, 3, s, s), classes uint8 (n, s, s), ids (n, s, s) and the class of each object (n, k)."""
    p = {name: value.float() if value.is_floating_point() else value for name, value in parameters.items()}
    image, semantic = _backdrop(p, size)
    n = len(image)
    top = paint_things(p, image, _light_on_things(p), size)
    kind = torch.nn.functional.pad(p["kind"], (1, 0))
    met = kind.gather(1, top.view(n, -1)).view_as(top)
    classes = torch.tensor([0, CAR_CLASS, PERSON_CLASS, GREEN, BACKGROUND], device=image.device)
    semantic = torch.where(top > 0, classes[met], semantic).to(torch.uint8)
    moves = (p["kind"] == CAR) | (p["kind"] == PERSON)
    ids = torch.where((met == CAR) | (met == PERSON), top, 0)
    objects = torch.where(moves, classes[p["kind"]], 0).to(torch.uint8)
    return _camera(p, image, size), semantic, ids, objects


def _light_on_things(p: Parameters) -> Tensor:
    """What light falls on each thing, by its place: (n, things, 3)."""
    shade = _house_shadow(p, p["x"][:, None, None], p["z"][:, None, None])[:, 0, 0]
    mood = p["mood"][:, None]
    beam = torch.exp(-((p["x"] / 2.5) ** 2)) * torch.exp(-p["z"] / 18)
    return mood[..., 9:12] + mood[..., 6:9] * (0.85 - 0.75 * shade)[..., None] + (0.5 * beam * mood[..., 13])[..., None]


def _camera(p: Parameters, image: Tensor, size: int) -> Tensor:
    """What lens and sensor make of the light: uint8 (n, 3, s, s)."""
    image = blur(image, p["sigma"]) * light_field(size, p["spot"], p["falloff"], p["slope"])
    return expose(image, noise(p["grain"], size), p["shot"], p["read"])


def each(values: Tensor) -> Tensor:
    """One number (n,) or colour (n, 3) a picture, ready to meet pixels (n, c, h, w)."""
    return values.view(len(values), -1, 1, 1)


def pulse(t: Tensor, duty: Tensor | float, width: Tensor | float) -> Tensor:
    """A wave that is 1 for `duty` of each period of length 1 and else 0, averaged over a pixel's width."""

    def integral(at: Tensor) -> Tensor:
        whole = at.floor()
        return whole * duty + torch.minimum(at - whole, torch.as_tensor(duty))

    return (integral(t + width / 2) - integral(t - width / 2)) / width


def edge(inside: Tensor, width: Tensor | float) -> Tensor:
    """How much of a pixel of this width lies inside, from the distance inwards of its centre: 0 to 1."""
    return (inside / width).add_(0.5).clamp_(0, 1)


def _backdrop(p: Parameters, size: int) -> tuple[Tensor, Tensor]:
    """Colours (n, 3, s, s) and classes (n, s, s) of everything that does not stand on the ground as a thing."""
    x, y = grid(size, p["side"].device)
    across, down = x[:, None] - 0.5, y[:, None] - HORIZON  # (1, 1, 1, s), (1, 1, s, 1)
    image, semantic = _sky(p, across, down, size)
    image, semantic = _walls(p, image, semantic, across, down, size)
    below = int((down < 0).sum())  # the first row that sees the ground
    ground, road, shown = _ground(p, across, down[:, :, below:], size)
    under = image[:, :, below:]
    under += (ground - under) * shown
    classes = torch.where(road > 0.5, ROAD, PAVEMENT)
    semantic[:, below:] = torch.where(shown > 0.5, classes, semantic[:, None, below:])[:, 0]
    return image, semantic


def _sky(p: Parameters, across: Tensor, down: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The sky with its clouds, and the house that closes the street."""
    mood = p["mood"]
    zenith, horizon, sun, ambient = (each(mood[:, i : i + 3]) for i in (0, 3, 6, 9))
    height = (-down / HORIZON).clamp(0, 1)
    image = horizon + (zenith - horizon) * height**0.7
    # Clouds are drawn on a level ceiling: squeezed together towards the horizon.
    puffs = clouds(p["clouds"], size) + 0.35 * clouds(p["stains"], size)
    puffs = ((puffs - 1.05 + 0.8 * each(p["overcast"])) * 1.6).clamp_(0, 1) * (0.3 + 0.7 * height)
    image = image + (horizon * 0.35 + ambient * 0.6 + sun * 0.45 - image) * (0.75 * puffs)
    # The end of the street.
    far, tall = (each(p["end"][:, i]) for i in (0, 1))
    top = HORIZON + FOCAL * (EYE - tall) / far - HORIZON
    floor = (EYE - down * far / FOCAL) / 3.0
    panes = pulse(across * far / FOCAL / 2.6, 0.45, far / FOCAL / size / 2.6) * pulse(
        floor, 0.5, far / FOCAL / size / 3
    )
    colour = each(p["end_paint"]) * (ambient + 0.3 * sun) * (1 - 0.4 * panes)
    veil = torch.exp(-far * each(mood[:, 12]))
    colour = horizon + (colour - horizon) * veil
    image = image + (colour - image) * edge(down - top, 1 / size)
    semantic = torch.where(down > top, BUILDING, BACKGROUND)[:, 0].expand(-1, size, size).clone()
    return image, semantic


def _walls(
    p: Parameters, image: Tensor, semantic: Tensor, across: Tensor, down: Tensor, size: int
) -> tuple[Tensor, Tensor]:
    """The rows of houses on both sides: their fronts along the street, and gables that rise over nearer roofs."""
    n = len(image)
    mood = p["mood"]
    horizon, sun, ambient = (each(mood[:, i : i + 3]) for i in (3, 6, 9))
    right = (across > 0).long().view(-1)  # (s,)
    wall = p["wall"][:, right]  # (n, s)
    z = FOCAL * wall / across.view(1, -1).abs()
    start = p["house_start"][:, right]  # (n, s, houses)
    index = (z[..., None] >= start).sum(2) - 1  # (n, s), the house that each column meets
    rows = torch.arange(n, device=image.device)[:, None]
    within = (z < p["end"][:, :1])[:, None, None]  # (n, 1, 1, s)

    def house(name: str, step: int = 0) -> Tensor:
        value = p[name][rows, right, (index + step).clamp_max(start.shape[2] - 1)]
        return value.movedim(2, 1)[:, :, None] if value.dim() == 3 else value[:, None, None]  # (n, c, 1, s)

    # Sunlight on fronts falls across the street, on gables along it.
    aside, ahead, cot = (p["sun"][:, i] for i in range(3))
    facing = torch.where(right > 0, -1.0, 1.0) * aside[:, None]
    front_light = ambient + sun * facing.clamp_min(0)[:, None, None]
    gable_light = ambient + sun * each((-ahead).clamp_min(0.15))

    roofline = EYE - house("house_height")
    z = z[:, None, None]
    seen_top = FOCAL * roofline / z
    for step in (2, 1):
        begin, tall = house("house_start", step), house("house_height", step)
        reach = wall[:, None, None] * begin / z < wall[:, None, None] + 11
        reach &= (begin > z) & (begin < p["end"][:, 0].view(-1, 1, 1, 1))
        top = FOCAL * (EYE - tall) / begin
        cover = edge(down - top, 1 / size) * reach
        veil = torch.exp(-begin * each(mood[:, 12]))
        colour = house("house_paint", step) * 0.88 * gable_light
        colour = horizon + (colour - horizon) * veil
        image = image + (colour - image) * cover
        named = torch.where(house("house_hedge", step), GREEN, BUILDING)
        semantic = torch.where(cover > 0.5, named, semantic[:, None])[:, 0]

    high = EYE - down * z / FOCAL  # m above the ground, where the line of sight meets the front
    metre = z / (FOCAL * size)  # m a pixel, upwards
    tall, hedge = house("house_height"), house("house_hedge")
    style = house("house_style")
    begin, finish = house("house_start"), house("house_start", 1)
    finish = torch.where(finish > begin, finish, begin + 12)
    bays = ((finish - begin) / (2.1 + 1.2 * style[:, 1:2])).round().clamp_min(2)
    along = (z - begin) / (finish - begin) * bays
    blurred = metre * z / wall[:, None, None] / (finish - begin) * bays
    duty = 0.38 + 0.22 * style[:, 2:3]
    column = pulse(along + duty / 2 - 0.5, duty, blurred)
    floor = (high - 3.9) / 3.0
    upper = edge(high - 3.9, metre) * edge(tall - 0.3 - high, metre)
    pane = column * pulse(floor - 0.25, 0.5, metre / 3.0) * upper
    shop = (
        pulse(along - 0.06, 0.88, blurred) * edge(high - 0.5, metre) * edge(2.6 - high, metre) * (style[:, 3:4] > 0.4)
    )
    awning = edge(high - 2.75, metre) * edge(3.35 - high, metre) * (style[:, 3:4] > 0.4)
    glass = torch.maximum(pane, shop).masked_fill_(hedge, 0)
    # Which windows are lit, or have a curtain, is looked up by floor and bay.
    number = (floor.floor() * 7 + along.floor() * 3 + index[:, None, None] * 11).long() % 64
    chance = p["lit"].gather(1, number.view(n, -1)).view_as(number)
    lamps = each(mood[:, 13])
    ink = torch.tensor([0.16, 0.18, 0.21], device=image.device).view(1, 3, 1, 1)
    dark = ink * (0.5 + ambient) + 0.28 * horizon
    glow = torch.tensor([1.0, 0.80, 0.45], device=image.device).view(1, 3, 1, 1)
    paint = house("house_paint")
    tone = torch.where(hedge, 0.75 + 0.35 * chance, 1 - 0.16 * pulse(floor + 0.06, 0.07, metre / 3) * ~hedge)
    low = edge(0.5 - high, metre) * ~hedge
    colour = (paint * front_light) * (tone - 0.25 * low)
    colour = colour + (house("house_awning") * front_light - colour) * awning.masked_fill_(hedge, 0)
    shine = (chance < 0.45 * lamps).float() * (0.35 + 0.65 * lamps)
    curtain = 0.35 * (chance > 0.7)
    colour = colour + ((dark + (paint * ambient - dark) * curtain) - colour) * glass
    colour = colour + (glow - colour) * (glass * shine)
    eaves = edge(high - tall + 0.3, metre) * ~hedge
    colour = colour + (house("house_roof") * front_light - colour) * eaves
    colour = horizon + (colour - horizon) * torch.exp(-z * each(mood[:, 12]))
    cover = edge(tall - high, metre) * within
    image = image + (colour - image) * cover
    semantic = torch.where(cover > 0.5, torch.where(hedge, GREEN, BUILDING), semantic[:, None])[:, 0]
    return image, semantic


def _ground(p: Parameters, across: Tensor, down: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """The ground below the horizon: its colours, how much of each pixel is road, and how much the houses leave."""
    n = len(p["side"])
    mood, side = p["mood"], each(p["side"])
    horizon, sun, ambient = (each(mood[:, i : i + 3]) for i in (3, 6, 9))
    z = FOCAL * EYE / down  # (1, 1, h, 1)
    x = across * z / FOCAL  # (1, 1, h, s)
    metre, length = z / (FOCAL * size), z * z / (FOCAL * EYE * size)  # m a pixel, to the side and ahead
    kerb, wall = ([each(p[name][:, i]) for i in (0, 1)] for name in ("kerb", "wall"))
    road = edge(x + kerb[0], metre) * edge(kerb[1] - x, metre)
    shown = edge(x + wall[0], metre) * edge(wall[1] - x, metre)

    def line(centre: Tensor | float, half: float) -> Tensor:
        """A line along the road, as the share of each pixel that it covers."""
        return (torch.minimum(x + metre / 2, centre + half) - torch.maximum(x - metre / 2, centre - half)).clamp_min(
            0
        ) / metre

    dash = pulse(z / 5.0, 0.45, length / 5.0)
    paint = line(-side * LANE, 0.07) * dash + 0.8 * line(side * LANE, 0.06) + 0.8 * line(-side * 3 * LANE, 0.06)
    crossing = each(p["crossing"])
    band = edge(z - crossing, length) * edge(crossing + 3.2 - z, length)
    paint = paint * (1 - band) + pulse(x / 1.0 + 0.25, 0.5, metre) * band
    stains = _stains(p["stains"], x, z)
    asphalt = each(p["road"]) * (0.86 + 0.28 * stains)
    asphalt = asphalt + (0.92 - asphalt) * (paint * (0.55 + 0.4 * stains)).clamp_(0, 0.9)
    slabs = 0.12 * (pulse(x / 0.8, 0.06, metre / 0.8) + pulse(z / 0.8, 0.06, length / 0.8))
    stone = each(p["pavement"]) * (0.93 + 0.14 * stains - slabs)
    border = line(-kerb[0], 0.13) + line(kerb[1], 0.13)
    colour = stone + (asphalt - stone) * road
    colour = colour + (0.74 - colour) * (0.7 * border)
    shade = _house_shadow(p, x, z)
    # At night the own lamps light the road ahead.
    beam = torch.exp(-((x / (1.2 + 0.12 * z)) ** 2)) * torch.exp(-z / 16) * (1 - torch.exp(-z / 3))
    light = ambient + sun * (1 - shade) + 0.55 * beam * each(mood[:, 13])
    colour = horizon + (colour * light - horizon) * torch.exp(-z * each(mood[:, 12]))
    return colour, road.expand(n, -1, -1, -1), shown


def _stains(coarse: Tensor, x: Tensor, z: Tensor) -> Tensor:
    """A texture that lies on the ground, from numbers (n, 1, g, g): finer towards the horizon, as rows are."""
    steps = torch.arange(coarse.shape[-1], device=x.device)
    last = len(steps) - 1
    rows = ((1 - 2.6 / z.view(-1, 1)) * last).clamp(0, last)  # equal steps on the screen would be (1 - near / z)
    rows = (1 - (rows**1.4 / last**0.4 - steps).abs()).clamp_min(0)
    columns = (
        1 - ((torch.arange(x.shape[-1], device=x.device)[:, None] + 0.5) / x.shape[-1] * last - steps).abs()
    ).clamp_min(0)
    return rows @ coarse @ columns.T


def _house_shadow(p: Parameters, x: Tensor, z: Tensor) -> Tensor:
    """How far the ground at x, z lies in the shadow of the houses towards the sun: 0 to 1."""
    n = len(p["sun"])
    aside, ahead, cot = (each(p["sun"][:, i]) for i in range(3))
    right = (p["sun"][:, 0] > 0).long()
    picture = torch.arange(n, device=x.device)
    bins = (torch.arange(BINS, device=x.device) + 0.5) * BIN
    start, height = p["house_start"][picture, right], p["house_height"][picture, right]
    index = (bins[None, :, None] >= start[:, None]).sum(2) - 1
    profile = height.gather(1, index)  # (n, bins)
    wall = each(p["wall"][picture, right])
    reach = (wall - x * aside.sign()) / aside.abs().clamp_min(0.05)  # m to the row of houses, towards the sun
    where = ((z + reach * ahead) / BIN).long().clamp_(0, BINS - 1)
    tall = profile.gather(1, where.view(n, -1)).view_as(where)
    return ((tall - reach / cot) * 0.7 + 0.5).clamp_(0, 1)
