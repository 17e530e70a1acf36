"""The world "shelf": a shop's shelf seen from the aisle, with bottles, cans and boxes in rows.

A row is a board with places on it, each as wide as its product. Products of one make stand side by side, more of them
behind, half hidden. A place without a product is a gap, the stuff that the label looks for; one whose last product
stands far back is none. Products never show through each other: a pixel is the nearest product's.
"""

import torch
from torch import Tensor

from vislab.data.synthetic.settings import Parameters, Settings, choose, colours, uniform, whole
from vislab.data.synthetic.shelf_paint import BOARD, BOTTLE, DEPTH, GAP, GLARES, NONE, TAG, paint
from vislab.data.vocabulary import EnoughPixels, Vocabulary

__all__ = ["VOCABULARY", "camera", "contents", "paint"]

VOCABULARY = Vocabulary(
    name="shelf",
    labels=("stocked", "restock"),
    classes=("background", "gap", "bottle", "can", "box"),
    things=("bottle", "can", "box"),
    rule=EnoughPixels(("gap",), at_least=12),
    questions={
        "any": "Must the shelf be restocked?",
        "share": "What share of the shelf's places is empty, by area?",
        "count": "How many bottles, cans and boxes are there?",
        "where": "Where is a gap? Point at it.",
    },
    symmetries=("mirror",),
    colours=("#999999", "#D55E00", "#009E73", "#56B4E9", "#F0E442"),
    share=(("gap",), ("gap", "bottle", "can", "box")),
)

USUAL = (10, 30)  # products in a picture
EMPTY = 6  # places of a shelf that holds nothing
_MAKES = colours("c8202c 1e4fa0 2e7d3a e0b020 e06a1c 7a2f86 f0ece0 2a2c30 0f8a8a c85a86 8a5a34 7cb342")
_LABELS = colours("f4f0e4 f0c830 d8282c 1c2a5a 2c2c2c e8e8ec 3a8a4a f08a2a")
_PANELS = colours("b8b4aa 8c9096 a89878 70767c c8c8c8")
_BOARDS = colours("d8d8d4 b0b4b8 c8b088 8a8e94 e4e0d4")
_TAGS = colours("f6f4ec f6f4ec f2d838 e04038")
# Of bottles, cans and boxes: the width that one needs, its height for its width, how much of a row's height it may
# take, the neck's width and from where on (shares of the product), and whether it is round.
_SHAPES = torch.tensor(
    [[0.72, 4.4, 1.0, 0.36, 0.58, 1], [0.95, 2.2, 0.84, 0.86, 0.93, 1], [1.2, 2.0, 0.95, 1, 0.5, 0]],
    dtype=torch.float64,
)


def contents(generator: torch.Generator, count: int, settings: Settings) -> Parameters:
    """What `count` shelves hold: one row a picture, lengths in fractions of the picture.

    Items (n, k) are painted in their order: gaps, products from the back to the front, price tags. With more products
    than usual all is smaller, as from further off.
    """
    low, high = settings.object_range(USUAL)
    number = whole(generator, count, 1, low=low, high=high)
    front = number - (number * settings.crowding * uniform(generator, count, 1, low=0.35, high=0.65)).long()
    empty = torch.where(uniform(generator, count, 1) < 0.5, 1 + (front * 0.2 * uniform(generator, count, 1) ** 2), 0)
    empty = torch.where(number > 0, empty.long(), EMPTY)
    most = high // 5 + EMPTY  # gaps
    shelf = _shelf(generator, count, front + empty)
    there = torch.arange(high + most) < front + empty
    lot = torch.where(there, uniform(generator, count, high + most), 2.0).argsort(dim=1, stable=True)
    full = lot.argsort(dim=1, stable=True) >= empty
    loose = uniform(generator, count, high + most) < 0.3 * settings.difficulty  # less than a gap is free beside it
    loose = loose * uniform(generator, count, high + most, low=0.1, high=0.4)
    # A crowd leans into a gap from both sides, so that a gap needs more room to be seen.
    room = (1 + torch.where(full, loose, 0.8 * settings.crowding**2)) * there
    places = _places(generator, shelf, front + empty, room, settings) | {"there": there}
    # The empty places first, then the others from left to right and row after row, then those there are not.
    order = (full.long() + 2 * ~there).argsort(dim=1, stable=True)
    index = torch.arange(high)
    behind = index >= front
    host = torch.where(behind, (uniform(generator, count, high) * front).long(), index)
    held = _pick(places, order.gather(1, empty + host))
    items = [
        _gaps(_pick(places, order[:, :most]), torch.arange(most) < empty, settings),
        _products(generator, held, index < number, behind, settings),
        _tags(generator, places),
    ]
    return {name: torch.cat([some[name] for some in items], 1) for name in items[0]} | shelf


