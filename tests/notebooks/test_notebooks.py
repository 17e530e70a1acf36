"""The notebooks: built from their sources, free of solutions, within bounds, and they run."""

import ast
import getpass
import html
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from leaks import BEGIN, END, SOURCES, leaked, solution_lines, strings
from running_notebooks import built, run_nbval

from tools.build_notebooks import LEARNERS, OWN_MACHINE, ROOT, for_learners, is_fresh, made_from, read_source
from tools.course_pictures import picture_of, place_of
from tools.reading_time import loads_of, too_long
from vislab.course.learners_copy import BUILD_CHECK

pytestmark = pytest.mark.notebook
GLOSSARY = LEARNERS / "glossary.md"
EIGHT = ("01", "03", "08")  # the first networks, and the longest notebook: no cell of more lines
each_notebook = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


def tagged(cell: nbformat.NotebookNode, tag: str) -> bool:
    return tag in cell.metadata.get("tags", ())


def outputs(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, nbformat.NotebookNode]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            yield cell.id, output


def test_there_are_notebooks():
    assert SOURCES
    assert {path.stem for path in LEARNERS.glob("*.ipynb")} == {path.stem for path in SOURCES}


@each_notebook
def test_the_built_notebook_is_what_its_source_gives(source):
    expected, there = for_learners(read_source(source)), built(source)
    nbformat.validate(there)
    what = "differs from its source; run make notebooks"
    assert [c.source for c in there.cells] == [c.source for c in expected.cells], what
    assert [(c.cell_type, c.id, c.metadata) for c in there.cells] == [
        (c.cell_type, c.id, c.metadata) for c in expected.cells
    ], what


@each_notebook
def test_outputs_are_there_and_none_is_an_error_or_a_warning(source):
    notebook = built(source)
    ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in ran)
    wrong = [(cell, o) for cell, o in outputs(notebook) if o.output_type == "error" or o.get("name") == "stderr"]
    assert wrong == []
    teaching = [cell for cell in ran if not tagged(cell, BUILD_CHECK)]
    shown = [cell for cell in teaching if cell.outputs or tagged(cell, OWN_MACHINE)]
    assert len(shown) > 0.7 * len(teaching), "a picture or a number after nearly every cell"


@each_notebook
def test_pictures_have_text_alternatives(source):
    for cell, output in outputs(built(source)):
        data = output.get("data", {})
        assert not {"image/png", "image/jpeg", "image/svg+xml"} & data.keys(), (
            f"{cell}: end it with a Sheet, which has one"
        )
        for image in re.findall(r"<img\b[^>]*>", data.get("text/html", "")):
            assert re.search(r'alt="[^"]{20,}"', image), f"{cell}: a picture without words"


@each_notebook
def test_nothing_tells_whose_machine_it_was_built_on(source):
    notebook = built(source)
    telling = [str(ROOT), str(Path.home()) + "/", "/tmp/", "ipykernel_"]
    telling += [getpass.getuser()] if len(getpass.getuser()) > 4 else []
    for text in strings([list(outputs(notebook)), notebook.metadata]):
        assert not [word for word in telling if word in text], text[:200]
    assert "version" not in notebook.metadata.language_info
    assert all("execution" not in cell.metadata for cell in notebook.cells)


@each_notebook
def test_saved_controls_are_switched_off(source):
    state = built(source).metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {})
    fields = [m for m in state.get("state", {}).values() if "vislab-field" in m["state"].get("_dom_classes", ())]
    assert fields
    assert all(model["state"]["disabled"] for model in fields)


@each_notebook
def test_sizes(source):
    path = LEARNERS / f"{source.stem}.ipynb"
    assert path.stat().st_size < 2e6
    assert len(json.dumps(built(source).metadata.get("widgets", {}))) < 1e6


@each_notebook
def test_it_takes_an_evening(source):
    assert not too_long(loads_of(source))


@each_notebook
def test_cells_are_short(source):
    for cell in read_source(source).cells:
        if cell.cell_type == "code":
            lines = [line for line in cell.source.splitlines() if line.strip() and line.strip() not in (BEGIN, END)]
            longest = 14 if "\nclass " in f"\n{cell.source}" else 11  # a network stands in one cell
            assert len(lines) <= (8 if source.stem[:2] in EIGHT else longest), f"{cell.id}: about eight lines a cell"
            assert all(len(line) <= 120 for line in lines), cell.id


