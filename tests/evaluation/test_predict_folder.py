"""A folder predicted: files of every picture, whatever its size; cut off and gone on; what cannot be done is told."""

import csv
import json

import numpy as np
import pytest
import torch
from PIL import Image

import vislab as vl
from vislab.cli import main
from vislab.errors import VislabError
from vislab.evaluation import predict_folder as folders
from vislab.evaluation.predict_folder import predict_folder

SIZES = {"a.png": (64, 64), "deep/b.jpg": (40, 70), "c.png": (100, 150)}  # height, width


@pytest.fixture
def photographs(tmp_path):
    """A folder of smears of several sizes, in files of several kinds."""
    folder = tmp_path / "photographs"
    (folder / "deep").mkdir(parents=True)
    for index, (name, (height, width)) in enumerate(SIZES.items()):
        pixels = vl.draw("smear", 1, size=160, seed=index).images[0, :, :height, :width].permute(1, 2, 0).numpy()
        Image.fromarray(pixels).save(folder / name)
    return folder


@pytest.fixture(scope="module")
def models():
    return vl.pretrained("smear", device="cpu")


def rows_of(out):
    with (out / "answers.csv").open(encoding="utf-8") as file:
        return {row["picture"]: row for row in csv.DictReader(file)}


def pixels_of(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_each_picture_gets_a_mask_of_its_own_size_and_a_line_of_answers(photographs, models, tmp_path):
    out = tmp_path / "out"
    assert predict_folder(models["semantic"], photographs, out) == (3, 0, ())
    for name, size in SIZES.items():
        assert pixels_of(out / "masks" / f"{name[:-4]}.png").shape == size
    whole = torch.from_numpy(pixels_of(photographs / "a.png").copy()).permute(2, 0, 1)[None]
    scenes = vl.Scenes(whole, None, None, None, None, vocabulary=models["semantic"].vocabulary, ids=("a.png",))
    prediction = vl.predict(models["semantic"], scenes)
    assert (pixels_of(out / "masks" / "a.png") == prediction.mask[0].numpy()).all()
    row, answered = rows_of(out)["a.png"], vl.answers(prediction)
    assert float(row["share"]) == pytest.approx(answered.share[0], abs=1e-5)
    assert float(row["count"]) == np.nansum(answered.count)
    assert row["label"] in ("healthy", "infected")
    assert not (out / "instances").exists()


def test_objects_are_numbered_in_a_picture_and_listed_as_coco_has_them(photographs, models, tmp_path):
    from pycocotools.coco import COCO

    out = tmp_path / "out"
    predict_folder(models["instance"], photographs, out)
    coco = COCO(str(out / "objects.json"))
    for index, entry in coco.imgs.items():
        ids = pixels_of(out / "instances" / f"{entry['file_name'][:-4]}.png")
        assert ids.shape == (entry["height"], entry["width"]) == SIZES[entry["file_name"]]
        found = coco.imgToAnns[index]
        assert float(rows_of(out)[entry["file_name"]]["count"]) == len(found) >= ids.max() > 0
        covered = np.any([coco.annToMask(each) for each in found], axis=0)
        assert (covered == (ids > 0)).all()
    back = vl.load(out / "objects.json", images=photographs, size=64, report=[])
    assert len(back) == 3


@pytest.mark.parametrize(("task", "columns"), [("classification", ["label"]), ("regression", ["share", "count"])])
def test_models_without_masks_write_answers_alone(task, columns, photographs, models, tmp_path):
    predict_folder(models[task], photographs, tmp_path / "out")
    assert set(columns) <= set(next(iter(rows_of(tmp_path / "out").values())))
    assert {path.name for path in (tmp_path / "out").glob("[!.]*")} == {"answers.csv", "model.json"}


def test_what_was_cut_off_goes_on_and_a_changed_picture_is_predicted_anew(photographs, models, tmp_path, monkeypatch):
    out, done = tmp_path / "out", []
    whole = folders.predict_picture

    def cut_off(model, pixels, picture):
        if done:
            raise KeyboardInterrupt
        done.append(picture)
        return whole(model, pixels, picture)

    monkeypatch.setattr(folders, "predict_picture", cut_off)
    with pytest.raises(KeyboardInterrupt):
        predict_folder(models["semantic"], photographs, out)
    monkeypatch.setattr(folders, "predict_picture", whole)
    assert predict_folder(models["semantic"], photographs, out)[:2] == (2, 1)
    assert list(rows_of(out)) == sorted(SIZES)
    (out / "masks" / "c.png").unlink()
    Image.new("RGB", (32, 32)).save(photographs / "a.png")
    Image.new("RGB", (32, 32)).save(photographs / "new.png")
    assert predict_folder(models["semantic"], photographs, out)[:2] == (3, 1)
    assert pixels_of(out / "masks" / "a.png").shape == (32, 32)
    (photographs / "c.png").unlink()
    predict_folder(models["semantic"], photographs, out)
    assert "c.png" not in rows_of(out)


def test_pictures_that_cannot_be_read_or_are_too_large_are_left_out_and_told(
    photographs, models, tmp_path, monkeypatch
):
    (photographs / "broken.png").write_bytes(b"\x89PNG\r\n")
    outcome = predict_folder(models["semantic"], photographs, tmp_path / "out")
    assert outcome.predicted == 3
    assert "broken.png" in outcome.unread[0]
    monkeypatch.setattr("vislab.evaluation.tiles.BYTES", 1e12)
    outcome = predict_folder(models["semantic"], photographs, tmp_path / "none")
    assert outcome.predicted == 0
    assert any("c.png: 100 × 150 pixels" in reason for reason in outcome.unread)


def test_pictures_are_scaled_first_if_a_size_is_asked_for(photographs, models, tmp_path):
    predict_folder(models["instance"], photographs, tmp_path / "out", size=96)
    assert pixels_of(tmp_path / "out" / "masks" / "a.png").shape == (96, 96)
    assert pixels_of(tmp_path / "out" / "instances" / "c.png").shape == (64, 96)
    with pytest.raises(VislabError, match="this one at another size"):
        predict_folder(models["instance"], photographs, tmp_path / "out")


def test_runs_go_down_the_columns_and_begin_outside():
    mask = np.array([[1, 0, 1], [1, 1, 1]], bool)  # stands at x 1, y 2 of a picture of 5 × 4
    whole = np.zeros((5, 4), bool)
    whole[2:4, 1:4] = mask
    runs = folders._runs(mask, 1, 2, (5, 4))
    assert runs == [7, 2, 4, 1, 3, 2, 1]
    assert (whole == np.repeat(np.arange(len(runs)) % 2, runs).reshape(4, 5).T).all()
    assert folders._runs(np.ones((5, 4), bool), 0, 0, (5, 4)) == [0, 20, 0]


def test_folders_that_make_no_sense_are_refused(photographs, models, tmp_path):
    model = models["semantic"]
    with pytest.raises(VislabError, match="none: is no folder"):
        predict_folder(model, tmp_path / "none", tmp_path / "out")
    with pytest.raises(VislabError, match="lies in the folder of the pictures"):
        predict_folder(model, photographs, photographs / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(VislabError, match="holds no pictures"):
        predict_folder(model, tmp_path / "empty", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(VislabError, match="already exists and is not empty"):
        predict_folder(model, photographs, tmp_path / "full")
    predict_folder(model, photographs, tmp_path / "out")
    with pytest.raises(VislabError, match="holds what another model, or this one at another size, predicted"):
        predict_folder(models["instance"], photographs, tmp_path / "out")
    Image.new("RGB", (32, 32)).save(photographs / "A.jpg")
    with pytest.raises(VislabError, match=r"A\.jpg and a\.png would share one mask|a\.png and A\.jpg would share"):
        predict_folder(model, photographs, tmp_path / "out")


def test_pictures_unlike_those_learned_from_are_told_once(tmp_path, capsys):
    scenes = vl.draw("smear", 8, size=64)
    model = vl.build("semantic", scenes.vocabulary)
    vl.fit(model, scenes, epochs=1, watch=lambda history: None)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    (tmp_path / "noise").mkdir()
    for number in range(3):
        Image.fromarray(noise).save(tmp_path / "noise" / f"{number}.png")
    predict_folder(model, tmp_path / "noise", tmp_path / "out")
    assert capsys.readouterr().out.count("caution: 3 pictures asked about look unlike") == 1


def test_the_command_predicts_a_folder_and_says_what_it_left_out(photographs, models, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    vl.save(models["instance"], "cells.safetensors")
    (photographs / "broken.png").write_bytes(b"")
    line = ["predict", "cells.safetensors", "photographs", "--out", "out", "--device", "cpu"]
    assert main(line) == 0
    told = capsys.readouterr().out
    assert "left out: photographs/broken.png: is empty" in told.replace("\\", "/")
    assert "out: 3 pictures predicted; answers.csv has a line for each" in told
    assert main(line) == 0
    assert "out: 0 pictures predicted, 3 had been before" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "model.json").read_text())["task"] == "instance"
    assert main(["predict", "none.safetensors", "photographs", "--out", "other"]) == 2
    assert "there is no such file" in capsys.readouterr().err
