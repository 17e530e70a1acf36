"""Find a Chromium for the browser tests, and bring one where there is none: `python -m tools.find_browser`.

First one on the PATH, then one that Playwright has downloaded; else Debian's package where we may install it; else
Playwright downloads its own. Without any it says which command brings one and ends well: the tests then skip and say
so, or fail where CI=true.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
COMMAND = f"{sys.executable} -m playwright install --with-deps chromium"  # as a person types it
DEBIAN = ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium")


def find_browser() -> Path | None:
    """The path of a Chromium, or None where there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.exists() else None


def bring_browser() -> None:
    """Install a Chromium by the first way that this machine allows; its absence is no error here."""
    may_install = sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get")
    ways: list[list[str]] = [["apt-get", "update", "--quiet"], list(DEBIAN)] if may_install else []
    ways.append([sys.executable, "-m", "playwright", "install", "chromium"])
    for way in ways:
        print("no browser yet; trying:", " ".join(way), flush=True)
        subprocess.run(way, check=False, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
        if find_browser():
            return


if __name__ == "__main__":
    if find_browser() is None:
        bring_browser()
    print("browser for the tests:", find_browser() or f"none, so they will be skipped; install one with: {COMMAND}")
