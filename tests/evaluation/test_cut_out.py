"""Background removed: what stays, what goes, and where the edge lies."""

import numpy as np
import pytest
import torch

import vislab as vl
from vislab.errors import VislabError

SMEARS = vl.draw("smear", 3, size=64)


def test_a_cut_out_keeps_the_pictures_and_what_the_mask_says():
    model = vl.pretrained("smear")["semantic"]
    cut = vl.cut_out(model, SMEARS)
    assert (cut.shape, cut.dtype) == ((3, 64, 64, 4), np.uint8)
    assert (cut[..., :3] == SMEARS.images.permute(0, 2, 3, 1).numpy()).all()
    found = vl.predict(model, SMEARS).mask.numpy() > 0
    assert ((cut[..., 3] > 127) == found).mean() > 0.97
    assert cut[..., 3][found].mean() > 220
    assert cut[..., 3][~found].mean() < 40


def test_objects_that_do_not_count_go():
    model = vl.pretrained("smear")["instance"]
    assert vl.cut_out(model, SMEARS)[..., 3].mean() > 50
    model.threshold = 1.01
    assert vl.cut_out(model, SMEARS)[..., 3].max() == 0


def test_the_edge_of_an_object_is_soft_and_its_inside_whole():
    cut = vl.cut_out(vl.pretrained("smear")["instance"], SMEARS)[..., 3]
    assert cut.max() == 255
    assert ((cut > 0) & (cut < 255)).any()
    assert 0 < (cut == 255).mean() < (cut > 0).mean()


@pytest.mark.parametrize("task", ["semantic", "instance"])
def test_one_class_stays_or_several(task):
    model = vl.pretrained("smear")[task]
    both = vl.cut_out(model, SMEARS)[..., 3]
    assert (vl.cut_out(model, SMEARS, keep=["cell", "infected cell"])[..., 3] == both).all()
    cells, infected = (vl.cut_out(model, SMEARS, keep=name)[..., 3] > 127 for name in ("cell", "infected cell"))
    assert cells.any()
    assert infected.any()
    assert not (cells & infected).any()
    truth = SMEARS.semantic.numpy()
    assert (infected == (truth == 2)).mean() > 0.97


def test_a_class_that_is_not_found_is_refused():
    models = vl.pretrained("smear")
    with pytest.raises(VislabError, match="finds no 'dog' to keep; it finds background, cell, infected cell"):
        vl.cut_out(models["semantic"], SMEARS, keep="dog")
    with pytest.raises(VislabError, match="finds no 'background' to keep; it finds cell, infected cell"):
        vl.cut_out(models["instance"], SMEARS, keep=["cell", "background"])
    with pytest.raises(VislabError, match="keep must be text, a list of texts or None, not 3"):
        vl.cut_out(models["semantic"], SMEARS, keep=3)


def test_a_model_without_masks_is_refused():
    model = vl.build("classification", SMEARS.vocabulary)
    with pytest.raises(VislabError, match="a model for classification finds no edges; give a semantic or an instance"):
        vl.cut_out(model, SMEARS)


def test_no_picture_gives_none():
    assert vl.cut_out(vl.build("semantic", SMEARS.vocabulary), SMEARS[:0]).shape == (0, 64, 64, 4)
    assert torch.equal(SMEARS.images, vl.draw("smear", 3, size=64).images)
