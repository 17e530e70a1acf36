"""What studies found, from memory or from results.json, checked: figures that cannot be are left out, and named."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.system.files import read_json, without_nan

DATA = ("name", "train", "valid", "test", "size", "seed")
ENDS = ("median", "p10", "p90")
COSTS = ("parameters", "macs", "throughput_per_s", "peak_memory_bytes", "energy_j", "training_s", "labelling_s")
FURTHER = ("architectures", "curves", "transfer")  # measurements that no study's models make
NEAR = 1e-6  # how far a paired difference may lie from that of the means, which are over the same pictures


@dataclass(frozen=True)
class Study:
    """What one study found, as results.json holds it, but NaN for null. troubles: what had to be left out, and why.

    measured: what it measured beside its models, as claims.judge takes it.
    raw: all that was read, as plain JSON, for whoever hands it on.
    """

    data: dict[str, Any]
    machine: dict[str, Any]
    models: dict[str, dict[str, Any]]
    baselines: dict[str, dict[str, Any]]
    pairs: list[dict[str, Any]]
    left_out: list[str]
    troubles: list[str]
    measured: dict[str, Sequence[Any]]
    raw: dict[str, Any]

    @property
    def drawn(self) -> bool:
        """Whether its pictures were drawn by a program; files from before "drawn" was kept go by their name."""
        return bool(self.data.get("drawn", self.data["name"] in ("smear", "street")))

    def who(self) -> dict[str, dict[str, Any]]:
        """Models and baselines by name."""
        return self.models | self.baselines


def read_studies(results: Any) -> list[Study]:
    """The studies given: one or several, each a Results, what its to_dict gives, or a results.json or its folder.

    Raises VislabError where one is no results file of this format, or two are of the same pictures and seed.
    """
    studies = [read_study(one) for one in as_list(results)]
    if not studies:
        raise VislabError("there is nothing to judge; give the results of at least one study")
    seen = set()
    for study in studies:
        same = (study.data["name"], study.data["size"], study.data["train"], study.data["seed"])
        if same in seen:
            raise VislabError(f"two of these results are of {same[0]} with seed {same[3]}; give each of them once")
        seen.add(same)
    return studies


def as_list(results: Any) -> list[Any]:
    """One study's results, whatever holds them, or several, as a list."""
    one = isinstance(results, (Study, Mapping, str, Path)) or hasattr(results, "to_dict")
    return [results] if one else list(results)


def read_study(source: Any) -> Study:
    """One study; raises VislabError where it is none of this format."""
    from vislab.studies.results import FORMAT

    if isinstance(source, Study):
        return source
    named = "these results"
    if hasattr(source, "to_dict"):
        source = source.to_dict()
    elif isinstance(source, (str, Path)):
        path = Path(source)
        path = path / "results.json" if path.is_dir() else path
        named = path.name
        source = read_json(path, "give a results.json")
    if not isinstance(source, Mapping) or not isinstance(source.get("data"), Mapping):
        raise VislabError(f"{named}: not the results of a study; give the results.json that vislab compare writes")
    if source.get("format") != FORMAT:
        raise VislabError(
            f"{named}: of format {source.get('format')!r}, where this vislab reads {FORMAT}; run vislab compare anew"
        )
    data = dict(source["data"])
    if missing := [name for name in DATA if name not in data]:
        raise VislabError(f"{named}: data does not say its {', '.join(missing)}; run vislab compare anew")
    if wrong := [name for name in DATA[1:] if not _is_number(data[name])]:
        raise VislabError(f"{named}: data's {wrong[0]} is no number but {data[wrong[0]]!r}; run vislab compare anew")
    data["name"] = str(data["name"])
    troubles: list[str] = []
    parts = {
        kind: {
            str(name): _entry(f"{name}", one, troubles)
            for name, one in _mapping(source.get(kind), kind, troubles).items()
        }
        for kind in ("models", "baselines")
    }
    machine = _mapping(source.get("machine"), "machine", troubles)
    pairs = _pairs(source.get("pairs", []), parts["models"] | parts["baselines"], troubles)
    left_out = source.get("left_out")
    said = [str(line) for line in left_out] if isinstance(left_out, list) else []
    raw: dict[str, Any] = without_nan(source)
    further = _further(source.get("measured", {}), troubles)
    return Study(data, dict(machine), parts["models"], parts["baselines"], pairs, said, troubles, further, raw)


def _mapping(found: Any, where: str, troubles: list[str]) -> Mapping[str, Any]:
    if isinstance(found, Mapping):
        return found
    troubles.append(f"{where} is missing from the results, and is left out.")
    return {}


