"""The source of a person's own code: the same for the same, another if a part of it changes."""

import inspect
import linecache

import pytest

from vislab.training.source_hash import own_code

MODEL = """\
import math

import torch
from torch import nn

WIDTH = 3
names = object()  # not what self.names means
shift = torch.zeros(2)


def double(x):
    return 2 * x


class Own(nn.Module):
    rate = 0.1

    def __init__(self, much=1):
        super().__init__()
        self.names = much

    @torch.no_grad()
    def forward(self, x):
        return [double(part) + math.pi + WIDTH for part in self.names]

    @property
    def wide(self):
        return nn.functional.relu(WIDTH)
"""


def defined(source, name="Own"):
    """A class as a notebook has it: its source is known by line, and no file has it."""
    file = f"<cell {hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names = {"__name__": "a_notebook"}
    exec(compile(source, file, "exec"), names)
    return names[name]


def test_the_same_class_defined_again_has_the_same_source():
    assert own_code([defined(MODEL)]) == own_code([defined(MODEL)])
    assert b"def double" in b"".join(own_code([defined(MODEL)]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2 * x", "3 * x"),  # a function that a method calls
        ("WIDTH = 3", "WIDTH = 4"),  # a number that it names
        ("rate = 0.1", "rate = 0.2"),
        ("much=1", "much=2"),
        ("+ math.pi", "- math.pi"),  # of a decorated method, inside a comprehension
        ("relu", "gelu"),  # of a property
        ("(nn.Module)", "(nn.Sequential)"),
    ],
)
@pytest.mark.slow
def test_a_changed_part_changes_the_source(old, new):
    assert MODEL.count(old) == 1
    assert own_code([defined(MODEL)]) != own_code([defined(MODEL.replace(old, new))])


DECORATED = """\
import functools


def times(much):
    def around(function):
        @functools.wraps(function)
        def multiplied(*arguments):
            return much * function(*arguments)
        return multiplied
    return around


three = 3


class Own:
    @times(three)
    def forward(self, x):
        return x
"""


@pytest.mark.parametrize(("old", "new"), [("three = 3", "three = 4"), ("much *", "much +"), ("return x", "return -x")])
def test_a_decorator_of_ones_own_is_included(old, new):
    assert own_code([defined(DECORATED)]) == own_code([defined(DECORATED)])
    assert own_code([defined(DECORATED)]) != own_code([defined(DECORATED.replace(old, new))])


def test_of_another_package_the_class_itself_is_included():
    import tqdm

    assert own_code([tqdm.tqdm]) == [inspect.getsource(tqdm.tqdm).encode()]


def test_a_named_value_of_unknown_content_is_refused():
    names_a_tensor = MODEL.replace("+ WIDTH", "+ shift")
    with pytest.raises(TypeError, match="shift is Tensor"):
        own_code([defined(names_a_tensor)])


def test_a_missing_source_is_refused():
    made = defined(MODEL)
    linecache.cache.clear()
    with pytest.raises(OSError, match="source"):
        own_code([made])


def test_libraries_are_left_out():
    import torch

    import vislab as vl

    assert own_code([torch.nn.Linear, dict, vl.fit, torch.cat, vl]) == []
