"""Messages and progress in a terminal and in a notebook; never on stderr, which spoils grading."""

import os
import sys
from types import TracebackType

QUIET = 1.0  # seconds before a bar appears


def in_notebook() -> bool:
    """Whether a kernel runs this and somebody may be watching; a grader does not watch."""
    ipython = sys.modules.get("IPython")
    kernel = ipython and getattr(ipython.get_ipython(), "kernel", None)
    return kernel is not None and "NBGRADER_EXECUTION" not in os.environ


def in_jupyter(hint: str) -> str:
    """A hint that only makes sense in a notebook; elsewhere nothing."""
    return hint if in_notebook() else ""


def say(words: str) -> None:
    """Print a line at once."""
    print(words, flush=True)


def plural(number: int, unit: str) -> str:
    """A number with its unit: "1 thread", "1,024 threads"."""
    return f"{number:,} {unit}" + "s" * (number != 1)


class Progress:
    """A bar from 0 to 1 with some words beside it, from the first second of work until it is done."""

    def __init__(self, title: str) -> None:
        from tqdm.auto import tqdm

        watched = "NBGRADER_EXECUTION" not in os.environ and (sys.stdout.isatty() or "ipykernel" in sys.modules)
        form = "{desc}: {percentage:3.0f} %|{bar}| {elapsed} < {remaining} {postfix}"
        self.bar = tqdm(
            total=100, desc=title, file=sys.stdout, leave=False, bar_format=form, delay=QUIET, disable=not watched
        )

    def __enter__(self) -> "Progress":
        return self

    def to(self, share: float, words: str = "") -> None:
        """Show that this share, 0 to 1, is done."""
        self.bar.set_postfix_str(words, refresh=False)
        self.bar.update(100 * share - self.bar.n)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.bar.close()
