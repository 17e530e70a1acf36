"""Models that leave vislab: an ONNX file, which runs without torch, compared with torch before it is written."""

import copy
import io
import json
import math
import warnings
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from vislab.data.synthetic.draw import draw
from vislab.errors import VislabError
from vislab.evaluation.predict import threshold_of
from vislab.models.backbone import Backbone
from vislab.models.build import MODELS, Model
from vislab.models.encoder import CONTRAST, STRIDE
from vislab.models.predictions import Task
from vislab.system.files import writing

SUFFIX = ".onnx"
OPSET = 17  # of ONNX 1.12, which runtimes have known since 2022
TOLERANCE = 1e-4  # of the file's numbers, as `Exported` has the difference
SIZES = ((64, 64), (75, 100), (224, 160))  # height and width of the pictures that compare the two
COUNTS = (1, 2)  # of pictures at once
INPUT = "pictures"
ABOUT_INPUT = "uint8 (n, height, width, 3), red, green and blue"


class Output(NamedTuple):
    """What comes out of a file. axes: a name for each that varies, a number for each that the model decides."""

    name: str
    axes: tuple[str, ...]
    about: str


PIXELS = ("n", "classes", "height", "width")
OF_CLASSES = Output("probabilities", PIXELS, "how likely each class is at each pixel")
OF_LABELS = Output("probabilities", ("n", "labels"), "how likely each label is")
OF_THINGS = ("n", "things", "height", "width")
OUTPUTS: dict[Task, tuple[Output, ...]] = {
    "classification": (
        OF_LABELS,
        Output("evidence", ("n", "labels", "rows", "columns"), "what speaks for each label in each 8 × 8 pixels"),
    ),
    "regression": (
        OF_LABELS,
        Output("share", ("n",), "of the area, 0 to 1"),
        Output("count", ("n", "things"), "objects of each thing"),
    ),
    "points": (Output("heatmap", OF_THINGS, "how likely a pixel is where a dot belongs, for each thing"),),
    "detection": (
        Output("heatmap", OF_THINGS, "how likely a pixel is the middle of a box, for each thing"),
        Output("offset", ("n", "2", "height", "width"), "x and y in pixels from the pixel's middle to the box's"),
        Output("sides", ("n", "2", "height", "width"), "width and height of the box, in pixels"),
    ),
    "semantic": (OF_CLASSES,),
    "instance": (
        OF_CLASSES,
        Output("heatmap", ("n", "height", "width"), "how likely a pixel is the centre of an object"),
        Output("offset", ("n", "2", "height", "width"), "x and y in pixels to the centre of the pixel's object"),
        Output("radius", ("n", "height", "width"), "of the pixel's object, in pixels"),
    ),
}


class Exported(NamedTuple):
    """What an ONNX file that was written is like.

    difference: the largest of its numbers from torch's in float32, as a share of the largest number of that output, if
    it is above 1. sizes: height and width of the pictures that were compared. any_size: whether it takes pictures of
    any size; else of that one size alone.
    """

    difference: float
    sizes: tuple[tuple[int, int], ...]
    any_size: bool


