"""The street: what stands where, seen from the driver's seat.

The camera stands in the middle of its lane and never moves, so the lane is the same trapezoid in every picture. What
stands outside the lane, or in it beyond the braking distance, has no pixel in that trapezoid: it stands on the ground,
and the camera is higher than the lines of sight that end there. Traffic keeps right in half of the pictures and left
in the others, so that a mirrored street is a street too.
"""

import torch

from vislab.data.synthetic.settings import Parameters, Settings, choose, colours, uniform, whole
from vislab.data.synthetic.street.plan import BRAKING, EYE, FOCAL, HORIZON, HOUSES, LANE
from vislab.data.synthetic.street.scene import paint
from vislab.data.synthetic.street.traffic import clutter, marks, movers
from vislab.data.vocabulary import EnoughPixels, Vocabulary

__all__ = ["VOCABULARY", "camera", "contents", "paint"]

_FAR, _NEAR = HORIZON + FOCAL * EYE / BRAKING, 1.0  # the lane's rows: at the braking distance, and the last ones
_CORNERS = ((-1, _FAR), (1, _FAR), (1, _NEAR), (-1, _NEAR))
_ZONE = tuple((0.5 + side * (row - HORIZON) * (LANE / EYE), row) for side, row in _CORNERS)
VOCABULARY = Vocabulary(
    name="street",
    labels=("clear", "blocked"),
    classes=("background", "building", "tree", "road", "pavement", "car", "person"),
    things=("car", "person"),
    rule=EnoughPixels(("car", "person"), at_least=3, zone=_ZONE),
    questions={
        "any": "Is the lane blocked within braking distance?",
        "share": "What share of the picture is drivable road?",
        "count": "How many cars are there, and how many people?",
        "where": "Where is the obstacle? Point at it.",
    },
    symmetries=("mirror",),
    colours=("#56B4E9", "#E69F00", "#009E73", "#666666", "#F0E442", "#0072B2", "#D55E00"),
    share=(("road",), ()),
)

# Each mood: the sky above and at the horizon, the sun's light, the sky's light; then haze (1 / m) and lamps (0 to 1).
_MOODS = torch.tensor(
    [
        [0.26, 0.48, 0.84, 0.74, 0.85, 0.96, 0.74, 0.70, 0.62, 0.47, 0.51, 0.57, 0.003, 0.0],  # noon
        [0.52, 0.65, 0.82, 0.97, 0.90, 0.78, 0.66, 0.54, 0.38, 0.48, 0.49, 0.54, 0.009, 0.0],  # morning
        [0.62, 0.66, 0.71, 0.80, 0.82, 0.85, 0.10, 0.10, 0.09, 0.66, 0.68, 0.71, 0.008, 0.0],  # overcast
        [0.58, 0.60, 0.63, 0.68, 0.69, 0.71, 0.02, 0.02, 0.02, 0.54, 0.56, 0.58, 0.022, 0.5],  # fog
        [0.30, 0.36, 0.60, 1.00, 0.64, 0.36, 0.75, 0.46, 0.24, 0.42, 0.39, 0.47, 0.008, 0.3],  # sunset
        [0.11, 0.15, 0.33, 0.66, 0.42, 0.42, 0.04, 0.03, 0.03, 0.35, 0.35, 0.45, 0.006, 1.0],  # dusk
        [0.03, 0.04, 0.10, 0.12, 0.12, 0.18, 0.00, 0.00, 0.00, 0.25, 0.25, 0.31, 0.006, 1.0],  # night
    ],
    dtype=torch.float64,
)


_FACADES = colours("d9cbb0 b5654a c9c4ba a8743f 8f9aa5 e3ddd0 7d5a48 c7a27c 9c3f33 d8b4a0 b9c2b4 6f7680 e0c27a")
_ROOFS = colours("6b3a2e 4a4d52 7a4634 3c3f45 5a4a42")
_AWNINGS = colours("7a2a2a 2a4f7a 2e6b45 c9952a d8d4c8 4a4d52")
_HEDGES = colours("3f6b2e 557f35 2f5a34 4a7040")


def contents(generator: torch.Generator, count: int, settings: Settings) -> Parameters:
    """What is in `count` streets: one row a picture, metres, colours from 0 to 1."""
    layout = _layout(generator, count)
    scene = layout | _weather(generator, count, settings) | _houses(generator, count)
    moving, still = movers(generator, count, settings, layout), clutter(generator, count, layout)
    scene |= {name: torch.cat([moving[name], still[name]], 1) for name in moving}
    return scene | marks(generator, count, layout)


