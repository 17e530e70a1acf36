"""Imports point one way, importing vislab is light, and no verb hides a module."""

import ast
import os
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import vislab

PACKAGE = Path(vislab.__file__).parent

# A module may import modules of its own layer's left, and modules of its own package (worlds, photos, ...).
LAYERS = [
    ["errors", "memory", "own_code"],
    ["files"],
    ["vocabulary", "tensorfiles"],
    ["consistency", "splitting"],
    ["saving"],
    ["scenes"],
    ["derive", "figures", "tables"],
    ["worlds", "photos", "outputs", "batches", "devices", "optimiser", "console"],
    ["metrics", "history", "checkpoints"],
    ["models"],
    ["prediction"],
    ["questions"],
    ["colours", "training"],
    ["baselines"],
    ["costs", "labelling"],
    ["outcome", "evidence", "curves"],
    ["budgets"],
    ["pretraining", "studying", "learning"],
    ["learner", "machine", "claims", "shipped"],
    ["pooling", "report_rows"],
    ["report"],
    ["widgets"],
    ["exercises"],
    ["cli"],
]
# Inside a function: a notebook's view of scenes draws itself, and a training is watched there.
UPWARD = {("scenes", "figures"), ("training", "widgets")}

# What `import vislab` must not load: each takes longer than the tenth of a second that it may take in all.
HEAVY = [
    "torch",
    "torchvision",
    "matplotlib",
    "scipy",
    "skimage",
    "PIL",
    "IPython",
    "ipywidgets",
    "safetensors",
    "numpy",
]


def layer_of(module: str) -> int:
    return next(index for index, layer in enumerate(LAYERS) if module in layer)


def imports(path: Path) -> list[tuple[str, bool]]:
    """Modules of vislab that a file imports, and whether at its top level (type-checking blocks left out)."""
    found = []

    def visit(node: ast.AST, top: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            names = [alias.name for alias in child.names] if isinstance(child, ast.Import) else []
            if isinstance(child, ast.ImportFrom) and child.module:
                assert child.level == 0, f"{path}: relative imports are not used here"
                names = (
                    [f"vislab.{alias.name}" for alias in child.names] if child.module == "vislab" else [child.module]
                )
            found.extend((name.split(".")[1], top) for name in names if name.startswith("vislab."))
            visit(child, top and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)))

    visit(ast.parse(path.read_text(encoding="utf-8")), True)
    return found


def modules() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


def own_name(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    own = own_name(path)
    for other, top in imports(path):
        if other.startswith("__") or other == own or (not top and (own, other) in UPWARD):
            continue
        assert layer_of(other) < layer_of(own), f"{own} must not import {other}"


def test_the_listed_upward_imports_are_still_there():
    real = {(own_name(path), other) for path in modules() for other, top in imports(path) if not top}
    assert real >= UPWARD


def test_every_module_imports_and_none_shares_its_name_with_a_verb():
    for found in pkgutil.walk_packages([str(PACKAGE)], "vislab."):
        import_module(found.name)
    for name in vislab.__all__:
        assert not (PACKAGE / f"{name}.py").exists(), f"vislab.{name} is both a verb and a module"
        # A folder of data without Python, such as pretrained/, is no package that an import would find first.
        assert not list((PACKAGE / name).rglob("*.py")), f"vislab.{name} is both a verb and a package"
        assert type(getattr(vislab, name)) is not type(sys)


def test_import_vislab_is_light():
    code = f"import sys, vislab; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_import_vislab_bounds_the_spinning_of_waiting_threads_unless_told_otherwise():
    code = "import os, vislab; print(os.environ['GOMP_SPINCOUNT'])"
    for asked, got in ((None, "10000"), ("5", "5")):
        environment = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
        environment |= {} if asked is None else {"GOMP_SPINCOUNT": asked}
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        assert run.stdout.strip() == got


def test_an_unknown_verb_names_those_there_are():
    with pytest.raises(AttributeError, match=r"vislab has no 'paint'; it has .*draw.*show"):
        _ = vislab.paint


def test_modules_stay_small():
    """About 250 lines, so that each can be read at one go."""
    long = {
        str(path): lines for path in modules() if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 320
    }
    assert long == {}
