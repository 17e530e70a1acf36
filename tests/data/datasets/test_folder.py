import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from photo_files import put, refused, rgb, skipped, zipped
from PIL import Image
from text_pictures import picture

from vislab.data.datasets.export import save_folder
from vislab.data.datasets.load import load
from vislab.data.scenes import Scenes
from vislab.data.synthetic.draw import WORLDS, draw
from vislab.data.vocabulary import ManyObjects, Vocabulary
from vislab.errors import VislabError

pytestmark = pytest.mark.usefixtures("own_home")

CLASSES = [("id", "name"), (0, "background"), (1, "cell"), (2, "dirt")]


def numbers(text: str, kind: type = np.uint8) -> np.ndarray:
    return picture(text).numpy().astype(kind)


def a_folder(root: Path) -> Path:
    """Two pictures with masks and objects: a has two cells, b has dirt alone."""
    put(root / "images/a.png", rgb(2, 4, 1))
    put(root / "images/b.jpg", rgb(2, 4, 2))
    put(root / "masks/a.png", numbers("1011 1011"))
    put(root / "masks/b.png", numbers("002? 0000"))
    put(root / "instances/a.png", numbers("5077 5077", np.uint16) * 100)
    put(root / "instances/b.png", numbers("0000 0000"))
    put(root / "classes.csv", [("id", "name", "thing"), (0, "background", 0), (1, "cell", 1), (2, "dirt", 0)])
    return root


# All levels, and any subset of them


def test_a_folder_with_masks_and_ids(tmp_path: Path) -> None:
    scenes = load(a_folder(tmp_path / "My pictures, größer \"und' so"))
    assert scenes.ids == ("a", "b")
    assert scenes.images[0].permute(1, 2, 0).numpy().tolist() == rgb(2, 4, 1).tolist()
    assert scenes.vocabulary.classes == ("background", "cell", "dirt")
    assert scenes.vocabulary.things == ("cell",)
    assert scenes.need("semantic").tolist() == [numbers("1011 1011").tolist(), numbers("002? 0000").tolist()]
    assert scenes.need("instances").tolist() == [numbers("1022 1022").tolist(), numbers("0000 0000").tolist()]
    assert scenes.need("objects").tolist() == [[1, 1], [0, 0]]
    assert scenes.vocabulary.labels == ("no cell", "cell")
    assert scenes.need("labels").tolist() == [1, 0]


def test_pictures_alone(tmp_path: Path) -> None:
    put(tmp_path / "images/a.png", rgb(3, 3))
    scenes = load(tmp_path)
    assert scenes.levels == ()
    assert len(scenes) == 1


def test_labels_alone_by_name_with_or_without_ending(tmp_path: Path) -> None:
    for name in ("ä 1.png", "it's.png", "sub/c.png"):
        put(tmp_path / "images" / name, rgb(2, 2))
    put(tmp_path / "labels.csv", [("picture", "label"), ("ä 1.png", "yes"), ("it's", "no"), ("sub/c.png", "yes")])
    scenes = load(tmp_path)
    assert scenes.ids == ("it's", "sub/c", "ä 1")
    assert scenes.vocabulary.labels == ("no", "yes")
    assert scenes.need("labels").tolist() == [0, 1, 1]
    assert scenes.levels == ("labels",)


def test_ids_alone_are_objects(tmp_path: Path) -> None:
    put(tmp_path / "images/a.png", rgb(1, 4))
    put(tmp_path / "instances/a.png", numbers("3305"))
    scenes = load(tmp_path)
    assert scenes.vocabulary.classes == ("background", "object")
    assert scenes.need("instances").tolist() == [[[1, 1, 0, 2]]]
    assert scenes.need("semantic").tolist() == [[[1, 1, 0, 1]]]


def test_objects_csv_gives_the_classes_and_wins_over_the_mask_with_a_word(tmp_path: Path) -> None:
    root = a_folder(tmp_path)
    put(root / "objects.csv", [("picture", "id", "class"), ("a", 500, "cell"), ("a.png", 700, "cell")])
    put(root / "masks/a.png", numbers("1011 1021"))
    report: list[str] = []
    scenes = load(root, report=report)
    assert scenes.need("semantic")[0].tolist() == numbers("1011 1011").tolist()
    assert "1 pixel in 1 picture had one class in masks/" in "\n".join(report)
    assert "1 pixel in 1 picture had no class (255)" in "\n".join(report)


