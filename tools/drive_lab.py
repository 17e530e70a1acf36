"""A real JupyterLab (and Notebook 7) in a real Chromium: for the browser tests, the screenshots and the benchmarks.

with serving(home) as base, chromium() as browser: Lab(page, base, home / "work") opens notebooks, runs them, and
reads what a person would see and what Python holds.
"""

import ast
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.find_browser import COMMAND, find_browser
from vislab.course.lab import command, environment

TOKEN = "a-token-for-tests"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PANEL = "[...jupyterapp.shell.widgets('main')].find(w => w.context && w.context.path.endsWith('.ipynb'))"
KERNEL = f"({PANEL}).sessionContext.session.kernel"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


@contextmanager
def chromium() -> Iterator[Any]:
    """The Chromium that find_browser finds, without a window; FileNotFoundError where there is none."""
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        raise FileNotFoundError(f"no Chromium was found; install one with: {COMMAND}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """JupyterLab as `make lab` starts it, on home/work and with settings, kernels and answers below `home` only."""
    (home / "work").mkdir(parents=True, exist_ok=True)
    own = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "VISLAB_HOME": str(home)}
    rest = ["--no-browser", f"--port={free_port()}", f"--IdentityProvider.token={TOKEN}",
            "--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True"]  # fmt: skip
    with (home / "server.log").open("w") as log:
        line = command(home / "work", first_time=True, rest=rest)
        running = subprocess.Popen(line, env=environment() | own, cwd=home, stdout=log, stderr=log)
        try:
            yield _address(home, running)
        finally:
            running.terminate()
            running.wait(20)


def free_port() -> int:
    """A port that is free now; by the time JupyterLab is ready to listen, another may have it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _address(home: Path, running: subprocess.Popen[bytes]) -> str:
    """Wait until the server answers; returns where. Where its port is gone it takes another, and writes that down."""
    note = home / "runtime" / f"jpserver-{running.pid}.json"
    for _ in range(600):
        if running.poll() is not None:
            break
        try:
            base = f"http://127.0.0.1:{json.loads(note.read_text(encoding='utf-8'))['port']}"
            _ask(base, "GET", "status")
            return base
        except (OSError, ValueError):
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start: {(home / 'server.log').read_text()}")


def end_kernels(base: str, name: str = "") -> None:
    """End the kernel of a notebook, or all that run on the server at `base`."""
    for session in json.loads(_ask(base, "GET", "sessions")):
        if name in ("", session["path"]):
            _ask(base, "DELETE", f"sessions/{session['id']}")


def _ask(base: str, how: str, what: str) -> bytes:
    request = urllib.request.Request(f"{base}/api/{what}", headers={"Authorization": f"token {TOKEN}"}, method=how)
    answer: bytes = urllib.request.urlopen(request, timeout=30).read()
    return answer


@dataclass
class Lab:
    """One page with one notebook open, what the browser complained of, and what it asked from elsewhere."""

    page: Any
    base: str
    work: Path
    errors: list[str] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        own = (self.base, self.base.replace("http", "ws", 1), "data:", "blob:")
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        for kind in ("request", "websocket"):
            self.page.on(kind, lambda asked: None if asked.url.startswith(own) else self.outside.add(asked.url))

    # ---- opening -------------------------------------------------------------------------------------------------
    def open(self, name: str, app: str = "lab/tree") -> None:
        """Open a notebook of the work folder, with a kernel; app="notebooks" opens it in Notebook 7."""
        self.page.goto(f"{self.base}/{app}/{name}?token={TOKEN}&reset")
        self.page.wait_for_function("() => window.jupyterapp", timeout=180_000)
        self.page.evaluate("async () => { await jupyterapp.restored }")
        self.page.wait_for_function(f"() => ({PANEL})?.sessionContext?.session?.kernel?.status === 'idle'",
                                    timeout=120_000)  # fmt: skip
        self.page.evaluate(f"() => jupyterapp.shell.activateById(({PANEL}).id)")

    def notebook(self, cells: Sequence[str], name: str = "adhoc.ipynb", app: str = "lab/tree") -> None:
        """Write a notebook of code cells into the work folder and open it, with a kernel of its own."""
        end_kernels(self.base, name)
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        empty: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
        code = [empty | {"id": f"cell-{i}", "source": cell} for i, cell in enumerate(cells)]
        content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": code}
        (self.work / name).write_text(json.dumps(content), encoding="utf-8")
        self.open(name, app)

    def reopen_from_file(self) -> None:
        """Save with the widgets' state, end the kernel, open the file anew, and end the kernel it was opened with.

        So the widgets come from the file, and no Python answers them. (A notebook opened with no kernel from the start
        shows "Loading widget..." whatever its widgets: jupyter-widgets/ipywidgets#3970.)
        """
        name = self.page.evaluate(f"() => ({PANEL}).context.path")
        self.page.evaluate("async () => { await jupyterapp.commands.execute('docmanager:save') }")
        saved = json.loads((self.work / name).read_text(encoding="utf-8"))
        if "widgets" not in saved["metadata"]:
            raise RuntimeError(f"{name} was saved without the state of its widgets")
        outputs = [output.get("data", {}) for cell in saved["cells"] for output in cell.get("outputs", ())]
        widgets = sum("application/vnd.jupyter.widget-view+json" in data for data in outputs)
        # All of them are drawn before the kernel goes: until then their static pictures stand there.
        there = """widgets => {
            const shown = [...document.querySelectorAll('.jp-OutputArea-output')]
            const drawn = shown.filter(output => output.querySelector('.jupyter-widgets, [class*="vislab-"]'))
            const texts = shown.map(output => output.innerText)
            return drawn.length >= widgets && texts.every(text => text && !text.startsWith('Loading widget'))
        }"""
        self._open_until(name, there, widgets)
        self.page.evaluate(f"async () => {{ await ({PANEL}).sessionContext.shutdown() }}")
        self.errors[:] = [error for error in self.errors if "debugger state" not in error]  # it was still asking

    def _open_until(self, name: str, there: str, widgets: int) -> None:
        """Open a notebook's file until its widgets are drawn.

        On a busy machine ipywidgets now and then looks for a model before it has restored it from the file, and then
        never draws it (jupyter-widgets/ipywidgets#2549). A reader would reload the page, and so does this, at most
        twice.
        """
        from playwright.sync_api import TimeoutError as TooLateError

        for tries_left in (2, 1, 0):
            self.page.goto("about:blank")
            end_kernels(self.base, name)
            faults = len(self.errors)
            self.open(name)
            try:
                self.page.wait_for_function(there, arg=widgets, timeout=60_000)
                return
            except TooLateError:
                if not tries_left:
                    raise
                del self.errors[faults:]

    def theme(self, name: str) -> None:
        """Switch to the "light" or the "dark" theme."""
        self.page.evaluate("async theme => { await jupyterapp.commands.execute('apputils:change-theme', {theme}) }",
                           THEMES[name])  # fmt: skip
        self.page.wait_for_function(
            "([theme, light]) => document.body.dataset.jpThemeName === theme"
            " && document.body.dataset.jpThemeLight === light",
            arg=[THEMES[name], str(name == "light").lower()],
        )

    # ---- cells ---------------------------------------------------------------------------------------------------
    def run_all(self) -> None:
        """Run every cell and wait for the last one's end."""
        self.page.evaluate("async () => { await jupyterapp.commands.execute('notebook:run-all-cells') }")

    def cells(self) -> list[dict[str, Any]]:
        """The notebook's cells as they would be saved, outputs included."""
        cells: list[dict[str, Any]] = self.page.evaluate(f"() => ({PANEL}).context.model.toJSON().cells")
        return cells

    def find(self, text: str) -> int:
        """The place of the first cell whose source holds a text."""
        return next(i for i, cell in enumerate(self.cells()) if text in "".join(cell["source"]))

    def select(self, index: int) -> Any:
        """Make a cell the active one and bring it into sight; returns the element of its outputs."""
        self.page.evaluate(
            f"async i => {{ const n = ({PANEL}).content; n.activeCellIndex = i; n.deselectAll(); n.mode = 'command'; "
            "await n.scrollToItem(i, 'start', 0); }",
            index,
        )
        return self.page.locator(".jp-Cell.jp-mod-active .jp-OutputArea-output").first

    def rewrite_and_run(self, index: int, source: str | None = None) -> str:
        """Give a cell another source, run it, and return what it shows as text."""
        self.select(index)
        if source is not None:
            self.page.evaluate(
                f"([i, s]) => ({PANEL}).content.widgets[i].model.sharedModel.setSource(s)", [index, source]
            )
        self.page.evaluate("async () => { await jupyterapp.commands.execute('notebook:run-cell') }")
        outputs = self.cells()[index]["outputs"]
        return "\n".join("".join(o.get("data", {}).get("text/plain", o.get("text", ""))) for o in outputs)

    def restart_kernel(self) -> None:
        """Restart the kernel, as a learner would who wants to begin anew; what ran before is forgotten."""
        self.page.evaluate(f"async () => {{ await ({PANEL}).sessionContext.restartKernel() }}")

    # ---- Python --------------------------------------------------------------------------------------------------
    def python(self, expression: str) -> Any:
        """The value of an expression in the notebook's kernel, through JSON (arrays as lists, what else as its repr).

        It waits its turn behind what the widgets have sent before. What goes wrong there is raised here.
        """
        plain = "lambda v: v.tolist() if hasattr(v, 'tolist') else repr(v)"
        asked = {"code": "", "silent": True, "store_history": False,
                 "user_expressions": {"value": f"__import__('json').dumps({expression}, default={plain})"}}  # fmt: skip
        run = f"async asked => (await ({KERNEL}).requestExecute(asked).done).content"
        content = self.page.evaluate(run, asked)
        value = content.get("user_expressions", {}).get("value", content)
        if value["status"] != "ok":
            raise RuntimeError(f"{expression}: {value.get('ename')}: {value.get('evalue')}")
        return json.loads(ast.literal_eval(value["data"]["text/plain"]))

    def wait_python(self, expression: str, wanted: Any, seconds: float = 30) -> None:
        """Wait until an expression in the kernel has a value; AssertionError with what came last where it does not.

        An expression that fails is waited for too: on a busy machine it is asked before the widget's message is sent.
        """
        end = time.monotonic() + seconds
        while True:
            try:
                if (came := self.python(expression)) == wanted:
                    return
            except RuntimeError as error:
                came = error
            if time.monotonic() > end:
                raise AssertionError(f"{expression} is {came!r}, not {wanted!r}, after {seconds:g} s")
            self.page.wait_for_timeout(50)

    def learner(self) -> dict[str, Any]:
        """What the learner's file holds."""
        file = self.work / "learner.json"
        state: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return state
