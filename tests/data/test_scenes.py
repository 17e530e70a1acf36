"""Scenes: what they refuse, how they are parted and put together, kept and shown."""

import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from made_scenes import CELLS, make, same

from vislab.data.contact_sheet import show_in_notebook
from vislab.data.scenes import Scenes, concatenate
from vislab.data.vocabulary import Vocabulary
from vislab.errors import VislabError

# What they refuse


def at(name: str, value: int, where: tuple[int, ...]) -> dict[str, torch.Tensor]:
    changed = getattr(make(), name).clone()
    changed[where] = value
    return {name: changed}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"images": torch.zeros(4, 2, 4, 3, dtype=torch.uint8)}, r"images must be \(n, 3, h, w\), not \(4, 2, 4, 3\)"),
        ({"images": torch.zeros(4, 3, 2, 4)}, r"images must be torch.uint8, not torch.float32"),
        (
            {"labels": torch.zeros(3, dtype=torch.int64)},
            r"labels must be \(n,\) like the 4 pictures of 2 × 4, not \(3,\)",
        ),
        ({"semantic": torch.zeros(4, 2, 5, dtype=torch.uint8)}, r"semantic must be \(n, h, w\).*not \(4, 2, 5\)"),
        ({"instances": torch.zeros(4, 2, 4, dtype=torch.int32)}, r"instances must be torch.int16, not torch.int32"),
        ({"objects": None}, r"instances and objects"),
        ({"semantic": None}, r"instances imply semantic"),
        ({"ids": ("a", "b")}, r"ids must hold one name for each of 4 pictures, not 2"),
        ({"groups": ("a",)}, r"groups must hold one name for each of 4 pictures, not 1"),
        ({"attributes": {"modality": ("x",)}}, r"attributes\['modality'\] must hold one name"),
        (at("labels", 2, (3,)), r"labels of picture 'picture-3' must be 0 to 1 \(healthy, infected\), not 2"),
        (
            at("semantic", 3, (2, 0, 3)),
            r"semantic of picture 'picture-2' must be 0 to 2 \(.*\) or 255 to ignore, not 3",
        ),
        (at("instances", -1, (1, 0, 0)), r"instances of picture 'picture-1' must be 0 .* not -1"),
        (at("instances", 2, (0, 0, 3)), r"instances of picture 'picture-0' must be ids up to .* not 2"),
        (
            at("objects", 3, (1, 1)),
            r"objects of picture 'picture-1' must be 0 or a thing \(cell, infected cell\), not 3",
        ),
        (at("objects", 0, (1, 0)), r"objects of picture 'picture-1' must be classes first and then only 0, not 2"),
        (at("semantic", 2, (0, 0, 0)), r"semantic of picture 'picture-0' must be the class of the object .* not 2"),
        (at("objects", 2, (0, 1)), r"objects of picture 'picture-0' must be objects that have pixels .* not 2"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(changed, told):
    with pytest.raises(VislabError, match=told):
        make(**changed)


def test_a_fault_far_down_a_long_set_is_found_and_named():
    many = make(5000)
    semantic = many.semantic.clone()
    semantic[4321, 0, 3] = 9
    with pytest.raises(VislabError, match="picture-4321"):
        replace(many, semantic=semantic)


def test_pictures_without_objects_and_pixels_to_ignore_are_normal():
    nothing = make(
        2,
        semantic=torch.tensor([[[0, 255, 255, 0]] * 2] * 2, dtype=torch.uint8),
        instances=torch.zeros(2, 2, 4, dtype=torch.int16),
        objects=torch.zeros(2, 0, dtype=torch.uint8),
        labels=None,
    )
    assert nothing.count_objects().tolist() == [[0, 0, 0], [0, 0, 0]]
    assert nothing.levels == ("semantic", "instances")


def test_a_missing_level_says_what_still_works():
    bare = make(instances=None, objects=None)
    with pytest.raises(VislabError, match=r"no instance masks; classification and semantic segmentation still work$"):
        bare.need("instances")
    with pytest.raises(VislabError, match="no labels; no task works on them"):
        replace(bare, labels=None, semantic=None).need("labels")


# Taking parts and putting together


def test_indexing_gives_scenes_whatever_the_index():
    scenes = make(6)
    assert scenes[2].ids == ("picture-2",)
    assert scenes[-1].ids == ("picture-5",)
    assert scenes[1:5:2].ids == ("picture-1", "picture-3")
    assert scenes[[3, 0]].ids == ("picture-3", "picture-0")
    assert scenes[scenes.labels == 1].ids == ("picture-1", "picture-3", "picture-5")
    assert torch.equal(scenes[np.array([4])].images[0], scenes.images[4])
    assert [one.ids[0] for one in scenes] == list(scenes.ids)
    assert len(scenes[:0]) == 0
    assert scenes[0].objects.tolist() == [[1]]  # no column left that only other pictures needed


def test_indices_that_are_not_there_are_refused():
    scenes = make(4)
    with pytest.raises(VislabError, match="pictures 0 to 3 can be chosen, not 4"):
        scenes[4]
    with pytest.raises(VislabError, match="pictures 0 to 3 can be chosen, not 7"):
        scenes.subset([0, 7])
    with pytest.raises(VislabError, match="pictures 0 to 3 can be chosen, not -9"):
        scenes.subset([-9])
    with pytest.raises(VislabError, match=r"a bool for each of 4 pictures, not \(2,\)"):
        scenes.subset([True, False])


def test_concatenation_undoes_parting():
    scenes = make(5, groups=tuple("aabbc"), attributes={"modality": ("x", "", "x", "y", "")})
    assert same(scenes[:1] + scenes[1:2] + scenes[2:], scenes)
    assert same(concatenate([scenes]), scenes)


def test_concatenation_keeps_what_all_have():
    both = make(2, attributes={"modality": ("x", "y")}) + make(2, instances=None, objects=None)
    assert both.levels == ("labels", "semantic")
    assert both.attributes == {"modality": ("x", "y", "", "")}
    assert len(make() + make(vocabulary=replace(CELLS, name="other"))) == 8
    with pytest.raises(VislabError, match="have the labels"):
        make() + make(vocabulary=replace(CELLS, labels=("well", "ill")))
    with pytest.raises(VislabError, match="do not stack; load them with one size="):
        make() + Scenes(torch.zeros(1, 3, 3, 3, dtype=torch.uint8), None, None, None, None, CELLS, ("a",))
    with pytest.raises(VislabError, match="nothing to concatenate"):
        concatenate([])


# Split


def test_split_parts_every_picture_once_and_keeps_proportions():
    scenes = make(200, labels=(torch.arange(200) % 4 == 0).long())
    parts = scenes.split(valid=0.1, test=0.2, seed=3)
    assert [len(part) for part in parts] == [140, 20, 40]
    assert [int(part.labels.sum()) for part in parts] == [35, 5, 10]
    assert sorted(name for part in parts for name in part.ids) == sorted(scenes.ids)


def test_split_is_the_seeds():
    scenes = make(40)
    assert scenes.split(seed=1)[2].ids == scenes.split(seed=1)[2].ids
    assert scenes.split(seed=1)[2].ids != scenes.split(seed=2)[2].ids


def test_split_keeps_groups_together_and_labels_near_even():
    draw = np.random.default_rng(0)
    groups = tuple(f"slide-{index}" for index in draw.integers(0, 60, 300))
    scenes = make(300, groups=groups, labels=torch.from_numpy((draw.random(300) < 0.3).astype(np.int64)))
    train, valid, test = scenes.split(valid=0.2, test=0.2)
    assert not set(train.groups) & set(test.groups)
    assert not set(train.groups) & set(valid.groups)
    assert not set(valid.groups) & set(test.groups)
    assert [len(part) for part in (train, valid, test)] == pytest.approx([180, 60, 60], abs=8)
    assert [float(part.labels.float().mean()) for part in (train, valid, test)] == pytest.approx([0.3] * 3, abs=0.06)


def test_split_without_a_part_and_with_nonsense():
    train, valid, test = make(10).split(valid=0, test=0.5)
    assert (len(train), len(valid), len(test)) == (5, 0, 5)
    with pytest.raises(VislabError, match="together below 1"):
        make(10).split(valid=0.5, test=0.5)
    with pytest.raises(VislabError, match=r"leave none for .valid."):
        make(10, groups=("one",) * 10).split()


def divided(*parts: str) -> Scenes:
    return make(len(parts), attributes={"part": parts})


def test_a_set_that_is_divided_keeps_its_parts_whatever_the_shares():
    scenes = divided("test", "train", "valid", "train", "")
    assert [part.ids for part in scenes.split(valid=0.5, test=0.4)] == [
        tuple(scenes.ids[index] for index in chosen) for chosen in ([1, 3, 4], [2], [0])
    ]


def test_what_a_divided_set_lacks_is_made_of_what_it_has():
    scenes = divided(*["train"] * 8, "valid", "valid")
    train, valid, test = scenes.split(valid=0.25)
    assert (len(train), len(valid), test.ids) == (6, 2, scenes.ids[8:])
    assert scenes.split(valid=0.25, test=0).valid.ids == scenes.ids[8:]  # no test is asked for
    train, valid, test = divided(*["train"] * 8, "test").split(valid=0.25)
    assert (len(train), len(valid), len(test)) == (6, 2, 1)


def test_one_part_is_split_freely_and_so_is_a_set_without_training_pictures():
    assert [len(part) for part in divided(*["train"] * 10).split(valid=0.1, test=0.2)] == [7, 1, 2]
    assert [len(part) for part in divided(*["valid"] * 5, *["test"] * 5).split(valid=0.1, test=0.2)] == [7, 1, 2]


# Keeping


def test_what_is_saved_is_loaded(tmp_path):
    scenes = make(3, groups=("a", "b", "c"), attributes={"modality": ("", "x", "ü")})
    assert same(Scenes.load(scenes.save(tmp_path / "new folder" / "a.safetensors")), scenes)
    bare = make(2, labels=None, semantic=None, instances=None, objects=None)
    assert same(Scenes.load(bare.save(tmp_path / "bare.safetensors")), bare)


def test_what_is_saved_cannot_take_the_place_of_a_picture(tmp_path):
    path = tmp_path / "mine.png"
    path.write_bytes(b"a picture")
    with pytest.raises(VislabError, match=r"mine\.png: must end in \.safetensors"):
        make(1).save(path)
    assert path.read_bytes() == b"a picture"


def test_a_file_that_is_not_scenes_is_refused_by_name(tmp_path):
    from safetensors.torch import save_file

    with pytest.raises(VislabError, match=r"none\.safetensors: there is no such file"):
        Scenes.load(tmp_path / "none.safetensors")
    path = make().save(tmp_path / "cut.safetensors")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(VislabError, match=r"cut\.safetensors: cannot be read as vislab scenes"):
        Scenes.load(path)
    save_file({"images": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(VislabError, match=r"other\.safetensors: holds no vislab scenes"):
        Scenes.load(tmp_path / "other.safetensors")
    save_file({}, tmp_path / "later.safetensors", {"kind": "vislab.Scenes", "format": "2"})
    with pytest.raises(VislabError, match=r"later\.safetensors: has format 2, .* reads 1"):
        Scenes.load(tmp_path / "later.safetensors")


def test_a_failed_save_leaves_the_earlier_file(tmp_path, monkeypatch):
    import safetensors.torch

    path = make(2).save(tmp_path / "kept.safetensors")

    def full(tensors, target, metadata):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(VislabError, match=r"kept\.safetensors: cannot be written \(No space left on device\)"):
        make(3).save(path)
    assert len(Scenes.load(path)) == 2
    assert [found.name for found in tmp_path.iterdir()] == ["kept.safetensors"]


# Showing


def test_the_line_says_what_there_is():
    scenes = make(4, groups=tuple("aabb"))
    assert repr(scenes) == (
        "Scenes(cells: 4 pictures of 2 × 4, labels, semantic, instances (6 objects), 2 groups, 0.0 MB on cpu)"
    )
    assert "1 picture of" in repr(scenes[0])


def test_a_notebook_shows_the_sheet_with_its_text_alternative_and_the_line(capsys, monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: shown.append(data))
    show_in_notebook(make(2))
    assert re.search(
        r'<img src="data:image/webp;base64,\w+.* alt="Contact sheet of cells: 2 pictures', shown[0]["text/html"]
    )
    assert "picture-1: infected: 1 × cell, 1 × infected cell." in shown[0]["text/plain"]
    assert capsys.readouterr().out.startswith("Scenes(cells: 2 pictures")


@pytest.mark.slow
def test_a_kernel_learns_how_to_show_scenes_when_vislab_is_imported():
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import vislab as vl
scenes = vl.draw("smear", 1, size=64)
formatter = shell.display_formatter.ipython_display_formatter
import vislab.data.contact_sheet as sheet
sheet.show_in_notebook = lambda given: print("shown", len(given))
print(formatter(scenes))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "shown 1\nTrue\n"


def test_to_the_same_device_is_itself():
    scenes = make()
    assert scenes.to("cpu") is scenes


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
def test_to_a_gpu_and_back():
    scenes = make()
    assert same(scenes.to("cuda").to("cpu"), scenes)
    assert scenes.to("cuda")[1].device.type == "cuda"


# Words in another order


def in_words(labels: str, classes: str, things: str = "") -> Scenes:
    """Two pictures of 2 × 2: the first with an object of the last class."""
    names = tuple(classes.split())
    words = Vocabulary(
        name="dots", labels=tuple(labels.split()), classes=names, things=tuple(things.split()), rule=None, questions={},
        symmetries=(), colours=("#000000", "#ff0000", "#00ff00")[: len(names)],
    )  # fmt: skip
    last = len(names) - 1
    ids = torch.zeros(2, 2, 2, dtype=torch.int16)
    ids[0, 0, 0] = 1
    masks = (ids * last).to(torch.uint8)
    masks[1, 1, 1] = 255
    objects = torch.tensor([[last], [0]], dtype=torch.uint8)
    return Scenes(
        torch.zeros(2, 3, 2, 2, dtype=torch.uint8), torch.tensor([0, 1]), masks, ids, objects, words, ("a", "b")
    )


def test_renumbering_keeps_names() -> None:
    mine, theirs = in_words("yes no", "none cat dog", "cat dog"), in_words("no yes", "none dog cat", "cat dog")
    new = mine.renumber(theirs.vocabulary)
    assert [new.vocabulary.labels[index] for index in new.need("labels").tolist()] == ["yes", "no"]
    assert new.vocabulary.classes[int(new.need("semantic")[0, 0, 0])] == "dog"
    assert int(new.need("semantic")[1, 1, 1]) == 255
    assert new.need("objects").tolist() == [[1], [0]]
    assert new.vocabulary.colours == ("#000000", "#00ff00", "#ff0000")
    assert mine.renumber(mine.vocabulary) is mine
    assert len(mine + theirs) == 4


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (("no maybe", "none cat dog", "cat dog"), "the labels yes, no, not no, maybe"),
        (("yes no", "none cat cow", "cat cow"), "the classes none, cat, dog, not none, cat, cow"),
        (("yes no", "none cat dog", "dog"), "the things cat, dog, not dog"),
    ],
)
def test_other_names_are_refused(other: tuple[str, str, str], words: str) -> None:
    mine = in_words("yes no", "none cat dog", "cat dog")
    with pytest.raises(VislabError, match=words):
        mine.renumber(in_words(*other).vocabulary)
    with pytest.raises(VislabError, match=words.split(", not")[1].split()[0]):
        in_words(*other) + mine
