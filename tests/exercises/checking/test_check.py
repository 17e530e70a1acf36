"""How exercises are checked: right, wrong, stopped and not yet tried; shown, kept, graded."""

import re
import sys
import warnings

import numpy as np
import pytest
import torch

from vislab.errors import VislabError
from vislab.exercises.checking.answers import Answer, Panel
from vislab.exercises.checking.check import Check
from vislab.exercises.checking.trial import Trial
from vislab.system import learner_file as learner


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path


def trials():
    yield Trial({"mask": np.array([[0, 1], [1, 1]])}, np.array([[1, 0], [0, 0]]), "Swap them.")
    yield Trial({"mask": np.array([[0, 0], [0, 0]])}, np.array([[1, 1], [1, 1]]), "Empty is normal.")


swap = Check("00-swap", trials, ("Think.", "Use 1 - mask."))


def test_right():
    answer = swap(lambda mask: 1 - mask)
    assert answer.outcome == "right"
    assert "2 pictures" in answer.sentence


@pytest.mark.parametrize("kind", [np.ndarray.tolist, np.ndarray.astype])
def test_lists_and_other_number_types_are_as_good(kind):
    assert swap(lambda mask: kind(1 - mask, *([float] if kind is np.ndarray.astype else []))).outcome == "right"
    assert swap(lambda mask: mask == 0).outcome == "right"


def test_wrong_shows_the_first_picture_that_fails_expected_beside_got_and_its_hint():
    answer = swap(lambda mask: (1 - mask) * mask.any())
    assert answer.outcome == "wrong"
    assert [panel.title for panel in answer.panels] == ["mask", "it should be", "your function says"]
    assert answer.panels[0].value.tolist() == [[0, 0], [0, 0]]
    assert answer.hint == "Empty is normal."
    assert all(part in answer.sentence for part in ("4 of 4 pixels", "[0, 0]", "should be 1"))


@pytest.mark.parametrize(
    ("expected", "returned", "numbers"),
    [
        (0.7142857142857143, 0.5, ["0.5", "0.7143"]),
        (0.7142857142857143, 0.71431, ["0.71431", "0.71429"]),  # as many digits as tell them apart
        (1, False, ["0", "1"]),
        ((1 / 3, 2.0), (1 / 3, np.float32(2.5)), ["1", "2", "1", "2", "2.5"]),  # 1 of 2, at [1]
    ],
)
def test_numbers_are_shown_with_few_digits_and_apart(expected, returned, numbers):
    answer = Check("00-number", lambda: iter([Trial({"x": 1 / 3}, expected)]), ())(lambda x: returned)
    assert re.findall(r"\d+(?:\.\d+)?", answer.sentence) == numbers
    assert "x: 0.3333\n" in repr(answer)


def test_an_answer_reads_as_text_and_as_tables_with_ringed_pixels():
    bundle = swap(lambda mask: mask)._repr_mimebundle_()
    assert "✗ Not right yet." in bundle["text/plain"]
    assert "  1 0\n  0 0" in bundle["text/plain"]
    assert bundle["text/html"].count("<table") == 3
    assert bundle["text/html"].count("outline:3px") == 4


@pytest.mark.parametrize(
    "function",
    [
        lambda mask: mask.clamp(0, 1),
        lambda mask: torch.where(mask > 0, 0, 1),
        lambda mask: torch.max(mask),
        lambda mask: mask.float(),
    ],
)
def test_an_array_taken_for_a_tensor_has_its_own_hint(function):
    assert "NumPy array, not a tensor" in swap(function).hint


def fill(mask):
    larger = np.zeros((2, 2))
    larger[mask > 0] = larger
    return larger


@pytest.mark.parametrize(
    ("function", "hint"),
    [
        (fill, "a[mask] = b[mask]"),
        (lambda mask: mask + np.zeros((3, 2)), "an axis"),
        (lambda mask: mask and 1, "`&`"),
        (lambda mask: np.zeros((2, mask.shape)), "(2, *shape)"),
    ],
)
def test_errors_that_numpys_beginners_meet_have_their_own_hint(function, hint):
    answer = swap(function)
    assert answer.outcome == "stopped"
    assert hint in answer.hint


