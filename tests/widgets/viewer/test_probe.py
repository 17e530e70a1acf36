"""What if, without a browser: the picture under other settings, the answers that follow, and bad input."""

import json
from dataclasses import replace

import pytest
import torch

import vislab as vl
from vislab import VislabError
from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import redraw
from vislab.data.synthetic.settings import Settings
from vislab.evaluation.answers.answers import answers


@pytest.fixture(scope="module")
def smear():
    return vl.draw("smear", 16)


@pytest.fixture(scope="module")
def models():
    return vl.pretrained("smear", device="cpu")


def header(widget):
    """What the front end would be sent now, without the pictures."""
    packet = widget._packet()
    return json.loads(packet[4 : 4 + int.from_bytes(packet[:4], "little")])


def test_it_starts_as_the_picture_that_was_given(smear, models):
    what = vl.probe(models, smear[4:])
    assert what.scene.images.equal(smear.images[4:5])
    assert what.settings == {"blur": 1, "noise": 1, "light": 1, "crowding": 0.5, "difficulty": 0.5, "size": 96}
    sent = header(what)
    assert sent["settings"] == what.settings
    assert sent["answers"] == what.about["start"]
    assert [row["name"] for row in what.about["rows"]] == ["truth", *models]
    assert [pane["name"] for pane in what.about["panes"]] == [
        "picture",
        "truth",
        "classification",
        "semantic",
        "instance",
    ]
    assert not any(pane["adjustable"] for pane in what.about["panes"])


@pytest.mark.slow
def test_settings_change_the_picture_and_the_answers_follow(smear, models):
    what = vl.probe([models["semantic"], models["instance"]], smear[4])
    what.settings = {"noise": 4, "light": 4}
    assert what.settings["blur"] == 1, "what is not named stays"
    assert what.scene.images.equal(redraw(smear.ids[4], 96, Settings(noise=4, light=4)).images)
    assert what.scene.instances.equal(smear.instances[4:5]), "noise moves no object"
    sent = header(what)
    predicted = vl.predict(models["semantic"], what.scene)
    assert sent["answers"][1]["count"] == answers(predicted).count[0, 1:].sum() == what.answers[1].count[0, 1:].sum()
    assert sent["answers"][0] == what.about["start"][0], "the truth is the same"
    assert sent["answers"][1] != what.about["start"][1], "the model is not"
    assert sent["size"] == [96, 96]
    what.settings = {"size": 128, "crowding": 1}
    assert what.scene.size == (128, 128)
    assert what.predictions[1].size == (128, 128)
    assert header(what)["size"] == [128, 128]
    what.settings = what.start
    assert header(what)["answers"] == what.about["start"]


def test_a_value_beyond_its_slider_comes_to_its_end_and_a_wrong_one_changes_nothing(smear, models):
    what = vl.probe(models["classification"], smear[4])
    what.settings = {"noise": 99, "size": 100}
    assert (what.settings["noise"], what.settings["size"]) == (4, 96)
    with pytest.raises(VislabError, match="there is no slider 'brightness'; there are blur, noise, light"):
        what.settings = {"brightness": 1}
    with pytest.raises(VislabError, match="blur must be a number from 0 to 4, not 'much'"):
        what.settings = {"blur": "much"}
    assert what.settings["noise"] == 4


def test_one_picture_is_made_for_each_change_and_none_is_kept(smear, models, monkeypatch):
    what = vl.probe(models["semantic"], smear[4])
    sent = []
    monkeypatch.setattr(what, "send_state", lambda key=None: sent.append(key))
    what.settings = {"blur": 2}
    what.settings = {"blur": 2}
    assert sent.count("packet") == 1
    held = [value for value in vars(what).values() if isinstance(value, (Scenes, torch.Tensor, bytes))]
    assert held == []
    assert what._trait_values.get("packet") is None


def test_a_picture_that_was_taken_is_altered_as_it_is(smear, models):
    photo = replace(smear[4], ids=("photo.png",))
    what = vl.probe(models, photo)
    assert what.scene.images.equal(photo.images)
    assert "crowding" not in what.settings
    assert "No slider for crowding" in what.about["note"]
    what.settings = {"brightness": 0.2, "noise": 20}
    assert what.scene.images.double().mean() < 0.5 * photo.images.double().mean()
    assert what.scene.instances.equal(photo.instances)
    what.settings = what.start | {"size": 64}
    assert what.scene.size == (64, 64)


