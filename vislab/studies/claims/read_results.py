"""Read what studies found, from memory or from results.json: impossible figures are left out, and named."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vislab.costs.kinds import COST_KINDS
from vislab.errors import VislabError, is_number, is_whole
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.evaluate import OWN_SCORES
from vislab.studies.claims.one_study import Study, get
from vislab.studies.pairs import AMONG, BOXES
from vislab.studies.results import FORMAT
from vislab.system.files import read_json, without_nan
from vislab.training.course import is_course

DATA = ("train", "valid", "test", "size", "seed")  # the numbers that "data" must hold, beside its name
COST_KEYS = [key for name, kind in COST_KINDS.items() for key in (name, kind.estimate) if key]
FURTHER = ("architectures", "curves", "transfer")  # measurements beside a study's models, as rules read them
NEAR = 1e-6  # how far a paired difference may lie from that of the means, which are over the same pictures


def _is_amount(value: Any) -> bool:
    return is_number(value) and value >= 0


def _is_latency(value: Any) -> bool:
    ends: list[Any] = [get(value, end, object) for end in ("p10", "median", "p90")]
    return all(map(is_number, ends)) and 0 < ends[0] <= ends[1] <= ends[2]


def read_studies(results: Any) -> list[Study]:
    """One study or several, from Results, what their to_dict gives, or a results.json or its folder, of any seeds.

    Raises VislabError if one is no results file of this format, or two are of the same pictures and seed.
    """
    studies = [study for source in as_list(results) for study in read_source(source)]
    if not studies:
        raise VislabError("there is nothing to judge; give the results of at least one study")
    seen = []
    for study in studies:
        same = {key: study.data.get(key) for key in ("name", "size", "train", "seed", "encoder")}
        if same in seen:
            wrong = f"two of these results are of {same['name']} with seed {same['seed']}"
            raise VislabError(f"{wrong}; give each of them once")
        seen.append(same)
    return studies


def as_list(results: Any) -> list[Any]:
    """One study's results, whatever holds them, or several, as a list."""
    single = isinstance(results, (Study, Mapping, str, Path)) or hasattr(results, "to_dict")
    return [results] if single else list(results)


def read_source(source: Any) -> list[Study]:
    """The studies of one source, a seed each, from what read_studies takes; raises VislabError as it does."""
    return [source] if isinstance(source, Study) else [_read_study(plain) for plain in _load(source)]


def _read_study(plain: dict[str, Any]) -> Study:
    """What the results of one seed hold, once `_load` has looked at it."""
    troubles: list[str] = []
    models, baselines = (
        {str(name): _entry(str(name), entry, troubles) for name, entry in _part(plain, kind, troubles).items()}
        for kind in ("models", "baselines")
    )
    data = plain["data"] | {"name": str(plain["data"]["name"])}
    guests = _guests(_part({"guests": {}} | plain, "guests", troubles), data["test"], troubles)
    for key in ("epochs", "minutes"):
        if data.get(key) is not None and not _is_amount(data[key]):
            troubles.append(f"data: its {key} is {data.pop(key)!r:.40}, which is impossible; it is left out.")
    return Study(
        data=data,
        machine=_part(plain, "machine", troubles),
        models=models,
        baselines=baselines,
        guests=guests,
        pairs=_pairs(plain, models | guests | baselines, troubles, data["test"]),
        left_out=[str(line) for line in get(plain, "left_out", list)],
        measured=_further(_part({"measured": {}} | plain, "measured", troubles), troubles),
        troubles=troubles,
        raw=without_nan(plain),
    )


def _load(source: Any) -> list[dict[str, Any]]:
    """What results of one seed or several hold, a dict each; raises VislabError if they are not such."""
    name, plain = "these results", source.to_dict() if hasattr(source, "to_dict") else source
    if isinstance(source, (str, Path)):
        path = Path(source, "results.json") if Path(source).is_dir() else Path(source)
        name, plain = path.name, read_json(path, "give a results.json")
    each = get(plain, "results", list)
    for one in each or [plain]:
        _check(name, one)
    return [dict(one) for one in each or [plain]]