def _layout(generator: torch.Generator, count: int) -> Parameters:
    """The street's cross-section. side: where traffic keeps, 1 right, -1 left; own and far side are seen from there."""
    side = torch.where(uniform(generator, count) < 0.5, -1.0, 1.0).double()
    parking = 2.3 * (uniform(generator, count, 2) < 0.65)  # (n, 2): own side, far side; 0 m where nobody parks
    kerb = torch.tensor([LANE + 0.15, 3 * LANE + 0.15]) + parking
    wall = kerb + uniform(generator, count, 2, low=2.6, high=4.6)
    left = side < 0  # the own side is on the left
    kerbs = torch.where(left[:, None], kerb, kerb.flip(1))  # (n, 2): left, right
    walls = torch.where(left[:, None], wall, wall.flip(1))
    crossing = torch.where(uniform(generator, count) < 0.35, uniform(generator, count, low=5, high=32), 1e4)
    road = uniform(generator, count, 1, low=0.30, high=0.46) + uniform(generator, count, 3, high=0.03)
    return {"side": side, "parking": parking, "kerb": kerbs, "wall": walls, "crossing": crossing, "road": road}


def _weather(generator: torch.Generator, count: int, settings: Settings) -> Parameters:
    """Sky, light and haze: a blend of two moods, the gloomy ones more likely where it is difficult."""
    likely = torch.ones(len(_MOODS), dtype=torch.float64)
    likely[[0, 1]], likely[[3, 6]] = 2 - settings.difficulty, 0.2 + settings.difficulty
    limits = (likely / likely.sum()).cumsum(0)[:-1].contiguous()
    first, second = torch.bucketize(uniform(generator, count, 2), limits).unbind(1)
    blend = 0.5 * uniform(generator, count, 1) ** 2
    mood = _MOODS[first] * (1 - blend) + _MOODS[second] * blend
    around = uniform(generator, count, high=2 * torch.pi)
    return {
        "zenith": mood[:, 0:3],
        "horizon": mood[:, 3:6],
        "sunlight": mood[:, 6:9],
        "skylight": mood[:, 9:12],
        "haze": mood[:, 12],
        "lamps": mood[:, 13],
        "sun": torch.stack([around.sin(), around.cos(), uniform(generator, count, low=0.35, high=2.2)], 1),
        "clouds": uniform(generator, count, 1, 9, 9),
        "overcast": uniform(generator, count),
        "stains": uniform(generator, count, 1, 24, 24),
        "pavement": uniform(generator, count, 1, low=0.52, high=0.68) + uniform(generator, count, 3, high=0.06),
    }


def _houses(generator: torch.Generator, count: int) -> Parameters:
    """The rows of houses on both sides, from near to far; a low one is a hedge."""
    shape = (count, 2, HOUSES)
    depth = uniform(generator, *shape, low=7, high=17)
    start = depth.cumsum(2) - depth[:, :, :1] * uniform(generator, count, 2, 1)
    start = torch.cat([torch.zeros(count, 2, 1, dtype=torch.float64), start[:, :, :-1]], 2)
    usual = whole(generator, count, 1, 1, low=1, high=5)
    floors = (usual + whole(generator, *shape, low=-1, high=2)).clamp(1, 7)
    hedge = uniform(generator, *shape) < uniform(generator, count, 1, 1, high=0.3)
    facade = choose(generator, _FACADES, *shape) * uniform(generator, *shape, 1, low=0.8, high=1.1)
    leaves = choose(generator, _HEDGES, *shape)
    return {
        "house_start": start,
        "house_height": torch.where(hedge, uniform(generator, *shape, low=1.1, high=2.4), 3.9 + 3.0 * floors),
        "house_hedge": hedge,
        "house_paint": torch.where(hedge[..., None], leaves, facade).clamp(0, 1),
        "house_roof": choose(generator, _ROOFS, *shape),
        "house_awning": choose(generator, _AWNINGS, *shape),
        "house_style": uniform(generator, *shape, 4),
        "lit": uniform(generator, count, 64),
        "end": torch.stack([uniform(generator, count, low=70, high=150), uniform(generator, count, low=3, high=26)], 1),
        "end_paint": choose(generator, _FACADES, count),
    }


def camera(generator: torch.Generator, count: int, settings: Settings) -> Parameters:
    """What lens and sensor do; darkness is made up for by gain, which brings noise."""
    return {
        "grain": uniform(generator, count, 3, 3),
        "shot": settings.noise * uniform(generator, count, low=0.01, high=0.03),
        "read": settings.noise * uniform(generator, count, low=0.004, high=0.015),
        "sigma": settings.blur * uniform(generator, count, low=0.002, high=0.005),
        "spot": uniform(generator, count, 2, low=0.3, high=0.7),
        "falloff": settings.light * uniform(generator, count, low=0.02, high=0.12),
        "slope": settings.light * uniform(generator, count, 2, low=-0.12, high=0.12),
    }