def test_a_scene_that_was_drawn_otherwise_says_so(models):
    assert "not drawn with the default settings" in vl.probe(models, vl.draw("smear", 3, crowding=0)[1]).about["note"]


def test_a_regressor_or_a_classifier_alone(smear, models):
    numbers = vl.probe(models["regression"], smear[4])
    assert [pane["task"] for pane in numbers.about["panes"]] == ["picture", "truth"]
    assert header(numbers)["answers"][1]["count"] > 0
    label = vl.probe(models["classification"], smear[4])
    assert [pane["task"] for pane in label.about["panes"]] == ["picture", "truth", "classification"]


def test_pictures_with_labels_alone_and_with_no_truth(smear, models):
    one = smear[4]
    labelled = Scenes(one.images, one.labels, None, None, None, one.vocabulary, ("photo.png",))
    what = vl.probe(models["semantic"], labelled)
    assert header(what)["answers"][0] == {"label": 1, "share": None, "count": None, "point": None}
    bare = Scenes(one.images, None, None, None, None, one.vocabulary, ("photo.png",))
    what = vl.probe(models["semantic"], bare)
    assert [pane["task"] for pane in what.about["panes"]] == ["picture", "semantic"]
    again = vl.probe(models["semantic"], replace(labelled, labels=None, ids=one.ids))
    assert again.scene.semantic.equal(one.semantic), "what is drawn anew has its truth"
    what.settings = {"size": 64, "blur": 1}
    assert header(what)["answers"][1]["point"]["hit"] is None


def test_models_that_share_a_task_are_numbered(smear, models):
    same = models["semantic"]
    what = vl.probe((same, models["instance"], same), smear[4])
    assert list(what.models) == ["semantic", "instance", "semantic 2"]
    assert [one.name for one in what.predictions] == ["semantic", "instance", "semantic 2"]
    assert list(vl.probe({"mine <b>": same}, smear[4]).models) == ["mine <b>"]


def test_a_model_that_fails_under_some_conditions_says_so_and_the_sliders_go_on(smear, models):
    class Picky:
        task, vocabulary = models["semantic"].vocabulary and "semantic", models["semantic"].vocabulary

        def __getattr__(self, name):
            return getattr(models["semantic"], name)

        def answer(self, image, name, ids):
            if image.shape[-1] > 96:
                raise RuntimeError("out of memory")
            return models["semantic"].answer(image, name, ids)

    what = vl.probe(Picky(), smear[4])
    what.settings = {"size": 128}
    assert header(what) == {"error": "RuntimeError: out of memory", "settings": what.settings, "parts": []}
    what.settings = {"size": 96}
    assert header(what)["answers"] == what.about["start"]


def test_without_a_front_end_there_are_pictures_with_words(smear, models):
    what = vl.probe(models, smear[4])
    what.settings = {"blur": 3}
    bundle, _ = what._repr_mimebundle_()
    assert "smear-0-000004 at blur 3, seen by classification, regression" in bundle["text/plain"]
    assert bundle["text/html"].count("<img") == 4  # picture, truth, semantic, instance
    assert 'alt="semantic, of smear-0-000004: infected' in bundle["text/html"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda models, smear: ([], smear), r"there is no model to try; give one, or several"),
        (lambda models, smear: ({}, smear), r"there is no model to try"),
        (
            lambda models, smear: ("semantic", smear),
            r"models come from vl.build, vl.adapt or vl.pretrained",
        ),
        (lambda models, smear: (models, smear[:0]), r"there is no picture to try; give at least one"),
        (lambda models, smear: (models, smear.images), r"pictures come from vl.draw or vl.load"),
        (
            lambda models, smear: (models, vl.draw("street", 1)),
            r"classification has the words of smear, this picture those of street",
        ),
        (
            lambda models, smear: (models["semantic"], vl.draw("smear", 1, size=100)),
            r"multiples of 16 pixels, not 100 × 100",
        ),
    ],
)
def test_bad_use_gets_one_sentence(smear, models, given, message):
    with pytest.raises(VislabError, match=message):
        vl.probe(*given(models, smear))
