"""Every model: it learns, answers pictures of any size that the stride divides, and starts from a seed or encoder."""

import pytest
import torch

import vislab as vl
from vislab.data.batches import take, to_float
from vislab.data.vocabulary import IGNORE
from vislab.errors import VislabError
from vislab.models.build import build
from vislab.models.predictions import TASKS


@pytest.fixture(scope="module")
def smears():
    return vl.draw("smear", 8, size=64)


@pytest.mark.parametrize("task", TASKS)
def test_every_model_learns_from_a_batch_and_answers(task, smears):
    model = build(task, smears.vocabulary)
    loss = model.loss(take(smears, torch.arange(4)))
    loss.backward()
    assert torch.isfinite(loss)
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())
    model.eval()
    with torch.inference_mode():
        prediction = model.answer(to_float(smears.images), "model", smears.ids)
    assert prediction.ids == smears.ids


def test_a_share_that_nobody_knows_adds_nothing(smears):
    """In eval, so that pictures do not see each other."""
    model = build("regression", smears.vocabulary).eval()
    batch = take(smears, torch.arange(4))._replace(labels=None, objects=None)
    alone = model.loss(take(smears, torch.arange(2))._replace(labels=None, objects=None))
    batch.semantic[2:] = IGNORE
    torch.testing.assert_close(model.loss(batch), alone)
    batch.semantic[:] = IGNORE
    assert model.loss(batch) == 0


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("size", [(16, 16), (32, 80)])
def test_any_size_that_the_stride_divides(task, size):
    model = build(task, vl.draw("street", 1, size=64).vocabulary).eval()
    with torch.inference_mode():
        model.answer(torch.rand(2, 3, *size), "model", ("a", "b"))


def test_a_task_without_words_is_refused(smears):
    with pytest.raises(VislabError, match="no task 'tracking'; there are classification, regression"):
        build("tracking", smears.vocabulary)


def test_an_encoder_is_taken_over_as_a_copy(smears):
    first = build("classification", smears.vocabulary, seed=1)
    second = build("semantic", smears.vocabulary, encoder=first)
    ours, theirs = second.encoder.state_dict(), first.encoder.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    next(second.encoder.parameters()).data.zero_()
    assert not torch.equal(second.encoder.stem[0].weight, first.encoder.stem[0].weight)


def test_seeds_decide_the_first_weights(smears):
    weights = [build("semantic", smears.vocabulary, seed=s).decoder.head.weight for s in (0, 0, 1)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
