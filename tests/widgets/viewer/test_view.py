"""The Viewer's state, what it sends and what stands in for it, without a browser."""

import json
import re
import tracemalloc
import zlib
from dataclasses import replace

import numpy as np
import pytest
import torch

import vislab as vl
from vislab.models.predictions import (
    ClassPrediction,
    InstancePrediction,
    Objects,
    RegressionPrediction,
    SemanticPrediction,
)
from vislab.widgets.frontend import STATIC, esm
from vislab.widgets.viewer.packets import pack
from vislab.widgets.viewer.view import PAGE


@pytest.fixture(scope="module")
def smear():
    return vl.draw("smear", 30, size=64, seed=2)


def predictions(scenes, names="abcd"):
    """One of each task, of no model: a label, numbers, a mask, two objects."""
    n, (h, w) = len(scenes), scenes.size
    words, ids = scenes.vocabulary, scenes.ids
    chance = torch.Generator().manual_seed(0)
    squares = Objects(np.array([[2, 2, 6, 5], [4, 3, 9, 9]]), (np.ones((3, 4), bool), np.ones((6, 5), bool)),
                      np.array([1, 2]), np.array([0.9, 0.4], np.float32))  # fmt: skip
    return (
        ClassPrediction(names[0], words, ids, torch.rand(n, 2, generator=chance), torch.full((n, 2), torch.nan)),
        RegressionPrediction(names[1], words, ids, torch.rand(n, 2, generator=chance), torch.rand(n), torch.ones(n, 3)),
        SemanticPrediction(names[2], words, ids, torch.randn(n, 3, h, w, generator=chance).half()),
        InstancePrediction(names[3], words, ids, (squares,) * n, (h, w), threshold=0.5),
    )


def read(packet):
    """A packet's header and its parts, unpacked by hand."""
    length = int.from_bytes(packet[:4], "little")
    header = json.loads(packet[4 : 4 + length])
    at, parts = 4 + length, []
    for kind, size in header["parts"]:
        part = packet[at : at + size]
        parts.append(np.frombuffer(zlib.decompress(part), np.uint8) if kind == "deflate" else part)
        at += size
    assert at == len(packet)
    return header, parts


def test_a_packet_holds_the_picture_its_truth_and_the_predictions(smear):
    predicted = predictions(smear)
    header, parts = read(pack(smear, predicted, 3, position=5))
    assert (header["index"], header["position"], header["id"]) == (3, 5, smear.ids[3])
    assert header["truth"]["label"] == int(smear.labels[3])
    assert (parts[header["truth"]["semantic"]] == smear.semantic[3].numpy().ravel()).all()
    assert (parts[header["truth"]["ids"]].view(np.uint16) == smear.instances[3].numpy().ravel()).all()
    a, b, c, d = header["panes"]
    assert a["scores"] == pytest.approx(predicted[0].scores[3].tolist(), abs=1e-4)
    assert a["point"] is None
    assert (b["count"], b["share"]) == (3, pytest.approx(float(predicted[1].share[3])))
    assert c["classes"] == [0, 1, 2]
    assert abs(parts[c["probabilities"]].reshape(3, -1).astype(int).sum(0) - 255).max() <= 2
    assert d["objects"]["boxes"] == [[2, 2, 6, 5], [4, 3, 9, 9]]
    assert parts[d["objects"]["masks"]].sum() == 12 + 30


def test_small_pictures_travel_exactly(smear):
    import io

    from PIL import Image

    header, parts = read(pack(smear, (), 0))
    shown = np.array(Image.open(io.BytesIO(parts[header["image"]])).convert("RGB"))
    assert (shown == smear.images[0].permute(1, 2, 0).numpy()).all()


