"""How soon the Viewer answers, beside the same view made by ipywidgets' interact with matplotlib, and by ipympl.

In one run, in one headless Chromium on one JupyterLab: from the slider's event in the page to the panes drawn, four
panes of 512 x 512 (the picture with a mask over it, its opacity on the slider), in turn for all three, and for the
Viewer's threshold too. Then how soon the first view stands after its cell's end; and of 10,000 pictures of 512 px what
the first view and each next picture send, and how long after the key it stands. Medians of 20 with the 10th and 90th
percentile.

    .venv/bin/uv pip install --python .venv/bin/python -r benchmarks/requirements.txt     (ipympl)
    python benchmarks/viewer.py [--repeats 20] [--write]
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tools.drive_lab import Lab, chromium, serving

RESULTS = Path(__file__).parent / "results" / "viewer.md"
WARM_UP = 3
MANY = 10_000

# Street pictures of 512 px; three masks besides the truth, as a semantic segmenter would give them.
SETUP = """
import numpy as np, torch
import vislab as vl
from vislab.data.contact_sheet import colour_classes
from vislab.models.predictions import SemanticPrediction
scenes = vl.draw("street", 4, size=512, seed=0)
words = scenes.vocabulary
def made_prediction(name, sure):
    there = torch.nn.functional.one_hot(scenes.semantic.long().clamp(max=len(words.classes) - 1), len(words.classes))
    return SemanticPrediction(name, words, scenes.ids, (sure * there.movedim(-1, 1)).half())
predictions = [made_prediction("first", 2.0), made_prediction("second", 3.0), made_prediction("third", 4.0)]
picture = scenes.images[0].permute(1, 2, 0).numpy()
overlay = colour_classes(scenes.semantic[0].numpy(), words)
"""
OURS = "viewer = vl.view(scenes, predictions); viewer"
INTERACT = """
%matplotlib inline
import matplotlib.pyplot as plt
from ipywidgets import FloatSlider, interact
@interact(opacity=FloatSlider(0.5, min=0, max=1, step=0.01))
def show(opacity):
    figure, axes = plt.subplots(1, 4, figsize=(20.48, 5.12), dpi=100, gridspec_kw={"wspace": 0, "hspace": 0})
    figure.subplots_adjust(0, 0, 1, 1)
    for axis in axes:
        axis.imshow(picture)
        axis.imshow(overlay, alpha=opacity)
        axis.axis("off")
    plt.show()
"""
IPYMPL = """
%matplotlib widget
import matplotlib.pyplot as plt
from ipywidgets import FloatSlider
from IPython.display import display
with plt.ioff():
    figure, axes = plt.subplots(1, 4, figsize=(20.48, 5.12), dpi=100, gridspec_kw={"wspace": 0, "hspace": 0})
figure.subplots_adjust(0, 0, 1, 1)
shown = []
for axis in axes:
    axis.imshow(picture)
    shown.append(axis.imshow(overlay, alpha=0.5))
    axis.axis("off")
slider = FloatSlider(0.5, min=0, max=1, step=0.01)
def move(change):
    for one in shown:
        one.set_alpha(change.new)
    figure.canvas.draw_idle()
slider.observe(move, "value")
display(slider, figure.canvas)
"""
# One tall picture of 21 drawn ones, of which each of the 10,000 is a window: 64 MB of memory stand for 50 GB.
TEN_THOUSAND = f"""
import torch
import vislab as vl
from vislab.models.predictions import SemanticPrediction
drawn = vl.draw("street", 21, size=512, seed=0)
n, words = {MANY}, drawn.vocabulary
def windows(tall):
    c, h, w = tall.shape
    return tall.as_strided((n, c, 512, w), (w, h * w, w, 1))
