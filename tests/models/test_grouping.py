"""Grouping: from the maps of a flawless model it gives the truth back."""

import pytest
import torch

import vislab as vl
from vislab.models.grouping import MAX_DISTANCE, Centres, _nearest_centre, find_centres, group, objects_of
from vislab.models.instance import targets


def perfect_maps(scenes):
    """Class scores and maps as a flawless model would give them."""
    target = targets(scenes.instances, scenes.objects.shape[1])
    classes = len(scenes.vocabulary.classes)
    scores = 20 * torch.nn.functional.one_hot(scenes.semantic.long(), classes).permute(0, 3, 1, 2).float()
    heat = torch.logit(target.heatmap.clamp(1e-4, 1 - 1e-4))[:, None]
    return scores, torch.cat([heat, target.offset, target.radius.clamp_min(0.1).log()[:, None]], 1)


@pytest.mark.parametrize("settings", [{}, {"crowding": 1.0}, {"objects": 0}, {"objects": 60}])
def test_grouping_gives_the_truth_back(settings):
    scenes = vl.draw("smear", 6, seed=2, **settings)
    for index, grouped in enumerate(group(*perfect_maps(scenes), scenes.vocabulary.thing_indices)):
        truth, classes = scenes.instances[index].long(), scenes.objects[index]
        classes = classes[classes > 0].long()
        assert len(grouped.classes) == len(classes)
        assert torch.equal(grouped.ids > 0, truth > 0)
        pairs = torch.stack([grouped.ids, truth], -1)[truth > 0].unique(dim=0)
        assert len(pairs) == len(classes)  # one predicted object for each true one
        assert all(grouped.classes[a - 1] == classes[b - 1] for a, b in pairs.tolist())


def test_pixels_join_the_nearest_centre_of_many_in_its_radii():
    chance = torch.Generator().manual_seed(0)
    points, radius = 200 * torch.rand(300, 2, generator=chance), 1 + 7 * torch.rand(300, generator=chance)
    target = 240 * torch.rand(4000, 2, generator=chance) - 20
    distance, nearest = (torch.cdist(target, points) / radius).min(1)  # every pair
    expected = torch.where(distance <= MAX_DISTANCE, nearest + 1, 0)
    assert torch.equal(_nearest_centre(target, Centres(points, torch.ones(300), radius)), expected)


def test_of_peaks_that_are_near_the_hottest_stands_for_all():
    heatmap = torch.zeros(3, 12)
    heatmap[1, [1, 3, 5, 10]] = torch.tensor([0.9, 0.8, 0.7, 0.2])
    centres = find_centres(heatmap > 0, heatmap, torch.full((3, 12), 6.0))  # near: less than 3 pixels apart
    assert centres.points.tolist() == [[1, 1], [5, 1], [10, 1]]  # the one at 5 is near only to one that gives way
    assert centres.heat.tolist() == pytest.approx([0.9, 0.7, 0.2])


def test_objects_are_cut_to_their_boxes():
    scenes = vl.draw("smear", 1, seed=3)
    (grouped,) = group(*perfect_maps(scenes), scenes.vocabulary.thing_indices)
    objects = objects_of(grouped)
    assert (objects.paint(*scenes.size) == grouped.ids.numpy()).all()
    assert all(mask[0].any() and mask[-1].any() and mask[:, 0].any() and mask[:, -1].any() for mask in objects.masks)
