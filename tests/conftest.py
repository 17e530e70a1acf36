"""What several tests use: the real test data, and a place of their own."""

import os
from pathlib import Path

import pytest

import vislab  # noqa: F401, before any test imports torch: it bounds the spinning of threads


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