@each_notebook
def test_build_checks_only_assert_as_learners_do_not_get_them(source):
    for cell in read_source(source).cells:
        if tagged(cell, BUILD_CHECK):
            assert all(isinstance(statement, ast.Assert) for statement in ast.parse(cell.source).body), cell.id


# Solutions stay with the teacher


@each_notebook
def test_no_solution_leaks(source):
    assert leaked(built(source)) == []


@each_notebook
def test_the_leak_test_finds_leaks(source):
    solved = read_source(source)
    count = sum(1 for cell in solved.cells if cell.metadata.get("nbgrader", {}).get("solution"))
    assert len(leaked(solved)) >= count
    line = min(solution_lines())
    hidden = built(source)
    hidden.cells[1].outputs = [nbformat.v4.new_output("display_data", {"text/html": f"<pre>{html.escape(line)}</pre>"})]
    assert leaked(hidden) == [line]


@each_notebook
def test_every_exercise_is_checked_or_graded_by_a_person(source):
    grading = [cell.metadata["nbgrader"] for cell in read_source(source).cells if "nbgrader" in cell.metadata]
    names = [entry["grade_id"] for entry in grading]
    assert len(set(names)) == len(names)
    for entry in grading:
        if entry["solution"] and not entry["grade"]:
            assert f"check-{entry['grade_id']}" in names


@each_notebook
def test_the_readme_shows_a_figure_of_it(source):
    assert place_of(source.stem).read_bytes() == picture_of(source.stem), "run make notebooks"
    assert f"data/sheets/course-{source.stem[:2]}.webp" in (ROOT / "README.md").read_text(encoding="utf-8")


@each_notebook
def test_teachers_have_a_page_for_it(source):
    page = (ROOT / "docs" / "teaching" / f"{source.stem}.md").read_text(encoding="utf-8")
    for entry in (cell.metadata["nbgrader"] for cell in read_source(source).cells if "nbgrader" in cell.metadata):
        if entry["solution"] and entry["grade"]:
            assert "ubric" in page, "an exercise that a person grades needs a rubric"
    assert "45" in page


def test_freshness_is_told_by_content(tmp_path):
    source = SOURCES[0]
    mark = made_from(source)
    assert made_from(source) == mark
    (tmp_path / "one.ipynb").write_text(json.dumps({"metadata": {"vislab": {"made_from": mark}}}))
    assert is_fresh(tmp_path / "one.ipynb", mark)
    assert not is_fresh(tmp_path / "one.ipynb", "another")
    (tmp_path / "one.ipynb").write_text("{}")
    assert not is_fresh(tmp_path / "one.ipynb", mark)
    assert not is_fresh(tmp_path / "none.ipynb", mark)


# They run


def test_solutions_run_and_pass_their_checks(solved):
    home, ran = solved
    assert ran.returncode == 0, ran.stdout[-5000:]
    tried = json.loads((home / "work" / "learner.json").read_text(encoding="utf-8"))["exercises"]
    assert tried
    assert all(entry["right"] and entry["tries"] == 1 for entry in tried.values())


def test_learners_copies_run(solved, tmp_path):
    """With what the solutions trained, as it is there already."""
    home, _ = solved
    for source in SOURCES:
        shutil.copy(LEARNERS / f"{source.stem}.ipynb", tmp_path)
    ran = run_nbval(tmp_path, home)
    assert ran.returncode == 0, ran.stdout[-5000:]


# What they link to


@each_notebook
def test_links_lead_somewhere(source):
    terms = {line[3:].strip().replace(" ", "-") for line in GLOSSARY.read_text().splitlines() if line[:3] == "## "}
    for cell in read_source(source).cells:
        for target in re.findall(r"\]\(([^)\s]+)\)", cell.source if cell.cell_type == "markdown" else ""):
            file, _, anchor = target.partition("#")
            if "://" not in target:
                assert (LEARNERS / file).is_file(), f"{cell.id}: {target}"
                assert file != GLOSSARY.name or anchor in terms, f"{cell.id}: {target} is no term of the glossary"


def test_the_glossary_is_in_order_and_its_own_links_lead_somewhere():
    text = GLOSSARY.read_text(encoding="utf-8")
    terms = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert terms == sorted(terms)
    # Lower case and hyphens: so Jupyter and code hosts make the same anchors of them.
    assert all(re.fullmatch("[a-z][a-z -]*[a-z]", term) for term in terms)
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= {term.replace(" ", "-") for term in terms}