def test_colours_void_and_palettes(tmp_path: Path) -> None:
    put(tmp_path / "images/a.png", rgb(1, 3))
    put(tmp_path / "images/b.png", rgb(1, 3))
    table = [("name", "r", "g", "b"), ("Void", 0, 0, 0), ("road", 128, 64, 128), ("car", 0, 0, 142)]
    put(tmp_path / "classes.csv", table)
    put(tmp_path / "masks/a.png", np.array([[[0, 0, 0], [128, 64, 128], [0, 0, 142]]], np.uint8))
    palette = Image.fromarray(np.array([[5, 9, 9]], np.uint8))
    colours = [0] * 768
    colours[15:18], colours[27:30] = [0, 0, 142], [128, 64, 128]
    palette.putpalette(colours)
    palette.save(tmp_path / "masks/b.png")
    scenes = load(tmp_path)
    assert scenes.vocabulary.classes == ("background", "road", "car")
    assert scenes.need("semantic").tolist() == [[[255, 1, 2]], [[2, 1, 1]]]
    assert scenes.vocabulary.colours == ("#000000", "#804080", "#00008e")


def test_numbers_of_classes_may_have_gaps_and_claim_255(tmp_path: Path) -> None:
    put(tmp_path / "images/a.png", rgb(1, 3))
    put(tmp_path / "masks/a.png", np.array([[0, 7, 255]], np.uint8))
    put(tmp_path / "classes.csv", [("id", "name"), (0, "background"), (7, "ignore"), (255, "cell")])
    assert load(tmp_path).need("semantic").tolist() == [[[0, 255, 1]]]


@pytest.mark.slow
def test_a_folder_per_class(tmp_path: Path) -> None:
    put(tmp_path / "dog/1.png", rgb(2, 2))
    put(tmp_path / "cat/deep/1.jpg", rgb(2, 2))
    put(tmp_path / "cat/Thumbs.db", b"no picture")
    put(tmp_path / "cat/.hidden.png", b"no picture")
    scenes = load(tmp_path)
    assert scenes.vocabulary.labels == ("cat", "dog")
    assert scenes.ids == ("cat/deep/1.jpg", "dog/1.png")
    assert scenes.need("labels").tolist() == [0, 1]


def test_the_same_from_a_zip(tmp_path: Path) -> None:
    root = a_folder(tmp_path / "folder")
    files = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    scenes, archived = load(root), load(zipped(tmp_path / "x.zip", files))
    assert (scenes.images == archived.images).all()
    assert (scenes.need("instances") == archived.need("instances")).all()


# Round trip


def hand_made() -> Scenes:
    words = Vocabulary(
        "dots", ("few", "many"), ("background", "dot", "sky"), ("dot",), ManyObjects(1), {"any": "Many?"},
        ("mirror",), ("#000000", "#e69f00", "#56b4e9"),
    )  # fmt: skip
    instances = torch.stack([picture("0120 0120"), picture("1100 0000"), picture("0000 0000")]).to(torch.int16)
    semantic = (instances > 0).to(torch.uint8)
    semantic[2, 0, 0], semantic[2, 0, 1] = 255, 2
    images = torch.from_numpy(np.stack([rgb(2, 4, seed) for seed in range(3)])).permute(0, 3, 1, 2).contiguous()
    objects = torch.tensor([[1, 1], [1, 0], [0, 0]], dtype=torch.uint8)
    ids = ("z: last".replace(":", ""), "ü/'quoted' \"no\"".replace('"', ""), "a.b")
    return Scenes(
        images, torch.tensor([1, 0, 0]), semantic, instances, objects, words, ids, ("g1", "g1", "g,2"),
        {"light": ("", "dim", 'so "so"')},
    )  # fmt: skip


def same(one: Scenes, other: Scenes) -> None:
    for name in ("images", "labels", "semantic", "instances", "objects"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None), name
        assert a is None or (a.dtype == b.dtype and torch.equal(a, b)), name
    assert (one.ids, one.groups, one.vocabulary) == (other.ids, other.groups, other.vocabulary)
    assert dict(one.attributes) == dict(other.attributes)


