"""What other machines set up from: the files they name exist, and they promise the Pythons that the project does."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FILES = [ROOT / "Dockerfile", ROOT / ".devcontainer" / "devcontainer.json", ROOT / "binder" / "runtime.txt",
         ROOT / "binder" / "postBuild", *WORKFLOWS]  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_they_name_files_that_exist_and_pythons_that_are_promised(path):
    text = path.read_text(encoding="utf-8")
    assert all((ROOT / name).is_file() for name in re.findall(r"[\w-]+\.lock", text))
    promised = SpecifierSet(PROJECT["requires-python"])
    assert all(promised.contains(version) for version in re.findall(r"\b3\.\d+\b", text))


def test_what_they_make_is_a_target():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    jobs = [job for path in WORKFLOWS for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()]
    runs = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    runs.append(json.loads(FILES[1].read_text(encoding="utf-8"))["postCreateCommand"])
    assert runs
    assert all(run.split()[0] == "make" and run.split()[1] in targets for run in runs)


def test_a_fork_is_tested_on_every_python_that_is_promised():
    versions = yaml.safe_load(WORKFLOWS[-1].read_text(encoding="utf-8"))["jobs"]["fast"]["strategy"]["matrix"]["python"]
    assert [f"Programming Language :: Python :: {version}" for version in versions] == [
        line for line in PROJECT["classifiers"] if re.search(r":: 3\.", line)
    ]
