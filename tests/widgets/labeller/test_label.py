"""The Labeller without a browser: what strokes leave, what is kept, and how it is taken up again."""

import hashlib
import io
import json
import subprocess
import sys
import zlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from labelling import DOT, SQUARE, WORDS, blank, done, dotted, label, outlined, paint, same, send, work_of
from PIL import Image

import vislab as vl
from vislab.costs.labels.annotation_time import Spent
from vislab.widgets.labeller.label import Labeller
from vislab.widgets.labeller.strokes import UNTOUCHED, Item, Outline, Stroke, brush, inside, paint_objects
from vislab.widgets.labeller.work import order


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mine"


@pytest.fixture
def labeller(folder):
    made = vl.label(blank(), folder=folder)
    yield made
    made.close()


# What strokes leave


def brushed(points, size, shape=(5, 6)):
    mask = np.zeros(shape, np.uint8)
    brush(mask, Stroke(Item("p"), "pixels", "brush", 1, tuple(map(tuple, points)), size))
    return ["".join(map(str, row)) for row in mask.tolist()]


def test_a_brush_covers_pixels_whose_middle_is_within_half_its_width():
    assert brushed([(2, 2)], 1) == ["000000", "000000", "001000", "000000", "000000"]
    assert brushed([(2, 2)], 2) == ["000000", "001000", "011100", "001000", "000000"]
    assert brushed([(2, 2)], 3) == ["000000", "011100", "011100", "011100", "000000"]
    assert brushed([(1, 1), (4, 1)], 1) == ["000000", "011110", "000000", "000000", "000000"]
    assert brushed([(-9, 0), (0, 0)], 1)[0] == "100000"
    assert brushed([(90, 90)], 3) == ["000000"] * 5


def test_an_outline_covers_pixels_whose_middle_is_inside():
    assert (inside([(1, 1), (4, 1), (4, 4), (1, 4)], 8, 8) == DOT.numpy()).all()
    assert inside([(0, 0), (8, 0), (8, 8), (0, 8)], 8, 8).all()
    assert inside([(1.4, 1.4), (1.6, 1.4), (1.6, 1.6), (1.4, 1.6)], 8, 8).sum() == 1
    assert inside([(1.6, 1.6), (2.4, 1.6), (2.4, 2.4)], 8, 8).sum() == 0


def test_of_objects_that_overlap_the_later_is_on_top_and_one_wholly_covered_has_no_number():
    small = Outline(((1, 1), (2, 1), (2, 2), (1, 2)), 2)
    large = Outline(((0, 0), (3, 0), (3, 3), (0, 3)), 1)
    far = Outline(((4, 0), (5, 0), (5, 1), (4, 1)), 2)
    ids, classes = paint_objects([large, small, far], 3, 5)
    assert ids.tolist() == [[1, 1, 1, 0, 3], [1, 2, 1, 0, 0], [1, 1, 1, 0, 0]]
    assert classes == [1, 2, 2]
    ids, classes = paint_objects([small, large, far], 3, 5)
    assert (classes, ids.max(), ids[1, 1]) == ([1, 2], 2, 1)


# The result


def test_pixels_are_ignored_until_the_picture_is_done_and_background_from_then(labeller, folder):
    paint(labeller, [[1, 1], [3, 1]])
    one = labeller.scenes
    assert (one.ids, one.levels) == (("p0",), ("labels", "semantic"))  # the label by the rule
    assert one.semantic[0].tolist()[1] == [255, 1, 1, 1, 255, 255, 255, 255]
    paint(labeller, [[2, 1]], value=UNTOUCHED)
    done(labeller, "pixels")
    assert labeller.scenes.semantic[0].tolist()[1] == [0, 1, 0, 1, 0, 0, 0, 0]
    assert labeller.scenes.semantic[0].sum() == 2
    assert same(labeller.scenes, vl.load(folder))


