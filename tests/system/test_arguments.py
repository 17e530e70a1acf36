"""What the one check of arguments lets through, and what it says of the rest."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest
import torch

import vislab as vl
from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.models.build import Model
from vislab.system.arguments import Count, Positive, Within, allows, checked


class OwnModel(torch.nn.Module):
    task = "semantic"

    def answer(self) -> None: ...


PICTURES = vl.draw("smear", 2, size=64)


@pytest.mark.parametrize(
    ("hint", "right", "wrong"),
    [
        (int, [0, -3, np.int64(4)], [True, 1.0, "1", None]),
        (float, [0, 2.5, np.float32(1)], [10**400, float("nan"), float("inf"), "2", True, None]),
        (bool, [True, np.bool_(False)], [1, "yes", None]),
        (str | Path, ["a", Path("a")], [1, b"a", ["a"]]),
        (int | None, [None, 3], ["3"]),
        (Literal["crop", "pad"], ["crop"], ["cut", None, ["crop"], np.array(["crop"])]),
        (Sequence[str], [["a"], ("a", "b"), []], ["a", [1], {"a": 1}, 3]),
        (tuple[int, int], [(1, 2), [1, 2]], [(1,), (1, 2, 3), (1, "2"), 5]),
        (tuple[str, ...], [(), ("a", "b"), ["a"]], [(1,), "ab"]),
        (Mapping[str, int], [{"a": 1}, {}], [{"a": "b"}, {1: 1}, ["a"]]),
        (Callable[[int], None], [print], ["print", None]),
        (Scenes, [PICTURES], ["smear", [PICTURES], None]),
        (Model, [vl.build("semantic", PICTURES.vocabulary), OwnModel()], [PICTURES, "semantic", torch.nn.Linear(1, 1)]),
        (Count, [1, 10], [0, -1, 1.5, True, 10**400]),
        (Positive, [0.1, 3], [0, -1, float("nan"), float("inf")]),
        (Annotated[float, Within(0, 1)], [0, 0.5, 1], [1.1, -0.1]),
        (Any, [None, object()], []),
    ],
)
def test_what_a_hint_lets_through(hint: Any, right: list[Any], wrong: list[Any]) -> None:
    assert [allows(hint, value) for value in right] == [True] * len(right)
    assert [allows(hint, value) for value in wrong] == [False] * len(wrong)


@checked
def stretch(scenes: Scenes, by: Positive = 1, *, how: Literal["up", "down"] = "up", times: Count | None = None) -> str:
    """A verb."""
    return f"{len(scenes)} {by} {how} {times}"


def test_right_arguments_arrive() -> None:
    assert stretch(PICTURES, 2, how="down", times=3) == "2 2 down 3"
    assert stretch.__name__ == "stretch"
    assert stretch.__doc__ == "A verb."


@pytest.mark.parametrize(
    ("args", "kwargs", "expected"),
    [
        ((PICTURES, 0), {}, "by must be a number above 0, not 0"),
        ((PICTURES, float("nan")), {}, "by must be a number above 0, not nan"),
        ((PICTURES,), {"how": "left"}, "how must be 'up' or 'down', not 'left'"),
        ((PICTURES,), {"times": 0}, "times must be a whole number from 1 to a billion or None, not 0"),
        (("smear",), {}, "scenes must be pictures, not 'smear'; pictures come from vl.draw or vl.load"),
        (([PICTURES],), {}, "scenes must be pictures, not a list of pictures"),
        ((), {}, "missing a required argument: 'scenes'; write vl.stretch(scenes)"),
        ((PICTURES,), {"size": 3}, "unexpected keyword argument 'size'"),
    ],
)
def test_wrong_ones_get_a_sentence(args: tuple[Any, ...], kwargs: dict[str, Any], expected: str) -> None:
    with pytest.raises(VislabError) as caught:
        stretch(*args, **kwargs)
    assert str(caught.value).startswith("vl.stretch: ")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_arguments_the_wrong_way_round_are_shown_the_right_one() -> None:
    @checked
    def train(model: Model, scenes: Scenes) -> None: ...

    with pytest.raises(VislabError, match=r"model must be a model, not pictures; .*; write vl\.train\(model, scenes\)"):
        train(PICTURES, vl.build("semantic", PICTURES.vocabulary))  # type: ignore[arg-type]


def test_a_method_is_called_by_its_class() -> None:
    with pytest.raises(VislabError, match=r"vl\.Scenes\.split: valid must be a number, not 'x'"):
        PICTURES.split("x")  # type: ignore[arg-type]
    with pytest.raises(VislabError, match=r"vl\.Scenes\.load: path must be text .*; write vl\.Scenes\.load\(path\)"):
        Scenes.load({})  # type: ignore[arg-type]


MODELS = {"semantic": vl.build("semantic", PICTURES.vocabulary)}
PREDICTION = vl.predict(MODELS["semantic"], PICTURES)


@pytest.mark.parametrize(
    ("mistake", "came", "mend"),
    [
        (lambda: vl.show(PREDICTION), "not a prediction", "write vl.view(scenes, prediction)"),
        (lambda: vl.fit(PICTURES, MODELS["semantic"]), "not pictures", "write vl.fit(model, train)"),
        (lambda: vl.predict(MODELS, PICTURES), "not a dict of models", "give one of them, such as model['semantic']"),
        (lambda: vl.measure_cost(MODELS), "not a dict of models", "give one of them, such as model['semantic']"),
        (lambda: vl.measure_cost([*MODELS.values()]), "not a list of models", "give one of them, such as model[0]"),
        (lambda: vl.view([PICTURES]), "not a list of pictures", "give one of them, such as scenes[0]"),
        (lambda: vl.view(PICTURES, {"a": PREDICTION}), "not a dict of predictions", "list(predictions.values())"),
    ],
)
def test_first_mistakes_say_what_to_write(mistake: Callable[[], Any], came: str, mend: str) -> None:
    with pytest.raises(VislabError) as caught:
        mistake()
    assert came in str(caught.value)
    assert mend in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_prediction_is_as_good_as_a_list_of_one_and_a_terminal_gets_no_hint_of_cells() -> None:
    assert repr(vl.view(PICTURES, PREDICTION)) == "Viewer of 2 pictures of smear and predictions of semantic"
