"""Guests: our own models' predictions written as others write them and read back; what cannot be gets one sentence."""

import contextlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from made_scenes import make
from PIL import Image

import vislab as vl
from vislab.data.datasets.export import save_folder, write_table
from vislab.errors import VislabError
from vislab.evaluation.in_common import in_common
from vislab.evaluation.predict_folder import predict_folder

CELLS = make(4)  # pictures of 2 × 4: a cell on the left, and in every second one an infected one on the right
BLOCK = {"size": [2, 4], "counts": [0, 4, 4]}  # the two columns on the left
RIGHT = {"size": [2, 4], "counts": [6, 2]}


def found(image, segmentation, category=1, **more):
    return {"image_id": image, "category_id": category, "segmentation": segmentation} | more


def written(path, plain):
    path.write_text(plain if isinstance(plain, str) else json.dumps(plain), encoding="utf-8")
    return path


def png(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.array(rows, np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def smears():
    return vl.draw("smear", 12, size=96, seed=3)


@pytest.fixture(scope="module")
def models():
    return vl.pretrained("smear", device="cpu")


@pytest.fixture(scope="module")
def by_folder(smears, models, tmp_path_factory):
    """What `vislab predict` writes of the pictures as files: task → folder."""
    place = tmp_path_factory.mktemp("outside")
    save_folder(smears, place / "pictures")
    for task, model in models.items():
        predict_folder(model, place / "pictures" / "images", place / task)
    written(place / "instance" / "objects.about.json", {"threshold": models["instance"].threshold})
    return {task: place / task for task in models}


def results_of(prediction):
    """Objects as a list of COCO results, by pycocotools' run lengths."""
    from pycocotools import mask as coco

    entries = []
    for name, objects in zip(prediction.ids, prediction.objects, strict=True):
        for (left, top, right, bottom), mask, index, score in objects:
            whole = np.zeros(prediction.size, np.uint8, order="F")
            whole[top:bottom, left:right] = mask
            runs = coco.encode(whole)
            entries.append(found(name, runs | {"counts": runs["counts"].decode()}, index, score=score))
    return entries


# As our own models predict


def test_objects_written_as_coco_results_have_the_scores_of_the_model_itself(smears, models, tmp_path):
    prediction = vl.predict(models["instance"], smears)
    path = written(tmp_path / "sam3.json", results_of(prediction))
    written(tmp_path / "sam3.about.json", {"threshold": prediction.threshold})
    guest = vl.guest("sam3", path, smears)
    assert (guest.name, guest.task, guest.ids) == ("sam3 (guest)", "instance", smears.ids)
    assert vl.evaluate(guest, smears) == pytest.approx(vl.evaluate(prediction, smears), nan_ok=True, abs=1e-9)
    same = vl.answers(guest).values, vl.answers(prediction).values
    assert same[0].keys() == same[1].keys()
    for question in same[0]:
        np.testing.assert_array_equal(same[0][question], same[1][question])


def test_average_precision_of_a_guest_is_that_of_pycocotools_from_the_same_file(smears, models, tmp_path):
    from pycocotools import mask as coco
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    entries = results_of(vl.predict(models["instance"], smears))
    ours = vl.evaluate(vl.guest("sam3", written(tmp_path / "r.json", entries), smears), smears)
    things, annotations = smears.vocabulary.thing_indices, []
    for name, ids, classes in zip(smears.ids, smears.instances.numpy(), smears.objects.tolist(), strict=True):
        for number, index in enumerate((index for index in classes if index), start=1):
            mask = np.asfortranarray(ids == number, np.uint8)
            annotations.append({"id": len(annotations) + 1, "image_id": name, "category_id": index, "iscrowd": 0,
                                "segmentation": coco.encode(mask), "area": int(mask.sum())})  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {"images": [{"id": name, "height": 96, "width": 96} for name in smears.ids],
                         "categories": [{"id": index} for index in things], "annotations": annotations}  # fmt: skip
        truth.createIndex()
        judge = COCOeval(truth, truth.loadRes(str(tmp_path / "r.json")), "segm")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    assert [ours["ap"], ours["ap50"], ours["ap75"]] == pytest.approx(judge.stats[:3].tolist(), abs=1e-6)


@pytest.mark.parametrize(
    ("task", "what"),
    [("instance", "."), ("instance", "masks"), ("instance", "objects.json"), ("semantic", "."), ("semantic", "masks"),
     ("semantic", "answers.csv"), ("instance", "answers.csv"), ("regression", "answers.csv"),
     ("classification", "answers.csv")],
)  # fmt: skip
def test_what_vislab_predict_writes_can_be_a_guest_whose_answers_are_the_models(task, what, smears, models, by_folder):
    path = by_folder[task] / what
    given, own = vl.answers(vl.guest("other", path, smears)), vl.answers(vl.predict(models[task], smears))
    masks_alone = what.endswith("masks")  # their objects are components, and no pixel is surer than others
    for question in ("label", "share") if masks_alone else given.answered:
        if question != "point" or what.endswith("csv"):  # files of masks keep no scores: none is the surest
            np.testing.assert_allclose(given.values[question], own.values[question], rtol=1e-4, atol=1e-5)
    assert given.answered == own.answered


# Formats, worked by hand


def test_a_whole_coco_file_says_its_classes_by_name_and_which_pictures_were_looked_at(tmp_path, capsys):
    plain = {
        "images": [{"id": 7, "file_name": "test/picture-2.png", "height": 2, "width": 4},
                   {"id": 8, "file_name": "picture-1.jpg"}, {"id": 9, "file_name": "holiday.jpg"}],
        "categories": [{"id": 4, "name": "infected cell"}, {"id": 90, "name": "giraffe"}],
        "annotations": [found(8, [[3, 0, 4, 0, 4, 2, 3, 2]], 4), found(9, BLOCK, 90)],
    }  # fmt: skip
    guest = vl.guest("anna", written(tmp_path / "anna.json", plain), CELLS)
    assert guest.ids == ("picture-1", "picture-2")
    (infected,), none = guest.objects[0], guest.objects[1]
    assert (infected[0].tolist(), infected[1].tolist(), infected[2:]) == ([3, 0, 4, 2], [[True], [True]], (2, 1.0))
    assert not len(none)
    said = capsys.readouterr().out
    assert "left out what it predicts of 1 picture beside these, 'holiday.jpg' the first" in said
    assert "anna (guest) answers 2 of 4 pictures, and is judged on these" in said


def test_a_list_of_results_counts_pictures_by_number_and_those_it_does_not_list_as_empty(tmp_path, capsys):
    entries = [found(2, RIGHT, 2, score=0.9), found("picture-1", BLOCK, score=0.3), found(4, BLOCK, score=0.6)]
    guest = vl.guest("yolo", written(tmp_path / "yolo.json", entries), CELLS)
    assert [objects.classes.tolist() for objects in guest.objects] == [[], [1, 2], [], [1]]
    assert vl.answers(guest).totals("count").tolist() == [0, 1, 0, 1]  # from 0.5 on
    assert "lists no object in 2 of 4 pictures" in capsys.readouterr().out
    named = replace(CELLS, ids=("012", "7", "3", "5"))  # pictures whose names are numbers go by those
    guest = vl.guest("yolo", written(tmp_path / "n.json", [found(12, BLOCK)]), named)
    assert [len(each) for each in guest.objects] == [1, 0, 0, 0]


def test_masks_are_numbered_like_the_classes_or_as_their_classes_csv_says(tmp_path):
    rows = [[1, 1, 0, 2], [1, 1, 0, 2]]
    for index in range(4):
        png(tmp_path / "plain" / "masks" / f"picture-{index}.png", rows)
        png(tmp_path / "named" / "masks" / f"picture-{index}.png", np.array([9, 5, 7])[np.array(rows)])
    written(tmp_path / "named" / "classes.csv", "id,name\n7,infected cell\n5,cell\n9,background\n")
    for path in ("plain", "plain/masks", "named"):
        guest = vl.guest("unet", tmp_path / path, CELLS)
        assert guest.mask.tolist() == [rows] * 4
    assert vl.evaluate(guest, CELLS)["mean_iou"] < 1


def test_objects_of_id_maps_have_the_class_that_a_table_or_a_mask_says(tmp_path):
    for index in range(4):
        png(tmp_path / "out" / "instances" / f"picture-{index}.png", [[44, 0, 0, 5], [44, 0, 0, 5]])
    with pytest.raises(VislabError, match=r"nothing says the class of its objects \(cell, infected cell\); add masks/"):
        vl.guest("cellpose", tmp_path / "out" / "instances", CELLS)
    lines = [(f"picture-{index}", number, name) for index in range(4) for number, name in ((44, "cell"), (5, "cell"))]
    write_table(tmp_path / "out" / "objects.csv", "picture,id,class", lines)
    assert vl.guest("cellpose", tmp_path / "out", CELLS).objects[3].classes.tolist() == [1, 1]
    (tmp_path / "out" / "objects.csv").unlink()
    for index in range(4):
        png(tmp_path / "out" / "masks" / f"picture-{index}.png", [[1, 0, 0, 2], [1, 0, 0, 2]])
    guest = vl.guest("cellpose", tmp_path / "out", CELLS)
    assert guest.objects[0].classes.tolist() == [2, 1]  # in the order of their ids, 5 and 44
    assert vl.answers(guest).label.tolist() == [1, 1, 1, 1]


def test_a_table_of_labels_is_a_classifier_and_one_of_numbers_a_regressor(tmp_path):
    names = [f"picture-{index}" for index in range(4)]
    labels = "picture,label\n" + "\n".join(f"{name}.png,infected" for name in names)
    sure = vl.guest("anna", written(tmp_path / "anna.csv", labels), CELLS)
    assert (sure.task, sure.scores.tolist()) == ("classification", [[0, 1]] * 4)
    assert vl.evaluate(sure, CELLS)["accuracy"] == 0.5
    chances = "picture,healthy,infected,x,y\n" + "\n".join(f"{name},0.2,0.8,3.5,1" for name in names)
    clip = vl.guest("clip", written(tmp_path / "clip.csv", chances), CELLS)
    assert clip.scores.tolist() == pytest.approx(np.array([[0.2, 0.8]] * 4))
    assert vl.answers(clip).point.tolist() == [[3.5, 1]] * 4
    numbers = "picture,share,count,x,y\n" + "\n".join(f"{name},0.25,2,3.5,1" for name in names)
    chat = vl.guest("chat", written(tmp_path / "chat.csv", numbers), CELLS)
    given = vl.answers(chat)
    assert (chat.task, given.answered) == ("regression", ("share", "count", "point"))
    assert (given.share.tolist(), given.totals("count").tolist()) == ([0.25] * 4, [2] * 4)
    errors = vl.score_answers(CELLS, given)
    assert (errors["count"]["mae"], errors["point"]["missed"]) == (0.5, 0)  # two pictures hold one cell, two hold two
    assert vl.evaluate(chat, CELLS)["count_error"] == 0.5


# A guest that answers half of the pictures


@pytest.fixture
def half(tmp_path):
    """Right labels of the last two pictures."""
    return vl.guest("half", written(tmp_path / "h.csv", "picture,label\npicture-3,infected\npicture-2,healthy"), CELLS)


def test_half_of_the_pictures_is_judged_on_that_half_and_says_so(half, capsys):
    capsys.readouterr()
    assert half.ids == ("picture-2", "picture-3")
    assert vl.evaluate(half, CELLS)["accuracy"] == 1
    assert "half (guest) answers 2 of 4 pictures, and is judged on these" in capsys.readouterr().out
    assert vl.score_answers(CELLS, vl.answers(half))["label"]["wrong"] == 0


def test_half_of_the_pictures_is_compared_with_others_on_that_half(half, tmp_path, capsys):
    labels = "picture,label\n" + "\n".join(f"picture-{index},healthy" for index in range(4))
    other = vl.guest("other", written(tmp_path / "o.csv", labels), CELLS)
    pair = vl.compare_pair(CELLS, vl.answers(half), vl.answers(other), "label")
    assert (pair.difference, "2 pictures" in pair.sentence) == (-0.5, True)
    capsys.readouterr()
    shown = vl.compare(CELLS, [other, half])
    assert shown.scenes.ids == half.ids
    assert [pane["name"] for pane in shown.about["panes"]][2:] == ["other (guest)", "half (guest)"]
    assert "Shown are the 2 of 4 pictures that all of these answer." in capsys.readouterr().out
    assert len(vl.view(CELLS, half).scenes) == 2


def test_pictures_in_common_keep_their_order_and_none_is_an_error(half):
    rest = replace(half, name="rest", ids=("picture-0", "picture-1"))
    scenes, parts = in_common(CELLS, [half, replace(half, ids=("picture-3", "picture-1"))])
    assert (scenes.ids, [part.ids for part in parts]) == (("picture-3",), [("picture-3",)] * 2)
    assert torch.equal(parts[0].scores, half.scores[1:])
    with pytest.raises(VislabError, match=r"no picture was predicted by all of half \(guest\), rest"):
        in_common(CELLS, [half, rest])


# What cannot be


@pytest.mark.parametrize(
    ("name", "plain", "says"),
    [
        ("a.json", "{", "is no JSON"),
        ("a.json", {"boxes": []}, "is not COCO instances JSON"),
        ("a.json", [found("other", BLOCK)], "predicts none of the 4 test pictures, the first of which is 'picture-0'"),
        ("a.json", [{"category_id": 1}], 'object 1 has no "image_id"'),
        ("a.json", [found(1, BLOCK, 17)], "object 1 is of category 17, but the classes whose objects count are 1 cell"),
        ("a.json", [found(1, {"size": [4, 4], "counts": [16]})], r'of "counts" and the "size" \[2, 4\]'),
        ("a.json", [found(1, BLOCK, score=70)], "object 1 has the score 70; write one from 0 to 1"),
        ("a.json", [found(1, BLOCK, score=0.7), found(1, BLOCK)], "object 2 has no score, but others have"),
        ("a.json", [found(1, BLOCK, score=0.1)], r'no object has a score of 0\.5.*"threshold" into .*a\.about\.json'),
        ("a.json", [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 2]}], "object 1 is a box alone, and no mask"),
        ("a.json", {"images": [{"id": 1, "file_name": "picture-0.png", "height": 20, "width": 40}], "categories": [],
                    "annotations": []}, "looked at 'picture-0.png' with 20 × 40 pixels, but it has 2 × 4"),
        ("a.csv", "picture,label\npicture-0,ill", "line 2 has the label 'ill', but the labels are healthy, infected"),
        ("a.csv", "picture,label\npicture-0,", "line 2 has the label ''"),
        ("a.csv", "picture,number\npicture-0,3", "has the column 'number', but those known here are count"),
        ("a.csv", "picture\npicture-0", "has no column beside picture"),
        ("a.csv", "picture,x\npicture-0,3", "has the column 'x', but not y; add it"),
        ("a.csv", "picture,count cell\npicture-0,3", "has the column 'count cell', but not count infected cell"),
        ("a.csv", "picture,count\npicture-0,many", "line 2 has the count 'many'; write how many there are"),
        ("a.csv", "picture,share\npicture-0,25", "line 2 has the share '25'; write a share from 0 to 1"),
        ("a.csv", "picture,x,y\npicture-0,50,1", "line 2 has the x '50'; write pixels from 0 to 4 in its picture"),
        ("a.csv", "picture,count\npicture-0,1\npicture-0.png,2", "line 3 is of the picture 'picture-0.png' again"),
        ("a.csv", "picture,healthy,infected\npicture-0,0.5,0.9", "probabilities that add up to 1.4"),
        ("a.csv", "picture,label,healthy,infected\npicture-0,healthy,0.1,0.9", "but 'infected' is likelier there"),
        ("a.txt", "what is it", "is no guest's predictions"),
    ],
)  # fmt: skip
def test_what_cannot_be_gets_one_sentence(name, plain, says, tmp_path):
    with pytest.raises(VislabError, match=says) as error:
        vl.guest("guest", written(tmp_path / name, plain), CELLS)
    assert str(tmp_path / "a") in str(error.value)


