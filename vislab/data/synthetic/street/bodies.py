"""Cars and people."""

import torch
from torch import Tensor

from vislab.data.synthetic.settings import Parameters
from vislab.data.synthetic.street.brush import Brush, edge, limb, on_screen, rounded
from vislab.data.synthetic.street.plan import EYE, FOCAL, HORIZON

_LEAN = 0.2  # of its width: how much a car's windows lean inwards


def paint_cars(thing: Parameters, picture: Tensor, size: int) -> tuple[Brush, Tensor]:
    """Cars: the side that is turned to us, then the cabin, then the face (front or rear), which is nearest."""
    front, style = thing["front"] > 0, thing["style"]
    van, sedan = style[:, 0] < 0.15, style[:, 1] < 0.5
    thing["belt"] = thing["height"] * torch.where(van, 0.56, 0.60)  # where windows begin
    bonnet, boot = torch.where(van, 0.35, 1.05), torch.where(van, 0.03, torch.where(sedan, 0.6, 0.15))
    thing["begin"] = torch.where(front, bonnet, boot)  # m from the face to the cabin, and to its end
    thing["finish"] = thing["length"] - torch.where(front, boot, bonnet)
    brush = Brush(thing, picture, _box(thing), size)
    _side(brush)
    _cabin(brush)
    _face(brush)

    light, lamps = thing["light"], thing["lamps"]
    tail = torch.tensor([[0.75, 0.06, 0.05]], device=light.device)
    head = torch.tensor([[0.95, 0.93, 0.82]], device=light.device) * (0.85 + 0.15 * lamps)[:, None]
    ingredients = {
        "body": thing["colours"][:, 0] * light,
        "glass": 0.07 + 0.35 * thing["horizon"] * light.clamp_max(1),
        "lamp": torch.where(front[:, None], head, tail) * (0.75 + 0.5 * lamps)[:, None],
        "metal": 0.72 * light,
        "dark": 0.09 * light + 0.01,
    }
    return brush, brush.mix(ingredients)


def _box(thing: Parameters) -> Tensor:
    """The box (m, 4) on the screen about the near and the far end of each car."""
    ends = [FOCAL / thing["z"], FOCAL / (thing["z"] + thing["length"])]
    sides = torch.stack([(thing["x"] + sign * thing["width"] / 2) * end for sign in (-1, 1) for end in ends])
    roof = torch.stack([(EYE - thing["height"]) * end for end in ends])
    edges = [0.5 + sides.amin(0), HORIZON + roof.amin(0), 0.5 + sides.amax(0), HORIZON + EYE * ends[0]]
    return torch.stack(edges, 1)


def _side(brush: Brush) -> None:
    """Doors, windows and wheels, where lines of sight meet the plane of the doors; it leans inwards above the belt."""
    at, half, belt, height = brush.at, brush.at["width"] / 2, brush.at["belt"], brush.at["height"]
    ray = brush.seen.x - 0.5
    ray = torch.where(ray.abs() < 1e-4, 1e-4, ray)
    slim = torch.zeros_like(ray)
    for _ in range(2):  # where the plane is met says how much it leans there: twice is near enough
        plane = at["x"] - at["x"].sign() * half * (1 - _LEAN * slim)
        z = (FOCAL * plane / ray).clamp(0.3, 300)
        y = EYE - (brush.seen.y - HORIZON) * z / FOCAL
        slim = ((y - belt) / (height - belt)).clamp(0, 1)
    metre, length = z / (FOCAL * brush.size), z * z / (FOCAL * plane.abs().clamp_min(0.05) * brush.size)
    along = z - at["z"]
    shown = edge(at["x"].abs() - half, 0.1) * (plane * ray > 0)
    shown *= edge(along, length) * edge(at["length"] - along, length)
    roof = torch.minimum((along - at["begin"]) / 0.4 + 1, (at["finish"] - along) / 0.7).clamp_(0, 1)
    panel = edge(belt + (height - belt) * roof - y, metre) * edge(y - 0.22, metre)
    brush.add("body", shown * panel, 0.80 - 0.25 * (y < 0.4))
    pane = torch.minimum(along - at["begin"] - 0.15, at["finish"] - 0.05 - along) - 0.5 * slim
    post = edge((along - 0.5 * (at["begin"] + at["finish"])).abs() - 0.05, length)
    window = edge(pane, length) * post * edge(y - belt - 0.02, metre) * edge(height - 0.13 - y, metre)
    brush.add("glass", shown * window)
    for hub in (0.75, at["length"] - 0.8):
        radius = ((along - hub) ** 2 + (y - 0.32) ** 2).sqrt_()
        brush.add("dark", shown * edge(0.33 - radius, metre))
        brush.add("metal", shown * edge(0.18 - radius, metre), 0.8)


def _cabin(brush: Brush) -> None:
    """The cabin with its window, which rises over the bonnet or the boot."""
    at, half, belt, height = brush.at, brush.at["width"] / 2, brush.at["belt"], brush.at["height"]
    x, y, metre = brush.plane(at["begin"])
    slim = _LEAN * ((y - belt) / (height - belt)).clamp(0, 1)
    cabin = edge(half * (0.97 - slim) - x.abs(), metre) * edge(height - y, metre) * edge(y - 0.4, metre)
    brush.add("body", cabin, 0.9 + 0.2 * (y < belt + 0.02))
    pane = edge(height - 0.13 - y, metre) * edge(y - belt - 0.04, metre)
    brush.add("glass", edge(half * (0.86 - slim) - x.abs(), metre) * pane, 0.8 + 2.5 * slim)