def _check(name: str, plain: Any) -> None:
    """Raises VislabError unless this can be one study's results."""
    data = get(plain, "data", dict)
    if not isinstance(plain, Mapping) or plain.get("data") is not data:
        raise VislabError(f"{name}: not the results of a study; give the results.json that vislab compare writes")
    if plain.get("format") != FORMAT:
        raise VislabError(
            f"{name}: of format {plain.get('format')!r}, but this vislab reads {FORMAT}; run vislab compare anew"
        )
    if missing := [key for key in ("name", *DATA) if key not in data]:
        raise VislabError(f"{name}: data does not say its {', '.join(missing)}; run vislab compare anew")
    if wrong := [key for key in DATA if not (is_whole(data[key], 0) and data[key] < 2**63)]:
        raise VislabError(f"{name}: data's {wrong[0]} is no number but {data[wrong[0]]!r:.40}; run vislab compare anew")


def _part(plain: Mapping[str, Any], key: str, troubles: list[str], missing: str = "") -> dict[str, Any]:
    """The dict at a key; if there is none, an empty one, and a trouble more."""
    if not isinstance(plain.get(key), dict):
        troubles.append(f"{missing or f'{key} is missing from the results, and is'} left out.")
    return get(plain, key, dict)


def _guests(guests: dict[str, Any], test: int, troubles: list[str]) -> dict[str, dict[str, Any]]:
    """The guests that say their task and how many of the test pictures they predicted."""
    believed = {}
    for name, entry in guests.items():
        task, pictures = get(entry, "task", str), get(entry, "pictures", int)
        if task in OWN_SCORES and is_whole(pictures) and pictures <= test:
            believed[str(name)] = _entry(str(name), entry, troubles) | {"task": task, "pictures": pictures}
        else:
            troubles.append(f"{name}: does not say what kind of guest it is, and of how many pictures; it is left out.")
    return believed


def _entry(name: str, entry: Any, troubles: list[str]) -> dict[str, Any]:
    """One model or baseline, without impossible figures."""
    entry = entry if isinstance(entry, dict) else {}
    answers = _part(entry, "answers", troubles, f"{name}: its answers are missing, and are")
    return {
        "answers": _answers(name, answers, troubles),
        "scores": _figures(name, "scores", entry, is_number, troubles),
        "cost": _cost(name, {"cost": {}} | entry, troubles),
        "code": _figures(name, "code", entry, _is_amount, troubles),
        "training": _course(name, entry, troubles),
    }


def _course(name: str, entry: dict[str, Any], troubles: list[str]) -> dict[str, Any]:
    """How far its training came; {} if nobody kept it or it cannot be."""
    course: Any = entry.get("training")
    if course is not None and not is_course(course):
        troubles.append(f"{name}: what is said of its training cannot be; it is left out.")
    return dict(course) if is_course(course) else {}


def _figures(
    name: str, key: str, entry: Mapping[str, Any], believe: Callable[[Any], bool], troubles: list[str]
) -> dict[str, Any]:
    """The figures at a key that can be believed; null is not known, and nobody asks here for the IoUs of classes."""
    figures = _part({key: {}} | dict(entry), key, troubles, f"{name}: its {key} cannot be read, and is")
    for what, value in figures.items():
        if not (value is None or what == "class_iou" or believe(value)):
            troubles.append(f"{name}: its {what} is {value!r:.40}, which is impossible; it is left out.")
    return {str(what): value for what, value in figures.items() if believe(value)}


def _answers(name: str, answers: dict[str, Any], troubles: list[str]) -> dict[str, dict[str, float]]:
    believed = {}
    for question, error in answers.items():
        if question not in QUESTIONS:
            troubles.append(f"{name}: {question} is no question that is asked here; it is left out.")
        elif why := _why_no_error(question, error):
            troubles.append(f"{name}: its error on {question} {why}; it is left out.")
        else:
            known = {end: math.nan if value is None else value for end, value in error.items()}
            believed[question] = {end: float(value) for end, value in known.items() if isinstance(value, (int, float))}
    return believed


