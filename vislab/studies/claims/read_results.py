"""What studies found, from memory or from results.json, checked: figures that cannot be are left out, and named."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vislab.costs.kinds import COST_KINDS
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.studies.results import FORMAT
from vislab.system.files import read_json, without_nan

DATA = ("name", "train", "valid", "test", "size", "seed")
ENDS = ("median", "p10", "p90")
NUMBERS = [key for kind in COST_KINDS.items() for key in (kind[0], kind[1].estimate) if key not in ("", "latency_s")]
FURTHER = ("architectures", "curves", "transfer")  # measurements that no study's models make
NEAR = 1e-6  # how far a paired difference may lie from that of the means, which are over the same pictures


@dataclass(frozen=True)
class Study:
    """What one study found, as results.json holds it, but NaN for null. troubles: what had to be left out, and why.

    measured: what it measured beside its models, as judge.judge takes it.
    raw: all that was read, as plain JSON.
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

    def everyone(self) -> dict[str, dict[str, Any]]:
        """Models and baselines by name."""
        return self.models | self.baselines

    def error(self, name: str, question: str) -> float:
        """The mean error of a model or baseline on a question; NaN if it does not answer, or truth cannot tell."""
        answers = self.everyone().get(name, {}).get("answers", {})
        return float(answers.get(question, {}).get(QUESTIONS[question].measure, math.nan))


def read_studies(results: Any) -> list[Study]:
    """The studies given: one or several, each a Results, what its to_dict gives, or a results.json or its folder.

    Raises VislabError if one is no results file of this format, or two are of the same pictures and seed.
    """
    studies = [read_study(source) for source in as_list(results)]
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
    single = isinstance(results, (Study, Mapping, str, Path)) or hasattr(results, "to_dict")
    return [results] if single else list(results)


def read_study(source: Any) -> Study:
    """One study; raises VislabError if it is none of this format."""
    if isinstance(source, Study):
        return source
    name, plain = _load(source)
    data = _read_data(plain, name)
    troubles: list[str] = []
    models, baselines = (
        {str(name): _entry(str(name), entry, troubles) for name, entry in _mapping(plain, kind, troubles).items()}
        for kind in ("models", "baselines")
    )
    left_out = plain.get("left_out")
    return Study(
        data,
        machine=dict(_mapping(plain, "machine", troubles)),
        models=models,
        baselines=baselines,
        pairs=_pairs(plain.get("pairs"), models | baselines, troubles),
        left_out=[str(line) for line in left_out] if isinstance(left_out, list) else [],
        measured=_further({"measured": {}} | dict(plain), troubles),
        troubles=troubles,
        raw=without_nan(plain),
    )


def _load(source: Any) -> tuple[str, Any]:
    """What errors call the results, and what they hold."""
    if hasattr(source, "to_dict"):
        return "these results", source.to_dict()
    if not isinstance(source, (str, Path)):
        return "these results", source
    path = Path(source)
    path = path / "results.json" if path.is_dir() else path
    return path.name, read_json(path, "give a results.json")


def _read_data(plain: Any, name: str) -> dict[str, Any]:
    if not isinstance(plain, Mapping) or not isinstance(plain.get("data"), Mapping):
        raise VislabError(f"{name}: not the results of a study; give the results.json that vislab compare writes")
    if plain.get("format") != FORMAT:
        raise VislabError(
            f"{name}: of format {plain.get('format')!r}, but this vislab reads {FORMAT}; run vislab compare anew"
        )
    data = dict(plain["data"])
    if missing := [key for key in DATA if key not in data]:
        raise VislabError(f"{name}: data does not say its {', '.join(missing)}; run vislab compare anew")
    if wrong := [key for key in DATA[1:] if not _is_number(data[key])]:
        raise VislabError(f"{name}: data's {wrong[0]} is no number but {data[wrong[0]]!r}; run vislab compare anew")
    return data | {"name": str(data["name"])}


def _mapping(plain: Mapping[str, Any], key: str, troubles: list[str]) -> Mapping[str, Any]:
    if isinstance(plain.get(key), Mapping):
        return plain[key]  # type: ignore[no-any-return]
    troubles.append(f"{key} is missing from the results, and is left out.")
    return {}


