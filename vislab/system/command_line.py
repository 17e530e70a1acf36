"""What the command line is made of: a parser that refuses in one sentence, commands with examples, and its words."""

import argparse
from pathlib import Path
from typing import Any, NoReturn

from vislab.errors import VislabError

EXPORTED = """\
In goes pictures: uint8 (n, height, width, 3), red, green and blue, of any number
and size. The file scales and normalises them. Out come, float32, of a
  classifier          probabilities (n, labels)
                      evidence (n, labels, rows, columns), a map for each label
  regressor           probabilities (n, labels), share (n), count (n, things)
  detector of dots    heatmap (n, things, height, width), dots are its peaks
  detector of boxes   heatmap (n, things, height, width), of the boxes' middles
                      offset (n, 2, height, width), x and y to the middle, pixels
                      sides (n, 2, height, width), width and height, pixels
  semantic segmenter  probabilities (n, classes, height, width)
  instance segmenter  probabilities (n, classes, height, width)
                      heatmap (n, height, width), of the objects' centres
                      offset (n, 2, height, width), x and y to the centre, pixels
                      radius (n, height, width), of the object, pixels
How these maps become objects is not in the file: vislab.models.grouping.group
says it. The metadata holds task, vocabulary, threshold and normalisation.
The file is written only if ONNX Runtime's numbers are those of torch, up to
1e-4 of the largest. It needs: pip install 'vislab[export]'"""


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one sentence, as all of vislab does."""

    def error(self, message: str) -> NoReturn:
        """Raise VislabError with the message and the command for help."""
        raise VislabError(f"{message}; see {self.prog} --help")


def add_command(commands: Any, name: str, does: str, example: str, more: str = "") -> argparse.ArgumentParser:
    """A command that says in a sentence what it does, with an example. more: what else its help tells, in lines."""
    form = argparse.RawDescriptionHelpFormatter
    words = f"{does[0].upper()}{does[1:]}." + (f"\n\n{more}" if more else "")
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=does, description=words, epilog=f"for example:\n  {example}", formatter_class=form
    )
    return parser


def number_range(text: str) -> int | tuple[int, int]:
    """5 as 5, 3-9 as (3, 9)."""
    first, dash, last = text.partition("-")
    return (int(first), int(last)) if dash else int(first)


def whole(text: str) -> int:
    """A count from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


def channels(text: str) -> tuple[int, ...]:
    """0,1,2 as (0, 1, 2)."""
    parts = text.split(",")
    if len(parts) != 3 or not all(part.strip().isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"must be three whole numbers from 0, as 0,1,2, not {text!r}")
    return tuple(map(int, parts))


class ByName(argparse.Action):
    """Gathers NAME=PATH, as sam3=out/sam3.json, into a dict of paths by name. Raises VislabError for a name twice."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        """Add one of them."""
        name, _, path = (part.strip() for part in str(values).partition("="))
        known = getattr(namespace, self.dest)
        if not (name and path):
            parser.error(f"{option_string} must be a name and a path, as sam3=sam3.json, not {values!r}")
        if name in known:
            parser.error(f"{option_string} names {name!r} twice; give each its own name")
        setattr(namespace, self.dest, known | {name: Path(path)})
