"""What a learner or teacher needs to know of a machine, and the command that mends what is missing."""

import importlib
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from vislab.system.files import home

SHOWN = ("torch", "torchvision", "numpy", "matplotlib", "jupyterlab", "ipywidgets", "anywidget")
PYTHONS = ((3, 11), (3, 14))  # from, and up to but without
ROOM = 2.0  # GB that the real data, the caches and the trained models of the course fit into


@dataclass(frozen=True)
class Finding:
    """One line of the check: what was looked at, what was found, and how to mend it ("" where nothing is wrong)."""

    what: str
    found: str
    mend: str = ""
    needed: bool = True


@dataclass(frozen=True)
class Machine:
    """All findings; prints as a table, in a notebook too."""

    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing that the course needs is missing."""
        return not any(finding.mend and finding.needed for finding in self.findings)

    def __repr__(self) -> str:
        wide = max(len(finding.what) for finding in self.findings)
        lines = []
        for finding in self.findings:
            mark = "ok " if not finding.mend else "NO " if finding.needed else "?  "
            lines.append(f"{mark} {finding.what:<{wide}}  {finding.found}")
            if finding.mend:
                lines.append(f"    {'':<{wide}}  → {finding.mend}")
        lines.append("")
        lines.append(
            "Ready for the course." if self.ready else "Not ready: mend the lines marked NO, then check again."
        )
        return "\n".join(lines)


def check_machine() -> Machine:
    """Look at this machine: Python, packages, device and its memory, memory, disk, and where files go.

    Imports torch and torchvision to see that they work together; takes a few seconds the first time.
    """
    return Machine((_python(), *_packages(), *_device(), _memory(), *_places()))


def _python() -> Finding:
    right = PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding("Python", found, "" if right else "install Python 3.11, 3.12 or 3.13 and set vislab up again")


def _installing(what: str) -> str:
    """The command that brings packages: the project's own where there is a project."""
    return "make setup" if (home() / "Makefile").is_file() else f'python -m pip install --upgrade "{what}"'


def _packages() -> list[Finding]:
    """The packages that vislab's metadata asks for: the well-known ones, and any other that is missing or old."""
    from packaging.requirements import Requirement

    findings = []
    for line in metadata.requires("vislab") or ():
        need = Requirement(line)
        if need.marker is not None and not need.marker.evaluate({"extra": ""}):
            continue
        try:
            found = metadata.version(need.name)
        except metadata.PackageNotFoundError:
            findings.append(Finding(need.name, "missing", _installing(str(need))))
            continue
        if not need.specifier.contains(found, prereleases=True):
            findings.append(Finding(need.name, f"{found}, too old or too new", _installing(str(need))))
        elif need.name in SHOWN:
            findings.append(Finding(need.name, found))
    return sorted(findings, key=lambda finding: SHOWN.index(finding.what) if finding.what in SHOWN else 99)


def _device() -> list[Finding]:
    """The device that training will use, with its memory."""
    try:
        torch = importlib.import_module("torch")
        importlib.import_module("torchvision.ops")
    except (ImportError, RuntimeError, OSError) as error:  # builds that do not fit raise RuntimeError
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        mend = "install torch and torchvision of one build together: " + _installing("torch torchvision")
        return [Finding("torch works", f"no: {reason}", mend)]
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        found = f"{torch.cuda.get_device_name()}, {total / 1e9:.1f} GB, {free / 1e9:.1f} GB free"
        return [Finding("device", f"cuda: {found}")]
    if torch.backends.mps.is_available():
        return [Finding("device", "mps: Apple GPU, shares the memory below")]
    return [Finding("device", f"cpu, {torch.get_num_threads()} threads; no GPU found, the course works without one")]


def _memory() -> Finding:
    import psutil

    memory = psutil.virtual_memory()
    found = f"{memory.total / 1e9:.1f} GB, {memory.available / 1e9:.1f} GB available"
    mend = "close other programs or notebooks (Kernel → Shut Down All Kernels)" if memory.available < 1e9 else ""
    return Finding("memory", found, mend, needed=False)


def _places() -> list[Finding]:
    """Where data, runs and answers go, whether one may write there, and how much room is left."""
    place = home()
    existing = next(folder for folder in (place, *place.parents) if folder.is_dir())
    free = shutil.disk_usage(existing).free / 1e9
    return [
        Finding(
            "files", f"{place}", "" if _writable(existing) else "set VISLAB_HOME to a folder that you may write to"
        ),
        Finding("free disk", f"{free:.1f} GB", "" if free > ROOM else f"make room: {ROOM:g} GB are needed"),
    ]


def _writable(folder: Path) -> bool:
    """Whether a file can be made there; asking beats reading permission bits, which mean less on Windows."""
    probe = folder / ".vislab-may-write"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True