def _entry(name: str, entry: Any, troubles: list[str]) -> dict[str, Any]:
    """One model or baseline, without the figures that cannot be."""
    whole = entry if isinstance(entry, Mapping) else {}
    parts = (whole.get(key) for key in ("scores", "code"))
    scores, code = (dict(part) if isinstance(part, Mapping) else {} for part in parts)
    return {
        "answers": _answers(name, whole.get("answers"), troubles),
        "scores": {str(score): value for score, value in scores.items() if _is_number(value)},
        "cost": _cost(name, whole["cost"], troubles) if "cost" in whole else {},
        "code": {what: value for what, value in (code or {}).items() if _is_number(value) and value >= 0},
    }


def _answers(name: str, answers: Any, troubles: list[str]) -> dict[str, dict[str, float]]:
    if not isinstance(answers, Mapping):
        troubles.append(f"{name}: its answers are missing, and are left out.")
        return {}
    believed = {}
    for question, error in answers.items():
        if question not in QUESTIONS:
            troubles.append(f"{name}: {question} is no question that is asked here; it is left out.")
        elif why := _why_no_error(question, error):
            troubles.append(f"{name}: its error on {question} {why}; it is left out.")
        else:
            believed[question] = {
                end: math.nan if value is None else float(value) for end, value in error.items() if _known(value)
            }
    return believed


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
    believed: dict[str, Any] = {}
    for key in NUMBERS:
        value = cost.get(key)
        if value is None or (_is_number(value) and value >= 0):
            believed[key] = value
        else:
            troubles.append(f"{name}: its {key} is {value!r}, which cannot be; it is left out.")
    latency = cost.get("latency_s")
    if isinstance(latency, Mapping) and _is_latency(latency):
        believed["latency_s"] = {end: float(latency[end]) for end in ENDS}
    elif latency is not None:
        troubles.append(f"{name}: its latency_s cannot be; it is left out.")
    notes = cost.get("notes")
    return believed | {"notes": {str(n): str(v) for n, v in notes.items()} if isinstance(notes, Mapping) else {}}


def _is_latency(latency: Mapping[str, Any]) -> bool:
    return all(_is_number(latency.get(end)) for end in ENDS) and (
        0 < latency["p10"] <= latency["median"] <= latency["p90"]
    )


def _pairs(pairs: Any, everyone: Mapping[str, Any], troubles: list[str]) -> list[dict[str, Any]]:
    """The paired differences that can be, and that follow from the two means if they are of all pictures."""
    believed, broken = [], []
    for pair in pairs if isinstance(pairs, list) else []:
        if not _is_whole(pair):
            broken.append("?")
        elif _follows(pair, everyone) and pair["low"] <= pair["difference"] <= pair["high"]:
            believed.append(dict(pair))
        else:
            broken.append(f"{pair['a']} and {pair['b']} on {pair['question']}")
    if broken:
        one = "One paired difference does" if len(broken) == 1 else f"{len(broken)} paired differences do"
        troubles.append(f"{one} not follow from the other figures ({broken[0]}); left out.")
    return believed


def _is_whole(pair: Any) -> bool:
    if not isinstance(pair, Mapping) or pair.get("question") not in QUESTIONS or not {"a", "b", "among"} <= set(pair):
        return False
    return all(_is_number(pair.get(end)) for end in ("low", "difference", "high", "pictures"))


def _follows(pair: Mapping[str, Any], everyone: Mapping[str, Any]) -> bool:
    question = pair["question"]
    errors = [everyone.get(pair[side], {}).get("answers", {}).get(question, {}) for side in ("a", "b")]
    means = [error.get(QUESTIONS[question].measure) for error in errors]
    return pair["among"] != "all" or None in means or abs(means[0] - means[1] - pair["difference"]) <= NEAR


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _further(plain: Mapping[str, Any], troubles: list[str]) -> dict[str, Sequence[Any]]:
    """Further measurements that a file holds, without what no rule reads."""
    read: dict[str, Sequence[Any]] = {}
    for name, rows in _mapping(plain, "measured", troubles).items():
        if name in FURTHER and isinstance(rows, list):
            read[name] = rows
        else:
            troubles.append(f"measured: {name} is nothing that a claim asks for; it is left out.")
    return read


def check_measured(measured: Mapping[str, Any] | None) -> dict[str, Sequence[Any]]:
    """The further measurements by name, {} without any; raises VislabError for names that no rule reads."""
    for name in measured or {}:
        if name not in FURTHER:
            raise VislabError(f"no claim asks for the measurement {name!r}; there are {', '.join(FURTHER)}")
    return dict(measured or {})
