"""Models as ONNX files: their numbers beside torch's at several sizes, what they say of themselves, what is refused."""

import json
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import vislab as vl
from vislab.cli import EXPORTED, main
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError
from vislab.evaluation.tiles import predict_picture
from vislab.models.grouping import group, objects_of
from vislab.models.predictions import COURSE_TASKS
from vislab.training import onnx_files
from vislab.training.onnx_files import OUTPUTS, export_onnx, pictures_of

SMEAR = vl.draw("smear", 1, size=64).vocabulary
OTHER_SIZES = ((80, 48), (50, 70))  # than those that the export compares


@pytest.fixture(scope="module")
def models():
    return vl.pretrained("smear", device="cpu")


@pytest.fixture(scope="module")
def sessions(models, tmp_path_factory):
    """A session of ONNX Runtime for the file of each task."""
    folder = tmp_path_factory.mktemp("onnx")
    for task in COURSE_TASKS:
        export_onnx(models[task], folder / f"{task}.onnx")
    return {task: onnxruntime.InferenceSession(folder / f"{task}.onnx") for task in COURSE_TASKS}


def answer(session, pixels):
    """The outputs of one picture (h, w, 3), by name."""
    names = [one.name for one in session.get_outputs()]
    return {name: out[0] for name, out in zip(names, session.run(None, {"pictures": pixels[None]}), strict=True)}


