"""What several tests use: the real test data, a place of their own, and the course with its solutions run once."""

import os
import subprocess
from pathlib import Path

import pytest

# Before any test imports torch. Tests run beside each other, and threads beside a busy process are many times slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real test data; tests skip where it is missing, but not under CI."""
    folder = Path(os.environ.get("VISLAB_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")).resolve()
    if not folder.is_dir():
        reason = f"no real test data at {folder}; set VISLAB_TEST_DATA to its folder"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return folder


@pytest.fixture
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A VISLAB_HOME of the test's own, so that no data or cache of the machine is read or written."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("VISLAB_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """All notebooks with their solutions, run by nbval in a home of their own: the home, and what nbval said.

    What they trained lies in the home, so that learners' copies are quick there.
    """
    from running_notebooks import run_solutions

    home = tmp_path_factory.mktemp("solved")
    return home, run_solutions(tmp_path_factory.mktemp("solutions"), home)