def export_onnx(model: Model, path: str | Path) -> Exported:
    """Write a model of `vl.build` as an ONNX file, if its numbers are those of torch up to 1e-4 (see `Exported`).

    path: ends in .onnx; a file that is there is replaced. In goes `pictures`, uint8 (n, height, width, 3), RGB as
    image libraries decode them, of any number and size; the file scales, normalises and fills up by itself. Out come,
    float32, by task:

    - classification: `probabilities` (n, labels), and `evidence` (n, labels, rows, columns), the map of each label.
    - regression: `probabilities` (n, labels), `share` (n,) from 0 to 1, and `count` (n, things).
    - points: `heatmap` (n, things, height, width), of which the peaks are dots (`vislab.models.spots.find_peaks`).
    - detection: the same of the middles of boxes, and in pixels `offset` (n, 2, height, width), x and y to the middle,
      and `sides` (n, 2, height, width), width and height.
    - semantic: `probabilities` (n, classes, height, width).
    - instance: the same, and four maps: `heatmap` (n, height, width), `offset` (n, 2, height, width), x and y, and
      `radius` (n, height, width), both in pixels. The objects are not in the file: `vislab.models.grouping.group`
      says how these maps become objects, and `threshold` in the metadata from which score one counts.

    Task, vocabulary, threshold, encoder and normalisation are in the file's metadata. A backbone that takes one size
    alone gets a file for pictures of the size of its weights. Raises VislabError if a package is missing, for what is
    no model of `vl.build`, for another ending, if the numbers differ, or if the disk refuses.
    """
    path = Path(path)
    _check_packages()
    if not isinstance(model, tuple(MODELS.values())):
        raise VislabError(f"a model of vl.build can be exported, not {type(model).__name__}")
    if path.suffix != SUFFIX:
        raise VislabError(f"{path}: must end in {SUFFIX}; call it {path.stem}{SUFFIX}")
    answering = Answering(copy.deepcopy(model).cpu()).eval()
    sizes: tuple[tuple[int, int], ...] = SIZES
    file, difference = _compared(answering, sizes, any_size=True)
    if difference > TOLERANCE and isinstance(model.encoder, Backbone):
        sizes = ((model.encoder.size,) * 2,)
        file, difference = _compared(answering, sizes, any_size=False)
    if difference > TOLERANCE:
        reason = f"the file's numbers differ from torch's by {difference:.1e}, and {TOLERANCE:g} is allowed"
        if math.isinf(difference):
            reason = "ONNX Runtime cannot run what torch exports of it"
        raise VislabError(f"{path}: not written, as {reason}; take another encoder, as vislab's own or resnet18")
    with writing(path) as part:
        part.write_bytes(file)
    return Exported(difference, sizes, any_size=sizes == SIZES)


class Answering(nn.Module):
    """A model from pictures as image libraries decode them to the outputs of its task, at the pictures' size."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    @property
    def outputs(self) -> list[Output]:
        """What comes out: of a regressor no probabilities without labels, and no counts without things."""
        words, outputs = self.model.vocabulary, OUTPUTS[cast(Task, self.model.task)]
        return [one for one in outputs if all(getattr(words, axis, True) for axis in one.axes)]

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """uint8 (n, h, w, 3) → the outputs."""
        encoder, (h, w) = self.model.encoder, pictures.shape[1:3]
        image = pictures.permute(0, 3, 1, 2).float() / 255  # (n, 3, h, w)
        # In double precision, as ONNX Runtime adds up the pixels of a picture inexactly: offsets were off by 2e-3 px.
        normal = encoder.normalise(image.double()).float()  # (n, 3, h, w)
        # Zeros fill up what is normal, as in vislab predict: sides are multiples of 16 from here on.
        raw: Any = self.model.head(encoder.features(pad(normal, (0, -w % STRIDE, 0, -h % STRIDE))))
        found = {}
        if self.model.task == "classification":
            found["probabilities"], found["evidence"] = raw[0].softmax(1), raw[1]
        elif self.model.task == "regression":
            found["probabilities"], found["share"], found["count"] = raw.scores.softmax(1), raw.share, raw.counts
        elif self.model.task == "points":
            found["heatmap"] = raw.sigmoid()[..., :h, :w]
        elif self.model.task == "detection":
            heat, found["offset"], log_sides = (each[..., :h, :w] for each in raw)
            found["heatmap"], found["sides"] = heat.sigmoid(), log_sides.exp()
        elif self.model.task == "semantic":
            found["probabilities"] = raw.softmax(1)[..., :h, :w]
        else:
            scores, maps = (each[..., :h, :w] for each in raw)  # (n, classes, h, w), (n, 4, h, w)
            found["probabilities"], found["heatmap"] = scores.softmax(1), maps[:, 0].sigmoid()
            found["offset"], found["radius"] = maps[:, 1:3], maps[:, 3].exp()
        return tuple(found[one.name] for one in self.outputs)


def _check_packages() -> None:
    try:
        import onnx  # noqa: F401
        import onnxruntime  # type: ignore[import-untyped]  # noqa: F401
    except ImportError as error:
        raise VislabError(f"an ONNX file needs {error.name}; run: pip install 'vislab[export]'") from error


def _compared(answering: Answering, sizes: tuple[tuple[int, int], ...], any_size: bool) -> tuple[bytes, float]:
    """A file's bytes, and its difference from torch as `Exported` has it; inf if it cannot be made or run."""
    try:
        file = _file_of(answering, sizes[-1], any_size)
        return file, _difference(answering, file, sizes)
    except Exception:  # torch and ONNX Runtime raise errors of many kinds for what they cannot export or run
        return b"", math.inf


