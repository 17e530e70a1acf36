"""A study without training: what the shipped models answer to new pictures, and what an answer costs here."""

from dataclasses import asdict
from typing import Any

from vislab.costs.compute.layers import count_macs
from vislab.costs.compute.measure import REPEATS, latencies_of
from vislab.costs.compute.timing import device_of
from vislab.costs.labels.annotation_time import labelling_cost
from vislab.data.synthetic.draw import draw
from vislab.evaluation.baselines import predict_baselines
from vislab.models.build import Model
from vislab.studies.division import PARTS
from vislab.studies.examination import Examination, with_labels
from vislab.studies.results import Results
from vislab.studies.study import describe_data, describe_machine, time_architectures
from vislab.system.console import say
from vislab.training.pretrained import EPOCHS, SEED, SIZE, TRAIN, VALID, pretrained

FEW = (512, 128)  # pictures to fit and to choose the baselines by


def study_shipped(world: str = "smear", count: int = PARTS[1], seed: int = 0) -> Results:
    """The results that vl.study would have if it had trained the shipped models: one training of each task.

    count: test pictures. seed: of these; the models saw none of those below 1,000. Only costs that take a moment are
    measured: parameters, multiply-adds, time for one picture, and labels; training happened elsewhere.
    Raises VislabError if there are no trained models of that world.
    """
    models = pretrained(world)
    say(f"{world}: asking the models that come with vislab about {count:,} pictures")
    drawn = draw(world, sum(FEW) + count, size=SIZE, seed=seed)
    train, valid, test = drawn[: FEW[0]], drawn[FEW[0] : sum(FEW)], drawn[sum(FEW) :]
    exam = Examination(test)
    labels = labelling_cost(test)
    for task, model in models.items():
        exam.ask_model(task, model, with_labels(_quick_cost(model), labels[task]))
    exam.ask_baselines(predict_baselines(train, valid, test))
    data = describe_data(world, TRAIN, VALID, test, SEED, EPOCHS)
    device = device_of(models["classification"])
    measured = {"architectures": time_architectures(test, device)}
    return exam.results(data, describe_machine(device), measured=measured)


def _quick_cost(model: Model) -> dict[str, Any]:
    """The costs that take a moment, as results.json has them; the others None."""
    unmeasured = ("throughput_per_s", "peak_memory_bytes", "energy_j", "training_s")
    return dict.fromkeys(unmeasured) | {
        "parameters": sum(weights.numel() for weights in model.parameters()),
        "macs": count_macs(model, SIZE, SIZE)[0],
        "latency_s": asdict(latencies_of([model], SIZE, SIZE, REPEATS)[0]),
        "notes": {"training": "the model was trained elsewhere", "energy": "energy was not measured"},
    }
