"""A real JupyterLab on a learner's copy of the notebooks, in a real browser."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tools.find_browser import find_browser
from tools.open_lab import ROOT, command, environment
from tools.work_copy import hand_out

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


@dataclass
class Lab:
    """JupyterLab with one notebook open, and what the browser complained of."""

    page: Any
    base: str
    home: Path
    errors: list[str] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)

    def open(self, name: str) -> None:
        self.page.goto(f"{self.base}/lab/tree/{name}?token={TOKEN}&reset")
        self.page.wait_for_function("() => window.jupyterapp", timeout=60_000)
        self.page.evaluate("async () => { await jupyterapp.restored }")
        self.page.wait_for_function(
            f"() => {{ const w = {PANEL}; return w?.sessionContext?.session?.kernel?.status === 'idle' }}",
            timeout=120_000,
        )
        self.page.evaluate(f"() => jupyterapp.shell.activateById(({PANEL}).id)")

    def run_all(self) -> None:
        self.page.evaluate("async () => { await jupyterapp.commands.execute('notebook:run-all-cells') }")

    def learner(self) -> dict[str, Any]:
        """What the learner's file holds."""
        state: dict[str, Any] = json.loads((self.home / "work" / "learner.json").read_text(encoding="utf-8"))
        return state

    def cells(self) -> list[dict[str, Any]]:
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
        shown = self.page.locator(".jp-Cell.jp-mod-active .jp-OutputArea-output").first
        return shown

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        why = "no Chromium can be found; install one (python tools/find_browser.py) to run the browser tests"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """JupyterLab as `make lab` starts it, in a home of its own: its address and the home."""
    home = tmp_path_factory.mktemp("home")
    hand_out(ROOT / "notebooks", home / "work")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "VISLAB_HOME": str(home)}
    rest = ["--no-browser", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
            "--LabApp.expose_app_in_browser=True"]  # fmt: skip
    log = (home / "server.log").open("w")
    running = subprocess.Popen(
        command(home / "work", first_time=True, rest=rest), env=environment() | own, cwd=home, stdout=log, stderr=log
    )
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            assert running.poll() is None, (home / "server.log").read_text()
            try:
                urllib.request.urlopen(f"{base}/api/status?token={TOKEN}", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        yield base, home
    finally:
        running.terminate()
        running.wait(20)
        log.close()


@pytest.fixture
def lab(browser: Any, server: tuple[str, Path]) -> Iterator[Lab]:
    base, home = server
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    lab = Lab(page, base, home)
    page.on("console", lambda message: lab.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: lab.errors.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith((base, "data:", "blob:")) else lab.outside.add(request.url),
    )
    yield lab
    page.close()