@pytest.mark.slow
def test_what_vl_load_gives_is_the_result_after_every_stroke(labeller, folder):
    steps = [
        lambda: label(labeller, 1, position=1),
        lambda: outlined(labeller, position=0),
        lambda: outlined(labeller, [[5, 5], [7, 5], [7, 7]], value=2, position=0),
        lambda: done(labeller, "outline", position=0),
        lambda: done(labeller, "outline", position=2),  # done, and nothing there
        lambda: paint(labeller, [[0, 0]], value=2, size=3, position=0),
        lambda: send(labeller, "delete", "outline", 0, value=0),
        lambda: paint(labeller, [[0, 0]], value=2, position=1),  # and no outline: objects are not text of all now
        lambda: send(labeller, "undo", "pixels", 1),
        lambda: send(labeller, "undo", "outline", 0),
        lambda: send(labeller, "undo", "label", 0),
    ]
    seen = []
    for step in steps:
        step()
        assert labeller.trouble == ""
        assert same(labeller.scenes, vl.load(folder))
        seen.append((labeller.scenes.ids, labeller.scenes.levels))
    everything = ("labels", "semantic", "instances")
    assert seen[0] == (("p1",), ("labels",))
    assert seen[4] == (("p0", "p1", "p2"), everything)
    assert seen[7] == (("p0", "p1", "p2"), everything[:2])
    assert seen[8] == (("p0", "p1", "p2"), everything)
    assert seen[10] == (("p0", "p2"), everything)


def test_a_picture_done_without_objects_is_a_normal_one(labeller, folder):
    done(labeller, "outline", position=0)
    outlined(labeller, position=1)
    found = labeller.scenes
    assert found.objects.tolist() == [[0], [1]]
    assert (found.semantic[0] == 0).all()
    assert found.semantic[1].unique().tolist() == [1, 255]  # not done: what is not outlined is not known
    assert found.labels.tolist() == [0, 1]  # nine pixels of dot
    assert same(found, vl.load(folder))


def test_a_label_given_stands_against_the_rule_and_untouched_pictures_are_left_out(labeller):
    label(labeller, 0, position=2)
    outlined(labeller, position=2)
    assert labeller.scenes.ids == ("p2",)
    assert labeller.scenes.labels.tolist() == [0]


def test_names_are_enough_for_classes(folder):
    made = vl.label(blank(), ["dot", "ring"], folder=folder)
    assert made.about["kinds"] == ["label", "pixels", "outline"]
    outlined(made, value=2)
    words = made.scenes.vocabulary
    assert (words.classes, words.things, words.labels) == (("background", "dot", "ring"), ("dot", "ring"),
                                                           ("background", "dot", "ring"))  # fmt: skip
    assert same(made.scenes, vl.load(folder))
    made.close()
    stuff = replace(WORDS, things=(), rule=None, labels=())
    made = vl.label(blank(), stuff, folder=folder.with_name("stuff"))
    assert made.about["kinds"] == ["pixels"]
    assert made.mode == "pixels"
    with pytest.raises(vl.VislabError, match="these pictures are labelled by pixels, not 'outline'"):
        made.mode = "outline"
    made.close()


# Undo, redo, the way through


def test_undo_and_redo_go_by_kind_and_lead_to_their_picture(labeller):
    label(labeller, 1, position=0)
    label(labeller, 0, position=1)
    paint(labeller, [[1, 1]], position=2)
    labeller.position = 2
    send(labeller, "undo", "label", 2)
    assert labeller.position == 1
    assert labeller.scenes.ids == ("p0", "p2")
    send(labeller, "undo", "label", 1)
    send(labeller, "undo", "label", 1)  # nothing is left to undo
    assert labeller.scenes.ids == ("p2",)
    send(labeller, "redo", "label", 0)
    assert (labeller.position, labeller.scenes.ids) == (0, ("p0", "p2"))
    label(labeller, 0, position=0)
    send(labeller, "redo", "label", 0)  # what was undone is gone
    assert labeller.scenes.ids == ("p0", "p2")
    send(labeller, "undo", "pixels", 0)
    assert (labeller.position, labeller.scenes.ids) == (2, ("p0",))