def test_masks_that_cannot_be_get_one_sentence(tmp_path):
    with pytest.raises(VislabError, match="is not there; give a guest's"):
        vl.guest("guest", tmp_path / "nowhere", CELLS)
    with pytest.raises(VislabError, match="a guest's name must be a line of text"):
        vl.guest(" ", tmp_path, CELLS)
    png(tmp_path / "flat" / "picture-0.png", [[0]])
    with pytest.raises(VislabError, match="flat: has no masks/ and no instances/; put PNGs"):
        vl.guest("guest", tmp_path / "flat", CELLS)
    png(tmp_path / "small" / "masks" / "picture-0.png", [[0]])
    with pytest.raises(VislabError, match=r"picture-0\.png: is a mask of 1 × 1, its picture is 2 × 4"):
        vl.guest("guest", tmp_path / "small", CELLS)
    foreign = png(tmp_path / "foreign" / "masks" / "picture-0.png", [[0, 0, 0, 9]] * 2)
    with pytest.raises(VislabError, match="holds the number 9, but the classes are 0 background, 1 cell, 2 infected"):
        vl.guest("guest", tmp_path / "foreign", CELLS)
    written(tmp_path / "foreign" / "classes.csv", "id,name\n0,background\n9,giraffe\n")
    with pytest.raises(VislabError, match="holds giraffe, but the classes are background, cell, infected cell"):
        vl.guest("guest", tmp_path / "foreign", CELLS)
    foreign.rename(foreign.with_name("other.png"))
    with pytest.raises(VislabError, match="predicts none of the 4 test pictures"):
        vl.guest("guest", tmp_path / "foreign", CELLS)
    png(tmp_path / "two" / "masks" / "picture-0.png", [[0] * 4] * 2)
    png(tmp_path / "two" / "masks" / "deep" / "picture-0.png", [[0] * 4] * 2)
    with pytest.raises(VislabError, match=r"is of the same picture as .*; keep one of the two"):
        vl.guest("guest", tmp_path / "two", CELLS)
    written(tmp_path / "a.json", [found(1, BLOCK)])
    written(tmp_path / "a.about.json", {"threshold": 50})
    with pytest.raises(VislabError, match=r"a\.about\.json: the threshold must be a score from 0 to 1, not 50"):
        vl.guest("guest", tmp_path / "a.json", CELLS)


