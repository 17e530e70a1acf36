"""A model's help in the Labeller: what is proposed, and what is a label once a person has had their say."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from labelling import DOT, SQUARE, WORDS, blank, done, dotted, label, outlined, paint, same, send, work_of

import vislab as vl
from vislab.costs.labels.annotation_time import Spent, labelling_cost, published_seconds
from vislab.models.predictions import ClassPrediction, InstancePrediction, Objects, SemanticPrediction
from vislab.widgets.labeller.proposals import outline_of, propose
from vislab.widgets.labeller.strokes import PROPOSED, UNTOUCHED, Item, Outline, inside

RING = [[5, 5], [7, 5], [7, 7], [5, 7]]  # of four pixels


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mine"


def model(task, monkeypatch, words=WORDS):
    """A model that proposes a dot of nine pixels and a ring of four in every picture, or the label "dotted"."""
    made = vl.build(task, words)
    boxes = np.array([[1, 1, 4, 4], [5, 5, 7, 7], [0, 7, 1, 8]])
    masks = (np.ones((3, 3), bool), np.ones((2, 2), bool), np.ones((1, 1), bool))
    objects = Objects(boxes, masks, np.array([1, 2, 1]), np.array([0.9, 0.6, 0.4], np.float32))
    scores = torch.zeros(1, 3, 8, 8, dtype=torch.float16)
    scores[0, 0], scores[0, 1][DOT == 1] = 0.5, 1.0

    def answer(images, name, ids):
        assert len(ids) == 1, "a picture is asked about when it comes into sight"
        if task == "classification":
            return ClassPrediction(name, words, ids, torch.tensor([[0.2, 0.8]]), torch.zeros(1, 2))
        if task == "semantic":
            return SemanticPrediction(name, words, ids, scores)
        return InstancePrediction(name, words, ids, (objects,), (8, 8))

    monkeypatch.setattr(made, "answer", answer)
    made.threshold = 0.5
    return made


@pytest.fixture
def helped(folder, monkeypatch):
    """A Labeller of three pictures with proposed objects."""
    made = vl.label(blank(), folder=folder, propose=model("instance", monkeypatch))
    yield made
    made.close()


def origins(labeller, position=0):
    return [outline.origin for outline in labeller._job.outlines(labeller._job.items[position])]


# What is proposed


def test_an_outline_covers_the_mask_it_was_made_of():
    mask = np.zeros((12, 12), bool)
    mask[2:9, 3:8], mask[4:6, 8:10], mask[0, 0] = True, True, True  # a box with a bump, and a speck apart
    points = outline_of(mask[2:9, 3:10], left=3, top=2)
    speck, mask[0, 0] = mask[0, 0], False
    assert speck
    covered = inside(points, 12, 12)
    assert (covered & mask).sum() / (covered | mask).sum() > 0.9
    assert len(points) <= 12
    assert (inside(outline_of(np.ones((1, 1), bool), 4, 5), 12, 12).nonzero() == (np.array([[5], [4]]))).all()


@pytest.mark.slow
def test_outlines_of_a_real_models_objects_cover_its_masks():
    segmenter, scenes = vl.pretrained("smear")["instance"], vl.draw("smear", 1, size=96, seed=3)
    objects = vl.predict(segmenter, scenes).objects[0]
    overlaps = []
    for (left, top, right, bottom), mask, _, _ in objects:
        covered = inside(outline_of(mask, left, top), 96, 96)
        whole = np.zeros((96, 96), bool)
        whole[top:bottom, left:right] = mask
        overlaps.append((covered & whole).sum() / (covered | whole).sum())
    assert min(overlaps) > 0.9
    assert len(propose(segmenter, scenes)) == len(objects.at_least(segmenter.threshold))


def test_a_model_proposes_objects_that_score_enough_a_mask_or_a_label(monkeypatch):
    dot, ring = propose(model("instance", monkeypatch), blank(1))
    assert (dot.code, ring.code, dot.origin) == (1, 2, PROPOSED)
    assert (inside(dot.points, 8, 8) == DOT.numpy()).all()
    mask = propose(model("semantic", monkeypatch), blank(1))
    assert (mask == np.where(DOT.numpy() == 1, 1, UNTOUCHED)).all()
    assert propose(model("classification", monkeypatch), blank(1)) == 1


# Nothing proposed is a label before it is accepted


def test_proposed_objects_are_shown_and_are_no_labels(helped, folder):
    assert helped.mode == "outline"
    sent = work_of(helped)
    assert [one["origin"] for one in sent["outlines"]] == [PROPOSED, PROPOSED]
    assert sent["proposed"] == {"label": None, "pixels": None, "outline": 2}
    with pytest.raises(vl.VislabError, match="nothing is labelled yet"):
        _ = helped.scenes
    outlined(helped, [[4, 0], [6, 0], [6, 1], [4, 1]])  # one drawn beside them
    assert helped.scenes.objects.tolist() == [[1]]
    assert same(helped.scenes, vl.load(folder))
    done(helped, "outline")
    assert helped.trouble == "2 proposed here are left: accept or delete them first."
    assert helped._job.progress()["outline"] == 0


def test_objects_are_accepted_corrected_or_deleted(helped, folder):
    send(helped, "accept", "outline", value=0)
    assert helped.scenes.instances[0].tolist() == DOT.tolist()
    send(helped, "reshape", "outline", value=1, points=[[5, 5], [8, 5], [8, 8], [5, 8]])
    assert origins(helped) == ["accepted", "corrected"]
    assert (helped.scenes.instances[0] == 2).sum() == 9
    done(helped, "outline")
    assert helped.position == 1
    send(helped, "delete", "outline", 1, value=0)
    send(helped, "accept all", "outline", 1)
    done(helped, "outline", 1)
    assert helped.scenes.objects.tolist() == [[1, 2], [2, 0]]
    assert same(helped.scenes, vl.load(folder))


def test_undo_takes_each_back(helped):
    send(helped, "accept all", "outline")
    send(helped, "reshape", "outline", value=0, points=SQUARE)
    send(helped, "delete", "outline", value=1)
    assert origins(helped) == ["corrected"]
    seen = []
    for _ in range(3):
        send(helped, "undo", "outline")
        seen.append(origins(helped))
    assert seen == [["corrected", "accepted"], ["accepted", "accepted"], [PROPOSED, PROPOSED]]
    send(helped, "redo", "outline")
    assert origins(helped) == ["accepted", "accepted"]


def test_what_was_drawn_can_be_reshaped_and_stays_drawn(helped):
    outlined(helped, SQUARE)
    send(helped, "reshape", "outline", value=2, points=RING)
    assert helped._job.outlines(Item("p0"))[2] == Outline(((5, 5), (7, 5), (7, 7), (5, 7)), 1, "")


def test_a_proposed_mask_is_a_label_once_the_picture_is_done(folder, monkeypatch):
    made = vl.label(blank(), folder=folder, propose=model("semantic", monkeypatch))
    assert made.mode == "pixels"
    assert work_of(made)["proposed"]["pixels"] is True
    paint(made, [[0, 0]], value=2)
    assert made.scenes.semantic[0].unique().tolist() == [2, 255]  # the brushed pixel alone
    paint(made, [[1, 1]], value=UNTOUCHED)
    done(made, "pixels")
    expected = DOT.clone()
    expected[0, 0], expected[1, 1] = 2, 0
    assert made.scenes.semantic[0].tolist() == expected.tolist()
    done(made, "pixels", 1)
    assert made.scenes.semantic[1].tolist() == DOT.tolist()
    assert same(made.scenes, vl.load(folder))
    send(made, "undo", "pixels", 1)
    assert made.scenes.ids == ("p0",)
    made.close()


def test_a_proposed_label_waits_for_an_answer(folder, monkeypatch):
    made = vl.label(blank(), folder=folder, propose=model("classification", monkeypatch))
    assert work_of(made)["proposed"]["label"] == 1
    label(made, 1, 0, seconds=1)
    label(made, 0, 1, seconds=4)
    assert made.scenes.labels.tolist() == [1, 0]
    assert made.times["label"] == Spent("label", 0, 0)
    assert made.times["label accepted"] == Spent("label accepted", 1, 1)
    assert made.times["label corrected"] == Spent("label corrected", 4, 1)
    made.close()


# Clocks


def test_each_object_has_the_clock_of_what_became_of_it(helped):
    send(helped, "accept", "outline", seconds=1, value=0)
    send(helped, "reshape", "outline", seconds=4, value=1, points=RING)
    outlined(helped, [[4, 0], [6, 0], [6, 1], [4, 1]], seconds=9)
    send(helped, "time", "outline", seconds=0.5)  # looking
    corners = len(helped._job.outlines(Item("p0"))[0].points)
    assert helped.times == {
        "label": Spent("label", 0, 0),
        "pixels": Spent("pixels", 0, 0),
        "outline": Spent("outline", 9, 1, 4),
        "outline accepted": Spent("outline accepted", 1.5, 1, corners),
        "outline corrected": Spent("outline corrected", 4, 1, 4),
    }
    helped.position = 1
    send(helped, "accept", "outline", 1, seconds=1, value=0)
    send(helped, "delete", "outline", 1, seconds=2, value=1)  # a wrong one is corrected by deleting it
    send(helped, "delete", "outline", 0, seconds=3, value=2)  # what was drawn
    assert helped.times["outline corrected"].seconds == 6
    assert helped.times["outline"] == Spent("outline", 12, 0)
    helped.position = 0
    assert work_of(helped)["seconds"]["outline"] == 17.5


def test_a_masks_seconds_go_by_whether_it_was_changed(folder, monkeypatch):
    made = vl.label(blank(), folder=folder, propose=model("semantic", monkeypatch))
    done(made, "pixels", 0, seconds=2)
    paint(made, [[0, 0]], position=1, seconds=5)
    done(made, "pixels", 1, seconds=1)
    assert made.times["pixels accepted"] == Spent("pixels accepted", 2, 1)
    assert made.times["pixels corrected"] == Spent("pixels corrected", 6, 1)
    assert made.times["pixels"] == Spent("pixels", 0, 0)
    made.close()


def test_own_seconds_with_help_stand_beside_published_ones_with_help(helped):
    send(helped, "accept", "outline", seconds=1, value=0)
    send(helped, "delete", "outline", seconds=2, value=1)
    rows = {row.label: row.yours for row in published_seconds(helped.times).rows()}
    assert rows["outline, with a model's help"] == "3.0 s"  # the wrong one's seconds belong to help
    assert rows["outline of an organoid, with a model trained on such"] == "3.0 s"
    assert rows["outline of an organoid, by hand"] == ""
    pictures = dotted(1)
    assert repr(labelling_cost(pictures, helped.times)) == repr(labelling_cost(pictures))  # which is by hand


# Keeping


def test_what_was_proposed_is_kept_with_its_strokes_and_without_the_model(helped, folder, monkeypatch):
    send(helped, "accept", "outline", seconds=1, value=1)
    helped.position = 1  # seen, nothing done
    before, times = helped.scenes, helped.times
    helped.close()
    again = vl.label(blank(), folder=folder)
    assert origins(again) == [PROPOSED, "accepted"]
    assert same(again.scenes, before)
    assert again.times == times
    assert origins(again, 1) == []  # no model, no strokes: nothing is proposed
    send(again, "undo", "outline")
    assert origins(again) == [PROPOSED, PROPOSED]
    again.close()


@pytest.mark.parametrize("task", ["semantic", "classification"])
def test_masks_and_labels_are_kept_too(folder, monkeypatch, task):
    made = vl.label(blank(), folder=folder, propose=model(task, monkeypatch))
    if task == "semantic":
        paint(made, [[0, 0]], value=2, seconds=3)
        done(made, "pixels", seconds=1)
    else:
        label(made, 0, seconds=3)
    before, times = made.scenes, made.times
    made.close()
    again = vl.label(blank(), folder=folder)
    assert same(again.scenes, before)
    assert again.times == times
    assert any("corrected" in kind for kind in times)
    again.close()


def test_a_session_of_before_is_read_and_pictures_labelled_by_hand_get_no_proposals(folder, monkeypatch):
    by_hand = vl.label(blank(), folder=folder)
    outlined(by_hand, seconds=5)
    assert '"proposals"' not in (folder / "labelling.json").read_text()
    helped = vl.label(blank(), folder=folder, propose=model("instance", monkeypatch))
    assert helped is by_hand  # as the cell is run again, with the model that was trained meanwhile
    assert (helped.mode, origins(helped)) == ("outline", [""])
    helped.position = 1
    assert origins(helped, 1) == [PROPOSED, PROPOSED]
    send(helped, "accept all", "outline", 1, seconds=1)
    assert helped.times["outline"] == Spent("outline", 5, 1, 4)
    assert helped.times["outline accepted"].count == 2
    vl.label(blank(), folder=folder)  # without the model
    helped.position = 2
    assert origins(helped, 2) == []
    assert origins(helped, 1) == ["accepted", "accepted"]
    helped.close()


def test_the_second_time_is_by_hand(folder, monkeypatch):
    made = vl.label(blank(2), folder=folder, twice=1, propose=model("instance", monkeypatch))
    name = made._job.items[2].picture
    first = made._job.items.index(Item(name))
    made.position = first
    assert origins(made, first) == [PROPOSED, PROPOSED]
    made.position = 2
    assert origins(made, 2) == []
    made.close()


@pytest.mark.parametrize(
    "plain", [[["p0", "outline", [[9, SQUARE]]]], [["p0", "label", 5]], [["p0", "pixels", "AAAA"]], [["p0", "x", 1]], 3]
)
def test_tampered_proposals_are_told(helped, folder, plain):
    send(helped, "accept", "outline", value=0)
    helped.close()
    log = folder / "labelling.json"
    log.write_text(json.dumps(json.loads(log.read_text()) | {"proposals": plain}))
    with pytest.raises(vl.VislabError, match="is broken or no log of labels"):
        vl.label(blank(), folder=folder)


# Bad input


@pytest.mark.parametrize(
    "message",
    [
        {"do": "accept", "value": 2},
        {"do": "reshape", "value": 2, "points": SQUARE},
        {"do": "reshape", "value": 0, "points": [[1, 1], [2, 2]]},
        {"do": "reshape", "value": 0, "points": [[1.6, 1.6], [2.4, 1.6], [2.4, 2.4]]},
        {"do": "accept", "value": "all"},
    ],
)
def test_nonsense_is_told_and_changes_nothing(helped, message):
    helped.hear({"mode": "outline", "position": 0, "key": "k", **message})
    assert helped.trouble
    assert origins(helped) == [PROPOSED, PROPOSED]


def test_what_cannot_propose_is_told_in_a_sentence(folder, monkeypatch):
    instance = model("instance", monkeypatch)
    prediction = vl.predict(instance, blank(1))
    other = replace(WORDS, classes=("background", "dot", "star"), things=("dot", "star"))
    swapped = replace(WORDS, classes=("background", "ring", "dot"))
    for wrong, text in [
        (prediction, "propose must be a model or None, not a prediction; models come from"),
        ({"instance": instance}, "propose must be a model or None, not a dict"),
        (vl.build("regression", WORDS), "a model for regression proposes nothing that is labelled here; give one for"),
        (vl.build("instance", other), "with the classes .* as this model has them; give one of their words"),
        (vl.build("semantic", swapped), "with the classes and things in another order, not as this model has them"),
        (
            vl.build("classification", replace(WORDS, labels=("no", "yes"))),
            "with the labels .* as this model has",
        ),
        (vl.build("semantic", WORDS), "pictures must have sides that are multiples of 16 pixels, not 8 × 8"),
    ]:
        with pytest.raises(vl.VislabError, match=text) as error:
            vl.label(blank(), folder=folder, propose=wrong)
        assert "\n" not in str(error.value)
    assert not folder.exists()
