"""Training: it learns, resumes to the same bits, survives being killed, and names what went wrong."""

import itertools
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import vislab as vl
from vislab.errors import VislabError
from vislab.evaluation.predict import predict
from vislab.models.build import build
from vislab.models.instance import InstanceSegmenter
from vislab.models.predictions import TASKS
from vislab.system.threads import Threads
from vislab.training import run as training
from vislab.training.checkpoints import read_checkpoint
from vislab.training.fit import fit
from vislab.training.history import History

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_home")]


def weights(model):
    return torch.cat([value.flatten().float() for value in model.state_dict().values()])


def test_a_few_pictures_are_learned_by_heart(smears):
    model = build("semantic", smears.vocabulary)
    history = fit(model, smears[:8], smears[8:12], epochs=30, batch=8)
    assert history.losses[-1] < 0.5 * history.losses[0]
    assert len(history.losses) == 30
    assert history.scores[-1]["seen"] == 240
    assert "mean_iou" in history.scores[-1]
    assert "Training curves" in history.figure().alt


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
@pytest.mark.parametrize("task", TASKS)
def test_every_task_is_learned_on_a_gpu_and_answered_there(task, smears):
    model = build(task, smears.vocabulary)
    history = fit(model, smears[:16], smears[16:24], epochs=30, batch=8, device="cuda")
    assert sum(history.losses[-4:]) < 0.7 * sum(history.losses[:4])
    assert next(model.parameters()).device.type == "cuda"
    assert predict(model, smears[24:]).ids == smears.ids[24:]


def test_a_training_done_before_is_taken_from_the_cache(smears, capsys, monkeypatch):
    first, second, third = (build("classification", smears.vocabulary) for _ in range(3))
    fit(first, smears, epochs=1)
    with monkeypatch.context() as patch:
        patch.setattr(training, "optimisers", lambda *_: pytest.fail("made optimisers, for which torch imports much"))
        fit(build("classification", smears.vocabulary), smears, epochs=1)
    again = fit(second, smears, epochs=1)
    assert "trained before in" in again.note
    assert torch.equal(weights(first), weights(second))
    other = fit(third, smears, epochs=1, seed=1)
    assert other.note == ""


def test_another_model_of_the_same_weights_is_not_taken_from_the_cache(smears, tmp_path, monkeypatch):
    """As in a notebook, where somebody changes how a model computes and nothing else."""
    monkeypatch.syspath_prepend(tmp_path)
    losses = []
    for times in (1, 3):
        code = "import vislab.models.classifier as c\nclass Own(c.Classifier):\n    def loss(self, batch):\n"
        (tmp_path / f"own{times}.py").write_text(f"{code}        return {times} * super().loss(batch)\n")
        torch.manual_seed(0)
        model = import_module(f"own{times}").Own(smears.vocabulary)
        losses.append(vl.fit(model, smears, epochs=0.1, seed=4).losses[0])
    assert losses[1] == pytest.approx(3 * losses[0])


def test_the_same_seed_gives_the_same_bits(smears):
    first, second = (build("semantic", smears.vocabulary) for _ in range(2))
    fit(first, smears, epochs=1)
    fit(second, smears, epochs=1, fresh=True)
    assert torch.equal(weights(first), weights(second))


class GoneDownError(Exception):
    """A machine that goes down."""


@pytest.mark.parametrize(("optimiser", "threads"), [("muon", None), ("adamw", 2)])
def test_a_training_that_was_cut_off_resumes_to_the_same_bits(smears, monkeypatch, optimiser, threads):
    """With pinned threads, and with those chosen for pictures so few and small that they never change."""
    monkeypatch.setattr(InstanceSegmenter, "optimiser", optimiser)
    whole, cut = (build("instance", smears.vocabulary) for _ in range(2))
    fit(whole, smears, epochs=3, batch=16, threads=threads)
    monkeypatch.setenv("VISLAB_HOME", str(os.environ["VISLAB_HOME"]) + "/other")
    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)

    def stop_at(history):
        if len(history.losses) == 5:
            raise GoneDownError

    with pytest.raises(GoneDownError):
        fit(cut, smears, epochs=3, batch=16, threads=threads, watch=stop_at)
    resumed = build("instance", smears.vocabulary)
    history = fit(resumed, smears, epochs=3, batch=16, threads=threads)
    assert history.recipe["optimiser"] == optimiser
    assert len(history.losses) == 9
    assert torch.equal(weights(whole), weights(resumed))


def test_threads_follow_the_load_and_the_history_says_why(smears, monkeypatch):
    idle = iter([Threads(2), Threads(2), *[Threads(1, "other programs keep 1.0 of 2 cores busy")] * 10])
    used = []
    monkeypatch.setattr(training, "choose_threads", lambda *_: next(idle))
    before = torch.get_num_threads()
    history = fit(
        build("classification", smears.vocabulary),
        smears,
        epochs=1,
        watch=lambda _: used.append(torch.get_num_threads()),
    )
    assert [(row["seen"], row["threads"]) for row in history.threads] == [(0, 2), (16, 1)]
    assert "busy" in history.threads[1]["why"]
    assert "1 to 2 threads" in repr(history)
    assert set(used) == {before}  # what the learner's own code does is as before, also between steps


def test_threads_are_no_part_of_what_is_trained(smears):
    first = fit(build("classification", smears.vocabulary), smears, epochs=1, threads=1)
    again = fit(build("classification", smears.vocabulary), smears, epochs=1, threads=2)
    assert "trained before in" in again.note
    assert again.threads == first.threads == [{"seen": 0, "threads": 1, "why": "threads= says so"}]


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True])
def test_threads_that_are_none_are_refused(smears, threads):
    with pytest.raises(VislabError, match=r"threads must be a whole number from 1"):
        vl.fit(build("classification", smears.vocabulary), smears, threads=threads)


