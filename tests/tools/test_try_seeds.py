"""Other seeds: what is moved in a notebook's code and what is not, what is kept of assertions, what is told."""

import ast
import inspect
import json

import pytest
import torch

import vislab as vl
from tools import try_seeds
from tools.build_notebooks import read_source, sources
from tools.try_seeds import AFTER, BEFORE, SEEDED, Ran, first_lines, move, moved_numbers, report

# What is rewritten


@pytest.mark.parametrize(
    ("written", "moved"),
    [
        ("torch.manual_seed(0)", "torch.manual_seed(0 + 2)"),
        ("m = vl.build('semantic', words, seed=1)", "m = vl.build('semantic', words, seed=1 + 2)"),
        ("m = vl.build('semantic', words)", "m = vl.build('semantic', words, seed=2)"),
        ("m = vl.build('semantic', words, None, first)", "m = vl.build('semantic', words, None, first + 2)"),
        ("vl.fit(m, train, epochs=4)", "vl.fit(m, train, epochs=4, seed=2)"),
        ("vl.fit(vl.build(task, words), few)", "vl.fit(vl.build(task, words, seed=2), few, seed=2)"),
        ("[vl.fit(m, few, seed=seed) for seed in (0, 1)]", "[vl.fit(m, few, seed=seed + 2) for seed in (0, 1)]"),
        ("vl.learning_curve(train=train)", "vl.learning_curve(train=train, seed=2)"),
    ],
)
def test_seeds_of_trainings_are_moved(written, moved):
    assert move(written, 2) == moved


@pytest.mark.parametrize(
    "code",
    [
        "smears = vl.draw('smear', 64, seed=1)",
        "learn, _, held = real.split(valid=0.1, test=0.3, seed=0)",
        "again = vl.study('smear', seed=seed)",
        "chance = np.random.default_rng(0)",
        "print('torch.manual_seed(0)')",
        "fit(m, train, seed=0)",
    ],
)
def test_seeds_of_pictures_and_all_else_stay(code):
    assert move(code, 2) == code


def test_the_calls_with_seeds_are_as_they_are_listed():
    for name, place in SEEDED.items():
        function = torch.manual_seed if name == "torch.manual_seed" else getattr(vl, name.removeprefix("vl."))
        parameters = inspect.signature(function).parameters
        assert "seed" in parameters
        positional = parameters["seed"].kind is not inspect.Parameter.KEYWORD_ONLY
        assert place == (list(parameters).index("seed") if positional else None)


@pytest.mark.slow
def test_the_notebooks_that_train_are_moved():
    """A notebook that builds and fits under another name would pass with every seed, and prove nothing."""
    changed = set()
    for source in sources():
        code = "\n".join(cell.source for cell in read_source(source).cells if cell.cell_type == "code")
        text = ast.unparse(ast.parse(code))  # without comments
        assert ("vl.fit(" in text) <= (move(text, 1) != move(text, 2)), source.stem
        changed |= {source.stem[:2]} if move(text, 1) != move(text, 2) else set()
    assert {"01", "03", "04", "09"} <= changed


# What is kept of assertions


def seen(code, **names):
    """What is kept of a cell's assertions, and how it ended."""
    space = dict(names)
    exec(BEFORE, space)
    said = ""
    try:
        exec(move(code, 0, first=10), space)
    except AssertionError as error:
        said = str(error)
    return json.loads(json.dumps(space["_seen"])), said


def test_both_sides_of_a_comparison_are_kept_and_plain_numbers_are_not():
    kept, said = seen("x = 1\nassert 0.5 < low < high and (not flag)", low=0.6, high=0.7, flag=False)
    bound = "0.5 < low < high"
    assert kept == {f"11\tlow\t{bound}": [0.6], f"11\thigh\t{bound}": [0.7], "11\tflag\t": [False]}
    assert said == ""


def test_a_failure_says_where_and_what_comes_after_it_is_not_evaluated():
    kept, said = seen("assert low > 0.5 and missing > 1", low=torch.tensor(0.25))
    assert kept == {"10\tlow\tlow > 0.5": [0.25]}
    assert said == "10: low > 0.5 and missing > 1"