def _shelf(generator: torch.Generator, n: int, number: Tensor) -> Parameters:
    """Rows for `number` (n, 1) places, and what the shelf is made of."""
    rows = ((0.5 * number).sqrt() + uniform(generator, n, 1, low=-0.3, high=0.5)).round().clamp_min(1)
    cut = uniform(generator, n, 2, high=0.22)  # of the first row and the last, by the picture's edges
    pitch = 1 / (rows - cut.sum(1, keepdim=True))
    return {
        "rows": rows.long()[:, 0],
        "pitch": pitch[:, 0],  # from board to board
        "top": -(pitch * cut[:, :1])[:, 0],
        "slope": uniform(generator, n, low=-0.05, high=0.05),
        "panel": choose(generator, _PANELS, n) * uniform(generator, n, 1, low=0.6, high=1.0),
        "board": choose(generator, _BOARDS, n) * uniform(generator, n, 1, low=0.8, high=1.0),
        "stains": uniform(generator, n, 1, 9, 9),
    }


def _places(
    generator: torch.Generator, shelf: Parameters, number: Tensor, room: Tensor, settings: Settings
) -> Parameters:
    """The places, row after row, and what stands there if anything does.

    room: (n, most), how much wider each of the `number` (n, 1) is than its product needs; 0 for those there are not.
    """
    (n, most), rows = room.shape, shelf["rows"][:, None]
    index = torch.arange(most)
    row = torch.where(index < number, index * rows // number.clamp_min(1), rows - 1)
    # A make fills a run of places.
    first = torch.where((uniform(generator, n, most) < 0.36) | (index == 0), index, 0).cummax(1).values
    make = _pick(_makes(generator, n, most, settings), first)
    # Rows are filled from edge to edge, and beyond.
    weight = make["needs"] * room
    over = uniform(generator, n, most, high=0.25).gather(1, row) / number.clamp_min(1).sqrt()
    total = torch.zeros(n, most, dtype=torch.float64).scatter_add_(1, row, weight).gather(1, row)
    scale = (1 + 2 * over) / total.clamp_min(1e-6)
    before = weight.cumsum(1) - weight
    begins = (row * number + rows - 1) // rows  # the first place of each one's row
    x = (before - before.gather(1, begins.clamp_max(most - 1)) + weight / 2) * scale - over
    width, pitch = make["needs"] * scale, shelf["pitch"][:, None]
    return make | {
        "x": x,
        "base": shelf["top"][:, None] + (row + 1 - BOARD) * pitch,
        "pitch": pitch.expand(-1, most),
        "place": weight * scale,
        "width": width,
        "height": torch.minimum(make["aspect"] * width, make["full"] * (1 - BOARD - DEPTH) * pitch),
    }


def _makes(generator: torch.Generator, n: int, most: int, settings: Settings) -> Parameters:
    """Makes of products (n, most): their shapes, colours and labels; some are as dark as the shelf's back."""
    kind = whole(generator, n, most, low=0, high=2)
    needs, aspect, full, neck, shoulder, is_round = _SHAPES[kind].unbind(2)
    dark = uniform(generator, n, most, 1) < 0.35 * settings.difficulty
    return {
        "kind": BOTTLE + kind,
        "needs": needs * uniform(generator, n, most, low=0.9, high=1.15),
        "aspect": aspect,
        "full": full * uniform(generator, n, most, low=0.86, high=0.99),
        "neck": neck,
        "shoulder": shoulder,
        "round": is_round,
        "style": uniform(generator, n, most),
        "colour": choose(generator, _MAKES, n, most) * torch.where(dark, 0.4, 1.0),
        "label": choose(generator, _LABELS, n, most),
    }


def _pick(table: Parameters, index: Tensor) -> Parameters:
    """The columns of tables (n, k) or (n, k, c) at index (n, m)."""
    return {
        name: values.gather(1, index if values.dim() == 2 else index[..., None].expand(-1, -1, values.shape[2]))
        for name, values in table.items()
    }


def _items(places: Parameters, there: Tensor, **changed: Tensor) -> Parameters:
    """What the painter needs of items that stand on these places, with some of it changed."""
    names = ("kind", "x", "base", "width", "height", "neck", "shoulder", "round", "style", "colour", "label")
    item = {name: places[name] for name in names} | {"light": torch.ones_like(places["x"])} | changed
    return item | {"kind": torch.where(there, item["kind"], NONE)}


def _fill(settings: Settings) -> float:
    """How much of its place a product takes."""
    return 0.74 + 0.46 * settings.crowding


def _gaps(places: Parameters, there: Tensor, settings: Settings) -> Parameters:
    """Gaps reach from board to board, and to their neighbours, who are painted over them."""
    return _items(
        places,
        there,
        kind=torch.full_like(places["kind"], GAP),
        width=places["place"] * (2.06 - _fill(settings)),
        height=(1 - BOARD) * places["pitch"],
        neck=torch.ones_like(places["neck"]),
    )


def _products(
    generator: torch.Generator, at: Parameters, there: Tensor, behind: Tensor, settings: Settings
) -> Parameters:
    """Products at places (n, high), which of them there are and which stand behind others; the hindmost first."""
    n, high = behind.shape
    aside = uniform(generator, n, high, low=-1, high=1)
    aside = torch.where(behind, aside.sign() * 0.3 + 0.3 * aside, (0.03 + 0.12 * settings.crowding) * aside)
    # How deep in the shelf it stands: a front one of which most are sold stands far back.
    back = uniform(generator, n, high) < 0.05 + 0.2 * settings.difficulty
    deep = uniform(generator, n, high)
    deep = torch.where(behind, 0.4 + 0.6 * deep, torch.where(back, 0.75 + 0.25 * deep, 0.25 * deep))
    small = 1 - 0.05 * deep
    products = _items(
        at,
        there,
        x=at["x"] - 0.5 * (at["place"] - at["width"]) + aside * at["width"],
        base=at["base"] - deep * DEPTH * at["pitch"],
        width=at["width"] * small * _fill(settings) * uniform(generator, n, high, low=0.94, high=1.03),
        height=at["height"] * small,
        light=(1 - 0.5 * deep) * uniform(generator, n, high, low=0.93, high=1.05),
    )
    return _pick(products, (-deep).argsort(dim=1, stable=True))


def _tags(generator: torch.Generator, places: Parameters) -> Parameters:
    """Price tags on the boards, below most places."""
    n, most = places["x"].shape
    there = places["there"] & (uniform(generator, n, most) < 0.75)
    return _items(
        places,
        there,
        kind=torch.full_like(places["kind"], TAG),
        x=places["x"] + 0.2 * places["width"] * uniform(generator, n, most, low=-1, high=1),
        base=places["base"] + 0.9 * BOARD * places["pitch"],
        width=torch.minimum(0.75 * places["width"], 1.9 * BOARD * places["pitch"]),
        height=0.72 * BOARD * places["pitch"],
        neck=torch.ones_like(places["neck"]),
        colour=choose(generator, _TAGS, n, most),
    )


def camera(generator: torch.Generator, n: int, settings: Settings) -> Parameters:
    """The lamps with their glare, lens and sensor, one row a picture."""
    lamp = settings.light
    return {
        "lamp": uniform(generator, n, 2, low=0.2, high=0.8),
        "falloff": lamp * uniform(generator, n, low=0.03, high=0.16),
        "slant": lamp * uniform(generator, n, 2, low=-0.08, high=0.08),
        "white": 1 + lamp * uniform(generator, n, 3, low=-0.06, high=0.06),
        "gloss": lamp * uniform(generator, n, low=0.15, high=0.45),
        "glare": uniform(generator, n, GLARES, 4),
        "glare_light": lamp * uniform(generator, n, GLARES, high=0.8) ** 2,
        "sigma": settings.blur * uniform(generator, n, low=0.002, high=0.006),
        "shot": settings.noise * uniform(generator, n, low=0.015, high=0.03),
        "read": settings.noise * uniform(generator, n, low=0.006, high=0.012),
        "grain": uniform(generator, n, 3, 3),
    }
