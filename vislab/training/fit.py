"""Training: one loop for every task, which can be stopped, killed and resumed."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import torch
from torch import Tensor

from vislab.data.batches import Batch, take, vary
from vislab.data.scenes import Scenes
from vislab.errors import VislabError, is_whole
from vislab.evaluation.evaluate import evaluate
from vislab.models.build import Model
from vislab.system.console import Progress, say
from vislab.system.devices import autocast, is_out_of_memory, pick_device, precision
from vislab.system.files import home
from vislab.system.memory import keep_freed_memory
from vislab.system.tensorfiles import write_tensors
from vislab.system.threads import Threads, choose_threads, using
from vislab.training.checkpoints import KIND, Checkpoint, load_weights, read_checkpoint, training_key
from vislab.training.history import History
from vislab.training.optimiser import optimisers

SAVE_EVERY = 15.0  # seconds between checkpoints; one more follows every pass
WARM_UP = {"adamw": 0.25, "muon": 0.1}  # the share of training in which the rate rises


class Panel(Protocol):
    """Shows a training while it runs, in place of a progress bar."""

    def __enter__(self) -> Self: ...
    def __exit__(self, kind: Any, error: Any, at: Any) -> None: ...
    def to(self, share: float, word: str = "") -> None:
        """Show that this share, 0 to 1, is done."""

    def show_done(self) -> None:
        """Show a training that was done before."""


@dataclass
class Recipe:
    """What decides how a training ends, together with the pictures and the first weights."""

    epochs: float
    minutes: float | None
    batch: int
    rate: float
    optimiser: str
    crop: int | None
    seed: int
    device: str
    precision: str


def fit(
    model: Model,
    train: Scenes,
    valid: Scenes | None = None,
    *,
    epochs: float = 6,
    minutes: float | None = None,
    batch: int = 8,
    rate: float | None = None,
    crop: int | None = None,
    seed: int = 0,
    device: str | torch.device | None = None,
    threads: int | None = None,
    fresh: bool = False,
    watch: Callable[[History], None] | None = None,
    panel: "Callable[[Run], Panel] | None" = None,
) -> History:
    """Train a model on pictures, in place; returns the history, which shows itself.

    epochs: passes over the training pictures. minutes: as many as fit in that time instead.
    batch: pictures a step, halved with a message if memory runs out.
    rate: the highest of one cycle; None takes the model's own, found on the smear.
    crop: the side of random parts to train on, for models that learn from masks. seed: of order and variation.
    device: None picks a GPU if there is one. threads: of the CPU; None takes those that are worth it,
    fewer while other programs are busy, and the history says how many and why.
    watch: is called after every step with the history so far.
    panel: makes what shows the training in place of a progress bar (vl.fit in a notebook: curves, predictions, Stop).
    fresh: train anew. Otherwise a training done before (same pictures, first weights, recipe, code) comes from the
    cache, and one that was cut off continues from its last checkpoint, to the same bits if its threads never change.
    Ctrl-C, or Stop, leaves the model as it is.
    Raises VislabError if the pictures lack the truth the model learns from, if the loss is no number (with the step
    and its pictures), or if not even one picture fits in memory.
    """
    run = prepare(
        model, train, valid, epochs=epochs, minutes=minutes, batch=batch, rate=rate, crop=crop, seed=seed,
        device=device, threads=threads,
    )  # fmt: skip
    done = not fresh and run.path.exists() and run.resume()
    shown = None if panel is None else panel(run)
    if done:
        run.history.note = f"trained before in {run.history.seconds:.0f} s; fresh=True trains again"
        say(run.history.note)
        model.eval()
        if shown is not None:
            shown.show_done()
        return run.history
    with shown or Progress(f"{model.task} on {run.recipe.device}") as progress:
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
) -> "Run":
    """A training that is ready to go on, with model and pictures on the device; arguments as of `fit`."""
    if threads is not None and not is_whole(threads):
        raise VislabError(f"threads must be a whole number from 1, or None, not {threads!r}")
    keep_freed_memory()
    device = pick_device(device)
    rate, optimiser = model.rate if rate is None else rate, getattr(model, "optimiser", "adamw")
    batch = min(batch, len(train))
    recipe = Recipe(epochs, minutes, batch, rate, optimiser, crop, seed, str(device), precision(device))
    model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    key = training_key(model, (train,) if valid is None else (train, valid), asdict(recipe))
    path = home() / "runs" / "trained" / f"{train.vocabulary.name}-{model.task}-{key[:16]}.safetensors"
    return Run(model, train.to(device), valid, recipe, path, threads)


class Run:
    """One training: its state, and the loop."""

    def __init__(
        self, model: Model, train: Scenes, valid: Scenes | None, recipe: Recipe, path: Path, threads: int | None = None
    ) -> None:
        self.model, self.train, self.valid, self.recipe, self.path = model, train, valid, recipe, path
        self.pinned = threads
        self.optimisers = optimisers(model, recipe.optimiser, recipe.rate, recipe.device)
        self.history = History(model.task, asdict(recipe))
        self.batch = recipe.batch
        self.seen = 0  # pictures trained on so far, each pass counting anew
        self.saved = time.monotonic()

    def share(self) -> float:
        """How much of the training is done, 0 to 1."""
        if self.recipe.minutes is not None:
            return min(1.0, self.history.seconds / (60 * self.recipe.minutes))
        return min(1.0, self.seen / (self.recipe.epochs * len(self.train)))

    def train_on(self, progress: "Progress | Panel", watch: Callable[[History], None] | None) -> None:
        """Step until all is done, saving now and then."""
        while self.share() < 1:
            started = time.perf_counter()
            passes = self.seen // len(self.train)
            threads = self.threads()
            with using(threads):
                loss, count = self.step_in_memory(self.choose())
            self.seen += count
            self.history.seconds += time.perf_counter() - started
            self.history.losses.append(loss)
            self.history.seen.append(self.seen)
            if watch is not None:
                watch(self.history)
            progress.to(self.share(), f"loss {loss:.3f}, {threads}")
            if self.seen // len(self.train) > passes or self.share() >= 1:
                self.score()
                self.save(done=self.share() >= 1)
            elif time.monotonic() - self.saved > SAVE_EVERY:
                self.save(done=False)

    def threads(self) -> Threads:
        """The threads of the next step; the history keeps every change, with the reason."""
        pixels = self.batch * (self.recipe.crop or self.train.size[0]) ** 2
        threads = choose_threads(pixels, self.train.device, self.pinned)
        self.history.note_threads(threads)
        return threads

    def choose(self) -> Tensor:
        """The next pictures: every pass has its own order, which depends on the seed and the pass alone."""
        passes, start = divmod(self.seen, len(self.train))
        order = torch.randperm(len(self.train), generator=self.generator(passes, 0))
        return order[start : start + self.batch]

    def generator(self, *purpose: int) -> torch.Generator:
        """A CPU generator for one purpose, made from the recipe's seed, so that resuming needs no saved state."""
        seed = self.recipe.seed
        for number in purpose:
            seed = (seed * 6364136223846793005 + number + 1442695040888963407) % 2**63  # Knuth's MMIX generator
        return torch.Generator().manual_seed(seed)

    def step_in_memory(self, chosen: Tensor) -> tuple[float, int]:
        """A step's loss and number of pictures; if memory runs out, half as many from now on."""
        while True:
            try:
                return self.step(chosen[: self.batch]), min(len(chosen), self.batch)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                short = str(error).splitlines()[0]
            # Out of the except block, so that the frames that hold the failed step's tensors are gone.
            self.model.zero_grad(set_to_none=True)
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            if self.batch == 1:
                raise VislabError(
                    f"not even one picture of {self.train.size} fits in the memory of {self.recipe.device} ({short}); "
                    "use smaller pictures or crop="
                )
            self.batch //= 2
            say(f"memory ran out; going on with {self.batch} pictures a step")

    def step(self, chosen: Tensor) -> float:
        """Learn from these pictures once; returns the loss."""
        self.model.train()
        part = one_cycle(self.share(), WARM_UP[self.recipe.optimiser])
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["highest"] * part
        pictures = take(self.train, chosen.to(self.train.device))
        varied = vary(pictures, self.train.vocabulary.symmetries, self.generator(self.seen, 1), self.recipe.crop)
        loss = self.loss(varied)
        value = loss.item()
        if not math.isfinite(value):
            names = ", ".join(self.train.ids[index] for index in chosen[:8].tolist())
            more = " and more" if len(chosen) > 8 else ""
            raise VislabError(
                f"step {len(self.history.losses) + 1}: the loss is {value}, on pictures {names}{more}; "
                f"look at these pictures, or train with a lower rate= than {self.recipe.rate:g}"
            )
        self.model.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimiser in self.optimisers:
            optimiser.step()
        return value

    def loss(self, batch: Batch) -> Tensor:
        """The model's loss, in the recipe's precision."""
        with autocast(self.recipe.device, self.recipe.precision):
            return self.model.loss(batch)

    def score(self) -> None:
        """Add the scores on the validation pictures to the history; their time does not count as training."""
        if self.valid is not None and len(self.valid):
            scores = evaluate(self.model, self.valid, quick=True)
            self.history.scores.append({"seen": self.seen} | scores)

    def save(self, done: bool) -> None:
        """Write all that resuming needs; if the disk is full, say so and train on without a checkpoint."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for number, optimiser in enumerate(self.optimisers):
            for index, state in optimiser.state_dict()["state"].items():
                tensors |= {f"optimiser.{number}.{index}.{name}": value for name, value in state.items()}
        about: dict[str, Any] = {"task": self.model.task, "vocabulary": self.train.vocabulary.to_dict(), "done": done}
        about |= {"seen": self.seen, "batch": self.batch, "history": self.history.to_dict()}
        try:
            write_tensors(self.path, KIND, tensors, about)
        except VislabError as error:
            say(f"no checkpoint this time: {error}")
        self.saved = time.monotonic()

    def resume(self) -> bool:
        """Go back to the checkpoint; returns whether the training was done. If it cannot be read, say so."""
        try:
            checkpoint = read_checkpoint(self.path)
            load_weights(self.model, checkpoint, self.path)
        except VislabError as error:
            say(f"training starts anew: {error}")
            return False
        self.load_optimiser(checkpoint)
        self.seen, self.batch = checkpoint.about["seen"], checkpoint.about["batch"]
        self.history = History(**checkpoint.about["history"])
        if not checkpoint.about["done"]:
            say(f"going on where training was cut off, after {self.share():.0%}")
            self.history.note = ""
        return bool(checkpoint.about["done"])

    def load_optimiser(self, checkpoint: Checkpoint) -> None:
        """The optimisers' averages; their settings are the recipe's."""
        for number, optimiser in enumerate(self.optimisers):
            weights = [each for group in optimiser.param_groups for each in group["params"]]
            state: dict[int, dict[str, Tensor]] = {}
            for name, value in checkpoint.part(f"optimiser.{number}").items():
                index, field = name.split(".")
                weight = weights[int(index)]
                # The fused optimiser goes through memory in order, so an average needs its weight's memory format.
                average = torch.empty_like(weight).copy_(value) if value.shape == weight.shape else value
                state.setdefault(int(index), {})[field] = average.detach()
            optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def one_cycle(share: float, warm_up: float) -> float:
    """The rate, as a part of the highest, after this share of training: up in a half cosine, then down to 0.

    warm_up: the share of training in which it rises.
    Source: Smith & Topin 2019, "Super-Convergence"; the shape is that of torch's OneCycleLR.
    """
    if share < warm_up:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * share / warm_up)) / 2
    return (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up))) / 2