def test_a_name_that_two_pictures_could_have_must_be_written_out(tmp_path):
    pictures = replace(CELLS, ids=("a/1", "b/1", "c/2", "d"))
    with pytest.raises(VislabError, match="names the picture '1', which could be 'a/1' or 'b/1'; write which"):
        vl.guest("guest", written(tmp_path / "a.csv", "picture,count\n1,2"), pictures)
    table = written(tmp_path / "a.csv", "picture,count\n/home/anna/b/1.png,2\n2.jpg,2")
    assert vl.guest("guest", table, pictures).ids == ("b/1", "c/2")


# Two people who labelled the same pictures


def test_two_tables_agree_as_far_as_their_answers_do(tmp_path):
    rows = [(f"picture-{index}", "infected" if index else "healthy", index) for index in range(4)]
    write_table(tmp_path / "anna.csv", "picture,label,count", rows)
    write_table(tmp_path / "ben.csv", "picture,label,count", [(name, "infected", 2) for name, _, _ in rows[:3]])
    anna, ben = (vl.guest(name, tmp_path / f"{name}.csv", CELLS) for name in ("anna", "ben"))
    agreed = vl.agreement(anna, ben, CELLS)
    assert (agreed.pictures, agreed.mean_iou, agreed.objects) == (3, None, None)
    assert (agreed.apart["label"][0], agreed.apart["count"][0]) == (pytest.approx(1 / 3), 1)
    assert "any? another label on 33.3 % (" in repr(agreed)
    assert repr(agreed).startswith("anna (guest) and ben (guest), 3 pictures of both\n")
    assert vl.agreement(anna, anna, CELLS).apart["label"][0] == 0


