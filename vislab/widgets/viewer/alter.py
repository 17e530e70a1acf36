"""One picture under other conditions: a drawn one is drawn anew, any other is altered."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from vislab.data.convert import keep_visible, labels_from_masks
from vislab.data.datasets.resize import resample
from vislab.data.scenes import Scenes
from vislab.data.synthetic import canvas
from vislab.data.synthetic.draw import SIZES, is_drawn, redraw
from vislab.data.synthetic.settings import STRONGEST, Settings
from vislab.errors import VislabError
from vislab.models.encoder import STRIDE

Values = dict[str, float]
LARGEST = 256  # pixels: sizes that are fast enough to follow the slider; a larger picture starts at its own size
LIKE = 0.01  # the share of a picture's values that may differ between drawing it alone and with others


@dataclass(frozen=True)
class Slider:
    """A condition to move. name: as in the settings. words, unit: as shown. start: of the original picture."""

    name: str
    words: str
    low: float
    high: float
    step: float
    start: float
    unit: str = ""

    def clip(self, value: Any) -> float:
        """The nearest position. Raises VislabError if the value is no number."""
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            raise VislabError(f"{self.name} must be a number from {self.low:g} to {self.high:g}, not {value!r}")
        steps = round((min(max(value, self.low), self.high) - self.low) / self.step)
        return round(self.low + steps * self.step, 6)


class Drawn:
    """A picture that `draw` drew with its default settings: every condition is drawn anew, objects and all."""

    note = ""

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        usual = Settings()
        factors = {"blur": "blur", "noise": "noise", "light": "uneven light"}
        self.sliders = (
            *(Slider(key, words, 0, STRONGEST, 0.1, getattr(usual, key), "×") for key, words in factors.items()),
            Slider("crowding", "crowding", 0, 1, 0.05, usual.crowding),
            Slider("difficulty", "difficulty", 0, 1, 0.05, usual.difficulty),
            _size_slider(size, SIZES[0], LARGEST),
        )

    def make(self, values: Values) -> Scenes:
        """The scene under these conditions."""
        settings = {name: value for name, value in values.items() if name != "size"}
        return redraw(self.name, int(values["size"]), Settings(**settings))  # type: ignore[arg-type]


class Photo:
    """A picture of a camera, or drawn with other settings: lens, sensor and lamp are imitated on its pixels."""

    def __init__(self, scene: Scenes) -> None:
        self.scene = scene
        longer = max(scene.size)
        self.sliders = (
            Slider("blur", "blur", 0, 5, 0.1, 0, "px"),
            Slider("noise", "noise", 0, 30, 1, 0, "%"),
            Slider("brightness", "brightness", 0.1, 2, 0.05, 1, "×"),
            Slider("contrast", "contrast", 0, 2, 0.05, 1, "×"),
            Slider("light", "uneven light", 0, 1, 0.05, 0),
            _size_slider(longer, max(2 * STRIDE, longer // 2), min(2 * longer, LARGEST)),
        )
        why = "the objects of a photograph stay where they are"
        if is_drawn(scene.ids[0]):
            why = "this picture was not drawn with the default settings, and its own were not saved"
        self.note = f"No slider for crowding: {why}. The effects of lens, sensor and lamp are added to it."

    def make(self, values: Values) -> Scenes:
        """The scene under these conditions."""
        scene, longer = self.scene, max(self.scene.size)
        if values["size"] != longer:
            scene = resize(scene, tuple(_side(side, values["size"] / longer, side == longer) for side in scene.size))
        return replace(scene, images=expose(scene.images, values))


def source_of(scene: Scenes) -> Drawn | Photo:
    """The source of one picture: drawn anew if that gives this very picture at the start."""
    scene = scene.to("cpu")
    name, (height, width) = scene.ids[0], scene.size
    if is_drawn(name) and height == width and SIZES[0] <= height <= SIZES[1] and _same(redraw(name, height), scene):
        return Drawn(name, height)
    return Photo(scene)


def _same(drawn: Scenes, scene: Scenes) -> bool:
    """Whether both show the same, up to the few pixels in which pictures drawn alone and together differ."""
    levels = ("labels", "semantic", "instances", "objects")
    pairs = [(getattr(scene, level), getattr(drawn, level)) for level in levels]
    same = drawn.vocabulary == scene.vocabulary and all(truth is None or truth.equal(new) for truth, new in pairs)
    return same and float((drawn.images != scene.images).double().mean()) <= LIKE


def _size_slider(start: int, low: int, high: int) -> Slider:
    """Sizes a multiple of the encoder's stride from the start, so that a model takes them too."""
    low = start - (start - min(low, start)) // STRIDE * STRIDE
    high = start + (max(high, start) - start) // STRIDE * STRIDE
    return Slider("size", "size", low, high, STRIDE, start, "px")


def _side(side: int, scale: float, exact: bool) -> int:
    """A side's length at a scale; exact, or else a multiple of the stride from the side."""
    wanted = side * scale
    return round(wanted) if exact else max(STRIDE, side + round((wanted - side) / STRIDE) * STRIDE)


def resize(scene: Scenes, size: tuple[int, ...]) -> Scenes:
    """The pictures at another size (h, w), masks by the pixel under each centre; objects without a pixel are gone.

    The label follows the rule, if there is one.
    """
    mean = torch.nn.functional.interpolate(scene.images.float(), size, mode="bilinear", antialias=True)
    semantic, instances, objects, labels = scene.semantic, scene.instances, scene.objects, scene.labels
    if semantic is not None:
        semantic = resample(semantic, size)
    if instances is not None and objects is not None:
        instances, objects = keep_visible(resample(instances, size), objects)
    rule = scene.vocabulary.rule
    determined = rule is not None and (rule.level == "semantic" or objects is not None)
    if labels is not None and semantic is not None and determined:
        labels = labels_from_masks(scene.vocabulary, semantic, objects)
    images = mean.round().clamp(0, 255).to(torch.uint8)
    return replace(scene, images=images, labels=labels, semantic=semantic, instances=instances, objects=objects)


def expose(images: Tensor, values: Values) -> Tensor:
    """Pictures uint8 (n, 3, h, w) under another lamp, lens and sensor, in this order; uint8.

    values: light (0 even, 1 dark in the corner far from the lamp), brightness (times), blur (deviation in pixels),
    contrast (times, about the mean), noise (deviation in percent of white; always the same grain).
    """
    from scipy.ndimage import gaussian_filter

    height, width = images.shape[-2:]
    seen = images.float() / 255
    if values["light"]:
        lamp, slope = torch.tensor([[0.35, 0.35]]), torch.tensor([[-0.3, -0.2]]) * values["light"]
        field = canvas.light_field(max(height, width), lamp, torch.tensor([values["light"]]), slope)
        seen = seen * torch.nn.functional.interpolate(field, (height, width), mode="bilinear")
    seen = seen * values["brightness"]
    if values["blur"]:
        seen = torch.from_numpy(gaussian_filter(seen.numpy(), values["blur"], axes=(2, 3), mode="nearest"))
    middle = seen.mean((2, 3), keepdim=True)
    seen = (middle + (seen - middle) * values["contrast"]).clamp_(0, 1)
    if values["noise"]:
        grain = torch.randn(3, height, width, generator=torch.Generator().manual_seed(0))  # always the same
        seen = seen + grain * (values["noise"] / 100)
    return seen.mul(255).round().clamp(0, 255).to(torch.uint8)