def test_every_round_of_a_loop_is_kept_and_what_is_no_number_in_words():
    kept, _ = seen("for x in (1, 2):\n    assert x < y\nassert z == (1, 2)", y=torch.tensor([3.0]), z=(1, 2))
    assert kept == {"11\tx\tx < y": [1, 2], "11\ty\tx < y": [3.0, 3.0], "12\tz\tz == (1, 2)": ["(1, 2)"]}


# What is told


def test_numbers_that_moved_are_shown_beside_their_bound_and_others_are_not():
    one = Ran("01_first", 1, 2.0, [], {"5\tx\tx < 1": [0.25], "6\ty\ty == 2": [2], "7\tz\tz > 0": [1.0, 3.0]})
    two = Ran("01_first", 2, 2.0, ["line 5: x < 1, where x is 1.5"], {"5\tx\tx < 1": [1.5], "6\ty\ty == 2": [2]})
    assert moved_numbers([one, two])[1:] == [
        ("01", "5", "x", "x < 1", "0.25", "1.5"),
        ("01", "7", "z", "z > 0", "1 to 3", "not reached"),
    ]
    assert [row[2] for row in moved_numbers([one])[1:]] == ["x", "y", "z"]
    said = report([one, two])
    assert "01_first, seeds + 2, line 5: x < 1, where x is 1.5" in said
    assert str(one) == "01_first, seeds + 1: passed, after 2 s"
    assert str(two) == "01_first, seeds + 2: 1 of its cells failed, after 2 s"


# A notebook whose bound holds for some seeds only: torch.rand(1) is 0.50 with seed 0, 0.76 with 1, 0.61 with 2.
MADE = """\
# %% [markdown]
# # Made

# %%
import torch

torch.manual_seed(0)
got = torch.rand(1).item()

# %%
double = 2 * got
assert double < 1.4 and got > 0.1

# %% tags=["nbval-check-output"]
print(f"after it {got:.2f}")
assert got < 0.9
"""


@pytest.fixture
def made(tmp_path, monkeypatch):
    source = tmp_path / "00_made.py"
    source.write_text(MADE)
    monkeypatch.setattr(try_seeds, "choose", lambda names: [source])
    return source


def test_cells_are_found_in_their_source(made):
    places = list(first_lines(MADE, read_source(made)))
    assert [MADE.splitlines()[place - 1] for place in places[1:]] == [
        "import torch",
        "double = 2 * got",
        'print(f"after it {got:.2f}")',
    ]


@pytest.mark.slow
def test_a_bound_that_fails_with_one_seed_is_told_with_its_numbers(made, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["try_seeds"])
    assert try_seeds.main() == 1
    said = capsys.readouterr().out
    assert "00_made, seeds + 1: 1 of its cells failed" in said
    assert "00_made, seeds + 2: passed" in said
    assert "00_made, seeds + 1, line 12: double < 1.4 and got > 0.1, where double is 1.515" in said
    rows = [line.split() for line in said.splitlines() if line.startswith("00  ")]
    assert ["00", "12", "double", "double", "<", "1.4", "1.515", "1.229"] in rows
    assert ["00", "16", "got", "got", "<", "0.9", "0.7576", "0.6147"] in rows  # the cell after it ran all the same


@pytest.mark.slow
def test_a_notebook_that_holds_or_stops_otherwise(made, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["try_seeds", "--steps", "2"])
    assert try_seeds.main() == 0
    assert "none" in capsys.readouterr().out
    made.write_text(MADE.replace("double = 2 * got", "double = 2 * gone"))
    assert try_seeds.main() == 1
    assert "the cell of line 11: NameError: name 'gone' is not defined" in capsys.readouterr().out
    made.write_text(MADE.replace("double = 2 * got", "import os; os._exit(1)"))
    assert try_seeds.main() == 1
    assert "stopped: Kernel died" in capsys.readouterr().out


def test_an_unknown_notebook_is_told_in_a_sentence(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["try_seeds", "77"])
    assert try_seeds.main() == 2
    assert capsys.readouterr().err.startswith("'77': there is no such notebook; name one by its number: 00, 01")


def test_the_last_cell_tells_what_was_seen(capsys):
    exec(f"{BEFORE}\n_see('1\\ta\\ta < 2', 1)\n{AFTER}", {})
    assert json.loads(capsys.readouterr().out) == {"1\ta\ta < 2": [1]}
