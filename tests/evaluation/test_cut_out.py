"""Background removed: what stays, what goes, and where the edge lies."""

import numpy as np
import pytest
import torch

import vislab as vl
from vislab.errors import VislabError
from vislab.evaluation.cut_out import guided

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


def test_the_edge_moves_to_the_pictures_own_and_softens_where_there_is_none():
    guide = np.zeros((9, 12), np.float32)
    guide[:, 6:] = 1
    late = np.zeros_like(guide)
    late[:, 7:] = 1  # a mask that begins a pixel too late
    moved = guided(late, guide)
    assert moved[4, 6] > 0.5 > moved[4, 5]
    flat = guided(late, np.full_like(guide, 0.5))
    assert np.allclose(flat[4], flat[0])
    assert (np.diff(flat[4]) >= -1e-6).all()
    assert 0 < flat[4, 6] < 1
    assert np.allclose(guided(np.ones_like(guide), guide), 1, atol=1e-5)


def test_a_model_without_masks_is_refused():
    model = vl.build("classification", SMEARS.vocabulary)
    with pytest.raises(VislabError, match="a model for classification finds no edges; give a semantic or an instance"):
        vl.cut_out(model, SMEARS)


def test_no_picture_gives_none():
    assert vl.cut_out(vl.build("semantic", SMEARS.vocabulary), SMEARS[:0]).shape == (0, 64, 64, 4)
    assert torch.equal(SMEARS.images, vl.draw("smear", 3, size=64).images)
