"""Where cars, people, trees, poles and puddles are in the street.

Each thing is a column of tables with one row a picture: kind, x and z of its foot, width, height and length in metres,
front (1 where it faces the camera), colours (4 of them) and style (6 numbers from 0 to 1 that its painter uses).
"""

import torch
from torch import Tensor

from vislab.data.synthetic.settings import Parameters, Places, Settings, choose, colours, uniform, whole
from vislab.data.synthetic.street.plan import BRAKING, CAR, LANE, NONE, PERSON, POLE, TREE

USUAL = (3, 11)  # cars and people in a picture
PLACES = 14  # for cars, one behind the other, in each of four files
SPOTS = 16  # trees and poles that a picture has room for
MARKS = 8  # puddles, manholes and patches that a picture has room for
VISIBLE = 1.8  # m ahead that a thing must stand for each metre aside, to be in the picture

_CARS = colours("e8e8e6 c0c4c8 8a8f96 4a4e54 1f2226 a01c20 1d3f7c 2c5a3a c8a02a 5c3a2a 7fa3c4 d35a1e")
_CLOTHES = colours("1c2230 303848 6a6f78 d8d8d4 a82a2a 2a4f9a 2e6b45 d9a520 7a3f86 c86a8a 8a5a34 e07830 3a8a94")
_SKIN = colours("f0cdb0 e0ac85 c68a5e 8d5a3a 5c3a26")
_HAIR = colours("1a1410 3a2616 6b4523 b08a4a 8a8480")
_LEAVES = colours("3f6b2e 557f35 2f5a34 7a8a3a a8862f 4a7040")
_BARK = colours("4a3a2c 5c5046 3a3028")
_SIGNS = colours("c8282c 2050a0 e8e8e4 e0b020 c8282c 2050a0")
_STEEL = colours("6a7078 3a3e44 8a8f94")


