"""The exercises of notebook 07: what a right answer passes, what the likely mistakes are told; what it shows."""

import math

import numpy as np
import pytest
import torch

from vislab.costs.compute.layers import count_layers
from vislab.costs.compute.roofline import Dot, Roof
from vislab.costs.compute.timing import Spread
from vislab.exercises.nb07_compute import checks as check
from vislab.exercises.nb07_compute.convolution import Conv
from vislab.exercises.nb07_compute.figures import show_layers, show_roof, show_times
from vislab.exercises.nb07_compute.lying import FINE, KINDS, LEDGER


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def answered(exercise, mistake):
    """The hint that a mistake is shown; it must be wrong, or have stopped."""
    answer = exercise(mistake)
    assert answer.outcome.split()[0] in ("wrong", "stopped"), answer
    return answer.hint


# Multiply-adds of a convolution


def side(n, stride):
    return math.ceil(n / stride)


def macs(height, width, inside, outside, kernel, stride, groups):
    return side(height, stride) * side(width, stride) * outside * (inside // groups) * kernel * kernel


def test_conv_macs():
    answer = check.conv_macs(macs)
    assert (answer.outcome, "all 27 convolutions" in answer.sentence) == ("right", True)
    assert answer.panels[1].value == "2,691,072, 7.9 times fewer"
    assert check.conv_macs(lambda *given: float(macs(*given))).outcome == "right"


@pytest.mark.parametrize(
    "conv", [Conv(16, 32, 3, 8, 3, 1, 1), Conv(32, 16, 8, 4, 5, 2, 4), Conv(48, 32, 6, 6, 1, 2, 1)]
)
def test_what_the_check_expects_is_what_torch_counts(conv):
    height, width, inside, outside, kernel, stride, groups = conv
    layer = torch.nn.Conv2d(inside, outside, kernel, stride, kernel // 2, groups=groups, bias=False)
    first = torch.nn.Conv2d(3, inside, 1)  # pictures have three channels
    counted = {row.name: row.macs for row in count_layers(torch.nn.Sequential(first, layer), (height, width))}
    assert counted["1"] == conv.macs


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda h, w, i, o, k, s, g: h * w * o * (i // g) * k * k, "the pixels of the input"),
        (lambda h, w, i, o, k, s, g: h * w / s * o * (i // g) * k * k, "divided by the stride once"),
        (lambda h, w, i, o, k, s, g: macs(h, w, i, o, k, s, 1), "left out the groups"),
        (lambda h, w, i, o, k, s, g: macs(h, w, i, o, k, s, g) / g, "divided by the groups twice"),
        (lambda h, w, i, o, k, s, g: macs(h, w, i, o, k, s, g) // k, "a height and a width"),
        (lambda h, w, i, o, k, s, g: macs(h, w, i, o, 1, s, g), "left out the kernel"),
        (lambda *given: 2 * macs(*given), "FLOPs"),
        (lambda h, w, i, o, k, s, g: side(h, s) * side(w, s) * o * (i // g * k * k + 1), "You counted a bias"),
        (lambda h, w, i, o, k, s, g: o * (i // g) * k * k, "how many parameters"),
        (lambda h, w, i, o, k, s, g: macs(h, w, i, 1, k, s, g), "one output channel"),
        (lambda h, w, i, o, k, s, g: side(h, s) * side(w, s) * o * k * k, "left out the input channels"),
        (lambda h, w, i, o, k, s, g: (h // s) * (w // s) * o * (i // g) * k * k, "a row or a column short"),
        (lambda h, w, i, o, k, s, g: h * w / s**2 * o * (i // g) * k * k, "without rounding"),
        (
            lambda h, w, i, o, k, s, g: ((h - k) // s + 1) * ((w - k) // s + 1) * o * (i // g) * k * k,
            "lost a margin",
        ),
        (lambda *given: 17, "One pixel, one channel"),  # none of these
    ],
)
def test_mistakes_about_multiply_adds(mistake, hint):
    assert hint in answered(check.conv_macs, mistake)


# Latency, and throughput


def paces(alone, together, batch):
    return np.median(alone[1:]), batch / np.median(together[1:])


def test_latency_and_throughput():
    answer = check.latency_and_throughput(paces)
    assert (answer.outcome, "all 24 lists of timings" in answer.sentence) == ("right", True)
    from_each = lambda a, t, b: [np.quantile(a[1:], 0.5), 1 / np.median(t[1:] / b)]  # noqa: E731
    assert check.latency_and_throughput(from_each).outcome == "right"


def test_who_writes_into_the_times_is_told():
    def into(alone, together, batch):
        together /= batch
        return np.median(alone[1:]), 1 / np.median(together[1:])

    answer = check.latency_and_throughput(into)
    assert answer.outcome == "changed its input"
    assert "`together`" in answer.sentence


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda a, t, b: (np.median(t[1:]) / b, b / np.median(t[1:])), "Latency is not 1 / throughput"),
        (lambda a, t, b: (np.median(a[1:]), 1 / np.median(a[1:])), "Throughput is not 1 / latency"),
        (lambda a, t, b: (np.median(a[1:]), b / np.median(a[1:])), "one picture alone. A batch takes longer"),
        (lambda a, t, b: (np.median(a[1:]), np.median(t[1:]) / b), "upside down"),
        (lambda a, t, b: (np.median(a[1:]), 1 / np.median(t[1:])), "batches a second"),
        (lambda a, t, b: (np.median(a[1:]), b * np.median(t[1:])), "You multiplied"),
        (lambda a, t, b: (np.median(t[1:]), b / np.median(t[1:])), "how long a whole batch takes"),
        (lambda a, t, b: (a[1:].mean(), b / t[1:].mean()), "You took the mean"),
        (lambda a, t, b: (a[1:].mean(), b / np.median(t[1:])), "The latency is a mean"),
        (lambda a, t, b: (np.median(a[1:]), (b / t[1:]).mean()), "The throughput is a mean"),
        (lambda a, t, b: (np.median(a[1:]), b / t[1:].mean()), "The throughput is from a mean"),
        (lambda a, t, b: (np.median(a), b / np.median(t)), "the warm-up: leave it out"),
        (lambda a, t, b: (a.mean(), b / t.mean()), "You took the mean. Take the median"),
        (lambda a, t, b: (a[1:].min(), b / t[1:].min()), "the luckiest one"),
        (lambda a, t, b: paces(a, t, b)[::-1], "the wrong order"),
        (lambda a, t, b: (1e3 * np.median(a[1:]), b / np.median(t[1:])), "in milliseconds"),
        (lambda a, t, b: (3.0, 4.0), "After the warm-up"),  # none of these
    ],
)
def test_mistakes_about_latency_and_throughput(mistake, hint):
    assert hint in answered(check.latency_and_throughput, mistake)


def test_one_number_is_not_two():
    assert "a single number, not an array of shape (2,)" in check.latency_and_throughput(lambda a, t, b: 1.0).sentence


# A table that lies


def lie(row):
    if row["energy"] == 0:
        return "energy"
    if row["memory"] < 4 * row["parameters"]:
        return "memory"
    if row["macs"] > 1.5 * row["counted"]:
        return "operations"
    if row["latency"] * row["fastest"] < row["counted"]:
        return "clock"
    return "throughput" if row["throughput"] * row["latency"] > row["batch"] else "fine"


def but(**tests):
    """The right answer, but for some of its tests."""

    def answer(row):
        for kind in KINDS:
            if tests[kind](row) if kind in tests else lie(row) == kind:
                return kind
        return FINE

    return answer


def never(row):
    return False


def test_fault():
    answer = check.fault(lie)
    assert (answer.outcome, "all 37 rows" in answer.sentence) == ("right", True)
    assert {panel.title: panel.value for panel in answer.panels} == {
        "Alder": "fine", "Birch": "energy", "Cedar": "memory", "Dogwood": "operations", "Elm": "clock",
        "Fir": "throughput", "Ginkgo": "fine",
    }  # fmt: skip


def test_each_row_has_at_most_one_fault_and_all_occur():
    said = [trial.expected for trial in check.fault.trials()]
    assert {word: said[len(LEDGER) :].count(word) for word in (*KINDS, FINE)} == dict.fromkeys((*KINDS, FINE), 5)
    for trial in check.fault.trials():
        row = trial.arguments["row"]
        lies = [row["energy"] == 0, row["memory"] < 4 * row["parameters"], row["macs"] != row["counted"]]
        lies += [row["latency"] < row["counted"] / row["fastest"], row["batch"] / row["throughput"] < row["latency"]]
        assert sum(lies) == (trial.expected != FINE)


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (but(energy=lambda r: not r["energy"]), "None is not a lie"),
        (but(energy=lambda r: r["energy"] is None), "None is honest"),
        (but(energy=never), "All work takes energy"),
        (but(memory=lambda r: r["memory"] < r["parameters"]), "each of them takes 4 bytes"),
        (but(memory=lambda r: r["memory"] > 4 * r["parameters"]), "more than the parameters"),
        (but(memory=never), "The parameters alone need 4 bytes"),
        (but(operations=never), "reported FLOPs"),
        (but(operations=lambda r: r["counted"] == 2 * r["macs"]), "reported FLOPs"),
        (but(clock=never), "without waiting for it"),
        (but(clock=lambda r: r["latency"] * r["fastest"] > r["counted"]), "Every model is slower"),
        (but(throughput=lambda r: r["throughput"] > 1 / r["latency"]), "a batch gains just that"),
        (
            but(throughput=lambda r: abs(r["throughput"] * r["latency"] - 1) > 1e-5),
            "Throughput need not be 1 / latency",
        ),
        (but(throughput=lambda r: r["throughput"] * r["latency"] < r["batch"]), "that is as it should be"),
        (but(throughput=never), "Can that be less"),
        (lambda r: "fine", "Birch: Work takes energy"),  # the second row shows it
        (lambda r: lie(r).title(), "in small letters"),
        (lambda r: "speed", "Alder: Every figure"),  # none of these
    ],
)
def test_mistakes_about_the_table(mistake, hint):
    assert hint in answered(check.fault, mistake)


def test_a_row_is_left_as_it_was():
    answer = check.fault(lambda row: (lie(row), row.update(energy=1))[0])
    assert (answer.outcome, "`row`" in answer.sentence) == ("changed its input", True)
    answer = check.fault(lambda row: row["energy"] == 0)
    assert (answer.outcome, "not a text in quotes" in answer.sentence) == ("wrong type", True)


def test_a_row_is_shown_figure_by_figure():
    answer = check.fault(lambda r: "energy")
    told = {panel.title: panel.value for panel in answer.panels}
    assert (told["parameters"], told["it should be"], told["your function says"]) == ("11,700,000", "fine", "energy")
    assert "KeyError" in check.fault(lambda r: r["joules"]).sentence
    assert check.fault(lambda r: None).outcome == "not yet tried"


def test_the_table_is_shown_as_it_lies():
    table = check.show_ledger()
    assert [row[0] for row in table.rows] == list(LEDGER)
    assert [row[-1] for row in table.rows[:2] + table.rows[6:]] == ["0.09 J", "0 J", "not measured"]
    assert table.caption.startswith("Invented. All on one GPU")


# What is shown


def test_times_are_told_in_words():
    sheet = show_times([0.02, 0.01, 0.01, 0.03, 0.01, 0.01, 0.01])
    assert sheet.alt == (
        "7 times in their order, in milliseconds: 20.0, 10.0, 10.0, 30.0, 10.0, 10.0, 10.0. The median is 10.0, "
        "with an interval from 10.0 to 30.0; the mean is 14.3."
    )


def test_layers_are_shown_part_by_part():
    model = torch.nn.Sequential()
    model.add_module("encoder", torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, 2, 1, bias=False)))
    model.add_module("head", torch.nn.Conv2d(4, 1, 1, bias=False))
    sheet = show_layers(count_layers(model, 32))
    assert sheet.alt == (
        "Shares of all multiply-adds and of all parameters. encoder.0: 96 % and 96 %; head: 4 % and 4 %."
    )


# Questions


def test_each_check_has_hints():
    for exercise in (check.conv_macs, check.latency_and_throughput, check.fault):
        assert [exercise.hint().sentence[:6] for _ in range(4)] == ["1 of 3", "2 of 3", "3 of 3", "1 of 3"]


def flat(rate):
    return Spread(rate, 0.9 * rate, 1.1 * rate)


def dot(model, batch, intensity, rate):
    return Dot(model, 96, batch, rate, rate / intensity, 1.0, (0.9, 1.1))


CPU = Roof({"float32": flat(60e9)}, flat(13e9), "a processor")
GPU = Roof({"bfloat16": flat(720e12), "float32": flat(50e12)}, flat(4e12), "a graphics card")
BOTH = Roof({"bfloat16": flat(1.2e12), "float32": flat(181e9)}, flat(14e9), "a processor that multiplies in bfloat16")


def ends_of_texts(sheet):
    """Where each text is on the sheet, without the ticks'."""
    sheet.draw_without_rendering()
    (ax,) = sheet.axes
    return {text.get_text(): text.get_window_extent() for text in ax.texts}


def test_the_roofline_tells_shares_of_the_peak():
    sheet = show_roof(CPU, [dot("a", 1, 20, 6e9), dot("b", 1, 2, 3e9), dot("a", 8, 30, 30e9), dot("b", 8, 3, 12e9)])
    named = ends_of_texts(sheet)
    assert {"a  10 → 50 %", "b  5 → 20 %", "1 at a time", "8 at a time", "peak in float32, 60 GFLOP/s"} <= set(named)
    assert sheet.alt.startswith("A roofline of a processor: peak 60 GFLOP/s in float32; memory 13 GB/s")
    assert "8 at a time 30.0 FLOPs a byte, 30 GFLOP/s, 50 % of the peak" in sheet.alt


@pytest.mark.parametrize(
    ("roof", "dots"),
    [
        (CPU, [dot(name, batch, 20 + batch, 1e9 * batch * 4) for name in "abcd" for batch in (1, 8)]),
        (CPU, [dot("slow", 1, 0.5, 1e8), dot("above the peak", 1, 40, 70e9), dot("just below", 1, 41, 59e9)]),
        (GPU, [dot(name, batch, 45, batch * 1e11) for name in "abcd" for batch in (1, 8)]),
        (GPU, [dot("above the slope", 1, 3, 2e13), dot("on the ridge", 1, 180, 720e12)]),
        (CPU, [dot("alone", 1, 10, 1e9)]),
        (BOTH, [dot(name, 1, 50, rate * 1e9) for name, rate in zip("abcd", (140, 112, 76, 29), strict=True)]),
        (BOTH, [dot(name, 1, 50, rate * 1e9) for name, rate in zip("abc", (190, 181, 170), strict=True)]),
        (BOTH, [dot("fast", 1, 50, 400e9), dot("slow", 1, 50, 100e9)]),
    ],
)
def test_no_text_of_the_roofline_is_on_another_or_off_the_sheet(roof, dots):
    sheet = show_roof(roof, dots)
    boxes = list(ends_of_texts(sheet).items())
    for index, (text, box) in enumerate(boxes):
        assert box.x0 >= 0
        assert box.x1 <= sheet.bbox.x1, text
        assert box.y1 <= sheet.bbox.y1, text
        assert [other for other, its in boxes[index + 1 :] if box.overlaps(its)] == [], text