def _why_no_error(question: str, error: Any) -> str:
    """Why an error cannot be believed, or ""."""
    ends = ("low", QUESTIONS[question].measure, "high")
    if not isinstance(error, dict) or not set(ends) <= set(error):
        return "is not whole"
    low, mean, high = three = [error[end] for end in ends]
    if three == [None] * 3:
        return ""
    if not all(map(is_number, three)):
        return "holds what is no number"
    if not low <= mean <= high:
        return f"({mean:g}) does not lie in its own interval ({low:g} to {high:g})"
    return "" if low >= 0 and high <= QUESTIONS[question].most else f"({mean:g}) is beyond what can be"


def _cost(name: str, entry: dict[str, Any], troubles: list[str]) -> dict[str, Any]:
    """The costs but for impossible ones; None stands for what was not measured."""
    cost = _part(entry, "cost", troubles, f"{name}: its costs are missing, and are")
    believed = {}
    for key in COST_KEYS:
        value, timed = cost.get(key), key == "latency_s"
        if value is None or (_is_latency(value) if timed else _is_amount(value)):
            believed[key] = value
        else:
            which = "is impossible" if timed else f"is {value!r}, which is impossible"
            troubles.append(f"{name}: its {key} {which}; it is left out.")
    return believed | {"notes": {str(key): str(note) for key, note in get(cost, "notes", dict).items()}}


def _pairs(
    plain: Mapping[str, Any], everyone: Mapping[str, Any], troubles: list[str], test: int
) -> list[dict[str, Any]]:
    """The possible paired differences; those of all pictures must also follow from the two means."""
    believed, broken = [], []
    if not isinstance(plain.get("pairs", []), list):
        troubles.append("pairs is no list, and is left out.")
    for pair in get(plain, "pairs", list):
        if not _is_whole(pair):
            broken.append("?")
        elif (
            {pair["a"], pair["b"]} <= {*everyone, BOXES}
            and (_is_of_some(pair, everyone, test) or _follows(pair, everyone))
            and pair["low"] <= pair["difference"] <= pair["high"]
        ):
            believed.append(dict(pair))
        else:
            broken.append(f"{pair['a']} and {pair['b']} on {pair['question']}")
    if broken:
        which = "One paired difference does" if len(broken) == 1 else f"{len(broken)} paired differences do"
        troubles.append(f"{which} not follow from the other figures ({broken[0]}); left out.")
    return believed


def _is_whole(pair: Any) -> bool:
    words = [get(pair, key, str) for key in ("question", "a", "b", "among")]
    figures = ("low", "difference", "high")
    known = words[0] in QUESTIONS and words[3] in AMONG and is_whole(get(pair, "pictures", object))
    return all(words) and known and all(is_number(pair.get(figure)) for figure in figures)


def _is_of_some(pair: dict[str, Any], everyone: Mapping[str, Any], test: int) -> bool:
    """Whether one of the two is a guest of some of the pictures, so that the means are not over the same ones."""
    return any(everyone.get(pair[side], {}).get("pictures", test) < test for side in ("a", "b"))


def _follows(pair: dict[str, Any], everyone: Mapping[str, Any]) -> bool:
    question = pair["question"]
    errors = [everyone.get(pair[side], {}).get("answers", {}).get(question, {}) for side in ("a", "b")]
    means = [error.get(QUESTIONS[question].measure) for error in errors]
    return pair["among"] != "all" or None in means or abs(means[0] - means[1] - pair["difference"]) <= NEAR


def _further(measured: dict[str, Any], troubles: list[str]) -> dict[str, Sequence[Any]]:
    """The further measurements that a rule reads."""
    known: dict[str, Sequence[Any]] = {}
    for name, rows in measured.items():
        if name in FURTHER and isinstance(rows, list):
            known[name] = rows
        else:
            troubles.append(f"measured: {name} is nothing that a claim asks for; it is left out.")
    return known
