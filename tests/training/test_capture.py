"""Captured steps: nothing in a step waits for a GPU, a capture that fails costs time alone, losses are read late.

What the CPU can show is shown on it, with a made recorder and made ("fake") tensors; tests of real captures need a GPU.
"""

import pytest
import torch

from vislab.errors import VislabError
from vislab.models.build import build
from vislab.models.predictions import TASKS
from vislab.training import run as training
from vislab.training.capture import WARM_UP, CapturedStep
from vislab.training.checkpoints import read_checkpoint
from vislab.training.fit import fit, prepare

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_home")]
on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")


class Quiet:
    """In place of a progress bar; calls something after each step, if it is given."""

    def __init__(self, after=lambda: None):
        self.after = after

    def to(self, share, word=""):
        self.after()


class MadeRecorder:
    """Captures nothing: takes the step itself again. trouble: what goes wrong with the capture."""

    def __init__(self, trouble=""):
        self.trouble, self.replays, self.run = trouble, 0, None

    def plainly(self, step, may_wait):
        if self.trouble == "waits" and not may_wait:
            step()
            raise RuntimeError("called a synchronizing CUDA operation")
        return step()

    def capture(self, step):
        if self.trouble == "fails":
            raise RuntimeError("operation not permitted when stream is capturing")
        loss = torch.zeros(())

        def replay():
            self.replays += 1
            before = [tensor.clone() for tensor in self.run.changing()]
            loss.copy_(step())
            if self.trouble == "loss":
                loss.mul_(1.1)
            if self.trouble == "stands still":
                for tensor, value in zip(self.run.changing(), before, strict=True):
                    tensor.copy_(value)

        return replay, loss


def training_run(scenes, task="semantic", recorder=None, **settings):
    """A training as it is on a GPU, if there is a recorder; with the loss of every step in its history."""
    run = prepare(build(task, scenes.vocabulary), scenes, None, **({"epochs": 2, "batch": 16} | settings))
    if recorder is not None:
        recorder.run, run.late = run, training.LATE
        run.captured = CapturedStep(run.learn, run.changing, recorder)
    return run


def weights(run):
    return torch.cat([value.flatten().float() for value in run.model.state_dict().values()])


def as_plain(run, scenes, **settings):
    """Whether a training ended as it does without a capture, to the bit."""
    plain = training_run(scenes, run.model.task, **settings)
    plain.train_on(Quiet(), None)
    same = (run.history.losses, run.history.seen) == (plain.history.losses, plain.history.seen)
    return same and torch.equal(weights(run), weights(plain))


@pytest.mark.parametrize("task", TASKS)
def test_replayed_steps_are_those_of_a_plain_training(smears, task):
    run = training_run(smears, task, recorder := MadeRecorder(), batch=10)
    run.train_on(Quiet(), None)
    assert recorder.replays == 8 - WARM_UP  # 10, 10, 10, 10 and 8 pictures, twice: the 8 go the plain way
    assert as_plain(run, smears, batch=10)


@pytest.mark.parametrize("trouble", ["waits", "fails", "loss", "stands still"])
def test_a_capture_that_fails_or_differs_is_said_once_and_costs_nothing_else(smears, capsys, trouble):
    run = training_run(smears, "instance", recorder := MadeRecorder(trouble))
    run.train_on(Quiet(), None)
    assert capsys.readouterr().out.count("steps are not captured") == 1
    assert recorder.replays <= 1
    assert as_plain(run, smears)


def test_a_training_that_was_cut_off_is_captured_anew(smears, monkeypatch):
    class GoneDownError(Exception):
        pass

    def go_down():
        if cut.seen == 80:
            raise GoneDownError

    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)
    cut = training_run(smears, recorder=MadeRecorder(), epochs=4)
    with pytest.raises(GoneDownError):
        cut.train_on(Quiet(go_down), None)
    run = training_run(smears, recorder=(recorder := MadeRecorder()), epochs=4)
    assert run.resume() is False
    run.train_on(Quiet(), None)
    assert recorder.replays == 8 - WARM_UP  # the checkpoint was made one step before: 4 of 12 steps were done
    assert as_plain(run, smears, epochs=4)