def _entry(name: str, one: Any, troubles: list[str]) -> dict[str, Any]:
    """One model or baseline, without the figures that cannot be."""
    whole = one if isinstance(one, Mapping) else {}
    if not isinstance(whole.get("answers"), Mapping):
        troubles.append(f"{name}: its answers are missing, and are left out.")
    asked = whole.get("answers") if isinstance(whole.get("answers"), Mapping) else {}
    kept: dict[str, Any] = {"answers": {}}
    for question, error in (asked or {}).items():
        if question not in QUESTIONS:
            troubles.append(f"{name}: {question} is no question that is asked here; it is left out.")
        elif why := _why_no_error(question, error):
            troubles.append(f"{name}: its error on {question} {why}; it is left out.")
        else:
            kept["answers"][question] = {
                end: math.nan if value is None else float(value) for end, value in error.items() if _known(value)
            }
    scores = whole.get("scores")
    kept["scores"] = {str(n): v for n, v in scores.items() if _is_number(v)} if isinstance(scores, Mapping) else {}
    kept["cost"] = _cost(name, whole.get("cost"), troubles) if "cost" in whole else {}
    code = whole.get("code")
    kept["code"] = {n: v for n, v in code.items() if _is_number(v) and v >= 0} if isinstance(code, Mapping) else {}
    return kept


def _known(value: Any) -> bool:
    return value is None or _is_number(value)


def _why_no_error(question: str, error: Any) -> str:
    """Why an error cannot be believed, or ""."""
    measure, most = QUESTIONS[question].measure, QUESTIONS[question].most
    if not isinstance(error, Mapping) or not {measure, "low", "high"} <= set(error):
        return "is not whole"
    three = [error["low"], error[measure], error["high"]]
    if all(value is None for value in three):
        return ""
    if not all(_is_number(value) for value in three):
        return "holds what is no number"
    if three != sorted(three):
        return f"({three[1]:g}) does not lie in its own interval ({three[0]:g} to {three[2]:g})"
    if three[0] < 0 or three[2] > most:
        return f"({three[1]:g}) is beyond what can be"
    return ""


def _cost(name: str, cost: Any, troubles: list[str]) -> dict[str, Any]:
    """Costs without those that cannot be; what was not measured is None."""
    if not isinstance(cost, Mapping):
        troubles.append(f"{name}: its costs are missing, and are left out.")
        return {}
    kept: dict[str, Any] = {}
    for key in COSTS:
        value = cost.get(key)
        if value is None or (_is_number(value) and value >= 0):
            kept[key] = value
        else:
            troubles.append(f"{name}: its {key} is {value!r}, which cannot be; it is left out.")
    latency = cost.get("latency_s")
    if latency is not None:
        ends = latency if isinstance(latency, Mapping) else {}
        low, middle, high = (ends[end] if _is_number(ends.get(end)) else math.nan for end in ("p10", "median", "p90"))
        if 0 < low <= middle <= high:
            kept["latency_s"] = {end: float(ends[end]) for end in ENDS}
        else:
            troubles.append(f"{name}: its latency_s cannot be; it is left out.")
    notes = cost.get("notes")
    kept["notes"] = {str(n): str(v) for n, v in notes.items()} if isinstance(notes, Mapping) else {}
    return kept


def _pairs(found: Any, who: Mapping[str, Mapping[str, Any]], troubles: list[str]) -> list[dict[str, Any]]:
    """The paired differences that can be, and that follow from the two means where they are of all pictures."""
    kept, broken = [], []
    for pair in found if isinstance(found, list) else []:
        names = ("question", "a", "b", "among")
        ends = ("low", "difference", "high", "pictures")
        whole = isinstance(pair, Mapping) and {*names, *ends} <= set(pair) and pair["question"] in QUESTIONS
        if not whole or not all(_is_number(pair[end]) for end in ends):
            broken.append("?")
            continue
        measure = QUESTIONS[pair["question"]].measure
        means = [
            who.get(pair[side], {}).get("answers", {}).get(pair["question"], {}).get(measure) for side in ("a", "b")
        ]
        follows = pair["among"] != "all" or None in means or abs(means[0] - means[1] - pair["difference"]) <= NEAR
        if follows and pair["low"] <= pair["difference"] <= pair["high"]:
            kept.append(dict(pair))
        else:
            broken.append(f"{pair['a']} and {pair['b']} on {pair['question']}")
    if broken:
        one = "One paired difference does" if len(broken) == 1 else f"{len(broken)} paired differences do"
        troubles.append(f"{one} not follow from the other figures ({broken[0]}); left out.")
    return kept


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _further(found: Any, troubles: list[str]) -> dict[str, Sequence[Any]]:
    """Further measurements that a file holds, without what no rule reads."""
    kept: dict[str, Sequence[Any]] = {}
    for name, rows in _mapping(found, "measured", troubles).items():
        if name in FURTHER and isinstance(rows, list):
            kept[name] = rows
        else:
            troubles.append(f"measured: {name} is nothing that a claim asks for; it is left out.")
    return kept


def measured_of(given: Mapping[str, Any] | None) -> dict[str, Sequence[Any]]:
    """The further measurements by name, {} without any; raises VislabError for names that no rule reads."""
    for name in given or {}:
        if name not in FURTHER:
            raise VislabError(f"no claim asks for the measurement {name!r}; there are {', '.join(FURTHER)}")
    return dict(given or {})
