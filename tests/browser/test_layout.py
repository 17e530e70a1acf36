"""The first state of every kind of widget can be read: at three widths, in both themes, file list open and closed."""

import pytest

from tools.build_notebooks import ROOT

from .driving import quiet, unreadable_texts
from .test_costs import SETUP as COSTS
from .test_viewer import in_rows

pytestmark = pytest.mark.browser
COURSE = (ROOT / "notebooks" / "source" / "00_four_questions.py").read_text(encoding="utf-8")
FIRST = COURSE.split("# %%\n")[1].split("# %% ")[0].replace("vl.view(", "shown = vl.view(") + "display(shown)\n"
# One cell, so that JupyterLab draws all of it although not all is in sight.
WIDGETS = """
from importlib.resources import files
from vislab.exercises.checking.quizzes import read_quizzes
from vislab.exercises.nb00_four_questions import quiz
from vislab.widgets.bets import ballot

display(vl.view(smears[4]))
several = smears[60:84]
given = [vl.predict(model, several) for model in models.values()]
display(vl.compare(several, given))
display(vl.probe(models, smears[8]))
for prediction in given:
    if prediction.task in ("classification", "instance"):
        display(vl.precision_recall(prediction, several))
display(vl.guess("What share of the cells' area belongs to infected cells?", name="l-share", unit="%"))
display(vl.guess("Which?", ["it misses more of the infected", "it calls more of the healthy infected"], name="l-which"))
display(ballot("l-claim", quiz.CLAIMS, quiz.VERDICTS))
quizzes = [read_quizzes(str(folder / "quiz.py")) for folder in sorted(files("vislab.exercises").glob("nb*"))]
display(vl.quiz("l-all", [question for both in quizzes for part in both for question in part]))
display(vl.explore_costs(held, swept(*known)))
display(vl.explore_budget(vl.read_curves()))
display(vl.label(smears[:10], folder="own", twice=3))
few = vl.draw("smear", 32, size=64)
history = vl.fit(vl.build("instance", few.vocabulary), few, few[:8], epochs=1, fresh=True)
"""
CELLS = [COSTS.replace("<i>x</i>", "regression"), FIRST + WIDGETS]
ROOTS = ".vislab-viewer, .vislab-costs, .vislab-form, .vislab-live, .vislab-labeller, .vislab-chart"
READY = (".vislab-viewer[data-shown]", ".vislab-labeller[data-shown]", ".vislab-budget", ".vislab-costs",
         ".vislab-live", ".vislab-chart svg", ".vislab-form")  # fmt: skip


def settle(page):
    """Wait until the page keeps its height."""
    page.evaluate("""async () => {
        const height = () => [...document.querySelectorAll('.jp-OutputArea-output')].map(e => e.clientHeight).join()
        for (let before = ''; before !== height();) {
            before = height()
            await new Promise(done => setTimeout(done, 150))
        }
    }""")


def test_every_widget_opens_so_that_all_of_it_can_be_read(lab, tmp_path):
    lab.notebook(CELLS)
    lab.run_all()
    assert [output for cell in lab.cells() for output in cell["outputs"] if output["output_type"] == "error"] == []
    for kind in READY:
        lab.page.locator(kind).first.wait_for(timeout=120_000)
    found = {}
    for theme in ("light", "dark"):
        lab.theme(theme)
        for width in (1280, 1000, 800):
            lab.page.set_viewport_size({"width": width, "height": 1000})
            for files in ("expandLeft", "collapseLeft"):
                lab.page.evaluate(f"() => jupyterapp.shell.{files}()")
                settle(lab.page)
                if texts := unreadable_texts(lab.page, ROOTS):
                    found[theme, width, files] = texts
                assert in_rows(lab.page.locator(".vislab-viewer").first), (width, files)
    lab.page.locator(".jp-OutputArea").last.screenshot(path=tmp_path / "widgets.png")
    assert found == {}, f"see {tmp_path / 'widgets.png'}"
    quiet(lab)