@pytest.mark.parametrize("size", OTHER_SIZES)
def test_a_file_answers_as_predict_does_at_any_size(size, models, sessions, monkeypatch):
    monkeypatch.setattr("vislab.evaluation.tiles.precision", lambda device: "float32")
    pixels = vl.draw("smear", 1, size=96, seed=5).images[0, :, : size[0], : size[1]].permute(1, 2, 0).numpy().copy()
    predictions = {task: predict_picture(models[task], pixels) for task in COURSE_TASKS}
    outputs = {task: answer(sessions[task], pixels) for task in COURSE_TASKS}
    label, numbers, semantic, instance = (outputs[task] for task in COURSE_TASKS)
    assert np.allclose(label["probabilities"], predictions["classification"].scores[0], atol=1e-4)
    assert label["evidence"].shape == (2, -(-size[0] // 16) * 2, -(-size[1] // 16) * 2)  # of the picture filled up
    assert np.allclose(numbers["probabilities"], predictions["regression"].scores[0], atol=1e-4)
    assert numbers["share"] == pytest.approx(float(predictions["regression"].share[0]), abs=1e-4)
    assert np.allclose(numbers["count"], predictions["regression"].count[0, 1:], atol=1e-4)
    scores = predictions["semantic"].scores[0].float()  # of half precision
    assert np.allclose(semantic["probabilities"], scores.softmax(0), atol=2e-3)
    maps = [instance["heatmap"][None], instance["offset"], instance["radius"][None]]
    heat, offset, radius = (torch.from_numpy(each)[None] for each in maps)
    raw = torch.cat([heat.logit(), offset, radius.log()], 1)
    found = objects_of(group(torch.from_numpy(instance["probabilities"])[None].log(), raw, SMEAR.thing_indices)[0])
    expected = predictions["instance"].objects[0]
    assert len(found) == len(expected) > 1
    assert (found.boxes == expected.boxes).all()
    assert np.allclose(found.scores, expected.scores, atol=1e-4)


def test_the_largest_difference_is_told_and_one_beyond_the_tolerance_leaves_no_file(models, tmp_path, monkeypatch):
    path = tmp_path / "cells.onnx"
    done = export_onnx(models["semantic"], path)
    assert 0 < done.difference < 1e-4
    assert (done.any_size, len(done.sizes)) == (True, 3)
    path.unlink()
    monkeypatch.setattr(onnx_files, "TOLERANCE", done.difference / 2)
    with pytest.raises(VislabError, match=r"cells\.onnx: not written, as the file's numbers differ from torch's by"):
        export_onnx(models["semantic"], path)
    monkeypatch.setattr(torch.onnx, "export", None)
    with pytest.raises(VislabError, match="not written, as ONNX Runtime cannot run what torch exports of it"):
        export_onnx(models["semantic"], path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_says_what_it_is(models, tmp_path):
    model = models["instance"]
    export_onnx(model, tmp_path / "cells.onnx")
    file = onnx.load(tmp_path / "cells.onnx")
    about = {entry.key: entry.value for entry in file.metadata_props}
    assert (about["task"], float(about["threshold"])) == ("instance", model.threshold)
    assert Vocabulary.from_dict(json.loads(about["vocabulary"])) == model.vocabulary
    assert about["normalisation"] == "in the file: from 0 to 1, less each picture's mean colour, times 4"
    assert [one.name for one in file.graph.output] == [one.name for one in OUTPUTS["instance"]]
    assert all(one.doc_string for one in (*file.graph.input, *file.graph.output))
    for name in {one.name for outputs in OUTPUTS.values() for one in outputs}:
        assert f" {name} (" in EXPORTED
        assert f"`{name}`" in export_onnx.__doc__


def test_a_regressor_of_pictures_without_labels_and_things_gives_its_share_alone(tmp_path):
    words = Vocabulary("cover", (), ("ground", "plants"), (), None, {}, (), ("#999999", "#56B4E9"))
    export_onnx(vl.build("regression", words), tmp_path / "a.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx")
    assert [one.name for one in session.get_outputs()] == ["share"]


@pytest.mark.slow
def test_a_backbone_is_exported_with_its_normalisation(tmp_path):
    start = vl.encoder("mobilenet_v3_small")
    assert export_onnx(vl.build("instance", SMEAR, encoder=start), tmp_path / "a.onnx").any_size
    about = {entry.key: entry.value for entry in onnx.load(tmp_path / "a.onnx").metadata_props}
    assert about["encoder"] == "mobilenet_v3_small (random weights)"
    assert about["normalisation"].startswith("in the file: from 0 to 1, less [0.485")


@pytest.mark.slow
def test_a_backbone_that_takes_one_size_gets_a_file_for_that_size(tmp_path):
    model = vl.build("semantic", SMEAR, encoder=vl.encoder("timm/mobilevit_xxs"))
    done = export_onnx(model, tmp_path / "a.onnx")
    assert (done.any_size, done.sizes) == (False, ((256, 256),))
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx")
    assert session.get_inputs()[0].shape == ["n", 256, 256, 3]
    assert answer(session, pictures_of((256, 256), 1)[0].numpy())["probabilities"].shape == (3, 256, 256)


def test_what_cannot_be_exported_is_refused_in_a_sentence(models, tmp_path, monkeypatch):
    model = models["classification"]
    with pytest.raises(VislabError, match=r"a model of vl\.build can be exported, not LRASPP"):
        export_onnx(vl.adapt("lraspp", SMEAR), tmp_path / "a.onnx")
    with pytest.raises(VislabError, match=r"cells\.pt: must end in \.onnx; call it cells\.onnx"):
        export_onnx(model, tmp_path / "cells.pt")
    (tmp_path / "file").write_text("")
    with pytest.raises(VislabError, match=r"a\.onnx: cannot be written"):
        export_onnx(model, tmp_path / "file" / "a.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(VislabError, match=r"an ONNX file needs onnxruntime; run: pip install 'vislab\[export\]'"):
        export_onnx(model, tmp_path / "a.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_command_exports_and_says_how_far_the_numbers_differ(models, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    vl.save(models["regression"], "cells.safetensors")
    assert main(["export", "cells.safetensors", "--out", "cells.onnx"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("cells.onnx: takes pictures of any size; at 64 × 64, 75 × 100, 224 × 160 px its numbers")
    assert main(["export", "cells.onnx", "--out", "other.onnx"]) == 2
    assert "cells.onnx: cannot be read as a trained model" in capsys.readouterr().err
    assert main(["export", "none.safetensors", "--out", "other.onnx"]) == 2
    assert "there is no such file" in capsys.readouterr().err
    assert main(["export", "cells.safetensors", "--out", "cells.safetensors"]) == 2
    assert "is also read, and would be overwritten" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells.onnx", "cells.safetensors"]


@pytest.mark.parametrize("task", ["points", "detection"])
def test_dots_and_boxes_leave_as_maps(task, tmp_path):
    """The export itself compares them with torch."""
    export_onnx(vl.build(task, SMEAR), tmp_path / "a.onnx")
    outputs = answer(onnxruntime.InferenceSession(tmp_path / "a.onnx"), np.zeros((40, 56, 3), np.uint8))
    assert outputs["heatmap"].shape == (2, 40, 56)
    assert set(outputs) == ({"heatmap"} if task == "points" else {"heatmap", "offset", "sides"})
