"""pyproject.toml, the locks, environment.yml and the Makefile agree; the wheel holds what the package needs."""

import os
import re
import shutil
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

from tools.lock import TORCH, blocks, divide, package

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {path.name: path.read_text(encoding="utf-8") for path in ROOT.glob("requirements*.lock")}
HASHED = ("requirements.lock", "requirements-torch.lock", "requirements-dev.lock")
ENVIRONMENTS = [
    {"python_version": version, "python_full_version": f"{version}.0", "sys_platform": system, "platform_system": name}
    for version in ("3.11", "3.12", "3.13")
    for system, name in (("linux", "Linux"), ("darwin", "Darwin"), ("win32", "Windows"))
]


def pins(*names: str) -> list[Requirement]:
    return [Requirement(block.partition(" \\\n")[0].strip()) for name in names for block in blocks(LOCKS[name])]


def needs(extras: bool) -> list[Requirement]:
    optional = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    return [Requirement(line) for line in PROJECT["dependencies"] + optional * extras]


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: f"{e['python_version']}-{e['sys_platform']}")
@pytest.mark.parametrize(
    ("names", "extras"),
    [(HASHED, True), (HASHED[:2], False), (("requirements.lock", "requirements-torch-cpu.lock"), False)],
    ids=["all", "course", "cpu"],
)
def test_the_locks_hold_one_fitting_version_of_every_dependency(names, extras, environment):
    here = {}
    for pin in pins(*names):
        if pin.marker is None or pin.marker.evaluate(environment):
            assert pin.name not in here, f"{pin.name} is locked twice"
            here[pin.name.lower().replace("_", "-")] = str(pin.specifier).removeprefix("==")
    for need in needs(extras):
        assert need.specifier.contains(here[need.name.lower()]), f"{need} is not met by {here[need.name.lower()]}"


def test_the_locks_have_a_hash_for_every_package_and_name_no_host():
    for name in HASHED:
        assert len(blocks(LOCKS[name])) > 20
        assert all("--hash=sha256:" in block for block in blocks(LOCKS[name]))
    assert not any(re.search(r"https?://|--(extra-)?index-url|--find-links", lock) for lock in LOCKS.values())


def test_a_small_torch_is_the_same_version_and_brings_nothing_of_a_gpus():
    torch = {pin.name: pin for pin in pins("requirements-torch.lock")}
    assert {str(pin) for pin in pins("requirements-torch-cpu.lock")} == {str(torch["torch"]), str(torch["torchvision"])}
    assert not [pin.name for pin in pins("requirements.lock") if TORCH.fullmatch(pin.name)]


def test_a_lock_is_divided_into_what_the_course_needs_and_what_it_does_not():
    everything = blocks(
        "numpy==2.0 \\\n    --hash=a\npytest==8.0 \\\n    --hash=b\n"
        "nvidia-nccl==2.0 ; sys_platform == 'linux' \\\n    --hash=c\ntorch==2.6 \\\n    --hash=d\n"
    )
    held = divide(everything, {"numpy", "nvidia-nccl", "torch"})
    assert [package(block) for block in blocks(held["requirements.lock"])] == ["numpy"]
    assert [package(block) for block in blocks(held["requirements-torch.lock"])] == ["nvidia-nccl", "torch"]
    assert held["requirements-torch-cpu.lock"] == "torch==2.6\n"
    assert [package(block) for block in blocks(held["requirements-dev.lock"])] == ["pytest"]


def test_conda_uses_the_same_python_and_the_same_locks():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert conda["name"] == PROJECT["name"]
    python = next(line for line in conda["dependencies"] if str(line).startswith("python="))
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))
    pip = next(line["pip"] for line in conda["dependencies"] if isinstance(line, dict))
    assert pip == ["--require-hashes", *(f"--requirement {name}" for name in HASHED[:2])]


def planned(folder: Path, *arguments: str) -> str:
    """What make would run there."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", "--dry-run", *arguments], cwd=folder, env=clean, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="this machine has no make")
def test_an_environment_is_made_again_where_it_was_moved_or_another_torch_is_wanted(tmp_path):
    clone = tmp_path / "a folder"
    clone.mkdir()
    for name in ("Makefile", "pyproject.toml", *LOCKS):
        shutil.copy(ROOT / name, clone)
    assert "venv --clear" in (fresh := planned(clone, "setup"))
    assert "requirements-torch.lock" in fresh
    assert "requirements-dev.lock" not in fresh + planned(clone, "lab")
    assert "requirements-dev.lock" in planned(clone, "test-fast")

    (clone / ".venv").mkdir()
    ready = clone / ".venv" / "ready"
    ready.write_text(f"cpu {clone}\n", encoding="utf-8")
    assert "pip sync" not in planned(clone, "setup")
    assert "pip sync" not in planned(clone, "setup", "TORCH=cpu")
    assert "requirements-torch.lock" in planned(clone, "setup", "TORCH=default")

    clone.rename(tmp_path / "moved")
    again = planned(tmp_path / "moved", "lab")
    assert "requirements-torch-cpu.lock" in again


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
