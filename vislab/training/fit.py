"""Training: one verb for every task, which can be stopped, killed and resumed."""

from collections.abc import Callable
from dataclasses import asdict

import torch

from vislab.data.scenes import Scenes
from vislab.evaluation.familiarity import learn_world
from vislab.models.backbone import title_of
from vislab.models.build import Model
from vislab.system.arguments import Count, Positive
from vislab.system.console import Progress, say
from vislab.system.devices import pick_device, precision
from vislab.system.files import home
from vislab.system.memory import keeping_freed_memory
from vislab.training.checkpoints import training_key
from vislab.training.history import History
from vislab.training.run import Panel, Recipe, Run
from vislab.training.start import start_at_mean


def fit(
    model: Model,
    train: Scenes,
    valid: Scenes | None = None,
    *,
    epochs: Positive = 6,
    minutes: Positive | None = None,
    batch: Count = 8,
    rate: Positive | None = None,
    crop: Count | None = None,
    seed: int = 0,
    device: str | torch.device | None = None,
    threads: Count | None = None,
    fresh: bool = False,
    watch: Callable[[History], None] | None = None,
    panel: Callable[[Run], Panel] | None = None,
) -> History:
    """Train a model on pictures, in place; returns the history, which shows itself.

    epochs: passes over the training pictures. minutes: as many as fit in that time instead.
    batch: pictures a step, halved with a message if memory runs out.
    rate: the highest of one cycle; None takes the model's own.
    crop: the side of random parts to train on, for models that learn from masks. seed: of order and variation.
    device: None picks a GPU if there is one. threads: of the CPU; None takes those that are worth it,
    fewer while other programs are busy, and the history says how many and why.
    watch: is called after every step with the history so far.
    panel: makes what shows the training in place of a progress bar (vl.fit in a notebook: curves, predictions, Stop).
    fresh: train anew. Otherwise a training done before (same pictures, first weights, recipe, code) comes from the
    cache, and one that was cut off continues from its last checkpoint, to the same bits if its threads never change.
    Ctrl-C, or Stop, leaves the model as it is. The model keeps what its pictures look like, for vl.predict's caution.
    Raises VislabError if the pictures lack the truth the model learns from, or have labels or classes of other names,
    if the loss is no number (with the step and its pictures), or if not even one picture fits in memory.
    """
    run = prepare(
        model, train, valid, epochs=epochs, minutes=minutes, batch=batch, rate=rate, crop=crop, seed=seed,
        device=device, threads=threads,
    )  # fmt: skip
    learn_world(model, train)
    done = not fresh and run.path.exists() and run.resume()
    shown = None if panel is None else panel(run)
    if done:
        run.history.note = f"trained before in {run.history.seconds:.0f} s; fresh=True trains again"
        say(run.history.note)
        model.eval()
        if shown is not None:
            shown.show_done()
        return run.history
    with keeping_freed_memory(), shown or Progress(f"{model.task} on {run.recipe.device}") as progress:
        try:
            run.train_on(progress, watch)
        except KeyboardInterrupt:
            run.history.note = f"stopped after {run.share():.0%}; run it again to go on"
            run.save(done=False)
            say(run.history.note)
    model.eval()
    return run.history


def prepare(
    model: Model,
    train: Scenes,
    valid: Scenes | None,
    *,
    epochs: float,
    minutes: float | None = None,
    batch: int = 8,
    rate: float | None = None,
    crop: int | None = None,
    seed: int = 0,
    device: str | torch.device | None = None,
    threads: int | None = None,
) -> Run:
    """A training that is ready to go on, with model and pictures on the device; arguments as of `fit`."""
    train = train.renumber(model.vocabulary)
    valid = None if valid is None else valid.renumber(model.vocabulary)
    device = pick_device(device)
    rate, optimiser = model.rate if rate is None else rate, getattr(model, "optimiser", "adamw")
    batch = min(batch, len(train))
    start_at_mean(model, train)
    recipe = Recipe(
        epochs, minutes, batch, rate, optimiser, crop, title_of(model), seed, str(device), precision(device)
    )
    model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    key = training_key(model, (train,) if valid is None else (train, valid), asdict(recipe))
    path = home() / "runs" / "trained" / f"{train.vocabulary.name}-{model.task}-{key[:16]}.safetensors"
    return Run(model, train.to(device), valid, recipe, path, threads)
