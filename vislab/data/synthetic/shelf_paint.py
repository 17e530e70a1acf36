"""How a shelf looks: the nearest item of each pixel is found first, then every pixel is painted once.

A gap has no look of its own: it is where the shelf's back is seen in an empty place. Heights on the screen are seen
along the boards, which fall or rise a little from left to right.
"""

import torch
from torch import Tensor

from vislab.data.synthetic import canvas
from vislab.data.synthetic.canvas import Fragments, Painted, each
from vislab.data.synthetic.settings import Parameters

NONE, GAP, BOTTLE, CAN, BOX, TAG = range(6)  # kinds of items; all but the tag are classes of pixels, too
BOARD = 0.13  # the share of a row that its board's front takes
DEPTH = 0.14  # the share of a row from a board's front edge up to its back one
GLARES = 3  # reflections a picture
METAL = 0.72


def paint(shelf: Parameters, size: int, device: torch.device) -> Painted:
    """Paint what was sampled. Ids, int32, are the products' columns + 1."""
    p = {name: value.float() if value.is_floating_point() else value for name, value in shelf.items()}
    top = _topmost(p, size)
    kind = torch.nn.functional.pad(p["kind"], (1, 0)).gather(1, top.flatten(1).long()).view_as(top)
    semantic = torch.where(kind == TAG, NONE, kind)
    product = (kind > GAP) & (kind < TAG)
    image = _background(p, size)
    _paint_items(p, image, torch.where(kind > GAP, top, 0))
    objects = torch.where((p["kind"] > GAP) & (p["kind"] < TAG), p["kind"], 0)
    return Painted(_photograph(p, image), semantic.to(torch.uint8), top * product, objects.to(torch.uint8))


def _topmost(p: Parameters, size: int) -> Tensor:
    """The last item that covers each pixel's centre, as its column + 1, 0 for none: int32 (n, s, s)."""
    n, there = len(p["kind"]), p["kind"] > NONE
    ids = torch.zeros(n, size, size, dtype=torch.int32, device=there.device)
    picture, column = there.nonzero(as_tuple=True)
    names = ("x", "base", "width", "height", "neck", "shoulder")
    x, base, width, height, neck, shoulder = (p[name][there] for name in names)
    half, slope = width / 2, p["slope"][picture]
    fall, tilt = slope * (x - 0.5), slope.abs() * half
    box = torch.stack([x - half, base - height + fall - tilt, x + half, base + fall + tilt], 1)
    seen = Fragments.of_boxes(picture, box, size)
    own = torch.stack([x, base + fall, half, height, slope, neck, shoulder]).index_select(1, seen.owner)
    x, base, half, height, slope, neck, shoulder = own
    across = seen.x - x
    up = (base + slope * across - seen.y).div_(height)
    reach = half * (1 - (1 - neck) * ((up - shoulder) / 0.12).clamp_(0, 1))
    inside = (up >= 0) & (up < 1) & (across.abs() < reach)
    ids.view(-1).scatter_reduce_(0, seen.pixel, inside * (column.int() + 1).index_select(0, seen.owner), "amax")
    return ids


def _background(p: Parameters, size: int) -> Tensor:
    """The boards, and between them the shelf's floor and its back in the shade of the board above: (n, 3, s, s)."""
    x, y = canvas.grid(size, p["top"].device)
    pitch = each(p["pitch"])
    along = ((y - each(p["top"]) - each(p["slope"]) * (x - 0.5)) / pitch).remainder_(1)  # of a row, from above
    panel, board = (p[name][:, :, None, None] for name in ("panel", "board"))
    along, pixel = along[:, None], 1 / (pitch[:, None] * size)
    floor = ((along - (1 - BOARD - DEPTH)) / pixel + 0.5).clamp_(0, 1)
    front = ((along - (1 - BOARD)) / pixel + 0.5).clamp_(0, 1)
    stains = canvas.clouds(p["stains"], size).mul_(0.16).add_(0.92)
    image = panel * ((0.36 + 0.68 * along) * stains)
    image = torch.lerp(image, board * (0.45 + 2.0 * (along - (1 - BOARD - DEPTH))), floor)
    edge = 1.05 - 0.35 * ((along - 1 + BOARD) / BOARD)
    return torch.lerp(image, board * edge, front)


