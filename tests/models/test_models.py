"""The models: shapes, sizes they refuse, what the heads compute, and grouping on truth itself."""

import pytest
import torch
from text_pictures import picture

import vislab as vl
from vislab.data.augment import vary
from vislab.data.batches import take, to_float
from vislab.errors import VislabError
from vislab.models.build import build
from vislab.models.classifier import peak_of, soft_maximum
from vislab.models.grouping import group, objects_of
from vislab.models.instance import targets
from vislab.models.predictions import TASKS


@pytest.fixture(scope="module")
def smears():
    return vl.draw("smear", 8, size=64)


def said_by_truth(scenes):
    """Class scores and maps as a perfect instance model would give them."""
    aim = targets(scenes.instances, scenes.objects.shape[1])
    classes = len(scenes.vocabulary.classes)
    scores = 20 * torch.nn.functional.one_hot(scenes.semantic.long(), classes).permute(0, 3, 1, 2).float()
    heat = torch.logit(aim.heat.clamp(1e-4, 1 - 1e-4))[:, None]
    return scores, torch.cat([heat, aim.way, aim.radius.clamp_min(0.1).log()[:, None]], 1)


@pytest.mark.parametrize("task", TASKS)
def test_every_model_learns_from_a_batch_and_answers(task, smears):
    model = build(task, smears.vocabulary)
    loss = model.loss(take(smears, torch.arange(4)))
    loss.backward()
    assert torch.isfinite(loss)
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())
    model.eval()
    with torch.inference_mode():
        said = model.answer(to_float(smears.images), "model", smears.ids)
    assert said.ids == smears.ids


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("size", [(16, 16), (32, 80)])
def test_any_size_that_the_stride_divides(task, size):
    model = build(task, vl.draw("street", 1, size=64).vocabulary).eval()
    with torch.inference_mode():
        model.answer(torch.rand(2, 3, *size), "model", ("a", "b"))


def test_other_sizes_say_what_to_pad_to(smears):
    model = build("semantic", smears.vocabulary)
    with pytest.raises(VislabError, match=r"50 × 64 pixels .* pad them to 64 × 64, or load them with size=64"):
        model(torch.rand(1, 3, 50, 64))


def test_a_task_without_words_is_refused(smears):
    with pytest.raises(VislabError, match="no task 'detection'; there are classification, regression"):
        build("detection", smears.vocabulary)


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


def test_the_pool_lies_between_mean_and_maximum():
    maps = torch.tensor([[[[0.0, 1.0], [2.0, 5.0]]]])
    assert soft_maximum(maps, torch.tensor([1e-3])).item() == pytest.approx(2.0, abs=0.01)
    assert soft_maximum(maps, torch.tensor([100.0])).item() == pytest.approx(5.0, abs=0.02)


def test_the_peak_is_told_in_pixels():
    evidence = torch.zeros(1, 2, 2, 4)
    evidence[0, 1, 1, 2] = 3
    place = peak_of(torch.tensor([[0.0, 1.0]]), evidence, torch.zeros(1, 3, 16, 32))
    assert place.tolist() == [[20.0, 12.0]]


def test_targets_point_at_a_pixel_of_the_object_itself():
    ids = torch.stack([picture("1110 1010 1112 0000")])
    aim = targets(ids, 2)
    y, x = 1, 0
    end = (x + int(aim.way[0, 0, y, x]), y + int(aim.way[0, 1, y, x]))
    assert ids[0, end[1], end[0]] == 1  # the ring's middle is a hole; the centre is on the ring
    assert aim.heat[0].amax() == 1
    assert aim.heat[0, 2, 3] == 1  # an object of one pixel is its own centre
    assert (aim.way[0, :, ids[0] == 0] == 0).all()


@pytest.mark.parametrize("settings", [{}, {"crowding": 1.0}, {"objects": 0}, {"objects": 60}])
def test_grouping_gives_the_truth_back(settings):
    scenes = vl.draw("smear", 6, seed=2, **settings)
    for index, found in enumerate(group(*said_by_truth(scenes), scenes.vocabulary.thing_indices)):
        truth, classes = scenes.instances[index].long(), scenes.objects[index]
        classes = classes[classes > 0].long()
        assert len(found.classes) == len(classes)
        assert torch.equal(found.ids > 0, truth > 0)
        pairs = torch.stack([found.ids, truth], -1)[truth > 0].unique(dim=0)
        assert len(pairs) == len(classes)  # one found object to each true one
        assert all(found.classes[a - 1] == classes[b - 1] for a, b in pairs.tolist())


def test_objects_are_cut_to_their_boxes():
    scenes = vl.draw("smear", 1, seed=3)
    (found,) = group(*said_by_truth(scenes), scenes.vocabulary.thing_indices)
    objects = objects_of(found)
    painted = objects.paint(*scenes.size)
    assert (painted == found.ids.numpy()).all()
    assert all(mask.any(0).all() or mask.any(1).all() or mask.any() for mask in objects.masks)


def test_varied_pictures_keep_masks_and_pictures_together():
    """The masks are painted into the picture: after any turn and crop they must still agree."""
    scenes = vl.draw("smear", 6, size=64)
    batch = take(scenes, torch.arange(6))
    marked = batch._replace(images=batch.semantic[:, None].repeat(1, 3, 1, 1).float() / 4)
    moved = 0
    for seed in range(4):
        varied = vary(marked, ("mirror", "flip", "turn"), torch.Generator().manual_seed(seed), crop=32)
        there = (varied.images.mean(1) * 4).round().clamp(0, 2)
        assert varied.images.shape == (6, 3, 32, 32)
        assert ((there - varied.semantic).abs() < 0.5).double().mean() > 0.9
        assert torch.equal(varied.instances > 0, varied.semantic > 0)
        moved += int(not torch.equal(varied.semantic, marked.semantic[:, :32, :32]))
    assert moved == 4


def test_a_street_is_never_turned_upside_down():
    batch = take(vl.draw("street", 8, size=64), torch.arange(8))
    varied = vary(batch, (), torch.Generator().manual_seed(0))
    assert torch.equal(varied.semantic, batch.semantic)
