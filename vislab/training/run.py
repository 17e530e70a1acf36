"""One training: its state, its loop, its checkpoints."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import torch
from torch import Tensor

from vislab.data.batches import Batch, send, take, vary
from vislab.data.scenes import Scenes
from vislab.errors import VislabError
from vislab.evaluation.evaluate import evaluate
from vislab.models.build import Model
from vislab.system.console import Progress, say
from vislab.system.devices import autocast, is_out_of_memory
from vislab.system.tensorfiles import write_tensors
from vislab.system.threads import Threads, choose_threads, using
from vislab.training.capture import CapturedStep, Recorder
from vislab.training.checkpoints import KIND, load_weights, read_checkpoint
from vislab.training.history import History
from vislab.training.optimiser import WARM_UP, load_state, one_cycle, optimisers, set_rates, state_tensors
from vislab.training.pending import Pending, check_loss

SAVE_EVERY = 15.0  # seconds between checkpoints; one more follows every pass
LATE = 8  # steps that a GPU may lie behind Python: a loss is read only then, so that it never waits for its next step


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
    """What decides how a training ends, together with the pictures and the first weights.

    encoder: the title of the backbone that the model stands on; None for our own, and where there is none.
    """

    epochs: float
    minutes: float | None
    batch: int
    rate: float
    optimiser: str
    crop: int | None
    encoder: str | None
    seed: int
    device: str
    precision: str


class Run:
    """One training: its state, and the loop."""

    def __init__(
        self, model: Model, train: Scenes, valid: Scenes | None, recipe: Recipe, path: Path, threads: int | None = None
    ) -> None:
        self.model, self.train, self.valid, self.recipe, self.path = model, train, valid, recipe, path
        self.pinned = threads
        self.optimisers: list[torch.optim.Optimizer] = []  # made by get_ready
        self.history = History(model.task, asdict(recipe))
        self.batch = recipe.batch
        self.seen = 0  # pictures trained on so far, each pass counting anew
        self.saved = time.monotonic()
        self.pending: deque[Pending] = deque()
        gpu = train.device.type == "cuda"
        self.late = LATE if gpu else 0
        self.captured = CapturedStep(self.learn, self.changing, Recorder(train.device)) if gpu else None

    def share(self) -> float:
        """How much of the training is done, 0 to 1."""
        if self.recipe.minutes is not None:
            return min(1.0, self.history.seconds / (60 * self.recipe.minutes))
        return min(1.0, self.seen / (self.recipe.epochs * len(self.train)))

    def get_ready(self) -> None:
        """Make the optimisers, before the clock runs; what is done needs none, and torch imports them for seconds."""
        recipe = self.recipe
        self.optimisers = self.optimisers or optimisers(self.model, recipe.optimiser, recipe.rate, recipe.device)

    def train_on(self, progress: "Progress | Panel", watch: Callable[[History], None] | None) -> None:
        """Step until all is done, saving now and then."""
        late = self.late if watch is None else 0  # a watch is told of every step at once
        self.get_ready()
        try:
            while self.share() < 1:
                started = time.perf_counter()
                passes, halfway = self.seen // len(self.train), self.share() >= 0.5
                threads = self.threads()
                with using(threads):
                    self.step_in_memory(self.choose())
                self.read(late if self.share() < 1 else 0)
                self.history.seconds += time.perf_counter() - started
                if watch is not None:
                    watch(self.history)
                if self.history.losses:
                    progress.to(self.share(), f"loss {self.history.losses[-1]:.3f}, {threads}")
                if self.seen // len(self.train) > passes or self.share() >= 1 or halfway < (self.share() >= 0.5):
                    self.score()
                    self.save(done=self.share() >= 1)
                elif time.monotonic() - self.saved > SAVE_EVERY:
                    self.save(done=False)
        finally:
            if self.captured is not None:
                self.captured.forget()

    def read(self, left: int) -> None:
        """Add losses to the history, until so many are left that the device still works on."""
        while len(self.pending) > left:
            first = self.pending[0]
            value = first.wait()
            self.check(value, first.chosen)
            self.history.losses.append(value)
            self.history.seen.append(first.seen)
            self.pending.popleft()

    def settle(self) -> None:
        """Wait for all steps; raises VislabError if a loss is no number, so that nothing spoiled is scored or saved."""
        if self.pending:
            started = time.perf_counter()
            self.read(0)
            self.history.seconds += time.perf_counter() - started

    def check(self, loss: float, chosen: Tensor) -> None:
        """Raise VislabError unless the next loss in the history, of these pictures, is a number."""
        names = [self.train.ids[index] for index in chosen.tolist()]
        check_loss(loss, len(self.history.losses) + 1, names, self.recipe.rate)

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

    def step_in_memory(self, chosen: Tensor) -> None:
        """Take a step; if memory runs out, with half as many pictures from now on."""
        while True:
            try:
                loss = self.step(chosen := chosen[: self.batch])
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                short = str(error).splitlines()[0]
            else:
                self.seen += len(chosen)
                self.pending.append(Pending.send(loss, chosen, self.seen))
                return
            # Out of the except block, so that the frames that hold the failed step's tensors are gone.
            self.halve(short)

    def halve(self, reason: str) -> None:
        """Go on with half as many pictures a step, and with the memory of the step that failed."""
        self.model.zero_grad(set_to_none=True)
        if self.captured is not None:
            self.captured.forget()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if self.batch == 1:
            raise VislabError(
                f"not even one picture of {self.train.size} fits in the memory of {self.recipe.device} ({reason}); "
                "use smaller pictures or crop="
            )
        self.batch //= 2
        say(f"memory ran out; going on with {self.batch} pictures a step")

    def step(self, chosen: Tensor) -> Tensor:
        """Learn from these pictures once; returns the loss, on the device.

        Without a GPU the loss is looked at before it moves anything. On a GPU nothing here may wait for the device.
        """
        self.model.train()
        set_rates(self.optimisers, one_cycle(self.share(), WARM_UP[self.recipe.optimiser]))
        pictures = take(self.train, send(chosen, self.train.device))
        batch = vary(pictures, self.train.vocabulary.symmetries, self.generator(self.seen, 1), self.recipe.crop)
        if self.captured is not None and len(chosen) == self.batch:
            return self.captured(batch)
        return self.learn(batch, None if self.late else chosen)

    def learn(self, batch: Batch, chosen: Tensor | None = None) -> Tensor:
        """Learn from a batch, unless its loss is looked at (chosen: for its pictures' names) and is no number."""
        loss = self.loss(batch)
        if chosen is not None:
            self.check(loss.item(), chosen)
        self.model.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimiser in self.optimisers:
            optimiser.step()
        return loss.detach()

    def changing(self) -> list[Tensor]:
        """All tensors that a step changes, the model's first."""
        return [*self.model.state_dict().values(), *state_tensors(self.optimisers).values()]

    def loss(self, batch: Batch) -> Tensor:
        """The model's loss, in the recipe's precision."""
        with autocast(self.recipe.device, self.recipe.precision):
            return self.model.loss(batch)

    def score(self) -> None:
        """Add the scores on the validation pictures to the history; their time does not count as training."""
        self.settle()
        if self.valid is not None and len(self.valid):
            scores = evaluate(self.model, self.valid, quick=True)
            self.history.scores.append({"seen": self.seen} | scores)

    def save(self, done: bool) -> None:
        """Write all that resuming needs; if the disk is full, say so and train on without a checkpoint."""
        self.settle()
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        tensors |= {f"optimiser.{name}": value for name, value in state_tensors(self.optimisers).items()}
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
        self.seen, self.batch = checkpoint.about["seen"], checkpoint.about["batch"]
        self.history = History(**checkpoint.about["history"])
        if not checkpoint.about["done"]:
            self.get_ready()
            load_state(self.optimisers, checkpoint.part("optimiser"))
            say(f"going on where training was cut off, after {self.share():.0%}")
            self.history.note = ""
        return bool(checkpoint.about["done"])
