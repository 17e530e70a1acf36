"""A picture of any size is predicted as one: padded where its sides ask for it, in tiles where it is large."""

import numpy as np
import pytest
import torch

import vislab as vl
from vislab.errors import VislabError
from vislab.evaluation import tiles
from vislab.evaluation.tiles import predict_picture
from vislab.models.predictions import COURSE_TASKS

MODELS = {task: model.cpu() for task, model in vl.pretrained("smear", device="cpu").items()}


DRAWN = vl.draw("smear", 36, size=96, seed=4).images.permute(0, 2, 3, 1).numpy()
SHEET = DRAWN.reshape(6, 6, 96, 96, 3).swapaxes(1, 2).reshape(576, 576, 3)  # smears side by side


def smear(height, width):
    """The upper left of a sheet of smears as small as those that the models learned from, uint8 (h, w, 3)."""
    return SHEET[:height, :width].copy()


def plain(model, pixels):
    """The prediction of pictures whose sides need no padding."""
    images = torch.from_numpy(pixels).permute(2, 0, 1)[None].contiguous()
    return vl.predict(model, vl.Scenes(images, None, None, None, None, vocabulary=model.vocabulary, ids=("picture",)))


@pytest.mark.parametrize("task", COURSE_TASKS)
def test_a_picture_that_needs_neither_padding_nor_tiles_is_predicted_as_ever(task):
    pixels = smear(96, 128)
    ours, theirs = predict_picture(MODELS[task], pixels), plain(MODELS[task], pixels)
    for name, value in vars(theirs).items():
        if isinstance(value, torch.Tensor):
            assert torch.allclose(getattr(ours, name), value, atol=1e-2, equal_nan=True), name
    if task == "instance":  # objects count from the score that was chosen for the model
        assert ours.threshold == theirs.threshold == MODELS[task].threshold


@pytest.mark.parametrize("task", ["semantic", "instance"])
def test_tiles_change_no_answer(task, monkeypatch):
    pixels = smear(400, 512)
    whole = predict_picture(MODELS[task], pixels)
    monkeypatch.setattr(tiles, "TILE", 320)
    assert len(list(tiles.tiles(512))) > 1
    tiled = predict_picture(MODELS[task], pixels)
    if task == "semantic":
        assert (whole.mask == tiled.mask).double().mean() > 0.9995
    else:
        counted = [len(each.objects[0].at_least(each.threshold)) for each in (whole, tiled)]
        assert counted[0] > 50
        assert abs(counted[0] - counted[1]) <= 1
        ids = [each.objects[0].at_least(each.threshold).paint(400, 512) > 0 for each in (whole, tiled)]
        assert (ids[0] == ids[1]).mean() > 0.999


def test_tiles_cover_a_side_without_gaps_and_keep_clear_of_their_inner_edges():
    for side in (16, 1280, 1296, 3008):
        parts = list(tiles.tiles(side))
        assert [kept.start for _, kept in parts[1:]] == [kept.stop for _, kept in parts[:-1]]
        assert (parts[0][1].start, parts[-1][1].stop) == (0, side)
        for part, kept in parts:
            assert part.stop - part.start <= tiles.TILE
            assert part.start % 16 == part.stop % 16 == 0
            assert kept.start == 0 or kept.start - part.start >= tiles.MARGIN
            assert kept.stop == side or part.stop - kept.stop >= tiles.MARGIN


@pytest.mark.parametrize("task", ["semantic", "instance"])
def test_no_pixel_depends_on_what_lies_a_margin_away(task):
    near = smear(400, 512)
    far = near.copy()
    far[:, 200 + tiles.MARGIN :] = far[:, 200 + tiles.MARGIN :][:, ::-1]  # other pixels, of the same mean colour
    scores = []
    for pixels in (near, far):
        with torch.inference_mode():
            out = MODELS[task](torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy()).float() / 255)
        scores.append((out if task == "semantic" else out[0])[..., :200])
    assert torch.allclose(*scores, atol=1e-4)


def test_odd_sides_are_padded_and_cut_again():
    prediction = predict_picture(MODELS["semantic"], smear(41, 70))
    assert prediction.scores.shape[-2:] == (41, 70)
    found = predict_picture(MODELS["instance"], smear(41, 70))
    assert found.size == (41, 70)
    assert (found.objects[0].boxes[:, 2:] <= [70, 41]).all()


def test_many_objects_are_all_found():
    """More than a thousand, which was once the most of a picture, however large."""
    one, many = (predict_picture(MODELS["instance"], each) for each in (SHEET, np.tile(SHEET, (2, 3, 1))))
    counts = [len(each.objects[0].at_least(each.threshold)) for each in (one, many)]
    assert counts[1] > max(1000, 5.5 * counts[0])


def test_what_cannot_be_predicted_is_told(monkeypatch):
    with pytest.raises(VislabError, match=r"pictures of any size need a model of vl\.build, not LRASPP"):
        predict_picture(vl.adapt("lraspp", MODELS["semantic"].vocabulary), smear(32, 32))
    monkeypatch.setattr(tiles, "BYTES", 1e12)
    with pytest.raises(VislabError, match=r"cell: 32 × 32 pixels: .*; cut it"):
        predict_picture(MODELS["semantic"], smear(32, 32), "cell")