def test_other_errors_keep_the_pictures_own_hint():
    assert swap(lambda mask: mask.clam(0, 1)).hint == "Swap them."
    assert swap(lambda mask: torch.tensor(mask) + "a").hint == "Swap them."


@pytest.mark.parametrize(
    ("function", "outcome", "told"),
    [
        (lambda mask: mask[0], "wrong shape", r"an array of shape \(2,\), not an array of shape \(2, 2\)"),
        (lambda mask: 3, "wrong shape", r"a single number, not an array of shape \(2, 2\)"),
        (lambda mask: "three", "wrong type", "a str, not"),
        (lambda mask: {"a": 1}, "wrong type", "a dict, not"),
        (lambda mask: [[1, 2], [3]], "wrong type", "a list, not"),
        (lambda mask: mask.astype(str), "wrong type", r"an array of shape \(2, 2\) of <U21, not"),
        (lambda mask: None if mask.sum() == 0 else 1 - mask, "wrong type", r"nothing \(None\), not"),
    ],
)
def test_what_came_is_named_where_it_is_something_else(function, outcome, told):
    answer = swap(function)
    assert answer.outcome == outcome
    assert re.search(told, answer.sentence), answer.sentence
    assert repr(answer)
    assert answer._repr_mimebundle_()


def unwritten(mask): ...


def unwritten_otherwise(mask):
    raise NotImplementedError


def only_words(mask):
    """The mask with 0 and 1 exchanged."""
    ...  # your lines go here


@pytest.mark.parametrize("function", [unwritten, unwritten_otherwise, only_words, lambda mask: ...])
def test_not_yet_tried_is_an_answer_and_no_attempt(function):
    answer = swap(function)
    assert answer.outcome == "not yet tried"
    assert learner.recall("exercises", "00-swap") == {}


def test_what_pytorch_has_not_implemented_is_an_attempt():
    answer = swap(lambda mask: torch.nn.functional.interpolate(torch.as_tensor(mask), scale_factor=2))
    assert answer.outcome == "stopped"
    assert "NotImplementedError" in answer.sentence
    assert learner.recall("exercises", "00-swap")["tries"] == 1


def test_a_forgotten_return_is_told_and_is_an_attempt():
    def assigns(mask):
        mask = 1 - mask

    def prints(mask):
        print(1 - mask)

    for function in (assigns, prints):
        answer = swap(function)
        assert answer.outcome == "wrong type"
        assert "`return`" in answer.sentence
    assert learner.recall("exercises", "00-swap")["tries"] == 2


def test_an_exception_is_told_with_the_line_of_the_learners_cell():
    source = "def swap(mask):\n    flipped = 1 - mask\n    return flipped[mask.nowhere]\n"
    space = {"np": np}
    exec(compile(source, "/tmp/cell-1.py", "exec"), space)
    answer = swap(space["swap"])
    assert answer.outcome == "stopped"
    assert answer.sentence.startswith("In line 3 of the cell above: AttributeError: ")
    assert "Traceback" not in repr(answer)


def test_quitting_and_a_wrong_number_of_arguments_are_told_too():
    assert swap(lambda mask: sys.exit(3)).outcome == "stopped"
    assert "TypeError" in swap(lambda: 3).sentence
    assert "function itself" in swap(np.zeros(3)).sentence


def test_a_function_that_changes_its_input_is_told_so_and_spoils_nothing():
    def rude(mask):
        mask[:] = 1 - mask
        return mask

    answer = swap(rude)
    assert answer.outcome == "changed its input"
    assert [panel.value.tolist() for panel in answer.panels] == [[[0, 1], [1, 1]], [[1, 0], [0, 0]]]
    assert "`mask.copy()`" in answer.hint
    assert "<code>mask.copy()</code>" in answer._repr_mimebundle_()["text/html"]
    fixed = [Trial({"mask": np.array([[0, 1]])}, np.array([[1, 0]]))]
    again = Check("00-again", lambda: fixed, ())
    assert [again(rude).outcome for _ in range(2)] == ["changed its input"] * 2
    assert again(lambda mask: 1 - mask).outcome == "right"


