"""A study without training: what the shipped models answer to new pictures, and what an answer costs here."""

from dataclasses import asdict
from typing import Any

from vislab.costs.compute.layers import count_macs
from vislab.costs.compute.measure import REPEATS, latency_of
from vislab.costs.labels.annotation_time import LabellingCost, labelling_cost
from vislab.data.fingerprint import fingerprint
from vislab.data.synthetic.draw import draw
from vislab.evaluation.answers.answers import Answers
from vislab.evaluation.baselines import fit_all
from vislab.evaluation.evaluate import evaluate
from vislab.evaluation.predict import predict
from vislab.models.predictions import Prediction
from vislab.studies.code_size import code_of
from vislab.studies.pairs import paired_differences
from vislab.studies.results import Results, nest_scores
from vislab.studies.study import PARTS, ask, describe_machine, vary_architectures
from vislab.system.console import say
from vislab.training.pretrained import EPOCHS, SEED, SIZE, TRAIN, VALID, pretrained

FEW = (512, 128)  # pictures to fit and to choose the baselines by


def study_shipped(world: str = "smear", count: int = PARTS[1], seed: int = 0) -> Results:
    """What vl.study would find if it had trained the shipped models: one training of each task, asked here and now.

    count: test pictures. seed: of these; the models saw none of those below 1,000. Costs are those that take a
    moment: parameters, multiply-adds, time for one picture, and labels; what training took elsewhere is not told.
    Raises VislabError where there are no trained models of that world.
    """
    models = pretrained(world)
    say(f"{world}: asking the models that come with vislab about {count:,} pictures")
    drawn = draw(world, sum(FEW) + count, size=SIZE, seed=seed)
    learn, choose, test = drawn[: FEW[0]], drawn[FEW[0] : sum(FEW)], drawn[sum(FEW) :]
    said: dict[str, Prediction] = {}
    told: dict[str, Answers] = {}
    measured: dict[str, dict[str, Any]] = {}
    labels = labelling_cost(test)
    for task, model in models.items():
        said[task] = predict(model, test)
        told[task], errors = ask(said[task], test, None)
        scores = nest_scores(evaluate(said[task], test))
        measured[task] = {
            "scores": scores,
            "answers": errors,
            "cost": _quick_cost(model, labels[task]),
            "code": code_of(task),
        }
    baselines = {}
    for name, baseline in fit_all(learn, choose).items():
        said[name] = baseline.predict(test)
        told[name], errors = ask(said[name], test, None)
        baselines[name] = {"answers": errors}
    data = {"name": world, "train": TRAIN, "valid": VALID, "test": count, "size": SIZE, "seed": SEED, "epochs": EPOCHS}
    data |= {"minutes": None, "drawn": True, "pictures": fingerprint(test)}
    place = next(models["classification"].parameters()).device
    pairs = paired_differences(test, said, told, baselines)
    further = {"architectures": vary_architectures(test, place)}
    return Results(data, describe_machine(place), measured, baselines, pairs, [], test, said, told, further)


def _quick_cost(model: Any, labels: LabellingCost) -> dict[str, Any]:
    """The costs that take a moment, as results.json has them; the others None."""
    unsaid = ("throughput_per_s", "peak_memory_bytes", "energy_j", "training_s")
    cost: dict[str, Any] = dict.fromkeys(unsaid)
    macs, _ = count_macs(model, SIZE, SIZE)
    cost |= {"parameters": sum(weights.numel() for weights in model.parameters()), "macs": macs}
    cost["latency_s"] = asdict(latency_of(model, SIZE, SIZE, REPEATS))
    cost["labelling_s"] = labels.seconds
    notes = {"training": "the model was trained elsewhere", "energy": "energy was not measured"}
    return cost | {"notes": notes | {"labelling": labels.how}}