def test_memory_that_runs_out_lets_go_of_the_graph(smears, monkeypatch, capsys):
    run = training_run(smears, recorder=(recorder := MadeRecorder()), batch=32, epochs=3)
    real = run.model.loss

    def loss(batch):
        if len(batch.images) > 8:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return real(batch)

    monkeypatch.setattr(run.model, "loss", loss)
    run.train_on(Quiet(), None)
    assert "going on with 8 pictures a step" in capsys.readouterr().out
    assert recorder.replays == 18 - WARM_UP


def test_losses_are_read_late_but_a_watch_is_told_of_each_at_once(smears):
    told, behind = [], []
    run = training_run(smears, recorder=MadeRecorder(), batch=4)
    run.train_on(Quiet(lambda: behind.append(run.seen // 4 - len(run.history.losses))), None)
    assert max(behind) == training.LATE
    assert behind[-1] == 0  # the last step shows all
    assert len(run.history.losses) == 24
    watched = training_run(smears, recorder=MadeRecorder(), batch=4)
    watched.train_on(Quiet(), lambda history: told.append(len(history.losses)))
    assert told == list(range(1, 25))


def spoil_at(run, step):
    """Let the loss of a step, counted from 1, be no number, and so the weights after it."""
    real, count = run.model.loss, 0

    def loss(batch):
        nonlocal count
        count += 1
        return real(batch) * (torch.nan if count == step else 1)

    run.model.loss = loss


def test_a_late_loss_that_is_no_number_names_its_own_step_and_saves_nothing(smears):
    run = training_run(smears, recorder=MadeRecorder(), batch=8)
    run.captured = None  # the pictures of a step are the same, and it is easily spoiled
    spoil_at(run, 9)
    order = torch.randperm(48, generator=run.generator(1, 0))
    with pytest.raises(VislabError, match=rf"step 9: the loss is nan, on pictures {smears.ids[order[16]]}, "):
        run.train_on(Quiet(), None)
    assert weights(run).isnan().any()
    with pytest.raises(VislabError, match="step 9"):
        run.save(done=False)
    checkpoint = read_checkpoint(run.path)
    assert checkpoint.about["seen"] == 48
    assert not any(value.isnan().any() for value in checkpoint.tensors.values())


def test_without_a_gpu_a_loss_that_is_no_number_moves_no_weight(smears):
    run = training_run(smears, batch=8)
    spoil_at(run, 2)
    with pytest.raises(VislabError, match="step 2"):
        run.train_on(Quiet(), None)
    assert not weights(run).isnan().any()


@pytest.mark.gpu
@on_gpu
@pytest.mark.parametrize("task", TASKS)
def test_on_a_gpu_captured_and_plain_steps_reach_the_same_losses(smears, task, capsys):
    captured, plain = (training_run(smears, task, epochs=8, batch=8, device="cuda") for _ in range(2))
    plain.captured = None
    for run in (captured, plain):
        run.train_on(Quiet(), None)
    assert captured.captured.failed is False
    assert "not captured" not in capsys.readouterr().out
    early, late = slice(0, 12), slice(-12, None)
    assert captured.history.losses[early] == pytest.approx(plain.history.losses[early], rel=0.05)
    assert sum(captured.history.losses[late]) == pytest.approx(sum(plain.history.losses[late]), rel=0.2)


@pytest.mark.gpu
@on_gpu
def test_on_a_gpu_a_loss_that_is_no_number_names_its_own_step(smears):
    run = training_run(smears, epochs=8, batch=8, device="cuda")

    def spoil():
        if run.seen == 25 * 8:
            run.model.decoder.head.bias.data.fill_(torch.nan)

    with pytest.raises(VislabError, match="step 26: the loss is nan"):
        run.train_on(Quiet(spoil), None)
    assert read_checkpoint(run.path).about["seen"] == 192


@pytest.mark.gpu
@on_gpu
def test_on_a_gpu_a_training_that_was_cut_off_goes_on(smears):
    whole = training_run(smears, epochs=8, batch=8, device="cuda")
    whole.train_on(Quiet(), None)
    whole.path.unlink()
    cut = training_run(smears, epochs=8, batch=8, device="cuda")

    def interrupt():
        if cut.seen == 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut.train_on(Quiet(interrupt), None)
    cut.save(done=False)
    resumed = build("semantic", smears.vocabulary)
    history = fit(resumed, smears, epochs=8, batch=8, device="cuda")
    assert len(history.losses) == 48
    assert sum(history.losses[-12:]) == pytest.approx(sum(whole.history.losses[-12:]), rel=0.2)
