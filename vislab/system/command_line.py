"""What the command line is made of: a parser that refuses in one sentence, commands with examples, and its words."""

import argparse
from typing import Any, NoReturn

from vislab.errors import VislabError


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