def test_two_peoples_outlines_agree_by_the_objects_that_are_the_same(tmp_path):
    """One draws a cell of four pixels and one alone on the right, the other a cell of three and, elsewhere, none."""
    first = [found(1, BLOCK), found(1, RIGHT, 2), found(2, BLOCK)]
    second = [found(1, {"size": [2, 4], "counts": [0, 3, 5]}), found(1, RIGHT, 1)]
    anna, ben = (vl.guest(name, written(tmp_path / f"{name}.json", plain), CELLS)
                 for name, plain in (("anna", first), ("ben", second)))  # fmt: skip
    agreed = vl.agreement(anna, ben, CELLS)
    assert agreed.objects == (1, 2, 1, 0.75)  # the one on the right is of another class
    assert agreed.apart["count"][0] == 0.25
    assert vl.agreement(ben, anna, CELLS).objects == (1, 1, 2, 0.75)
    assert 0 < agreed.mean_iou < 1
    assert "objects: 1 of both, with a mean IoU of 0.75; 2 of anna (guest) alone, 1 of ben (guest) alone" in repr(
        agreed
    )
    same = vl.agreement(anna, anna, CELLS)
    assert (same.mean_iou, same.objects) == (1, (3, 0, 0, 1))


def test_agreement_needs_pictures_and_words_of_both(half, tmp_path):
    other = replace(half, ids=("a", "b"))
    with pytest.raises(VislabError, match=r"half \(guest\) predicted other pictures than these"):
        vl.agreement(half, other, CELLS)
    words = replace(CELLS.vocabulary, labels=("good", "bad"))
    with pytest.raises(VislabError, match=r"half \(guest\) has other classes or labels than these pictures"):
        vl.agreement(half, replace(half, vocabulary=words), CELLS)


def test_a_folder_that_vislab_itself_labelled_or_saved_can_be_a_guest(smears, tmp_path):
    guest = vl.guest("me", save_folder(smears, tmp_path / "mine"), smears)
    assert vl.score_answers(smears, vl.answers(guest))["count"]["mae"] == 0
    assert vl.agreement(guest, guest, smears).mean_iou == 1
