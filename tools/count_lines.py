"""Count the package's lines of Python by room: python -m tools.count_lines."""

from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "vislab"
BOUNDS = {"exercises": 5_000, "widgets": 3_300}  # what these two rooms should stay below, and all others together
OTHERS = 10_800


def lines_by_room(package: Path = PACKAGE) -> dict[str, int]:
    """Lines of Python files, blank ones and comments too: room (a folder, or "" for the ground floor) → lines."""
    counted: dict[str, int] = {}
    for path in sorted(package.rglob("*.py")):
        inner = path.relative_to(package).parts[:-1]
        room = inner[0] if inner else ""
        counted[room] = counted.get(room, 0) + len(path.read_text(encoding="utf-8").splitlines())
    return counted


def table(counted: dict[str, int]) -> Iterator[str]:
    """A line a room, then the sums beside their bounds."""
    yield from (f"{room or '(top)':<12} {lines:>7,}" for room, lines in counted.items())
    others = sum(lines for room, lines in counted.items() if room not in BOUNDS)
    yield ""
    yield f"{'others':<12} {others:>7,} of {OTHERS:,}"
    yield from (f"{room:<12} {counted.get(room, 0):>7,} of {bound:,}" for room, bound in BOUNDS.items())
    yield f"{'all':<12} {sum(counted.values()):>7,}"


if __name__ == "__main__":
    print("\n".join(table(lines_by_room())))