def _paint_items(p: Parameters, image: Tensor, top: Tensor) -> None:
    """Paint items over the image (n, 3, s, s), in place, where top int32 (n, s, s) names one by its column + 1."""
    size, kind = top.shape[-1], p["kind"]
    pixel = top.flatten().nonzero()[:, 0]
    picture, place = pixel // size**2, pixel % size**2
    item = picture * kind.shape[1] + top.flatten()[pixel].long() - 1
    numbers = {name: p[name] for name in ("x", "base", "width", "height", "round", "style", "light")}
    numbers |= {name: p[name][:, None].expand(kind.shape) for name in ("slope", "gloss")}
    numbers |= {"tag": (kind == TAG).float(), "can": (kind == CAN).float()}
    table = [*numbers.values(), *p["colour"].unbind(2), *p["label"].unbind(2)]
    own = torch.stack([values.flatten() for values in table]).index_select(1, item)
    at = dict(zip(numbers, own, strict=False))
    x, y = ((step + 0.5).float() / size for step in (place % size, place // size))
    up = (at["base"] + at["slope"] * (x - 0.5) - y) / at["height"]
    across = (x - at["x"]) / (0.5 * at["width"])
    image.view(len(top), 3, -1)[picture, :, place] = _colours(at, across, up, own[-6:-3], own[-3:]).T


def _colours(at: Parameters, across: Tensor, up: Tensor, colour: Tensor, label: Tensor) -> Tensor:
    """What pixels of items show, (3, f), by the numbers of each one's item, its colour and its label's (3, f).

    across: (f,), -1 to 1 from the left to the right edge. up: (f,), 0 at the foot to 1 at the top.
    """
    can, tag, is_round = at["can"] > 0, at["tag"] > 0, at["round"]
    # A label with a badge in the item's own colour, a bottle's cap, and the metal of a can's ends.
    low = 0.14 + 0.2 * at["style"]
    high = low + 0.28 + 0.2 * at["style"]
    badge = (across / 0.5) ** 2 + ((up - 0.5 * (low + high)) / (0.3 * (high - low))) ** 2  # 1 on its outline
    labelled = ((up > low) & (up < high) & (across.abs() < 0.8 + is_round)) * (2 * badge - 1.5).clamp_(0, 1)
    cap = (up > 0.93) & ~can & (is_round > 0.5)
    colours = colour.lerp(label, torch.where(cap, 1.0, labelled))
    colours = torch.where(can & ((up > 0.93) | (up < 0.05)), METAL, colours)
    # What is round darkens to both sides; a box has edges, and both a shadow at the foot.
    body = 0.5 + 0.55 * (1 - across**2).clamp_min(0).sqrt()
    side = (0.97 - 0.12 * across) * (1 - 0.35 * (across.abs() > 0.9))
    shade = side.lerp(body, is_round) * (1 - 0.3 * (up < 0.04)) * at["light"]
    shine = at["gloss"] * at["light"] * (is_round + 0.15) * torch.exp(-(((across + 0.4) / 0.16) ** 2))
    print_ = ((up * 3).remainder(1) < 0.4) & (across.abs() < 0.7)  # two lines on a tag
    return torch.where(tag, torch.where(print_, 0.3, colour), colours * shade + shine)


def _photograph(p: Parameters, image: Tensor) -> Tensor:
    """What the camera sees of the image (n, 3, s, s): uint8."""
    size = image.shape[-1]
    x, y = canvas.grid(size, image.device)
    light = canvas.light_field(size, p["lamp"], p["falloff"], p["slant"])
    image = image * p["white"][:, :, None, None] * light
    for index in range(GLARES):
        at_x, at_y, wide, turn = (each(p["glare"][:, index, part]) for part in range(4))
        turn = (turn - 0.5) * 1.2
        dx, dy = x - at_x, y - at_y
        u, v = dx * turn.cos() + dy * turn.sin(), dy * turn.cos() - dx * turn.sin()
        spot = torch.exp(-((u / (0.03 + 0.08 * wide)) ** 2) - (v / (0.1 + 0.35 * wide)) ** 2)
        image = image + (each(p["glare_light"][:, index]) * spot)[:, None]
    image = canvas.blur(image, p["sigma"])
    return canvas.expose(image, canvas.noise(p["grain"], size), p["shot"], p["read"])