def movers(generator: torch.Generator, count: int, settings: Settings, layout: Parameters) -> Parameters:
    """Cars and people. The first of a picture decides its label; the others stand beside the lane or far ahead."""
    low, high = settings.object_range(USUAL)
    total = whole(generator, count, low=low, high=high)
    first = _first(generator, count, settings, layout)
    file_x, file_z, free = _files(generator, count, settings, layout, first)

    # The others: cars take free places in the files, near ones first more often; who finds none walks.
    share = uniform(generator, count, 1, low=0.3, high=0.7)
    car = uniform(generator, count, high) < share
    car[:, :1] = False
    score = uniform(generator, count, 4 * PLACES) * (1 + file_z / 20) + 1e3 * ~free
    number = (car.cumsum(1) - 1).clamp(0, 4 * PLACES - 1)
    slot = score.argsort(dim=1, stable=True).gather(1, number)
    car &= free.gather(1, slot) & (car.cumsum(1) <= 4 * PLACES)
    walker_x, walker_z = _walkers(generator, count, high, settings, layout, file_z[:, 0])
    x = torch.where(car, file_x.gather(1, slot), walker_x)
    z = torch.where(car, file_z.gather(1, slot), walker_z)
    front = torch.where(car, ((slot // PLACES) % 2).double(), (uniform(generator, count, high) < 0.5).double())
    if high:
        x[:, 0], z[:, 0], car[:, 0] = first["x"], first["z"], first["car"]
        front[:, 0] = torch.where(first["car"] & (first["file"] == 1), 1.0, front[:, 0] * ~first["car"])
    present = torch.arange(high) < total[:, None]
    kind = torch.where(present, torch.where(car, CAR, PERSON), NONE)
    looks = _looks(generator, count, high, car)
    # Where it is hard, the first wears the colour of the road.
    worn, road = looks["colours"][:, :1, :2], layout["road"][:, None, None]
    looks["colours"][:, :1, :2] = torch.lerp(worn, road, 0.4 * first["hard"][:, None, None, None])
    return {"kind": kind, "x": x, "z": z, "front": front} | looks


def _first(generator: torch.Generator, count: int, settings: Settings, layout: Parameters) -> Parameters:
    """The car or person that decides the label: in the lane before the braking distance, or as near but beside it."""
    # Plain scenes among hard ones: a learner finds in the first what it needs for the second.
    hard = torch.where(uniform(generator, count) < settings.difficulty, 1.0, 0.2) * uniform(generator, count) ** 0.5
    side, parking = layout["side"], layout["parking"][:, 0]
    blocked = uniform(generator, count) < 0.5
    car = uniform(generator, count) < 0.4
    near, far = 3.8, BRAKING * (0.5 + 0.35 * hard)
    z = near + (far - near) * uniform(generator, count) ** (1.4 - 0.8 * hard)
    # Where the lane is clear, it stands in the lane but beyond the distance, or as near but beside it, or far away.
    where = uniform(generator, count)
    beyond = ~blocked & (where < 0.05 + 0.35 * hard)
    away = ~blocked & (where > 0.3 + 0.65 * hard)
    later = BRAKING + 0.4 + (2 + 10 * (1 - hard)) * uniform(generator, count)
    z = torch.where(beyond, later, z) + away * uniform(generator, count, low=6, high=25)
    inside = blocked | beyond
    own = uniform(generator, count) < 0.5  # beside the lane: on the side where one drives, or on the other
    aside = LANE + 0.3 + 0.6 * (1 - hard) + uniform(generator, count) * (1.8 - hard)
    person_x = torch.where(own, side, -side) * aside
    parked = own & (parking > 0)
    car_x = torch.where(parked, side * (LANE + 1.3), -side * 2 * LANE)
    within = uniform(generator, count, low=-1, high=1)
    x = torch.where(inside, within * torch.where(car, 0.35, 0.5 + 0.7 * hard), torch.where(car, car_x, person_x))
    z = torch.maximum(z, VISIBLE * (x.abs() - 0.6 * car) + 0.4)
    # The file of cars that it stands in or between: 0 its own lane, 1 the other, 2 parked on the own side.
    file = torch.where(inside, 0, torch.where(torch.where(car, parked, own), 2, 1))
    return {"x": x, "z": z, "car": car, "file": file, "hard": hard}


def _files(generator: torch.Generator, count: int, settings: Settings, layout: Parameters, first: Parameters) -> Places:
    """Places for cars, one behind the other, clear of the first thing: x, z and whether free, (n, 4 * PLACES)."""
    side, parking, z = layout["side"], layout["parking"], first["z"]
    room = torch.tensor([2.2, 2.2, 0.6, 0.6]) * (0.4 + 4 * (1 - settings.crowding) * uniform(generator, count, 4))
    pitch = 5.2 + room + 8 * max(0, 1 - 2 * settings.crowding)
    phase = 1.5 + pitch * uniform(generator, count, 4)
    gap = 10 * (1 - first["hard"])
    ahead = BRAKING + 1 + gap + 8 * uniform(generator, count)
    phase[:, 0] = torch.where(first["file"] == 0, torch.maximum(ahead, z + 5.5), ahead)
    # The file of the first thing is moved until that is in a place, or, where it is a person, between two.
    meets = (first["file"][:, None] == torch.arange(4)) & (first["file"][:, None] > 0)
    anchor = torch.where(first["car"], z, z + 0.5)[:, None]
    behind = ((anchor - 1.5) / pitch).floor()
    phase = torch.where(meets, anchor - behind * pitch, phase)
    index = torch.arange(PLACES)
    slack = (pitch - 4.8)[..., None] * uniform(generator, count, 4, PLACES) * ~meets[..., None]
    place_z = phase[..., None] + pitch[..., None] * index + slack
    # The own lane beyond the braking distance, the other lane, parked on the own and on the far side.
    lateral = [0 * side, -side * 2 * LANE, side * (LANE + 1.3), -side * (3 * LANE + 1.3)]
    place_x = torch.stack(lateral, 1)[..., None] + uniform(generator, count, 4, PLACES, low=-0.15, high=0.15)
    taken = meets[..., None] & first["car"][:, None, None] & (index == behind[..., None])
    open_file = torch.stack([side != 0, side != 0, parking[:, 0] > 0, parking[:, 1] > 0], 1)
    seen = place_z + 3 > VISIBLE * (place_x.abs() - 0.9)
    free = open_file[..., None] & ~taken & seen & (place_z < 75) & (place_z > 2.2)
    return Places(place_x.flatten(1), place_z.flatten(1), free.flatten(1))


def _walkers(
    generator: torch.Generator, count: int, high: int, settings: Settings, layout: Parameters, clear: Tensor
) -> tuple[Tensor, Tensor]:
    """People on the pavements, in groups where it is crowded, and in the lane right before `clear` (n,): x and z."""
    kerb, wall = layout["kerb"], layout["wall"]
    right = uniform(generator, count, high) < 0.5
    kerb, wall = (torch.where(right, edge[:, 1:], edge[:, :1]) for edge in (kerb, wall))
    across = uniform(generator, count, high)
    # Spread evenly over the columns of the screen, so that only groups and the narrow distance make a crowd.
    column = uniform(generator, count, high).argsort(dim=1, stable=True)
    spread = (column + uniform(generator, count, high)) / max(high, 1)
    aside = kerb + 0.35 + (wall - kerb - 0.7) * across
    x = torch.where(right, aside, -aside)
    z = (VISIBLE * aside + 0.4) / (1 - 0.9 * spread)
    leaders = max(3, high // 5)
    joins = (uniform(generator, count, high) < settings.crowding) & (torch.arange(high) > leaders)
    leader = whole(generator, count, high, low=1, high=leaders).clamp_max(max(high - 1, 0))
    drift = uniform(generator, count, high, 2, low=-0.9, high=0.9) * (1.6 - settings.crowding)
    if high:
        x = torch.where(joins, x.gather(1, leader) + drift[..., 0], x)
        z = torch.where(joins, z.gather(1, leader) + drift[..., 1], z)
        side = torch.where(joins, right.gather(1, leader), right)
        kerb, wall = (torch.where(side, e[:, 1:], e[:, :1]) for e in (layout["kerb"], layout["wall"]))
        x = torch.where(side, 1.0, -1.0) * x.abs().clamp(kerb + 0.25, wall - 0.25)
        z = torch.maximum(z, VISIBLE * x.abs() + 0.3)
    ahead = uniform(generator, count, high) < 0.12
    lane_x = uniform(generator, count, high, low=-1.2, high=1.2)
    lane_z = clear[:, None] - 0.5
    return torch.where(ahead, lane_x, x), torch.where(ahead, lane_z, z)


def _looks(generator: torch.Generator, count: int, high: int, car: Tensor) -> Parameters:
    """Sizes, colours and styles of cars and people."""
    size = uniform(generator, count, high, 3)
    style = uniform(generator, count, high, 6)
    tall = torch.where(style[..., 0] < 0.15, 1.45 + 0.5 * size[..., 1], 1.35 + 0.2 * size[..., 1])  # some are vans
    child = style[..., 0] < 0.12
    grown = torch.where(child, 1.1 + 0.3 * size[..., 1], 1.55 + 0.35 * size[..., 1])
    body = choose(generator, _CARS, count, high)
    top, bottom = (choose(generator, _CLOTHES, count, high) for _ in range(2))
    skin, hair = choose(generator, _SKIN, count, high), choose(generator, _HAIR, count, high)
    return {
        "width": torch.where(car, 1.68 + 0.2 * size[..., 0], grown * (0.95 + 0.2 * size[..., 0])),
        "height": torch.where(car, tall, grown),
        "length": torch.where(car, 3.6 + size[..., 2], 0.3),
        "colours": torch.stack([torch.where(car[..., None], body, top), bottom, skin, hair], 2),
        "style": style,
    }


def clutter(generator: torch.Generator, count: int, layout: Parameters) -> Parameters:
    """Trees and poles along the kerbs: in the picture, but no objects."""
    half = SPOTS // 2
    right = torch.arange(SPOTS) >= half
    kerb, wall = (torch.where(right, layout[edge][:, 1:], layout[edge][:, :1]) for edge in ("kerb", "wall"))
    pitch = uniform(generator, count, 2, 1, low=6, high=13)
    start = uniform(generator, count, 2, 1, low=3, high=12)
    z = (start + pitch * (torch.arange(half) + 0.4 * uniform(generator, count, 2, half))).flatten(1)
    green = uniform(generator, count, 2, 1, high=0.9).expand(-1, -1, half).flatten(1)
    chance = uniform(generator, count, SPOTS)
    kind = torch.where(chance < green, TREE, torch.where(uniform(generator, count, SPOTS) < 0.5, POLE, NONE))
    tree = kind == TREE
    aside = kerb + torch.where(tree, 0.7, 0.3) + tree * (wall - kerb - 1.6) * (chance < 0.15)
    size = uniform(generator, count, SPOTS, 2)
    leaves = choose(generator, _LEAVES, count, 1) * uniform(generator, count, SPOTS, 1, low=0.85, high=1.15)
    bark, steel = choose(generator, _BARK, count, SPOTS), choose(generator, _STEEL, count, SPOTS)
    sign = choose(generator, _SIGNS, count, SPOTS)
    first = torch.where(tree[..., None], leaves, sign)
    second = torch.where(tree[..., None], bark, steel)
    return {
        "kind": torch.where(z > VISIBLE * (aside - 1.5), kind, NONE),
        "x": torch.where(right, aside, -aside),
        "z": z,
        "front": torch.zeros(count, SPOTS, dtype=torch.float64),
        "width": torch.where(tree, 2.6 + 2.6 * size[..., 0], 0.7),
        "height": torch.where(tree, 4.5 + 4.5 * size[..., 1], 2.6 + 3.2 * size[..., 1]),
        "length": torch.full((count, SPOTS), 0.2, dtype=torch.float64),
        "colours": torch.stack([first, second, sign, steel], 2),
        "style": uniform(generator, count, SPOTS, 6),
    }


def marks(generator: torch.Generator, count: int, layout: Parameters) -> Parameters:
    """Puddles, manholes and patches on the road, most of them in the own lane, where they look like something."""
    low, high = (edge[:, None] for edge in (-layout["kerb"][:, 0] + 0.6, layout["kerb"][:, 1] - 0.6))
    anywhere = low + (high - low) * uniform(generator, count, MARKS)
    lane = uniform(generator, count, MARKS, low=-1.2, high=1.2)
    size = uniform(generator, count, MARKS)
    kind = whole(generator, count, MARKS, low=0, high=2)
    there = uniform(generator, count, MARKS) < uniform(generator, count, 1, low=0.1, high=0.8)
    radius = torch.tensor([[0.4, 1.1], [0.3, 0.36], [0.4, 1.2]])[kind]
    return {
        "mark_kind": torch.where(there, kind, -1),
        "mark_x": torch.where(uniform(generator, count, MARKS) < 0.6, lane, anywhere),
        "mark_z": uniform(generator, count, MARKS, low=3.5, high=24),
        "mark_size": radius[..., 0] + (radius[..., 1] - radius[..., 0]) * size,
        "mark_style": uniform(generator, count, MARKS, 2),
    }