def test_another_picture_is_shown_whole(labeller):
    labeller.view = {"zoom": 4, "x": 0.2, "y": 0.2}
    labeller.position = 1
    assert labeller.view == {"zoom": 1, "x": 0.5, "y": 0.5}


def test_done_leads_to_the_next_picture_that_is_not(labeller):
    label(labeller, 1, position=1)
    assert labeller.position == 2
    label(labeller, 1, position=2)
    assert labeller.position == 0
    label(labeller, 1, position=0)
    assert labeller.position == 0  # none is left
    assert work_of(labeller)["progress"] == {"label": 3, "pixels": 0, "outline": 0}


def test_nothing_of_the_truth_or_of_the_names_is_sent():
    made = vl.label(replace(dotted(), ids=("secret-infected-1", "b", "c")), folder=None)
    sent = repr({name: value for name, value in made.get_state().items() if name not in ("_esm", "_css")})
    assert "secret" not in sent
    assert work_of(made)["label"] is None
    assert work_of(made)["outlines"] == []
    with pytest.raises(vl.VislabError, match="nothing is labelled yet; label a picture"):
        _ = made.scenes
    made.close()


@pytest.fixture(autouse=True)
def _home(own_home):
    """No default folder of this machine's is written to."""


# Clocks


def test_seconds_travel_with_strokes_and_count_where_a_label_stands(labeller):
    label(labeller, 1, position=0, seconds=1.5)
    label(labeller, 0, position=1, seconds=2)
    paint(labeller, [[1, 1]], position=0, seconds=5)
    send(labeller, "time", "pixels", 0, seconds=3)
    outlined(labeller, position=0, seconds=4)
    outlined(labeller, [[5, 5], [7, 5], [7, 7]], position=0, seconds=2)
    none = Spent("pixels", 0, 0)
    assert labeller.times == {"label": Spent("label", 3.5, 2), "pixels": none, "outline": Spent("outline", 6, 2, 7)}
    done(labeller, "pixels", position=0, seconds=1)
    assert labeller.times["pixels"] == Spent("pixels", 9, 1)
    send(labeller, "delete", "outline", 0, seconds=1, value=0)
    assert labeller.times["outline"] == Spent("outline", 7, 1, 3)
    send(labeller, "undo", "label", 1)
    assert labeller.times["label"] == Spent("label", 1.5, 1)
    assert work_of(labeller)["seconds"]["pixels"] == 9 or labeller.position != 0


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -5])
def test_a_clock_that_says_nonsense_adds_nothing(labeller, seconds):
    label(labeller, 1, seconds=seconds)
    assert labeller.times["label"] == Spent("label", 0, 1)


def test_a_clock_that_ran_all_night_adds_ten_minutes(labeller):
    label(labeller, 1, seconds=9e4)
    assert labeller.times["label"].seconds == 600


# Keeping


def test_a_session_is_taken_up_where_it_stopped(labeller, folder):
    label(labeller, 1, position=0, seconds=2)
    label(labeller, 1, position=1)
    label(labeller, 1, position=2)
    paint(labeller, [[1, 1], [3, 3]], size=2, position=0)
    done(labeller, "pixels", position=0)
    outlined(labeller, position=0)
    before, times = labeller.scenes, labeller.times
    labeller.close()
    again = vl.label(blank(), folder=folder)
    assert again is not labeller
    assert (again.mode, again.position) == ("pixels", 1)
    assert same(again.scenes, before)
    assert again.times == times
    send(again, "undo", "pixels", 0)
    assert again.scenes.semantic[0][5, 5] == 255
    again.close()


def test_the_same_call_again_in_one_kernel_goes_on_with_the_same_labeller(labeller, folder):
    assert vl.label(blank(), folder=folder) is labeller
    with pytest.raises(vl.VislabError, match="other pictures or words are labelled there in this session"):
        vl.label(blank(2), folder=folder)