@pytest.mark.parametrize(
    ("value", "change", "told"),
    [
        (np.array([1.0, np.nan]), lambda value: None, "right"),
        (np.array([1.0, np.nan]), lambda value: value.sort(), "right"),  # NaN goes last: as it was
        (np.array([2.0, 1.0]), lambda value: value.sort(), "changed its input"),
        ([np.zeros(2), np.zeros(3)], lambda value: value[1].fill(1), "changed its input"),
        ([1, 2], lambda value: value.append(3), "changed its input"),
        ({"cell": 1}, lambda value: value.pop("cell"), "changed its input"),
        (object(), lambda value: None, "right"),
    ],
)
def test_a_change_is_seen_in_whatever_was_given(value, change, told):
    def seven(value):
        change(value)
        return 7

    assert Check("00-seven", lambda: [Trial({"value": value}, 7)], ())(seven).outcome == told


def test_a_loop_without_an_end_is_ended(monkeypatch):
    def endless(mask):
        while True:
            pass

    with monkeypatch.context() as patch:
        patch.setattr("vislab.exercises.checking.trial.PATIENCE", 0.05)
        answer = swap(endless)
    assert answer.outcome == "too slow"
    assert "a loop that never ends" in answer.sentence
    assert swap(lambda mask: 1 - mask).outcome == "right"


def test_attempts_and_hints_are_kept():
    swap(lambda mask: mask)
    swap(lambda mask: 1 - mask)
    swap(lambda mask: mask)
    assert [swap.hint().sentence for _ in range(3)] == ["1 of 2: Think.", "2 of 2: Use 1 - mask.", "1 of 2: Think."]
    assert learner.recall("exercises", "00-swap") == {"tries": 3, "last": "wrong", "right": True, "hints": 3}


def test_a_disk_that_refuses_does_not_make_an_answer_wrong(own_home, capsys):
    (own_home / "work").write_text("a file where the folder should be")
    assert swap(lambda mask: 1 - mask).outcome == "right"
    assert "cannot be kept" in capsys.readouterr().out


def test_under_nbgrader_anything_but_right_raises_in_a_sentence(monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert swap(lambda mask: 1 - mask) is None  # nbgrader would take a value for the points
    assert "✓ Right." in capsys.readouterr().out
    for function in (unwritten, lambda mask: mask, lambda mask: mask.nowhere):
        with pytest.raises(VislabError, match="00-swap"):
            swap(function)


def test_a_grade_cell_writes_nothing_to_stderr(capfd):
    def loud(mask):
        warnings.warn("deprecated", stacklevel=1)
        print("trouble", file=sys.stderr)
        return 1 - mask + 0 * np.log(np.zeros(1))

    swap(loud)
    assert capfd.readouterr().err == ""


def test_an_empty_table_is_shown_in_words():
    page = Answer("wrong", panels=[Panel("centres", np.zeros((0, 2), int))])._repr_mimebundle_()["text/html"]
    assert "<table" not in page
    assert "[]" in page


def test_long_values_are_cut_and_markup_is_only_text():
    answer = Answer("wrong", "<b>", [Panel("<i>", "x" * 200), Panel("big", np.zeros((99, 99)))], "<u>")
    assert "an array of shape (99, 99)" in repr(answer)
    assert "<b><" not in answer._repr_mimebundle_()["text/html"].replace("<b>✗", "")
    assert "&lt;u&gt;" in answer._repr_mimebundle_()["text/html"]


def test_hints_show_code_and_stress_and_leave_products_alone():
    shown = Answer("hint", "*Doubled*: `2 * w ** 2`, not 2 * w * w. Set `x*y*z` *free now*")._repr_mimebundle_()
    assert "<em>Doubled</em>: <code>2 * w ** 2</code>, not 2 * w * w." in shown["text/html"]
    assert "<code>x*y*z</code> <em>free now</em>" in shown["text/html"]


def test_a_trial_made_of_a_model_answer_names_its_arguments():
    trial = Trial.of(lambda mask, times: times * mask, np.array([1, 2]), 3, hint="Multiply.")
    assert list(trial.arguments) == ["mask", "times"]
    assert trial.expected.tolist() == [3, 6]
    assert trial.hint == "Multiply."
