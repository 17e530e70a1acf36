"""Results without training: of the shipped models on a few smears, and of figures made by hand."""

from typing import Any

import vislab as vl
from vislab.data.scenes import fingerprint
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.baselines import predict_baselines
from vislab.studies.examination import Examination
from vislab.studies.results import Results

MACHINE = {"device": "cpu", "threads": 2, "torch": "2.15.0", "vislab": vl.__version__, "python": "3.11.7"}
TASKS = ("classification", "regression", "semantic", "instance")
TIMES = dict(zip(TASKS, (1.8, 1.9, 2.5, 6.4), strict=True))  # milliseconds a picture
MACS = dict(zip(TASKS, (50e6, 50e6, 92e6, 102e6), strict=True))
ASKED = {"classification": ("label", "point"), "regression": ("label", "share", "count")}


def cost(milliseconds: float, macs: float, training: float | None = 20.0) -> dict[str, Any]:
    latency = {"median": 1e-3 * milliseconds, "p10": 0.95e-3 * milliseconds, "p90": 1.05e-3 * milliseconds}
    return {"parameters": 400_000, "macs": macs, "latency_s": latency, "throughput_per_s": 2000.0 / milliseconds,
            "peak_memory_bytes": 2_400_000, "energy_j": None, "training_s": training,
            "notes": {"energy": "energy was not measured"}}  # fmt: skip


def shipped_results(count: int = 24, seed: int = 7) -> Results:
    """What the shipped models say of a few smears, as vl.study would hand it over; the costs are made up."""
    test = vl.draw("smear", count, size=96, seed=seed)
    exam = Examination(test)
    for task, model in vl.pretrained("smear", "cpu").items():
        exam.ask_model(task, model, cost(TIMES[task], MACS[task]))
    few = vl.draw("smear", 24, size=96, seed=seed + 1)
    exam.ask_baselines(predict_baselines(few[:16], few[16:], exam.test))
    data = {"name": "smear", "train": 4096, "valid": 256, "test": count, "size": 96, "seed": seed, "epochs": 4.0}
    return exam.results(data | {"minutes": None, "drawn": True, "pictures": fingerprint(test)}, MACHINE)


def made(errors: dict[str, dict[str, float]] | None = None, half: float = 0.01, **data: Any) -> dict[str, Any]:
    """results.json by hand: every task with these errors (question → value), and pairs that follow from them.

    errors: task or baseline → question → mean error; without it all tasks err alike. half: the half-width of every
    interval, of a count ten times that. data: what its "data" says beside the usual ("seed", "name", ...).
    """
    alike = {"label": 0.1, "share": 0.05, "count": 1.0, "point": 0.2}
    if errors is None:
        errors = {task: {question: alike[question] for question in ASKED.get(task, alike)} for task in TASKS}
    models: dict[str, Any] = {}
    baselines: dict[str, Any] = {}
    for name, by_question in errors.items():
        answers = {}
        for question, value in by_question.items():
            wide = 10 * half if question == "count" else half
            answers[question] = {QUESTIONS[question].measure: value, "low": max(0, value - wide), "high": value + wide}
        if name in TASKS:
            models[name] = {"scores": {}, "answers": answers, "cost": cost(TIMES[name], MACS[name])}
            models[name]["code"] = {"lines": 30, "constants": 1}
        else:
            baselines[name] = {"answers": answers}
    told = {"name": "smear", "train": 1024, "valid": 128, "test": 512, "size": 96, "seed": 0, "epochs": 6.0}
    told |= {"minutes": None, "drawn": True, "pictures": f"seed {data.get('seed', 0)}"} | data
    pairs = [
        pair(question, a, b, errors[a][question] - errors[b][question], 10 * half if question == "count" else half)
        for question in QUESTIONS
        for i, a in enumerate(errors)
        for b in list(errors)[i + 1 :]
        if question in errors[a] and question in errors[b]
    ]
    return {"format": 1, "data": told, "machine": dict(MACHINE), "models": models, "baselines": baselines,
            "pairs": pairs, "left_out": []}  # fmt: skip


def pair(question: str, a: str, b: str, difference: float, half: float, among: str = "all") -> dict[str, Any]:
    ends = {"low": difference - half, "high": difference + half}
    return {"question": question, "a": a, "b": b, "among": among, "pictures": 512, "difference": difference} | ends
