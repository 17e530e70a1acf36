"""What a learner or teacher needs to know about a machine, and how to mend what is missing."""

import importlib.machinery
import importlib.util
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from vislab.system.console import plural
from vislab.system.files import home

SHOWN = ("torch", "torchvision", "numpy", "matplotlib", "jupyterlab", "ipywidgets", "anywidget")
PYTHONS = ((3, 11), (3, 14))  # the first that works, and the first that is too new
ROOM = 2.0  # GB for the real data, the caches and the trained models of the course


@dataclass(frozen=True)
class Condition:
    """What was checked, what it is, and what to do about it ("" if nothing is wrong); needed: by the whole course."""

    name: str
    value: str
    mend: str = ""
    needed: bool = True


@dataclass(frozen=True)
class Machine:
    """All conditions; prints as a table, in a notebook too."""

    conditions: tuple[Condition, ...]

    @property
    def ready(self) -> bool:
        """Whether the machine has all that the course needs."""
        return not any(condition.mend and condition.needed for condition in self.conditions)

    def __repr__(self) -> str:
        width = max(len(condition.name) for condition in self.conditions)
        lines = []
        for condition in self.conditions:
            mark = "ok " if not condition.mend else "NO " if condition.needed else "?  "
            lines.append(f"{mark} {condition.name:<{width}}  {condition.value}")
            if condition.mend:
                lines.append(f"    {'':<{width}}  → {condition.mend}")
        verdict = "Ready for the course." if self.ready else "Not ready: mend the lines marked NO, then check again."
        return "\n".join([*lines, "", verdict])


def check_machine() -> Machine:
    """Check this machine: Python, packages, device and its memory, memory, disk, and the folder of files.

    Loads torch and torchvision's operators to see that they work together; takes a few seconds the first time.
    """
    return Machine((_python(), *_packages(), _device(), _load(), _memory(), *_disk()))


def _python() -> Condition:
    right = PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]
    value = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Condition("Python", value, "" if right else "install Python 3.11, 3.12 or 3.13 and set vislab up again")


def _install_command(package: str) -> str:
    """The command that installs packages: the project's own if there is a project."""
    return "make setup" if (home() / "Makefile").is_file() else f'python -m pip install --upgrade "{package}"'


def _packages() -> list[Condition]:
    """The packages that vislab's metadata asks for: the well-known ones, and any other that is missing or old."""
    from packaging.requirements import Requirement

    conditions = []
    for line in metadata.requires("vislab") or ():
        need = Requirement(line)
        if need.marker is not None and not need.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(need.name)
        except metadata.PackageNotFoundError:
            conditions.append(Condition(need.name, "missing", _install_command(str(need))))
            continue
        if not need.specifier.contains(version, prereleases=True):
            conditions.append(Condition(need.name, f"{version}, too old or too new", _install_command(str(need))))
        elif need.name in SHOWN:
            conditions.append(Condition(need.name, version))
    return sorted(conditions, key=lambda condition: SHOWN.index(condition.name) if condition.name in SHOWN else 99)


def _device() -> Condition:
    try:
        torch = importlib.import_module("torch")
        _load_torchvision()
    except (ImportError, RuntimeError, OSError, AttributeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        mend = "install torch and torchvision of one build together: " + _install_command("torch torchvision")
        return Condition("torch works", f"no: {reason}", mend)
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        name = torch.cuda.get_device_name()
        return Condition("device", f"cuda: {name}, {total / 1e9:.1f} GB, {free / 1e9:.1f} GB free")
    if torch.backends.mps.is_available():
        return Condition("device", "mps: Apple GPU, shares the memory below")
    return Condition("device", f"cpu, {_cores()}; no GPU found, the course works without one")


def _load_torchvision() -> None:
    """Load torchvision's compiled operators alone, which raises OSError or AttributeError if they do not fit torch.

    The package itself would stay in the kernel's memory with hundreds of modules that most notebooks do not need
    (benchmarks/results/kernel_memory.md).
    """
    import torch

    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        raise ImportError("torchvision is missing")
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        for library in Path(spec.origin).parent.glob(f"_C*{suffix}"):
            torch.ops.load_library(library)  # type: ignore[no-untyped-call]
    _ = torch.ops.torchvision.nms


def _load() -> Condition:
    """Whether other programs leave the cores alone: what is timed beside them is not the machine's own pace."""
    from vislab.system.threads import NEARLY, busy_elsewhere

    busy = busy_elsewhere()
    mend = "close other programs before you measure costs; trainings take fewer threads meanwhile"
    return Condition(
        "load", f"other programs keep {busy:.1f} of {_cores()} busy", mend if busy > NEARLY else "", needed=False
    )


def _cores() -> str:
    import psutil

    return plural(psutil.cpu_count() or 1, "core")


def _memory() -> Condition:
    import psutil

    memory = psutil.virtual_memory()
    value = f"{memory.total / 1e9:.1f} GB, {memory.available / 1e9:.1f} GB available"
    mend = "close other programs or notebooks (Kernel → Shut Down All Kernels)" if memory.available < 1e9 else ""
    return Condition("memory", value, mend, needed=False)


def _disk() -> list[Condition]:
    """The folder of data, runs and answers, whether it can be written to, and how much room is left."""
    folder = home()
    existing = next(path for path in (folder, *folder.parents) if path.is_dir())
    free = shutil.disk_usage(existing).free / 1e9
    mend = "" if _is_writable(existing) else "set VISLAB_HOME to a folder that you may write to"
    return [
        Condition("files", f"{folder}", mend),
        Condition("free disk", f"{free:.1f} GB", "" if free > ROOM else f"make room: {ROOM:g} GB are needed"),
    ]


def _is_writable(folder: Path) -> bool:
    """Whether a file can be made there; trying beats reading permission bits, which mean less on Windows."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
