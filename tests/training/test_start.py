"""A regressor starts at the training pictures' means; whatever has been trained, and every other model, stays."""

from dataclasses import replace

import pytest
import torch

from vislab.data.batches import take
from vislab.data.convert import share_of
from vislab.evaluation.predict import predict
from vislab.models.build import build
from vislab.models.predictions import TASKS
from vislab.training.fit import fit, prepare


def weights(model):
    return torch.cat([value.flatten().float() for value in model.state_dict().values()])


def test_before_the_first_step_its_biases_say_the_mean_of_every_picture(smears):
    model = build("regression", smears.vocabulary)
    weight = model.maps.weight.clone()
    prepare(model, smears[:16], smears[16:], epochs=1, device="cpu")
    assert torch.equal(model.maps.weight, weight)
    model.maps.weight.data.zero_()
    said = predict(model.eval(), smears[16:20])
    counts = smears[:16].count_objects()[:, list(smears.vocabulary.thing_indices)].float().mean(0)
    for one in said.count[:, list(smears.vocabulary.thing_indices)]:
        # Where a CPU predicts in bfloat16, numbers have three digits.
        assert one.tolist() == pytest.approx(counts.clamp_min(1e-3).tolist(), rel=0.01)
    share = float(share_of(smears.vocabulary, smears.semantic[:16]).nanmean())
    assert said.share.tolist() == pytest.approx([share] * 4, rel=0.01)


def test_what_no_picture_shows_is_near_nothing_and_can_be_learned(smears):
    none = replace(smears, objects=torch.zeros_like(smears.objects), instances=torch.zeros_like(smears.instances))
    model = build("regression", smears.vocabulary)
    prepare(model, none, None, epochs=1, device="cpu")
    said = predict(model.eval(), none[:2]).count[:, list(smears.vocabulary.thing_indices)]
    assert ((said > 0) & (said < 0.1)).all()
    model.loss(take(smears, torch.arange(4))).backward()
    counts = slice(len(smears.vocabulary.labels), -2)
    assert (model.maps.bias.grad[counts] != 0).all()


def test_numbers_that_the_pictures_cannot_tell_start_as_they_would(smears):
    labelled = replace(smears, semantic=None, instances=None, objects=None)
    model = build("regression", smears.vocabulary)
    before = weights(model)
    prepare(model, labelled, None, epochs=1, device="cpu")
    assert torch.equal(weights(model), before)
    counts = model.maps.bias[len(smears.vocabulary.labels) : -2].clone()
    prepare(model, replace(smears, instances=None, objects=None), None, epochs=1, device="cpu")
    assert torch.equal(model.maps.bias[len(smears.vocabulary.labels) : -2], counts)
    assert not torch.equal(weights(model), before)  # the share is known


@pytest.mark.parametrize("task", [task for task in TASKS if task != "regression"])
def test_other_models_start_as_they_are_built(task, smears):
    model = build(task, smears.vocabulary)
    before = weights(model)
    prepare(model, smears, None, epochs=1, device="cpu")
    assert torch.equal(weights(model), before)


@pytest.mark.slow
def test_a_trained_regressor_goes_on_from_what_it_has_learned(smears, own_home):
    model = build("regression", smears.vocabulary)
    fit(model, smears, epochs=1, device="cpu")
    before = weights(model)
    prepare(model, smears[:8], None, epochs=1, device="cpu")
    assert torch.equal(weights(model), before)
