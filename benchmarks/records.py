"""What benchmarks of many minutes have measured so far: one JSON file, written anew as each run finishes."""

import json
import math
import statistics
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vislab.system.files import writing

RESULTS = Path(__file__).parent / "results"
Record = dict[str, Any]


def read_records(path: Path) -> list[Record]:
    """All records of a file, in the order in which they were made; none where there is no file."""
    records: list[Record] = json.loads(path.read_text(encoding="utf-8"))["records"] if path.exists() else []
    return records


def keep(path: Path, record: Record, same: Iterable[str]) -> None:
    """Add a record with today's date, in place of an earlier one whose fields `same` are the same."""
    others = [other for other in read_records(path) if not matches(other, {name: record[name] for name in same})]
    dated = _plain(record | {"date": time.strftime("%Y-%m-%d")})
    text = json.dumps({"format": 1, "records": [*others, dated]}, indent=1, allow_nan=False)
    with writing(path) as part:
        part.write_text(text + "\n", encoding="utf-8")


def matches(record: Record, wanted: Mapping[str, Any]) -> bool:
    """Whether a record has these fields with these values."""
    return all(record.get(name) == value for name, value in wanted.items())


def spread(values: Iterable[float | None], form: str = "{:.3f}") -> str:
    """The median of several runs, with the least and the most where they look different; – where none is a number."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return "–"
    middle, least, most = (form.format(value) for value in (statistics.median(known), min(known), max(known)))
    return middle if least == most else f"{middle} ({least} to {most})"


def _plain(value: Any) -> Any:
    """Numbers that JSON knows, at every depth: NaN and infinity become None, floats keep six digits."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
