"""Guesses, quizzes and ballots, without a browser: fields set, buttons pressed, cells run again."""

import json
import subprocess
import sys
from types import SimpleNamespace

import IPython
import pytest

import vislab as vl
from vislab.errors import VislabError
from vislab.system import learner_file as learner
from vislab.widgets.bets import ballot
from vislab.widgets.quiz import Choice, Question, ask_again


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    return tmp_path


def ask(**kwargs):
    return vl.guess("How much is infected?", ["a tenth", "a fifth"], name="00-share", **kwargs)


def answer(bet, value, sure):
    bet._field.value, bet._sure.value = value, sure
    bet._button.click()
    return bet._status.value


def test_before_a_guess_later_cells_still_work():
    bet = ask()
    assert f"{bet.value}, {bet.text}" == "nothing yet, you have not guessed yet"
    assert bet.sure is None


def test_a_guess_is_kept_and_is_there_when_the_cell_is_run_again():
    assert "✓ Kept" in answer(ask(), "a fifth", 70)
    again = ask()
    assert (again.value, again.sure, again._field.value) == ("a fifth", 70, "a fifth")
    assert again.text == "you said a fifth (70 % sure)"
    answer(again, "a tenth", 90)
    assert learner.recall("guesses", "00-share") == {
        "value": "a tenth",
        "sure": 90,
        "first": {"value": "a fifth", "sure": 70},
    }


@pytest.mark.parametrize(("value", "sure", "reply"), [(None, 70, "choose one answer"), ("a fifth", None, "how sure")])
def test_half_a_guess_is_not_kept(value, sure, reply):
    assert reply in answer(ask(), value, sure)
    assert ask().value == "nothing yet"


@pytest.mark.parametrize(("written", "value"), [("12", 12), (" 3,5 ", 3.5), ("40 %", 40), ("0", 0)])
def test_a_number_is_read_as_people_write_it(written, value):
    bet = vl.guess("How many cells?", name="00-count", between=(0, 50), unit="cells")
    answer(bet, written, 50)
    assert bet.value == value
    assert vl.guess("How many cells?", name="00-count", between=(0, 50), unit="cells").text == (
        f"you said {value:g} cells (50 % sure)"
    )


@pytest.mark.parametrize("written", ["", "many", "51", "-1", "nan"])
def test_what_is_no_number_in_bounds_is_asked_for_again(written):
    bet = vl.guess("How many cells?", name="00-count", between=(0, 50))
    assert "a number from 0 to 50" in answer(bet, written, 50)
    assert bet.value == "nothing yet"


def test_an_answer_that_is_no_choice_any_more_is_not_shown():
    answer(ask(), "a fifth", 70)
    assert vl.guess("How much?", ["a half", "a third"], name="00-share").value == "nothing yet"
    assert vl.guess("How much?", name="00-share").value == "nothing yet"


@pytest.mark.parametrize(
    ("cell", "somebody", "asked"),
    [
        ("print(f'a fifth; {bet.text}')", True, True),
        ("bet", True, False),
        ("print(alphabet.text)", True, False),  # another name that ends like this one
        ("print(bet.text)", False, False),  # a build or a grader runs it
    ],
)
def test_a_guess_that_is_missing_is_asked_for_once_more_before_its_result(monkeypatch, capsys, cell, somebody, asked):
    kernel = SimpleNamespace(get_parent=lambda: {"content": {"allow_stdin": somebody}})
    names = {"bet": ask(), "number": 3}
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=kernel, user_ns=names))
    ask_again(SimpleNamespace(raw_cell=cell))
    assert capsys.readouterr().out.startswith("You have not guessed yet: How much is infected?") == asked
    ask_again(SimpleNamespace(raw_cell=cell))
    assert capsys.readouterr().out == ""  # once is enough


def test_a_guess_that_was_made_is_not_asked_for_again(monkeypatch, capsys):
    kernel = SimpleNamespace(get_parent=lambda: {"content": {"allow_stdin": True}})
    names = {"bet": ask()}
    answer(names["bet"], "a fifth", 70)
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=kernel, user_ns=names))
    ask_again(SimpleNamespace(raw_cell="print(bet.text)"))
    assert capsys.readouterr().out == ""


def test_where_no_kernel_runs_there_is_text_and_markup_is_only_text():
    bundle = vl.guess("Is 1 < 2 & 3?", ["yes", "<b>no</b>"], name="00-x")._repr_mimebundle_()
    assert "Is 1 < 2 & 3?" in bundle["text/plain"]
    assert "Run this cell" in bundle["text/plain"]
    assert "&lt;b&gt;no" in bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_disk_that_refuses_is_reported_under_the_button(own_home):
    bet = ask()
    (own_home / "work").write_text("a file where the folder should be")
    assert "cannot be kept" in answer(bet, "a fifth", 70)
    assert bet.value == "a fifth"


QUIZ = (
    Question("Which is free?", (Choice("down", "Each step only forgets.", right=True), Choice("up", "It guesses."))),
    Question("What counts?", (Choice("a mask", "It merges."), Choice("ids", "One an object.", right=True))),
)


def test_a_quiz_explains_what_was_chosen_and_remembers_it():
    quiz = vl.quiz("00-closing", QUIZ)
    assert quiz._replies[0].value == ""
    quiz._fields[0].value = "up"
    quiz._button.click()
    assert "✗" in quiz._replies[0].value
    assert "It guesses." in quiz._replies[0].value
    assert "Not answered" in quiz._replies[1].value
    assert "0 of 2" in quiz._status.value
    again = vl.quiz("00-closing", QUIZ)
    assert again._fields[0].value == "up"
    again._fields[0].value, again._fields[1].value = "down", "ids"
    again._button.click()
    assert again.right == 2
    assert learner.recall("quizzes", "00-closing") == {"first": ["up", None], "last": ["down", "ids"]}


def test_a_quiz_question_has_exactly_one_right_choice():
    with pytest.raises(VislabError, match="exactly one choice"):
        Question("Which?", (Choice("a", "", right=True), Choice("b", "", right=True)))


def test_bets_are_kept_one_by_one_and_what_is_missing_is_named():
    verdicts = {"supported": "supported", "contradicted": "contradicted (or no difference)"}
    bets = ballot("claim", ["Fast.", "Slow.", "Dear."], verdicts)
    assert "contradicted (or no difference)" in repr(bets)
    (verdict, sure), (_, other), _ = bets._fields
    verdict.value, sure.value, other.value = "supported", 90, 10
    bets._button.click()
    assert "Kept 1 of 3" in bets._status.value
    assert "2, 3" in bets._status.value
    assert ballot("claim", ["Fast.", "Slow.", "Dear."], verdicts).bets == {1: ("supported", 90)}
    assert learner.recall("guesses", "claim-01")["value"] == "supported"
    assert learner.recall("guesses", "claim-02") == {}


@pytest.mark.slow
def test_forms_need_no_torch():
    heavy = "import sys, json; import vislab as vl; vl.guess, vl.quiz; import vislab.widgets.bets; "
    found = subprocess.run(
        [sys.executable, "-c", heavy + "print(json.dumps([m for m in ('torch', 'matplotlib') if m in sys.modules]))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(found.stdout) == []
