"""Multiply-adds of a convolution: an exercise of notebook 07, with the mistakes that its check knows."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from vislab.exercises.checking.answers import Panel
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.recognising import Mistake
from vislab.exercises.checking.trial import RANDOM, Trial


class Conv(NamedTuple):
    """A convolution that is padded by kernel // 2, and the side of its pictures."""

    height: int
    width: int
    inside: int
    outside: int
    kernel: int
    stride: int
    groups: int

    @property
    def pixels(self) -> int:
        """Of its output."""
        return -(-self.height // self.stride) * -(-self.width // self.stride)

    @property
    def macs(self) -> int:
        """Output pixels, times output channels, times the numbers that each of these sees."""
        return self.pixels * self.outside * (self.inside // self.groups) * self.kernel**2


def _as(how: Callable[[Conv], float]) -> Callable[..., float]:
    """An answer to the learner's seven arguments."""
    return lambda *values: how(Conv(*values))


def _rounded_down(c: Conv) -> float:
    return c._replace(height=c.height // c.stride * c.stride, width=c.width // c.stride * c.stride).macs


def _unpadded(c: Conv) -> float:
    return c._replace(height=max(0, c.height - c.kernel + 1), width=max(0, c.width - c.kernel + 1)).macs


MACS = (
    Mistake("You took the pixels of the input. A number is computed for every pixel of the output, and a stride "
        "leaves out pixels: height / stride rows and width / stride columns, rounded up.",
        _as(lambda c: c._replace(stride=1).macs)),
    Mistake("You divided by the stride once. It leaves out rows and columns: twice.",
        _as(lambda c: c._replace(stride=1).macs / c.stride)),
    Mistake("You left out the groups: an output channel sees only inside / groups of the input channels.",
        _as(lambda c: c._replace(groups=1).macs)),
    Mistake("You divided by the groups twice. Each output channel sees inside / groups channels; but there still are "
        "`outside` output channels.", _as(lambda c: c.macs / c.groups)),
    Mistake("A kernel has a height and a width: kernel * kernel numbers for each input channel.",
        _as(lambda c: c.macs / c.kernel)),
    Mistake("You left out the kernel: each output looks at kernel * kernel pixels.",
        _as(lambda c: c._replace(kernel=1).macs)),
    Mistake("These are FLOPs, which count a multiplication and an addition separately. Multiply-adds are half as many.",
        _as(lambda c: 2 * c.macs)),
    Mistake("You counted a bias. Adding one number to each output multiplies nothing, and this convolution has none.",
        _as(lambda c: c.macs + c.pixels * c.outside)),
    Mistake("That is how many parameters it has. Each of them works once for every pixel of the output.",
        _as(lambda c: c.macs / c.pixels)),
    Mistake("That is one output channel. There are `outside` of them.", _as(lambda c: c.macs / c.outside)),
    Mistake("You left out the input channels: each output channel adds up over inside / groups of them.",
        _as(lambda c: c.macs / (c.inside // c.groups))),
    Mistake("Your output is a row or a column short: with this padding 7 pixels at stride 2 give 4, rounded up.",
        _as(_rounded_down)),
    Mistake("You divided by the stride's square without rounding: rows and columns are whole. 7 pixels at stride 2 "
        "give 4.", _as(lambda c: c._replace(stride=1).macs / c.stride**2)),
    Mistake("You lost a margin of pixels. The picture is padded by kernel // 2, so at stride 1 the output is as large "
        "as the input.", _as(_unpadded)),
)  # fmt: skip


def _convolutions() -> Iterator[Trial]:
    seen = [
        (Conv(1, 1, 1, 1, 1, 1, 1), "One pixel, one channel in, one out: a single multiplication."),
        (Conv(4, 4, 1, 1, 3, 1, 1), "16 output pixels, and for each a kernel of 9 numbers."),
        (Conv(4, 4, 3, 2, 1, 1, 1), "16 output pixels, 2 output channels, and each of these sees 3 input channels."),
        (Conv(6, 4, 2, 3, 3, 1, 1), "24 output pixels, 3 outputs, 2 inputs, 9 numbers a kernel."),
        (Conv(8, 8, 2, 4, 3, 2, 1), "A stride of 2 leaves 4 × 4 output pixels; 4 outputs, 2 inputs, 9 a kernel."),
        (Conv(4, 4, 4, 4, 3, 1, 4), "Four groups of one channel: every output sees one input channel, 9 numbers."),
        (Conv(7, 5, 1, 1, 3, 2, 1), "7 pixels at stride 2 give 4, and 5 give 3: rounded up, as it is padded."),
    ]
    chance = np.random.default_rng(7)
    for _ in range(RANDOM):
        height, width = chance.integers(4, 40, 2).tolist()
        groups, kernel, stride = (int(chance.choice(some)) for some in ([1, 1, 2, 4], [1, 3, 5], [1, 2, 3]))
        inside, outside = (groups * chance.integers(1, 9, 2)).tolist()
        seen.append((Conv(height, width, inside, outside, kernel, stride, groups), ""))
    for conv, hint in seen:
        yield Trial(conv._asdict(), conv.macs, hint)


def _what_groups_save() -> tuple[str, list[Panel]]:
    """The trick of light architectures."""
    plain = Conv(24, 24, 64, 64, 3, 1, 1)
    light = plain._replace(groups=64).macs + plain._replace(kernel=1).macs
    panels = [
        Panel("one 3 × 3 convolution", f"{plain.macs:,}"),
        Panel("each channel by itself, then 1 × 1", f"{light:,}, {plain.macs / light:.1f} times fewer"),
    ]
    return "What light architectures do with groups, at 24 × 24 pixels and 64 channels:", panels


conv_macs = Check(
    "07-conv-macs",
    _convolutions,
    (
        "How many pixels does the output have? At stride s, n pixels give n / s, rounded up: math.ceil(n / s).",
        "Each pixel of each of the `outside` output channels adds up over inside // groups input channels, and over "
        "kernel * kernel numbers in each.",
        "rows * columns * outside * (inside // groups) * kernel * kernel",
    ),
    MACS,
    afterword=_what_groups_save,
    cases="convolutions",
)