def test_only_the_picture_in_sight_is_sent_and_python_keeps_none(smear, monkeypatch):
    viewer = vl.view(smear, predictions(smear))
    sent = []
    monkeypatch.setattr(viewer, "send_state", lambda key=None: sent.append(key))
    viewer.position = 7
    assert [key for key in sent if key != "position"] == ["packet"]
    viewer.position = PAGE
    assert [key for key in sent if key != "position"] == ["packet", "packet", "strip"]
    assert read(viewer.get_state("packet")["packet"])[0]["index"] == PAGE
    assert viewer.packet is None
    viewer.position = 10_000
    assert viewer.position == len(smear) - 1
    viewer.close()


def test_a_hundred_viewers_hold_the_pictures_once(smear):
    predicted = predictions(smear)
    vl.view(smear, predicted)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    several = [vl.view(smear, predicted) for _ in range(20)]
    each = (tracemalloc.get_traced_memory()[0] - before) / len(several)
    tracemalloc.stop()
    assert each < 100e3


def test_thresholds_begin_where_they_were_chosen(smear):
    viewer = vl.view(smear, predictions(smear))
    assert [pane["name"] for pane in viewer.about["panes"]] == ["picture", "truth", "a", "b", "c", "d"]
    assert viewer.thresholds == [None, None, None, None, None, 0.5]
    assert [pane["adjustable"] for pane in viewer.about["panes"]] == [False, False, True, False, True, True]


@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_a_part_of_a_split_is_known_as_such(smear, part):
    parts = dict(zip(("train", "valid", "test"), smear.split(valid=0.2, test=0.3), strict=True))
    assert vl.view(parts[part]).about["part"] == part
    assert vl.view(smear).about["part"] == ""
    mixed = parts["valid"] + parts["test"]
    assert vl.view(mixed).about["part"] == ""


def test_without_a_front_end_there_are_pictures_with_words(smear):
    bundle, _ = vl.view(smear, predictions(smear))._repr_mimebundle_()
    images = re.findall(r'<img [^>]*alt="([^"]*)"', bundle["text/html"])
    assert len(images) == 4  # the picture, the truth and two masks
    assert all(smear.ids[0] in alt for alt in images)
    assert "30 pictures of smear" in bundle["text/plain"]


def test_names_are_text_wherever_they_stand(smear):
    evil = '<img src=x onerror="alert(1)">'
    scenes = replace(smear[:2], ids=(evil, "b"))
    predicted = replace(predictions(scenes)[2], name=evil)
    shown = vl.view(scenes, [predicted]).as_html()
    assert "<img src=x" not in shown
    assert "&lt;img src=x" in shown


def test_pictures_without_masks_are_shown_alone(smear):
    bare = replace(smear, labels=None, semantic=None, instances=None, objects=None)
    viewer = vl.view(bare)
    assert [pane["task"] for pane in viewer.about["panes"]] == ["picture"]
    assert read(viewer.get_state("packet")["packet"])[0]["truth"] == {"label": None}


def test_bad_use_gets_one_sentence(smear):
    a, _, c, _ = predictions(smear)
    with pytest.raises(vl.VislabError, match="no pictures to show; give at least one"):
        vl.view(smear[:0])
    with pytest.raises(vl.VislabError, match="c predicted 30 other pictures than these 3"):
        vl.view(smear[:3], [c])
    with pytest.raises(vl.VislabError, match="a has the words of smear, these pictures those of street"):
        vl.view(vl.draw("street", 30, size=64), [a])
    with pytest.raises(vl.VislabError, match=r"two predictions are called 'c'; give vl\.predict"):
        vl.view(smear, [c, c])
    with pytest.raises(vl.VislabError, match=r"predictions come from vl\.predict"):
        vl.view(smear, ["c"])


def test_a_module_is_joined_with_what_it_imports_once_each():
    joined = esm("comparison.js")
    assert "import " not in re.sub(r"//.*", "", joined).replace("important", "")
    for name in ("painting", "packets", "dom", "answers", "pane", "stage"):
        first = (STATIC / f"{name}.js").read_text(encoding="utf-8").splitlines()[0]
        assert joined.count(first) == 1
    assert joined.count("export default") == 1