def test_the_default_folder_is_told_by_the_pictures(own_home):
    first = vl.label(blank())
    assert first.folder.parent == own_home.resolve() / "work" / "labels"
    brighter = replace(blank(), images=blank().images + 1)
    others = [vl.label(brighter), vl.label(blank(2)), vl.label(blank(), ["dot"])]
    assert len({first.folder, *(other.folder for other in others)}) == 4
    assert vl.label(blank()) is first
    for one in (first, *others):
        one.close()


def test_more_pictures_may_come_to_a_folder_and_none_that_were_labelled_may_go(labeller, folder):
    label(labeller, 1, position=2)
    labeller.close()
    more = vl.label(blank(5), folder=folder)
    assert more.scenes.ids == ("p2",)
    more.close()
    with pytest.raises(vl.VislabError, match="mine: holds labels of other pictures; give those, or another folder"):
        vl.label(blank(2), folder=folder)
    with pytest.raises(vl.VislabError, match="holds labels of other pictures"):
        vl.label(replace(blank(), images=blank().images + 1), folder=folder)
    with pytest.raises(vl.VislabError, match=r"holds labels of other classes \(background, dot, ring\)"):
        vl.label(blank(), ["dot"], folder=folder)
    vl.label(blank(), folder=folder).close()  # and the refused ones let go of it


@pytest.mark.slow
def test_a_second_session_is_told_and_no_label_is_lost(labeller, folder):
    label(labeller, 1)
    code = f"""
import sys; sys.path[:0] = {[str(Path(__file__).parents[up]) for up in (0, 2)]!r}
import vislab as vl
from test_label import blank
try: vl.label(blank(), folder={str(folder)!r})
except vl.VislabError as error: print(error)
"""
    text = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert text.strip() == f"{folder}: another session is labelling here; shut its kernel down, or give another folder"
    label(labeller, 0, position=1)
    assert labeller.trouble == ""
    assert vl.load(folder).labels.tolist() == [1, 0]


def test_where_the_disk_refuses_the_work_stays_in_memory_until_it_can_be_saved(labeller, folder, monkeypatch):
    label(labeller, 1, position=0)

    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_text", full)
        label(labeller, 1, position=1)
        paint(labeller, [[1, 1]], position=1)
    assert labeller.trouble.startswith("Not saved yet, but kept in memory until it can be: ")
    assert "cannot be written (No space left on device)" in labeller.trouble
    assert vl.load(folder).ids == ("p0",)  # what was there stays whole
    assert labeller.scenes.ids == ("p0", "p1")
    assert not list(folder.rglob("*.part"))
    send(labeller, "time", "label", 1)
    assert labeller.trouble == ""
    assert same(vl.load(folder), labeller.scenes)


def test_a_folder_that_cannot_be_made_is_told_and_the_work_goes_on(tmp_path):
    (tmp_path / "file").write_text("")
    made = vl.label(blank(), folder=tmp_path / "file" / "below")
    assert made.trouble.startswith("Not saved yet, but kept in memory until it can be: ")
    label(made, 1)
    assert made.scenes.labels.tolist() == [1]
    (tmp_path / "file").unlink()
    send(made, "time", "label")
    assert made.trouble == ""
    assert same(vl.load(tmp_path / "file" / "below"), made.scenes)
    made.close()


def test_a_session_killed_while_it_wrote_loses_nothing_that_it_had_told(labeller, folder):
    outlined(labeller, position=0)
    outlined(labeller, position=1)
    labeller.close()
    (folder / ".labelling.json.0a0a0a0a.part").write_text('{"kind": "visl')  # cut off
    (folder / "masks" / "p1.png").unlink()  # the log was written, the mask not yet
    again = vl.label(blank(), folder=folder)
    assert same(vl.load(folder), again.scenes)
    assert again.scenes.ids == ("p0", "p1")
    assert not list(folder.rglob(".*.part"))
    again.close()