def _file_of(answering: Answering, size: tuple[int, int], any_size: bool) -> bytes:
    """The file's bytes, traced on pictures of this size; one that is not for any size is for this one alone."""
    import onnx

    vary = {"n", "height", "width", "rows", "columns"} if any_size else {"n"}
    axes = {INPUT: ("n", "height", "width")} | {one.name: one.axes for one in answering.outputs}
    free = {name: {i: axis for i, axis in enumerate(named) if axis in vary} for name, named in axes.items()}
    held: Any = io.BytesIO()  # the exporter's types know only paths
    with warnings.catch_warnings():
        # The exporter is called old, but the new one cannot fill pictures up to a multiple of 16 as of torch 2.15; what
        # a trace may miss, as its other warnings say, the comparison finds.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            answering, (pictures_of(size, 2),), held, dynamo=False, opset_version=OPSET,
            input_names=[INPUT], output_names=[one.name for one in answering.outputs], dynamic_axes=free,
        )  # fmt: skip
    file = onnx.load_model_from_string(held.getvalue())
    onnx.helper.set_model_props(file, _about(answering))
    for value, words in zip(
        (*file.graph.input, *file.graph.output), (ABOUT_INPUT, *(one.about for one in answering.outputs)), strict=True
    ):
        value.doc_string = words
    return bytes(file.SerializeToString())


def _about(answering: Answering) -> dict[str, str]:
    """The file's metadata: text by key."""
    model = answering.model
    about = {
        "kind": "vislab.onnx", "format": "1", "vislab": version("vislab"), "task": model.task,
        "vocabulary": json.dumps(model.vocabulary.to_dict()),
    }  # fmt: skip
    if isinstance(model.encoder, Backbone):
        mean, deviation = (each.flatten().tolist() for each in (model.encoder.mean, model.encoder.deviation))
        about["encoder"] = model.encoder.title
        about["normalisation"] = f"in the file: from 0 to 1, less {mean}, divided by {deviation}"
    else:
        about["normalisation"] = f"in the file: from 0 to 1, less each picture's mean colour, times {CONTRAST:g}"
    if model.task == "instance":
        about["threshold"] = f"{threshold_of(model):g}"
        about["objects"] = "are not in the file; vislab.models.grouping.group says how the maps become objects"
    return about


def _difference(answering: Answering, file: bytes, sizes: Sequence[tuple[int, int]]) -> float:
    """The largest difference of the file's numbers from torch's, as `Exported` has it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what fails is told in one sentence
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    differences = []
    for size, count in product(sizes, COUNTS):
        pictures = pictures_of(size, count)
        with torch.inference_mode():
            expected = answering(pictures)
        got = map(torch.from_numpy, session.run(None, {INPUT: pictures.numpy()}))
        for one, other in zip(got, expected, strict=True):
            differences.append((one - other).abs().max() / other.abs().max().clamp_min(1))
    return float(torch.stack(differences).nan_to_num(math.inf).max())


def pictures_of(size: tuple[int, int], count: int) -> Tensor:
    """Drawn pictures of this height and width, the largest count at most: uint8 (count, h, w, 3)."""
    return _drawn(max(64, *size))[:count, : size[0], : size[1]].contiguous()


@cache
def _drawn(side: int) -> Tensor:
    return draw("street", max(COUNTS), size=side).images.permute(0, 2, 3, 1)