@pytest.mark.slow
def test_what_is_written_is_read_back_exactly(tmp_path: Path) -> None:
    scenes = hand_made()
    same(load(save_folder(scenes, tmp_path / "all")), scenes)
    same(load(save_folder(scenes[[1, 0]], tmp_path / "other order")), scenes[[1, 0]])
    masks = replace(scenes, instances=None, objects=None, groups=None, attributes={})
    same(load(save_folder(masks, tmp_path / "masks")), masks)
    labels = replace(masks, semantic=None)
    same(load(save_folder(labels, tmp_path / "labels")), labels)
    same(load(save_folder(scenes[[2]], tmp_path / "no object")), scenes[[2]])


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.slow
def test_a_drawn_world_is_read_back_exactly(world: str, tmp_path: Path) -> None:
    scenes = draw(world, 4, size=64, seed=3)
    same(load(save_folder(scenes, tmp_path / "drawn")), scenes)


def test_nothing_is_overwritten_and_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "full/notes.txt", "mine")
    with pytest.raises(VislabError, match=r"full: already exists and is not empty"):
        save_folder(hand_made(), tmp_path / "full")

    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full_disk)
    with pytest.raises(VislabError, match="No space left on device"):
        save_folder(hand_made(), tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


@pytest.mark.parametrize("names", [("../a", "b"), ("a", "a"), ("/a", "b"), ("a", "A"), (".a", "b"), ("a?", "b")])
def test_ids_that_make_no_file_are_refused(names: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(VislabError, match=r"\bids?\b"):
        save_folder(replace(hand_made()[[0, 1]], ids=names), tmp_path / "out")
    assert not list(tmp_path.iterdir())


# Bad files beside good ones


def test_a_truncated_picture(tmp_path: Path) -> None:
    root = a_folder(tmp_path)
    whole = (root / "images/a.png").read_bytes()
    (root / "images/a.png").write_bytes(whole[: len(whole) // 2])
    refused(root, "a.png", "fetch or save it again")
    skipped(root, ["b"], "a.png", "1 of 2 pictures left out")


def test_a_mask_of_another_size(tmp_path: Path) -> None:
    root = a_folder(tmp_path)
    put(root / "masks/a.png", numbers("101 101"))
    refused(root, "masks/a.png", "2 × 3", "2 × 4", "bring the mask")
    skipped(root, ["b"], "masks/a.png")


def test_a_value_no_class_has(tmp_path: Path) -> None:
    root = a_folder(tmp_path)
    put(root / "masks/b.png", numbers("0029 0009"))
    refused(root, "masks/b.png", "the value 9 (2 pixels)", "0, 1, 2, 255", "classes.csv")
    skipped(root, ["a"], "the value 9")


def test_an_empty_mask_file(tmp_path: Path) -> None:
    root = a_folder(tmp_path)
    put(root / "masks/a.png", b"")
    refused(root, "masks/a.png", "is empty (0 bytes)")
    skipped(root, ["b"], "0 bytes")


@pytest.mark.slow
def test_a_picture_or_a_mask_without_its_partner(tmp_path: Path) -> None:
    root = a_folder(tmp_path)
    (root / "masks/a.png").unlink()
    refused(root, "images/a.png", "has no mask masks/a.png", "bring it or delete")
    skipped(root, ["b"], "has no mask")
    put(root / "masks/a.png", numbers("1011 1011"))
    (root / "images/b.jpg").unlink()
    refused(root, "masks/b.png", "has no picture images/b")
    skipped(root, ["a"], "masks/b.png", "instances/b.png")


def test_all_bad_is_an_error_even_when_skipping(tmp_path: Path) -> None:
    root = a_folder(tmp_path)
    put(root / "masks/a.png", b"")
    put(root / "masks/b.png", b"")
    refused(root, "none of its 2 pictures can be read", "0 bytes", on_error="skip")


@pytest.mark.slow
def test_tables_that_make_no_sense(tmp_path: Path) -> None:
    root = a_folder(tmp_path)
    put(root / "labels.csv", [("picture", "label"), ("a", "x")])
    refused(root, "images/b.jpg", "has no line in labels.csv")
    put(root / "labels.csv", [("picture", "label"), ("a", "x"), ("b", "y"), ("c", "x")])
    refused(root, "labels.csv", "'c'", "images/ does not hold")
    put(root / "labels.csv", "picture;label\na;x\n")
    refused(root, "labels.csv", "line 1 has no 'picture'", "picture,label")
    put(root / "labels.csv", "picture,label\na,größer\n".encode("latin-1"))
    refused(root, "labels.csv", "UTF-8")
    (root / "labels.csv").unlink()
    put(root / "objects.csv", [("picture", "id", "class"), ("a", 500, "horse"), ("a", 700, "cell")])
    refused(root, "objects.csv", "'horse'", "cell")
    put(root / "objects.csv", [("picture", "id", "class"), ("a", 500, "cell")])
    refused(root, "instances/a.png", "the id 700", "objects.csv does not list")
    (root / "objects.csv").unlink()
    put(root / "classes.csv", [("id", "name", "colour"), (0, "background", "blue")])
    refused(root, "classes.csv", "line 2", "'blue' is no colour")
    (root / "classes.csv").unlink()
    refused(root, "masks/ needs a classes.csv", "0,background")
    put(root / "vocabulary.json", json.dumps({"name": "x"}))
    refused(root, "vocabulary.json", "not a vocabulary")


def test_an_object_that_stands_on_background(tmp_path: Path) -> None:
    root = a_folder(tmp_path)
    put(root / "instances/b.png", numbers("1000 0000"))
    refused(root, "instances/b.png", "object 1 is background", "objects.csv")


def test_empty_folders_and_loose_pictures(tmp_path: Path) -> None:
    refused(tmp_path, "holds no pictures", "images/")
    put(tmp_path / "a.png", rgb(2, 2))
    refused(tmp_path, "no folder of a class", "images/")


def test_two_pictures_of_one_name(tmp_path: Path) -> None:
    root = a_folder(tmp_path)
    put(root / "images/a.jpg", rgb(2, 4))
    refused(root, "images/a", "same name but for its ending")


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests may run as root, whom no permission stops; so the system's refusal is put in its place."""
    import os

    root = a_folder(tmp_path)
    ask = os.scandir

    def scandir(path: object) -> object:
        if str(path).endswith("masks"):
            raise PermissionError(13, "Permission denied")
        return ask(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", scandir)
    refused(root, "masks: you may not read it", "chmod")
    monkeypatch.undo()
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path / "home"))
    read = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == "b.jpg":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    refused(root, "b.jpg: you may not read it", "chmod")
    skipped(root, ["a"], "b.jpg")


# Nothing is lost in silence


def masks_alone(root: Path, table: str, *rows: str) -> Path:
    """A picture with a mask of these rows, and a classes.csv."""
    mask = numbers(" ".join(rows))
    put(root / "images/a.png", rgb(*mask.shape))
    put(root / "masks/a.png", mask)
    put(root / "classes.csv", table)
    return root


def test_a_picture_whose_pixels_are_all_ignored_has_no_truth_and_gets_no_label(tmp_path: Path) -> None:
    masks_alone(tmp_path, "id,name\n0,background\n1,cell\n255,ignore\n", "1100", "0000")
    put(tmp_path / "images/b.png", rgb(2, 4))
    put(tmp_path / "masks/b.png", numbers("???? ????"))
    report: list[str] = []
    assert load(tmp_path, report=report).ids == ("a",)
    assert any("all of picture 'b' is ignored" in line for line in report)
    put(tmp_path / "labels.csv", "picture,label\na,ill\nb,well\n")  # given by hand, it needs no mask
    assert load(tmp_path).ids == ("a", "b")


def test_a_class_that_may_hide_in_255(tmp_path: Path) -> None:
    root = masks_alone(tmp_path / "1", "id,name\n0,background\n1,cell\n", "00??", "00??")
    refused(root, "255", "no pixel of cell", "255,ignore")
    meant = masks_alone(tmp_path / "2", "id,name\n0,background\n255,cell\n", "00??", "00??")
    assert load(meant).need("semantic")[0].tolist() == numbers("0011 0011").tolist()
    said = masks_alone(tmp_path / "3", "id,name\n0,background\n1,cell\n255,ignore\n", "00??", "00??")
    assert load(said).need("semantic")[0].tolist() == numbers("00?? 00??").tolist()
    there = masks_alone(tmp_path / "4", "id,name\n0,background\n1,cell\n", "01??", "00??")
    report: list[str] = []
    load(there, report=report)
    assert "4 pixels in 1 picture had no class (255)" in report[0]


def test_the_background_is_added_where_the_table_leaves_it_out(tmp_path: Path) -> None:
    scenes = load(masks_alone(tmp_path, "id,name\n1,cell\n", "0110", "0000"))
    assert scenes.vocabulary.classes == ("background", "cell")
    assert scenes.need("semantic")[0].tolist() == numbers("0110 0000").tolist()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("id,name\n0,background\n1,cell\n1,dirt\n", "'cell' and 'dirt' both have the id 1"),
        ("id,name,colour\n0,background,#000000\n1,cell,#ff0000\n2,dirt,#FF0000\n", "the colour #ff0000"),
        ("id,name\n0,background\n1,\n", "line 3 has no 'name'"),
        ("id,name,id\n0,background,0\n1,cell,2\n", "two columns of one name"),
        ("id,name\n0,background\n1,cell, red\n", "line 3 has 3 cells"),
    ],
)
def test_a_table_of_classes_that_says_two_things(table: str, words: str, tmp_path: Path) -> None:
    refused(masks_alone(tmp_path, table, "0110", "0000"), "classes.csv", words)


def test_spaces_around_cells_say_nothing(tmp_path: Path) -> None:
    scenes = load(masks_alone(tmp_path, "id, name\n0,background \n1, cell\n", "0110", "0000"))
    assert scenes.vocabulary.classes == ("background", "cell")


def test_a_picture_or_an_object_listed_twice(tmp_path: Path) -> None:
    root = a_folder(tmp_path)
    put(root / "labels.csv", "picture,label\na,x\nb,y\na.png,y\n")
    refused(root, "labels.csv: lists the picture 'a' twice")
    (root / "labels.csv").unlink()
    put(root / "objects.csv", [("picture", "id", "class"), ("a", 500, "cell"), ("a", 500, "dirt"), ("a", 700, "cell")])
    refused(root, "objects.csv: lists the id 500 of picture 'a' twice")


def test_a_picture_that_exif_turns_and_its_mask(tmp_path: Path) -> None:
    root = masks_alone(tmp_path, "id,name\n0,background\n1,cell\n", "0111", "0000")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(rgb(2, 4)).save(root / "images/a.png", exif=exif)  # a viewer shows it as 4 × 2
    refused(root, "images/a.png", "EXIF turns it")
    Image.fromarray(numbers("0111 0000")).save(root / "masks/a.png", exif=exif)
    report: list[str] = []
    turned = load(root, report=report).need("semantic")[0].tolist()
    assert turned == np.rot90(numbers("0111 0000"), -1).tolist()
    assert "1 picture lay turned" in report[0]
    put(root / "masks/a.png", numbers("01 01 01 00"))  # drawn over the picture as a viewer shows it
    assert load(root).need("semantic")[0].tolist() == numbers("01 01 01 00").tolist()


def test_a_tag_that_follows_the_pixels_counts_too(tmp_path: Path) -> None:
    root = masks_alone(tmp_path, "id,name\n0,background\n1,cell\n", "01", "00")
    exif = Image.Exif()
    exif[0x0112] = 3
    data = encode(Image.fromarray(rgb(2, 2)), exif=exif)
    start, end = data.index(b"eXIf") - 4, data.index(b"IEND") - 4
    tag = data[start : start + 12 + int.from_bytes(data[start : start + 4], "big")]
    (root / "images/a.png").write_bytes(data[:start] + data[start + len(tag) : end] + tag + data[end:])
    refused(root, "images/a.png", "EXIF turns it")


def encode(image: Image.Image, **settings: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", **settings)
    return file.getvalue()
