"""pyproject.toml, requirements.lock and environment.yml say the same; the wheel holds what the package needs."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENVIRONMENTS = [
    {"python_version": version, "python_full_version": f"{version}.0", "sys_platform": system, "platform_system": name}
    for version in ("3.11", "3.12", "3.13")
    for system, name in (("linux", "Linux"), ("darwin", "Darwin"), ("win32", "Windows"))
]


def locked() -> list[Requirement]:
    lines = re.findall(r"^([a-z0-9].*?) \\$", LOCK, flags=re.MULTILINE | re.IGNORECASE)
    return [Requirement(line) for line in lines]


def asked() -> list[Requirement]:
    optional = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    return [Requirement(line) for line in PROJECT["dependencies"] + optional]


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: f"{e['python_version']}-{e['sys_platform']}")
def test_the_lock_holds_one_fitting_version_of_every_dependency(environment):
    here = {}
    for pin in locked():
        if pin.marker is None or pin.marker.evaluate(environment):
            assert pin.name not in here, f"{pin.name} is locked twice"
            here[pin.name.lower().replace("_", "-")] = str(pin.specifier).removeprefix("==")
    for need in asked():
        assert need.specifier.contains(here[need.name.lower()]), f"{need} is not met by {here[need.name.lower()]}"


def test_the_lock_has_a_hash_for_every_package_and_names_no_host():
    blocks = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE | re.IGNORECASE)[1:]
    assert len(blocks) == len(locked()) > 100
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", LOCK)


def test_conda_uses_the_same_python_and_the_same_lock():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert conda["name"] == PROJECT["name"]
    python = next(line for line in conda["dependencies"] if str(line).startswith("python="))
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))
    pip = next(line["pip"] for line in conda["dependencies"] if isinstance(line, dict))
    assert pip == ["--require-hashes", "--requirement requirements.lock"]


def test_the_version_is_said_once_for_all():
    import vislab

    assert vislab.__version__ == PROJECT["version"]
    assert f"version: {PROJECT['version']}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_check_of_the_machine_knows_the_same_pythons():
    from vislab.system.machine import PYTHONS

    (low, high) = PYTHONS
    assert PROJECT["requires-python"] == f">={low[0]}.{low[1]},<{high[0]}.{high[1]}"


@pytest.mark.wheel
def test_the_wheel_holds_code_and_data_and_works_in_an_empty_environment(tmp_path):
    """vislab itself comes from the wheel alone; the packages it needs are lent by this environment."""
    uv = [str(Path(sys.executable).parent / "uv"), "--quiet"]
    subprocess.run([*uv, "build", "--wheel", "--out-dir", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("vislab-*.whl")
    venv.create(tmp_path / "empty", with_pip=False)
    python = tmp_path / "empty" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run([*uv, "pip", "install", "--python", python, "--no-deps", wheel], check=True)
    site = next((tmp_path / "empty").rglob("site-packages"))
    held = {str(path.relative_to(site)) for path in (site / "vislab").rglob("*.*")}
    here = {str(path.relative_to(ROOT)) for path in (ROOT / "vislab").rglob("*.*") if path.suffix != ".pyc"}
    course = {f"vislab/course/notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.*")}
    assert held == here | course
    assert any(not name.endswith(".py") for name in held)
    given = [(site / name).read_text(encoding="utf-8") for name in course if name.endswith(".ipynb")]
    assert sum(map(len, given)) < 600_000
    assert not any("build-check" in text or '"output_type"' in text for text in given)

    (site / "lent.pth").write_text(sysconfig.get_path("purelib"))
    environment = os.environ | {"VISLAB_HOME": str(tmp_path / "home")}

    def run(*arguments: str) -> str:
        command = [python, "-I", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment).stdout

    assert run("-c", "import vislab; print(vislab.__file__)").startswith(str(site))
    assert "nuclei" in run("-m", "vislab", "data")
    assert "open them with jupyter lab mine" in run("-m", "vislab", "course", "mine")
    assert {path.name for path in (tmp_path / "mine").glob("[!.]*")} == {Path(name).name for name in course}
    run("-m", "vislab", "data", "draw", "smear", "--count", "2", "--size", "64", "--out", "drawn")
    assert "2 pictures of 64 × 64" in run("-c", "import vislab as vl; print(vl.load('drawn'))")
