"""The house: imports point down, importing vislab is light, every module is tested, and no verb hides a module."""

import ast
import os
import pkgutil
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import vislab

PACKAGE = Path(vislab.__file__).parent
TESTS = Path(__file__).parent

# From the ground up: a module imports from its own floor and from those to the left. The command stands on all of them,
# and uses neither widgets nor exercises.
FLOORS = (
    "errors", "system", "plotting", "data", "models", "evaluation", "training", "costs", "studies",
    "widgets", "exercises", "course",
)  # fmt: skip
UPWARD: dict[tuple[str, str], str] = {}  # (module, module): why it may; two at most

# Modules, or whole folders, without a test file of their own, and the file that tests them.
TESTED_BY = {
    "__main__": "test_cli.py",
    "data.checks": "data/test_scenes.py",
    "data.scenes_file": "data/test_scenes.py",
    "data.split": "data/test_scenes.py",
    "data.datasets.archive": "data/datasets/test_load.py",
    "data.datasets.cache": "data/datasets/test_load.py",
    "data.datasets.class_folders": "data/datasets/formats/test_register.py",
    "data.datasets.class_tables": "data/datasets/test_folder.py",
    "data.datasets.export": "data/datasets/test_folder.py",
    "data.datasets.formats": "data/datasets/formats/test_register.py",
    "data.datasets.id_map": "data/datasets/test_coco.py",
    "data.datasets.kinds": "data/datasets/formats/test_register.py",
    "data.datasets.layout": "data/datasets/formats/test_register.py",
    "data.datasets.loader": "data/datasets/test_load.py",
    "data.datasets.losses": "data/datasets/test_resize.py",
    "data.datasets.nuclei": "data/datasets/test_load.py",
    "data.datasets.pennfudan": "data/datasets/test_load.py",
    "data.datasets.view": "data/datasets/formats/test_register.py",
    "data.synthetic.settings": "data/synthetic/test_draw.py",
    "data.synthetic.shelf_paint": "data/synthetic/test_shelf.py",
    "data.synthetic.smear_paint": "data/synthetic/test_smear.py",
    "data.synthetic.street": "data/synthetic/test_street.py",
    "models.regressor": "models/test_build.py",
    "models.semantic": "models/test_build.py",
    "evaluation.colour_model": "evaluation/test_baselines.py",
    "evaluation.guests": "evaluation/guests/test_guest.py",
    "evaluation.in_common": "evaluation/guests/test_guest.py",
    "evaluation.answers": "evaluation/answers/test_answers.py",
    "training.history": "training/test_fit.py",
    "training.pending": "training/test_capture.py",
    "costs.kinds": "studies/test_table.py",
    "costs.compute.architectures": "costs/compute/test_sweep.py",
    "costs.compute.memory": "costs/compute/test_measure.py",
    "costs.compute.sweep_result": "costs/compute/test_sweep.py",
    "costs.compute.timing": "costs/compute/test_measure.py",
    "costs.labels.curve_files": "costs/labels/test_learning_curves.py",
    "costs.labels.measure_points": "costs/labels/test_measure_curves.py",
    "studies.examination": "studies/test_study.py",
    "studies.pairs": "studies/claims/test_claims.py",
    "studies.results": "studies/test_study.py",
    "studies.claims": "studies/claims/test_claims.py",
    "studies.report.card_rows": "studies/report/test_page.py",
    "studies.report.first_screen": "studies/report/test_page.py",
    "studies.report.pictures": "studies/report/test_page.py",
    "studies.report.rows": "studies/report/test_page.py",
    "system.command_line": "test_cli.py",
    "system.console": "widgets/test_live.py",
    "system.devices": "system/test_memory.py",
    "widgets.bets": "widgets/test_quiz.py",
    "widgets.form": "widgets/test_quiz.py",
    "widgets.frontend": "widgets/viewer/test_view.py",
    "widgets.previews": "widgets/test_live.py",
    "widgets.explorers": "widgets/explorers/test_charts.py",
    "widgets.explorers.cost_cells": "widgets/explorers/test_costs.py",
    "widgets.labeller": "widgets/labeller/test_label.py",
    "widgets.viewer.packets": "widgets/viewer/test_view.py",
    "exercises.checking": "exercises/checking/test_check.py",
    "exercises.nb00_four_questions": "exercises/test_nb00_four_questions.py",
    "exercises.nb01_classifier": "exercises/test_nb01_classifier.py",
    "exercises.nb02_trust": "exercises/test_nb02_trust.py",
    "exercises.nb03_semantic": "exercises/test_nb03_semantic.py",
    "exercises.nb04_instance": "exercises/test_nb04_instance.py",
    "exercises.nb05_score": "exercises/test_nb05_score.py",
    "exercises.nb06_compare": "exercises/test_nb06_compare.py",
    "exercises.nb07_compute": "exercises/test_nb07_compute.py",
    "exercises.nb08_labels": "exercises/test_nb08_labels.py",
    "exercises.nb09_verdict": "exercises/test_nb09_verdict.py",
    "exercises.nb10_own_pictures": "exercises/test_nb10_own_pictures.py",
    "course.learners_copy": "course/test_work_copy.py",
}

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


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its name below vislab, such as "data.scenes"."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(name: str) -> frozenset[tuple[str, str]]:
    """The modules of vislab that a module imports, anywhere in it, each with the name that it takes from there."""
    found = set()
    for node in ast.walk(ast.parse(modules()[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{name}: relative imports are not used here"
            found |= {(node.module, alias.name) for alias in node.names}
    inside = {
        (module.removeprefix("vislab").lstrip("."), taken)
        for module, taken in found
        if module.split(".")[0] == "vislab"
    }
    whole = {(module, taken, f"{module}.{taken}".lstrip(".")) for module, taken in inside}
    return frozenset((full, "") if full in modules() else (module, taken) for module, taken, full in whole)


def floor_of(name: str) -> int:
    top = name.split(".")[0]
    return FLOORS.index(top) if top in FLOORS else len(FLOORS) + ("cli", "__main__").index(top)


@pytest.mark.parametrize("name", [name for name in modules() if name])
def test_imports_point_down(name):
    for other, _ in imports(name):
        assert other, f"{name} imports vislab itself, which stands above all"
        if (name, other) not in UPWARD:
            assert floor_of(other) <= floor_of(name), f"{name} must not import {other}"


def test_few_imports_point_up_and_those_listed_are_still_there():
    assert len(UPWARD) <= 2
    for name, other in UPWARD:
        assert other in {module for module, _ in imports(name)}


def test_the_command_needs_no_widgets_and_no_exercises():
    assert not {other.split(".")[0] for other, _ in imports("cli")} & {"widgets", "exercises"}


def test_no_module_imports_itself_by_way_of_others():
    reached: dict[str, set[str]] = {}

    def below(name: str, above: tuple[str, ...]) -> set[str]:
        assert name not in above, f"a circle: {' → '.join((*above[above.index(name) :], name))}"
        if name not in reached:
            straight = {other for other, _ in imports(name) if other and other != name}
            reached[name] = straight.union(*(below(other, (*above, name)) for other in straight))
        return reached[name]

    for name in modules():
        if name:
            below(name, ())


@pytest.mark.parametrize("name", [name for name in modules() if name])
def test_no_module_takes_anothers_private_name(name):
    assert [taken for _, taken in imports(name) if taken.startswith("_")] == []


@pytest.mark.parametrize("name", [name for name, path in modules().items() if path.name != "__init__.py"])
def test_every_module_has_its_test_file(name):
    parts = name.split(".")
    own = TESTS.joinpath(*parts[:-1], f"test_{parts[-1]}.py")
    listed = next((head for end in range(len(parts), 0, -1) if (head := ".".join(parts[:end])) in TESTED_BY), None)
    assert own.exists() or listed, f"{name} has no {own.relative_to(TESTS)}; write it, or list which file tests it"
    assert own.exists() or (TESTS / TESTED_BY[listed]).exists()
    assert not (own.exists() and name in TESTED_BY), f"{name} has {own.name}; take it off the list"


def test_the_list_of_who_tests_what_names_modules_that_are_there():
    assert set(TESTED_BY) <= set(modules())


def test_every_module_imports_and_none_shares_its_name_with_a_verb():
    for found in pkgutil.walk_packages([str(PACKAGE)], "vislab."):
        import_module(found.name)
    for name in vislab.__all__:
        assert name not in modules(), f"vislab.{name} is both a verb and a module"
        # A folder of data without Python is no package that an import would find first.
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
    counted = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules().items()}
    assert {name: lines for name, lines in counted.items() if lines > 320} == {}
