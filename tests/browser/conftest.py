"""One JupyterLab on a learner's copy of the notebooks, one Chromium, and a fresh page for every test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.build_notebooks import ROOT
from tools.drive_lab import Lab, chromium, end_kernels, serving
from tools.find_browser import COMMAND, find_browser
from vislab.course.work_copy import hand_out

from .driving import call_module


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A context of Chromium that lives as long as the tests, so that JupyterLab's files are fetched once."""
    if find_browser() is None:
        why = f"no Chromium can be found; to run the browser tests bring one with: {COMMAND}"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    with chromium() as browser:
        yield browser.new_context(viewport={"width": 1280, "height": 1000})


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """JupyterLab as `make lab` starts it, in a home of its own: its address and its work folder."""
    home = tmp_path_factory.mktemp("home")
    hand_out(ROOT / "notebooks", home / "work")
    with serving(home) as base:
        yield base, home / "work"


@pytest.fixture
def lab(browser: Any, server: tuple[str, Path], kernels: None) -> Iterator[Lab]:
    """A page on that server, in the light theme. A notebook of the course keeps its kernel while its module lasts."""
    base, work = server
    page = browser.new_page()
    lab = Lab(page, base, work)
    yield lab
    if page.evaluate("() => document.body?.dataset.jpThemeLight") == "false":
        lab.theme("light")
    page.close()


@pytest.fixture(scope="module")
def kernels(server: tuple[str, Path]) -> Iterator[None]:
    """What tests of a module have started, until its end."""
    yield
    end_kernels(server[0])


@pytest.fixture(scope="session")
def js(browser: Any) -> Iterator[Callable[..., Any]]:
    """js("module.js", "function", arguments...): call what a widget's module exports; see driving.call_module."""
    page = browser.new_page()
    yield lambda module, function, *given: call_module(page, module, function, given)
    page.close()