def test_the_notebooks_stop_returns_what_there_is(smears):
    model = build("semantic", smears.vocabulary)

    def interrupt(history):
        if len(history.losses) == 2:
            raise KeyboardInterrupt

    history = fit(model, smears, epochs=4, batch=16, watch=interrupt)
    assert len(history.losses) == 2
    assert "17%" in history.note
    assert not model.training
    again = fit(build("semantic", smears.vocabulary), smears, epochs=4, batch=16)
    assert len(again.losses) == 12


KILLED = """
import sys
sys.path.insert(0, sys.argv[1])
from made_smears import small_smears
from vislab.models.build import build
from vislab.training import run
from vislab.training.fit import fit
run.SAVE_EVERY = 0.0
smears = small_smears()
model, watch = build("semantic", smears.vocabulary), lambda history: print(len(history.losses), flush=True)
fit(model, smears, epochs=100, batch=16, watch=watch)
"""


def test_killed_at_any_moment_it_leaves_a_checkpoint_that_loads(own_home):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(Path(__file__).parents[1])], stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if line.strip() == "4":
            break
    time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (path,) = (own_home / "runs" / "trained").glob("*.safetensors")
    assert read_checkpoint(path).about["seen"] >= 48


def test_memory_that_runs_out_halves_the_batch(smears, monkeypatch, capsys):
    model = build("semantic", smears.vocabulary)
    real, sizes = model.loss, []

    def loss(batch):
        sizes.append(len(batch.images))
        if len(batch.images) > 8:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return real(batch)

    monkeypatch.setattr(model, "loss", loss)
    history = fit(model, smears, epochs=1, batch=32)
    assert sizes == [32, 16, 8, 8, 8, 8, 8, 8]
    assert history.seen[-1] == 48
    assert "memory ran out; going on with 8 pictures a step" in capsys.readouterr().out


def test_not_even_one_picture_fits(smears, monkeypatch):
    model = build("semantic", smears.vocabulary)

    def loss(batch):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(model, "loss", loss)
    with pytest.raises(VislabError, match=r"\(32, 32\).*crop="):
        fit(model, smears, epochs=1)


def test_a_loss_that_is_no_number_names_step_and_pictures(smears):
    model = build("semantic", smears.vocabulary)
    model.decoder.head.bias.data.fill_(float("nan"))
    with pytest.raises(VislabError, match=r"step 1: the loss is nan, on pictures smear-0-0000\d\d, .* and more"):
        fit(model, smears, epochs=1, batch=16)


def test_pictures_without_the_truth_are_refused(smears):
    bare = replace(smears, instances=None, objects=None)
    with pytest.raises(VislabError, match="no instances, which this model learns from"):
        fit(build("instance", smears.vocabulary), bare, epochs=1)


def test_a_full_disk_loses_no_earlier_checkpoint(smears, monkeypatch, capsys, own_home):
    model = build("classification", smears.vocabulary)
    fit(model, smears, epochs=1, batch=16)
    (path,) = (own_home / "runs" / "trained").glob("*.safetensors")
    before = path.read_bytes()
    import safetensors.torch

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    history = fit(build("classification", smears.vocabulary), smears, epochs=1, batch=16, fresh=True)
    assert len(history.losses) == 3
    assert "no checkpoint this time" in capsys.readouterr().out
    assert path.read_bytes() == before


def test_training_starts_anew_if_a_checkpoint_cannot_be_read(smears, own_home, capsys):
    first = build("classification", smears.vocabulary)
    fit(first, smears, epochs=1)
    (path,) = (own_home / "runs" / "trained").glob("*.safetensors")
    path.write_bytes(b"half")
    second = build("classification", smears.vocabulary)
    fit(second, smears, epochs=1)
    assert "training starts anew" in capsys.readouterr().out
    assert torch.equal(weights(first), weights(second))


def test_minutes_end_a_training(smears, monkeypatch):
    readings = itertools.count(0, 0.25)  # a made clock: each step takes a quarter of a second
    made = SimpleNamespace(perf_counter=lambda: next(readings), monotonic=time.monotonic)
    monkeypatch.setattr(training, "time", made)
    history = fit(build("classification", smears.vocabulary), smears, minutes=0.02)
    assert history.seconds == 1.25
    assert len(history.losses) == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [("epochs", 0), ("epochs", -1), ("epochs", float("nan")), ("minutes", float("inf")), ("batch", 0), ("rate", -1)],
)
def test_numbers_that_no_training_can_have_are_refused(name, value, smears):
    with pytest.raises(VislabError, match=f"{name} must be"):
        vl.fit(vl.build("semantic", smears.vocabulary), smears, **{name: value})


def test_pictures_of_another_world_are_refused_and_another_order_of_names_is_not(smears):
    with pytest.raises(VislabError, match="have the labels"):
        vl.fit(vl.build("classification", smears.vocabulary), vl.draw("street", 8, size=64))
    names = smears.vocabulary.classes
    turned = replace(smears.vocabulary, classes=(names[0], *reversed(names[1:])), colours=smears.vocabulary.colours)
    model = vl.build("semantic", smears.vocabulary)
    history = vl.fit(model, smears.renumber(turned), epochs=0.5, fresh=True, threads=1)
    again = vl.fit(vl.build("semantic", smears.vocabulary), smears, epochs=0.5, fresh=True, threads=1)
    assert history.losses == again.losses


def test_one_step_is_no_steps():
    assert repr(History("semantic", {}, [0.5], [1], [])).startswith("semantic: 1 step, 1 picture in")
    assert "2 steps, 1,024 pictures" in repr(History("semantic", {}, [0.5, 0.4], [512, 1024], []))