def _face(brush: Brush) -> None:
    """Bumper, grille, number plate, lamps and wheels."""
    at, half, belt = brush.at, brush.at["width"] / 2, brush.at["belt"]
    x, y, metre = brush.plane()
    brush.add("dark", edge(0.12 - (x.abs() - half + 0.16).abs(), metre) * edge(0.3 - y, metre) * edge(y, metre))
    middle = (belt + 0.2) / 2
    body = edge(rounded(x, y - middle, half, belt - middle, 0.10), metre)
    brush.add("body", body, 1 - 0.12 * (y < middle + 0.1))
    brush.add("dark", 0.7 * edge(half - 0.06 - x.abs(), metre) * edge(0.06 - (y - 0.32).abs(), metre))
    grille = edge(half * 0.55 - x.abs(), metre) * edge(0.07 - (y - belt + 0.2).abs(), metre)
    brush.add("dark", 0.8 * grille * at["front"])
    brush.add("metal", edge(0.26 - x.abs(), metre) * edge(0.06 - (y - 0.45).abs(), metre))
    aside, up = x.abs() - half + 0.24, y - belt + 0.2
    brush.add("lamp", edge(rounded(aside, up, 0.16, 0.09, 0.05), metre))
    brush.add("lamp", 0.45 * torch.exp(-(aside**2 + up**2) / 0.12) * at["lamps"] * (brush.alpha > 0.5))


def paint_people(thing: Parameters, picture: Tensor, size: int) -> tuple[Brush, Tensor]:
    """People, drawn in parts of their height: legs, skirt or coat, trunk, arms, head and hair."""
    for index, name in enumerate(("stride", "swing", "dress", "long", "lean")):
        thing[name] = thing["style"][:, index + 1]
    brush = Brush(thing, picture, on_screen(thing, 0.27 * thing["height"], thing["height"]), size)
    x, y, metre = brush.plane()
    # Their width goes with their height, some being stouter.
    _figure(brush, x / brush.at["width"], y / brush.at["height"], metre / brush.at["height"])
    _head(brush, x / brush.at["width"], y / brush.at["height"], metre / brush.at["height"])
    colours = thing["colours"] * thing["light"][:, None]
    ingredients = dict(zip(("top", "bottom", "skin", "hair"), colours.unbind(1), strict=True))
    return brush, brush.mix(ingredients | {"shoe": 0.10 * thing["light"]})


def _figure(brush: Brush, x: Tensor, y: Tensor, metre: Tensor) -> None:
    """All below the neck."""
    at = brush.at
    for sign in (-1, 1):
        foot = sign * (0.03 + 0.10 * at["stride"]) + 0.02 * (at["lean"] - 0.5)
        leg = edge(0.052 - limb(x, y, (sign * 0.05, 0.47), (foot, 0.05)), metre)
        brush.add("bottom", leg, 0.85 + 0.15 * sign)
        brush.add("shoe", edge(0.048 - ((x - foot - 0.01) ** 2 + (y - 0.035) ** 2 * 2).sqrt_(), metre))
    skirt = edge(0.10 + 0.12 * (0.55 - y) - x.abs(), metre) * edge(y - 0.30, metre) * edge(0.55 - y, metre)
    brush.add("bottom", skirt * (at["dress"] < 0.25))
    shade = 1.06 - 2.2 * x.abs()
    brush.add("top", edge(rounded(x, y - 0.65, 0.125 - 0.04 * (0.8 - y), 0.185, 0.06), metre), shade)
    coat = edge(0.12 - x.abs(), metre) * edge(y - 0.36, metre) * edge(0.6 - y, metre)
    brush.add("top", coat * (at["dress"] > 0.75), shade)
    for sign in (-1, 1):
        hand = sign * (0.13 + 0.06 * at["swing"])
        arm = edge(0.033 - limb(x, y, (sign * 0.125, 0.78), (hand, 0.47)), metre)
        brush.add("top", arm, 0.8 + 0.1 * sign)
        brush.add("skin", arm * edge(0.50 - y, metre))


def _head(brush: Brush, x: Tensor, y: Tensor, metre: Tensor) -> None:
    """Neck, face and hair; who turns away shows hair alone."""
    at = brush.at
    away = 1 - at["front"]
    brush.add("skin", edge(0.03 - x.abs(), metre) * edge(0.03 - (y - 0.85).abs(), metre), 0.85)
    head = edge(0.066 - ((x / 0.85) ** 2 + (0.88 * (y - 0.921)) ** 2).sqrt_(), metre)
    brush.add("skin", head)
    brush.add("hair", head * torch.maximum(edge(y - 0.935, metre), away * edge(y - 0.885, metre)))
    locks = edge(rounded(x, y - 0.88, 0.07, 0.07, 0.04), metre) * (at["long"] < 0.35)
    brush.add("hair", locks * torch.maximum(away, edge(x.abs() - 0.045, metre)))