images = windows(drawn.images.movedim(0, 1).reshape(3, -1, 512)[:, : n + 511].contiguous())
mask = drawn.semantic.reshape(1, -1, 512)[:, : n + 511].contiguous()
there = mask[0].long().clamp(max=len(words.classes) - 1)
scores = torch.nn.functional.one_hot(there, len(words.classes)).movedim(-1, 0)
many = vl.Scenes(images, None, windows(mask)[:, 0], None, None, words, tuple(f"p{{i}}" for i in range(n)))
semantic = SemanticPrediction("semantic", words, many.ids, windows((4 * scores).half().contiguous()))
"""

# The page notes when a canvas that is in sight is drawn on, and when a picture in an output is there.
WATCH = """() => {
    const first = CanvasRenderingContext2D.prototype.drawImage
    window.drawn = []
    CanvasRenderingContext2D.prototype.drawImage = function (...given) {
        first.apply(this, given)
        if (this.canvas.isConnected) {
            this.getImageData(0, 0, 1, 1) // waits until it is drawn
            drawn.push([performance.now(), this.canvas])
        }
    }
    addEventListener('load', ({ target }) => target.matches?.('img') && drawn.push([performance.now(), target]), true)
}"""
# Moves a slider by one step and returns the milliseconds until `count` canvases or pictures below `within` are drawn.
MOVE = """async ([selector, within, count]) => {
    const control = document.querySelector(selector)
    if (!control) throw new Error(`there is no ${selector}`)
    drawn.length = 0
    const start = performance.now()
    if (control.tagName === 'INPUT') {
        control.value = Number(control.value) < 0.9 ? Number(control.value) + 0.01 : 0.1
        control.dispatchEvent(new Event('input', { bubbles: true }))
    } else {
        control.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }))
    }
    while (performance.now() - start < 10000) {
        const there = drawn.filter(([, e]) => e.closest(within))
        if (new Set(there.map(([, e]) => e)).size >= count) return there.at(-1)[0] - start
        await new Promise(go => setTimeout(go, 1))
    }
    throw new Error(`nothing was drawn below ${within}`)
}"""
# Runs the active cell and returns the milliseconds from its end to the first view: below 0 where it stood before.
FIRST = """async count => {
    drawn.length = 0
    await jupyterapp.commands.execute('notebook:run-cell')
    const end = performance.now()
    while (performance.now() - end < 20000) {
        const first = new Map()
        for (const [at, e] of drawn) if (e.matches('.vislab-pane') && !first.has(e)) first.set(e, at)
        if (first.size >= count) return Math.max(...first.values()) - end
        await new Promise(go => setTimeout(go, 1))
    }
    throw new Error('no first view')
}"""
# Presses a key on the first pane and returns the milliseconds until the picture of that number stands.
NEXT = """async ([key, number]) => {
    const pane = document.querySelector('canvas.vislab-pane')
    const status = document.querySelector('.vislab-viewer [role=status]')
    drawn.length = 0
    const start = performance.now()
    pane.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
    while (performance.now() - start < 20000) {
        if (status.textContent.startsWith(`picture ${number} `) && drawn.length) return drawn.at(-1)[0] - start
        await new Promise(go => setTimeout(go, 1))
    }
    throw new Error(`picture ${number} did not come: ${status.textContent}`)
}"""


def measure_sliders(lab: Lab, repeats: int) -> dict[str, list[float]]:
    """Milliseconds from the slider's event to four panes drawn, of each way in turn."""
    lab.notebook([SETUP, OURS, INTERACT, IPYMPL], "sliders.ipynb")
    lab.page.evaluate(WATCH)
    lab.run_all()
    _no_errors(lab)
    lab.page.wait_for_timeout(3000)
    lab.page.evaluate(
        "() => document.querySelectorAll('.jp-Cell').forEach((cell, k) => cell.classList.add(`cell-${k}`))"
    )
    sides = lab.page.evaluate(
        "() => [...document.querySelectorAll('canvas.vislab-pane')].map(c => [c.width, c.height])"
    )
    if sides != [[512, 512]] * 4:
        raise RuntimeError(f"four panes of 512 x 512 were to be measured, and not {sides}")
    slide = ".noUi-handle"
    ways: dict[str, tuple[str, str, int]] = {
        "the Viewer, opacity": (".cell-1 input[type=range][aria-label=opacity]", ".cell-1", 4),
        "the Viewer, a threshold": (".cell-1 input[type=range][aria-label*=probability]", ".cell-1", 4),
        "interact and matplotlib": (f".cell-2 {slide}", ".cell-2", 1),
        "ipympl": (f".cell-3 {slide}", ".cell-3 .jupyter-matplotlib", 1),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(WARM_UP + repeats):  # in turn, so that what else the machine does meets all alike
        for name, way in ways.items():
            time_taken = lab.page.evaluate(MOVE, list(way))
            if turn >= WARM_UP:
                times[name].append(time_taken)
            lab.page.wait_for_timeout(300)  # what an earlier move still draws must not be counted for the next
    return times


def measure_first_view(lab: Lab, repeats: int) -> list[float]:
    """Milliseconds from the end of a cell with four panes of 512 px to all four drawn."""
    lab.notebook([SETUP, OURS], "first.ipynb")
    lab.page.evaluate(WATCH)
    lab.rewrite_and_run(0)
    _no_errors(lab)
    times = []
    for turn in range(WARM_UP + repeats):
        lab.select(1)
        taken = lab.page.evaluate(FIRST, 4)
        if turn >= WARM_UP:
            times.append(taken)
        lab.page.wait_for_timeout(300)
    return times


def measure_ten_thousand(lab: Lab, repeats: int) -> tuple[int, list[int], list[float]]:
    """Bytes of the first view of 10,000 pictures of 512 px, then bytes and milliseconds of each next picture."""
    received = [0]

    def count(socket: Any) -> None:
        socket.on("framereceived", lambda frame: received.__setitem__(0, received[0] + len(frame)))

    lab.page.on("websocket", count)
    lab.notebook([TEN_THOUSAND, "viewer = vl.view(many, [semantic]); viewer"], "many.ipynb")
    lab.page.evaluate(WATCH)
    lab.rewrite_and_run(0)
    _no_errors(lab)
    lab.select(1)
    lab.page.wait_for_timeout(1000)
    start = received[0]
    lab.page.evaluate(FIRST, 2)
    lab.page.wait_for_timeout(1000)
    first, sizes, times = received[0] - start, [], []
    lab.page.locator("canvas.vislab-pane").first.focus()
    for turn in range(WARM_UP + repeats):
        start = received[0]
        taken = lab.page.evaluate(NEXT, ["PageDown", turn + 2])
        lab.page.wait_for_timeout(500)
        if turn >= WARM_UP:
            sizes.append(received[0] - start)
            times.append(taken)
    return first, sizes, times


def _no_errors(lab: Lab) -> None:
    wrong = [out for cell in lab.cells() for out in cell["outputs"] if out["output_type"] == "error"]
    if wrong:
        raise RuntimeError(f"{wrong[0]['ename']}: {wrong[0]['evalue']}")


def row(name: str, values: Sequence[float], form: Callable[[float], str] = "{:.1f}".format) -> str:
    """A table's row: median, 10th and 90th percentile."""
    tenths = statistics.quantiles(values, n=10, method="inclusive")
    return f"| {name} | {form(statistics.median(values))} | {form(tenths[0])} | {form(tenths[-1])} |"


def table(what: str, rows: Sequence[str]) -> list[str]:
    return [f"| {what} | median | 10 % | 90 % |", "|---|---|---|---|", *rows, ""]


def report(browser: Any, repeats: int) -> list[str]:
    """Measure all, and say it in lines of Markdown."""
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as base:
        context = browser.new_context(viewport={"width": 2600, "height": 1200})
        begun = os.getloadavg()[0]

        def on_a_page(measure: Callable[[Lab, int], Any]) -> Any:
            page = context.new_page()
            result = measure(Lab(page, base, Path(home) / "work"), repeats)
            page.close()  # JupyterLab would start a second page anew, in another workspace
            return result

        sliders, first = on_a_page(measure_sliders), on_a_page(measure_first_view)
        weight, sizes, times = on_a_page(measure_ten_thousand)
    names = ("vislab", "anywidget", "ipywidgets", "jupyterlab", "matplotlib", "ipympl")
    ours = statistics.median(sliders["the Viewer, opacity"])
    slowest = statistics.median(sliders["the Viewer, a threshold"])
    peers = [statistics.median(sliders[name]) for name in ("interact and matplotlib", "ipympl")]
    return [
        f"{time.strftime('%Y-%m-%d')}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, load "
        f"{begun:.1f} at the beginning and {os.getloadavg()[0]:.1f} at the end; Chromium {browser.version}; "
        f"Python {platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in names),
        "",
        f"Medians of {repeats}. Four panes of 512 x 512: a drawn street with its classes over it.",
        "",
        *table("from the slider's event to the panes drawn, ms", [row(*one) for one in sliders.items()]),
        f"The peers take {min(peers) / ours:.0f} and {max(peers) / ours:.0f} times as long as the Viewer's opacity, "
        f"{min(peers) / slowest:.0f} and {max(peers) / slowest:.0f} times as long as its threshold.",
        "",
        *table("from the cell's end to the first view, ms", [row("the Viewer, four panes of 512 x 512", first)]),
        *table(f"{MANY:,} pictures of 512 px, two panes; the next picture", [
            row("received, kB", sizes, lambda value: f"{value / 1e3:,.0f}"),
            row("from the key to the picture, ms", times),
        ]),
        f"Their first view receives {weight / 1e3:,.0f} kB, the widget's own code among it.",
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    given = parser.parse_args()
    with chromium() as browser:
        text = "\n".join(report(browser, given.repeats)) + "\n"
    print(text)
    if given.write:
        RESULTS.write_text(f"# How soon the Viewer answers\n\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
