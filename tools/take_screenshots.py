"""Pictures of the widgets for the README, taken of the real thing in JupyterLab: `make screenshots [ARGS=viewer]`.

Each is one cell's output, after what a person would do with it; written to data/sheets/widget-NAME.webp.
"""

import argparse
import io
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tools.build_notebooks import ROOT
from tools.drive_lab import Lab, chromium, serving

SHEETS = ROOT / "data" / "sheets"
LARGEST = 250_000  # bytes of a picture
WIDTH = 980  # of the notebook's outputs, in CSS pixels
SCALE = 1.5  # device pixels a CSS pixel, so that text is sharp on good screens
TRAINED = """
import vislab as vl
scenes = vl.draw("{0}", 64, size=96, seed=7)
models = vl.pretrained("{0}")
predictions = [vl.predict(models[task], scenes) for task in ("classification", "semantic", "instance")]
"""


# Cells outlined as a hand would, from the truth, so that the picture can be taken again.
OUTLINED = """
import vislab as vl
from skimage.measure import approximate_polygon, find_contours
pictures = vl.draw("smear", 12, size=96, seed=7)
mine = vl.label(pictures)
for number in range(1, 8):
    line = max(find_contours((pictures.instances[0] == number).numpy().astype(float), 0.5), key=len)
    points = [[float(x) + 0.5, float(y) + 0.5] for y, x in approximate_polygon(line, 0.7)[:-1]]
    value = int(pictures.objects[0, number - 1])
    mine.hear({"do": "outline", "mode": "outline", "position": 0, "seconds": 7.5, "value": value, "points": points})
mine.hear({"do": "label", "mode": "label", "position": 0, "seconds": 2.0, "value": int(pictures.labels[0])})
mine.position = 0
"""
COSTED = """
import vislab as vl
from vislab.studies.shipped import study_shipped
models = vl.pretrained("smear")
results, sweep = study_shipped(count=256), vl.sweep_costs(models)
"""


@dataclass(frozen=True)
class Shot:
    """A widget: the cell that prepares it, the cell that shows it, what a person does then."""

    before: str
    cell: str
    act: Callable[[Lab, Any], None]
    waits: bool = True  # for the cell's end


def look(lab: Lab, shown: Any) -> None:
    """The Viewer with a pixel of a car pointed at."""
    _point(lab, shown, 0.55, 0.5)


def compare(lab: Lab, shown: Any) -> None:
    """The Comparison at the picture that divides the models most."""
    shown.get_by_label("order of the pictures").select_option("where answers differ most")
    lab.page.wait_for_timeout(1500)
    _point(lab, shown, 0.85, 0.8)


def watch(lab: Lab, shown: Any) -> None:
    """A training half way."""
    done = "e => Number(e.ariaValueNow)"
    while (share := shown.get_by_role("progressbar").evaluate(done)) < 55:
        lab.page.wait_for_timeout(300)
    if share > 90:
        raise ValueError(f"the training ended before its picture could be taken: {share:.0f} %")


def vary(lab: Lab, shown: Any) -> None:
    """A picture blurred by hand."""
    shown.get_by_label("blur").focus()
    for _ in range(4):
        lab.page.keyboard.press("PageUp")
        lab.page.wait_for_timeout(300)
    lab.page.wait_for_timeout(3000)


def bet(lab: Lab, shown: Any) -> None:
    """A guess that is kept."""
    shown.get_by_label("Your guess (%):").fill("15")
    shown.get_by_label("How sure?").select_option(label="70 %: fairly sure")
    shown.get_by_role("button", name="Keep my guess").click()
    lab.page.get_by_text("Kept: you said 15 %").wait_for()


def spend(lab: Lab, shown: Any) -> None:
    """A budget of ten hours, and what a required count costs."""
    shown.get_by_role("combobox").first.select_option(label="how many?")
    lab.page.wait_for_timeout(800)


def weigh(lab: Lab, shown: Any) -> None:
    """What a better count costs in time."""
    shown.get_by_role("combobox").first.select_option(index=2)
    lab.page.wait_for_timeout(800)


def outline(lab: Lab, shown: Any) -> None:
    """Seven cells outlined, more to do."""
    shown.get_by_role("button", name="Outlines").click()
    _point(lab, shown, 0.5, 0.5)


def _point(lab: Lab, shown: Any, across: float, down: float) -> None:
    """Point into the first pane, at a place in fractions of it."""
    pane = shown.locator("canvas.vislab-pane").first
    pane.scroll_into_view_if_needed()
    box = pane.bounding_box()
    lab.page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
    lab.page.wait_for_timeout(300)


SHOTS = {
    "viewer": Shot(TRAINED.format("street"), "vl.view(scenes, predictions[1:])", look),
    "comparison": Shot(TRAINED.format("smear"), "vl.compare(scenes, predictions)", compare),
    "training": Shot(
        "import vislab as vl\n"
        'train, valid, _ = vl.draw("smear", 1024, size=96, seed=1).split(valid=0.1, test=0.1, seed=0)',
        'history = vl.fit(vl.build("semantic", train.vocabulary), train, valid, epochs=2, fresh=True)',
        watch,
        waits=False,
    ),
    "what-if": Shot(TRAINED.format("smear"), 'vl.probe(models["instance"], scenes[10:11])', vary),
    "costs": Shot(COSTED, "vl.explore_costs(results, sweep, models)", weigh),
    "budget": Shot("import vislab as vl", "vl.explore_budget(vl.read_curves())", spend),
    "labeller": Shot(OUTLINED, "mine", outline),
    "bet": Shot("import vislab as vl", 'vl.guess("What share of the cells is infected?", name="show-share", unit="%")',
                bet),
}  # fmt: skip


def take(lab: Lab, name: str) -> Path:
    """Take one picture; returns its file."""
    shot = SHOTS[name]
    lab.notebook([shot.before, shot.cell], f"{name}.ipynb")
    lab.page.evaluate("async () => { await jupyterapp.commands.execute('application:toggle-left-area') }")
    lab.rewrite_and_run(0)
    shown = lab.select(1)
    run = "jupyterapp.commands.execute('notebook:run-cell')"
    lab.page.evaluate(f"async () => {{ await {run} }}" if shot.waits else f"() => {{ {run} }}")
    shown.wait_for(timeout=60_000)
    shown.locator("canvas, input, [role=progressbar]").first.wait_for(timeout=60_000)
    lab.page.wait_for_timeout(1000)
    shot.act(lab, shown)
    picture = Image.open(io.BytesIO(shown.screenshot(timeout=60_000))).convert("RGB")
    target = SHEETS / f"widget-{name}.webp"
    picture.save(target, "webp", quality=88, method=6)
    if target.stat().st_size > LARGEST:
        raise ValueError(f"{target.name} has {target.stat().st_size:,} bytes; at most {LARGEST:,} are allowed")
    return target


def main() -> int:
    """Take the pictures that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(SHOTS), help=f"any of {', '.join(SHOTS)}")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as base, chromium() as browser:
        context = browser.new_context(viewport={"width": WIDTH + 130, "height": 1700}, device_scale_factor=SCALE)
        for name in given.names:
            page = context.new_page()
            target = take(Lab(page, base, Path(home) / "work"), name)
            print(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes", flush=True)
            page.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