def put(path, text="mine"):
    """A file of the user's own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_files_that_labelling_did_not_write_stay_and_its_own_outdated_ones_go(labeller, folder):
    outlined(labeller)
    mine = [
        put(folder / name) for name in ("images/mine.png", "masks/mine.png", "instances/sub/mine.png", ".film.part")
    ]
    (folder / "work.part").mkdir()
    label(labeller, 1, position=1)
    labeller.close()
    again = vl.label(blank(), folder=folder)
    send(again, "undo", "outline")
    assert again.trouble == ""
    left = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))
    assert left == ["images/mine.png", "images/p1.png", "instances/sub/mine.png", "masks/mine.png"]
    assert not (folder / "objects.csv").exists()
    assert [path.read_text() for path in mine] == ["mine"] * 4
    again.close()


def test_without_a_record_nothing_is_removed_but_what_is_known_to_be_its_own(labeller, folder):
    outlined(labeller)
    label(labeller, 1, position=1)
    labeller.close()
    (folder / ".labelling.written").unlink()  # as an older vislab left it
    mine = put(folder / "masks" / "p2.png")  # of a picture that nobody labelled
    again = vl.label(blank(), folder=folder)
    assert again.trouble == ""
    outlined(again, [[5, 5], [7, 5], [7, 7]])
    assert again.trouble == ""
    send(again, "undo", "label", 1)
    assert not (folder / "images" / "p1.png").exists()
    assert mine.read_text() == "mine"
    again.close()


@pytest.mark.parametrize("record", ["[]", '{"p', '{"../out.png": "HASH", "images/../../out.png": "HASH"}'])
def test_a_record_that_was_tampered_with_removes_nothing_outside(labeller, folder, record):
    label(labeller, 1)
    labeller.close()
    out = put(folder.parent / "out.png")
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    (folder / ".labelling.written").write_text(record.replace("HASH", digest))
    again = vl.label(blank(), folder=folder)
    label(again, 1, position=1)
    assert again.trouble == ""
    assert out.read_text() == "mine"
    again.close()


@pytest.mark.parametrize("name", ["images/p1.png", "masks/p1.png", "instances/p1.png", "labels.csv", "classes.csv"])
def test_a_file_of_the_users_in_the_place_of_its_own_is_told_and_stays(labeller, folder, name):
    mine = put(folder / name)
    outlined(labeller, position=1)
    assert mine.read_text() == "mine"
    assert f"{mine}: holds something that labelling did not write" in labeller.trouble
    assert labeller.trouble.count("\n") == 0
    mine.rename(folder.parent / "away")
    send(labeller, "time", "label")
    assert labeller.trouble == ""
    assert same(vl.load(folder), labeller.scenes)


def test_a_mask_that_the_user_changed_is_neither_overwritten_nor_removed(labeller, folder):
    outlined(labeller)
    mask = put(folder / "masks" / "p0.png", "mended by hand")
    send(labeller, "undo", "outline")
    assert labeller.trouble == ""
    assert mask.read_text() == "mended by hand"
    outlined(labeller)
    assert f"{mask}: holds something that labelling did not write" in labeller.trouble
    assert mask.read_text() == "mended by hand"


@pytest.mark.parametrize("kind", ["images", "masks"])
def test_nothing_is_written_or_removed_through_a_link(labeller, folder, kind):
    outlined(labeller)
    theirs = folder.parent / "theirs"
    (folder / kind).rename(theirs)
    put(theirs / "mine.png")
    (folder / kind).symlink_to(theirs)
    before = {path: path.read_bytes() for path in theirs.iterdir()}
    send(labeller, "undo", "outline")
    outlined(labeller, position=1)
    assert f"{folder / kind}: is a link" in labeller.trouble
    labeller.close()
    with pytest.raises(vl.VislabError, match="is a link"):
        vl.label(blank(), folder=folder)
    assert {path: path.read_bytes() for path in theirs.iterdir()} == before
    (folder / kind).unlink()
    again = vl.label(blank(), folder=folder)  # and the refused one let go of it
    assert same(vl.load(folder), again.scenes)
    again.close()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"kind": "visl', "give another folder|move it away"),
        ("[]", "give another folder|move it away"),
        (
            '{"kind": "vislab.labelling", "format": 9}',
            "has format 9",
        ),
    ],
)
def test_a_folder_that_holds_something_else_is_refused(folder, text, message):
    folder.mkdir()
    (folder / "labelling.json").write_text(text)
    with pytest.raises(vl.VislabError, match=message):
        vl.label(blank(), folder=folder)
    assert (folder / "labelling.json").read_text() == text
    (folder / "labelling.json").rename(folder / "thesis.txt")
    with pytest.raises(vl.VislabError, match=r"holds 'thesis.txt' and no labelling\.json"):
        vl.label(blank(), folder=folder)
    with pytest.raises(vl.VislabError, match="is a file; give a folder for the labels"):
        vl.label(blank(), folder=folder / "thesis.txt")


def test_a_tampered_log_is_refused(labeller, folder):
    outlined(labeller)
    labeller.close()
    log = folder / "labelling.json"
    text = json.loads(log.read_text())
    text["strokes"][0]["value"] = 77
    log.write_text(json.dumps(text))
    with pytest.raises(vl.VislabError, match="nothing of number 77 to outline"):
        vl.label(blank(), folder=folder)


# Twice, and agreement


def test_twice_shuffles_and_asks_the_first_again_at_the_end():
    ids = tuple("abcdefgh")
    assert order(ids, 0) == [Item(name) for name in ids]
    items = order(ids, 3)
    assert items == order(ids, 3)
    assert sorted(item.picture for item in items[:8]) == sorted(ids)
    assert [item.picture for item in items[:8]] != list(ids)
    assert {item.picture for item in items[8:]} == {item.picture for item in items[:3]}
    for n in range(2, 9):
        every = order(ids[:n], n)
        assert all(a.picture != b.picture for a, b in pairwise(every)), n


def test_a_picture_asked_twice_is_kept_apart_and_counts_once(folder):
    made = vl.label(blank(2), folder=folder, twice=2)
    first = work_position(made, "p0", 1)
    second = work_position(made, "p0", 2)
    label(made, 1, first, seconds=1)
    label(made, 0, second, seconds=2)
    outlined(made, position=second)
    assert made.scenes.ids == ("p0",)
    assert made.scenes.levels == ("labels",)
    assert made.scenes.labels.tolist() == [1]
    assert made.times["label"] == Spent("label", 3, 2)
    made.close()
    made = vl.label(blank(2), folder=folder)  # the second time is not asked for now, and not forgotten
    label(made, 1, 1)
    made.close()
    made = vl.label(blank(2), folder=folder, twice=2)
    assert made.agreement(dotted(2)).mean("label", "yourself") == 0
    made.close()


def work_position(labeller, name, time):
    return labeller._job.items.index(Item(name, time))


def sent(labeller, trait):
    packet = bytes(labeller.get_state(trait)[trait])
    length = int.from_bytes(packet[:4], "little")
    header = json.loads(packet[4 : 4 + length])
    parts, at = [], 4 + length
    for _, size in header["parts"]:
        parts.append(packet[at : at + size])
        at += size
    return header, parts


def test_the_second_time_a_picture_stands_on_its_head_and_its_labels_come_out_upright(folder):
    corner = torch.full((1, 3, 8, 8), 100, dtype=torch.uint8)
    corner[..., 0, 0] = 200
    made = vl.label(replace(blank(1), images=corner), folder=folder, twice=1)
    shown = []
    for position in (0, 1):
        made.position = position
        header, parts = sent(made, "packet")
        shown.append(np.array(Image.open(io.BytesIO(parts[header["image"]])).convert("RGB"))[..., 0])
    assert (shown[0][0, 0], shown[1][7, 7]) == (200, 200)
    for position, pixel in ((0, [[0, 1]]), (1, [[7, 6]])):
        paint(made, pixel, position=position)
        done(made, "pixels", position)
    outlined(made, [[8, 8], [6, 8], [6, 7], [8, 7]], position=1)
    once, twice = made._job.items
    assert (made._job.painted(once) == made._job.painted(twice)).all()
    assert made._job.outlines(twice)[0].points == ((0, 0), (2, 0), (2, 1), (0, 1))
    made.position = 1
    header, parts = sent(made, "work")
    assert header["outlines"][0]["points"] == [[8, 8], [6, 8], [6, 7], [8, 7]]
    painted = np.frombuffer(zlib.decompress(parts[header["painted"]]), np.uint8).reshape(8, 8)
    assert painted[6, 7] == 1
    made.close()


def test_each_kind_begins_at_its_own_first_picture_and_keeps_its_class(labeller):
    for position in (0, 1, 2):
        label(labeller, 1, position)
    labeller.position = 2
    labeller.mode = "pixels"
    assert labeller.position == 0
    done(labeller, "pixels", 0)
    labeller.mode = "outline"
    assert labeller.position == 0
    labeller.mode = "pixels"
    assert labeller.position == 1
    assert labeller.chosen == {"pixels": 1, "outline": 1}


def test_agreement_with_the_truth_and_with_oneself(folder):
    made = vl.label(blank(2), folder=folder, twice=1)
    name = made._job.items[0].picture
    first, second = work_position(made, name, 1), work_position(made, name, 2)
    other = work_position(made, "p1" if name == "p0" else "p0", 1)
    label(made, 1, first)
    label(made, 0, other)
    label(made, 0, second)
    # The dot is 3 × 3. First all of it but one row and nothing else; then six pixels of it again, and three beside.
    paint(made, [[1, 1], [3, 1]], position=first)
    paint(made, [[1, 2], [3, 2]], position=first)
    done(made, "pixels", first)
    done(made, "pixels", second)
    outlined(made, [[1, 1], [4, 1], [4, 3], [1, 3]], position=first)  # 6 of 9 pixels
    outlined(made, [[5, 5], [7, 5], [7, 7], [5, 7]], position=first)
    done(made, "outline", first)
    done(made, "outline", other)
    outlined(made, [[7, 7], [4, 7], [4, 6], [7, 6]], position=second)  # turned back: 3 of the 6 of before
    done(made, "outline", second)
    found = made.agreement(dotted(2))
    assert found.mean("label") == 0.5
    assert found.mean("label", "yourself") == 0
    assert found.mean("pixels") == pytest.approx((55 / 58 + 6 / 9) / 2)  # background and dot
    assert found.mean("pixels", "yourself") == pytest.approx((58 / 64 + 0) / 2)
    rows = {row.picture: (row.score, row.missed, row.extra) for row in found.of("outline")}
    assert rows[name] == (pytest.approx(6 / 9), 0, 1)
    assert rows["p1" if name == "p0" else "p0"] == (0, 1, 0)
    (row,) = found.of("outline", "yourself")
    assert (row.score, row.missed, row.extra) == (pytest.approx((0.5 + 0) / 2), 2, 1)
    assert "outlines: mean IoU with the truth 0.33, 1 missed, 1 extra (2 pictures)" in repr(found)
    made.close()


def test_of_two_empty_pictures_no_object_is_missed_and_the_score_is_not_known(labeller):
    done(labeller, "outline")
    nothing = torch.zeros(3, 8, 8, dtype=torch.uint8)
    empty = blank(semantic=nothing, instances=nothing.to(torch.int16), objects=torch.zeros(3, 0, dtype=torch.uint8))
    (row,) = labeller.agreement(empty).of("outline")
    assert (row.missed, row.extra) == (0, 0)
    assert np.isnan(row.score)
    assert repr(vl.label(blank(), folder=labeller.folder).agreement(blank())) == (
        "nothing is done yet that could be compared"
    )


def test_agreement_wants_the_truth_of_these_pictures(labeller):
    label(labeller, 1, position=2)
    with pytest.raises(vl.VislabError, match="the truth has no picture 'p2'; give the truth of the pictures labelled"):
        labeller.agreement(dotted(2))
    with pytest.raises(vl.VislabError, match="the truth has the words of smear, the labels those of dots"):
        labeller.agreement(vl.draw("smear", 1, size=64))


# Bad input


@pytest.mark.parametrize(
    "message",
    [
        {"do": "outline", "mode": "outline", "position": 0, "value": 1, "points": [[1, 1], [2, 2]]},
        {"do": "outline", "mode": "outline", "position": 0, "value": 0, "points": SQUARE},
        {"do": "outline", "mode": "outline", "position": 0, "value": 1, "points": [[1, 1], [2, float("nan")], [3, 3]]},
        {"do": "outline", "mode": "outline", "position": 0, "value": 1, "points": [[1, 1], [2, 1e9], [3, 3]]},
        {"do": "brush", "mode": "pixels", "position": 0, "value": 9, "points": [[1, 1]]},
        {"do": "brush", "mode": "pixels", "position": 0, "value": 1, "points": [[1, 1]], "size": 100_000},
        {"do": "brush", "mode": "label", "position": 0, "value": 1, "points": [[1, 1]]},
        {"do": "brush", "mode": "pixels", "position": 0, "value": 1, "points": "11"},
        {"do": "label", "mode": "label", "position": 0, "value": -1},
        {"do": "label", "mode": "label", "position": 3, "value": 1},
        {"do": "label", "mode": "label", "value": 1},
        {"do": "delete", "mode": "outline", "position": 0, "value": 0},
        {"do": "paint", "mode": "pixels", "position": 0},
        {"do": "label", "mode": "label", "position": 0, "value": 1, "seconds": "soon"},
        {},
    ],
)
def test_nonsense_from_the_browser_is_told_and_changes_nothing(labeller, message):
    label(labeller, 1, position=1)
    labeller.hear(message)
    assert labeller.trouble
    assert labeller.trouble.count("\n") == 0
    assert labeller.scenes.ids == ("p1",)
    label(labeller, 1, position=0)
    assert labeller.trouble == ""


def test_an_outline_too_small_for_a_pixel_is_told(labeller):
    outlined(labeller, [[1.6, 1.6], [2.4, 1.6], [2.4, 2.4]])
    assert labeller.trouble == "This outline is too small: no pixel's middle is inside. Draw it larger, or zoom in."


def test_bad_use_gets_one_sentence(tmp_path):
    for given, text in [
        ((["a"],), "pictures come from vl.draw or vl.load"),
        ((blank()[:0],), "there are no pictures to label; give at least one"),
        ((blank(), [1]), "classes must be a vocabulary, a list of texts"),
        ((blank(), replace(WORDS, labels=(), classes=("background",), things=(), rule=None, colours=("#000000",))),
         "there is nothing to label with"),
    ]:  # fmt: skip
        with pytest.raises(vl.VislabError, match=text):
            vl.label(*given)
    with pytest.raises(vl.VislabError, match="twice must be a whole number from 0 to the 3 pictures there are, not 4"):
        vl.label(blank(), twice=4)
    with pytest.raises(vl.VislabError, match="cannot be a file's name"):
        vl.label(replace(blank(), ids=("a", "../b", "c")), folder=tmp_path / "x")


def test_without_a_front_end_there_is_a_picture_with_words(labeller):
    outlined(labeller, position=0)
    bundle, _ = labeller._repr_mimebundle_()
    assert 'alt="its labels; picture 1 of 3; so far 0 labelled, 0 painted, 0 outlined"' in bundle["text/html"]
    assert bundle["text/plain"].startswith("Labeller of 3 pictures of dots: 0 labelled, 0 painted, 0 outlined; kept in")
    assert isinstance(labeller, Labeller)
