import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from photo_files import put, refused, rgb, skipped
from PIL import Image, ImageDraw

from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")

SQUARE = [[1, 1, 4, 1, 4, 4, 1, 4]]  # rows and columns 1 to 3
NAN = float("nan")


def a_json(root: Path, *annotations: dict[str, Any], **changes: Any) -> Path:
    """Pictures a (6 × 8) and b (6 × 8, without annotations), categories 3 and 90."""
    put(root / "a.png", rgb(6, 8, 1))
    put(root / "b.png", rgb(6, 8, 2))
    plain = {
        "images": [{"id": n, "file_name": f"{name}.png", "height": 6, "width": 8} for n, name in ((7, "a"), (2, "b"))],
        "categories": [{"id": 90, "name": "dog"}, {"id": 3, "name": "cat"}],
        "annotations": [{"id": n, "image_id": 7, "category_id": 3} | a for n, a in enumerate(annotations, start=1)],
    }
    return put(root / "instances.json", plain | changes)


def mask_of(scenes: Any, level: str = "semantic", picture: int = 0) -> list[str]:
    return ["".join(str(v) if v != 255 else "?" for v in row) for row in scenes.need(level)[picture].tolist()]


def test_polygons_categories_with_gaps_and_a_picture_without_annotations(tmp_path: Path) -> None:
    dog = {"segmentation": [[5, 0, 8, 0, 8, 6, 5, 6]], "category_id": 90, "bbox": [5, 0, 3, 6]}
    scenes = load(a_json(tmp_path, {"segmentation": SQUARE}, dog))
    assert scenes.ids == ("a.png", "b.png")
    assert scenes.vocabulary.classes == ("background", "cat", "dog")
    assert mask_of(scenes) == ["00000222", "01110222", "01110222", "01110222", "00000222", "00000222"]
    assert mask_of(scenes, "instances")[1] == "01110222"
    assert scenes.need("objects").tolist() == [[1, 2], [0, 0]]
    assert scenes.need("labels").tolist() == [1, 0]  # b shows neither


def test_run_lengths_uncompressed_and_compressed_agree(tmp_path: Path) -> None:
    from faster_coco_eval.core import mask as coco

    shape = np.zeros((6, 8), np.uint8)
    shape[1:5, 2:4] = 1
    shape[2, 5] = 1
    flat = np.concatenate([[0], shape.T.ravel(), [2]])
    edges = np.flatnonzero(np.diff(flat))
    counts = np.diff(np.concatenate([[0], edges])).tolist()  # down the columns, beginning with what is outside
    packed = coco.encode(np.asfortranarray(shape))["counts"]
    packed = packed.decode() if isinstance(packed, bytes) else packed
    plain = load(a_json(tmp_path / "1", {"segmentation": {"size": [6, 8], "counts": counts}}))
    short = load(a_json(tmp_path / "2", {"segmentation": {"size": [6, 8], "counts": packed}}))
    assert plain.need("semantic")[0].tolist() == short.need("semantic")[0].tolist() == shape.tolist()


def test_crowds_are_ignored_and_smaller_objects_are_on_top(tmp_path: Path) -> None:
    crowd = {"segmentation": {"size": [6, 8], "counts": [0, 24, 24]}, "iscrowd": 1}  # the left half
    dot = {"segmentation": [[2, 2, 3, 2, 3, 3, 2, 3]], "category_id": 90}
    report: list[str] = []
    scenes = load(a_json(tmp_path, dot, crowd, {"segmentation": SQUARE}), report=report)
    assert mask_of(scenes) == ["????0000", "?1110000", "?1210000", "?1110000", "????0000", "????0000"]
    assert scenes.need("objects").tolist() == [[2, 1], [0, 0]]
    told = ("1 pixel in 1 picture belonged to two objects", "1 object in 1 picture stood for many", "15 pixels")
    assert [words in line for words, line in zip(told, report, strict=True)] == [True] * 3


def test_what_sticks_out_is_cut_off(tmp_path: Path) -> None:
    scenes = load(a_json(tmp_path, {"segmentation": [[-3, -2.5, 3, -2.5, 3, 2, -3, 2]]}))
    assert mask_of(scenes)[:3] == ["11100000", "11100000", "00000000"]


def test_an_object_smaller_than_a_pixel_is_reported(tmp_path: Path) -> None:
    tiny = {"segmentation": [[2.1, 2.1, 2.2, 2.1, 2.2, 2.2]]}
    report: list[str] = []
    scenes = load(a_json(tmp_path, tiny, {"segmentation": SQUARE}), report=report)
    assert scenes.count_objects().sum() == 1
    assert "1 object in 1 picture" in report[0]


def test_a_polygon_is_what_pillow_fills(tmp_path: Path) -> None:
    """An independent oracle, up to pixels on the edge, which the two count differently."""
    rng = np.random.default_rng(0)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    points = np.stack([50 + 40 * np.cos(angles), 40 + 35 * np.sin(angles)], 1)
    put(tmp_path / "a.png", rgb(80, 100))
    plain = {
        "images": [{"id": 1, "file_name": "a.png", "height": 80, "width": 100}],
        "categories": [{"id": 1, "name": "blob"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [points.ravel().tolist()]}],
    }
    ours = load(put(tmp_path / "x.json", plain)).need("semantic")[0].numpy() > 0
    canvas = Image.new("L", (100, 80))
    ImageDraw.Draw(canvas).polygon([tuple(point) for point in points.tolist()], fill=1)
    theirs = np.asarray(canvas) > 0
    assert (ours & theirs).sum() / (ours | theirs).sum() > 0.95


@pytest.mark.slow
def test_pictures_are_found_where_they_usually_lie(tmp_path: Path) -> None:
    path = a_json(tmp_path / "pictures", {"segmentation": SQUARE})
    plain = path.read_text()
    first = load(path)
    (tmp_path / "pictures").rename(tmp_path / "val2017")
    official = put(tmp_path / "annotations/instances_val2017.json", plain)
    assert (load(official).images == first.images).all()
    elsewhere = put(tmp_path / "far/away/x.json", plain)
    refused(elsewhere, "'a.png' is in none of", "images=")
    assert (load(elsewhere, images=tmp_path / "val2017").images == first.images).all()
    (tmp_path / "val2017").rename(tmp_path / "far/away/images")
    assert (load(elsewhere).images == first.images).all()


def test_names_with_folders_spaces_umlauts_and_quotes(tmp_path: Path) -> None:
    name = "train 1/Grüße 'so' \\u0041.png".replace("\\u0041", "A")
    put(tmp_path / "images" / name, rgb(6, 8))
    images = [{"id": 1, "file_name": name, "height": 6, "width": 8}]
    path = put(tmp_path / "ü.json", {"images": images, "categories": [], "annotations": []})
    assert load(path).ids == (name,)


# Bad input


BAD = {
    "two points": ({"segmentation": [[1, 1, 4, 4]]}, "a polygon of 2 points"),
    "NaN": ({"segmentation": [[1, 1, NAN, 1, 4, 4]]}, "nan"),
    "far away": ({"segmentation": [[1, 1, 1e9, 1, 4, 4]]}, "far outside"),
    "words": ({"segmentation": [["x", 1, 2, 3, 4, 4]]}, "no list of numbers"),
    "no outline": ({"segmentation": []}, "empty outline"),
    "none at all": ({}, 'no "segmentation"'),
    "width below 0": ({"segmentation": SQUARE, "bbox": [1, 1, -2, 3]}, "the box [1, 1, -2, 3]"),
    "NaN box": ({"segmentation": SQUARE, "bbox": [1, 1, NAN, 3]}, "width and height must be 0 or above"),
    "other size": ({"segmentation": {"size": [8, 6], "counts": [48]}}, "[6, 8]"),
    "too long": ({"segmentation": {"size": [6, 8], "counts": [40, 99]}}, "run lengths"),
    "negative run": ({"segmentation": {"size": [6, 8], "counts": [-4, 52]}}, "run lengths"),
    "broken string": ({"segmentation": {"size": [6, 8], "counts": "~~"}}, "run lengths"),
    "no category": ({"segmentation": SQUARE, "category_id": 91}, "category 91"),
}


@pytest.mark.parametrize(("annotation", "words"), BAD.values(), ids=BAD.keys())
@pytest.mark.slow
def test_a_bad_annotation_is_named_and_costs_only_its_picture(
    annotation: dict[str, Any], words: str, tmp_path: Path
) -> None:
    path = a_json(tmp_path, {"segmentation": SQUARE}, annotation)
    refused(path, "instances.json: annotation 2", words)
    skipped(path, ["b.png"], words, "1 of 2 pictures left out")


def test_an_annotation_of_a_missing_picture(tmp_path: Path) -> None:
    path = a_json(tmp_path, {"segmentation": SQUARE}, {"segmentation": SQUARE, "image_id": 99})
    refused(path, "annotation 2 is of picture 99", '"images" does not list')
    scenes = skipped(path, ["a.png", "b.png"], "picture 99", "0 of 2 pictures left out, 1 fault:")
    assert scenes.count_objects().sum() == 1
    (tmp_path / "a.png").unlink()
    path = a_json(tmp_path / "2", {"segmentation": SQUARE})
    (tmp_path / "2/a.png").unlink()
    refused(path, "a.png", "No such file")
    skipped(path, ["b.png"], "a.png")


def test_a_picture_of_another_size_than_it_says(tmp_path: Path) -> None:
    path = a_json(tmp_path, {"segmentation": SQUARE})
    put(tmp_path / "a.png", rgb(8, 6))
    refused(path, "a.png: is 8 × 6", "instances.json says 6 × 8")
    skipped(path, ["b.png"], "8 × 6")


@pytest.mark.slow
def test_files_that_are_no_coco(tmp_path: Path) -> None:
    put(tmp_path / "a.png", rgb(2, 2))
    refused(put(tmp_path / "1.json", "{not json"), "1.json: is no JSON")
    refused(put(tmp_path / "2.json", b"\xff\xfe\x00"), "2.json: is no JSON")
    refused(put(tmp_path / "3.json", "[1, 2]"), "not COCO", "'images'")
    refused(put(tmp_path / "4.json", {"images": []}), '"images" name no file')
    refused(put(tmp_path / "5.json", {"images": [{"file_name": "a.png"}]}), "'annotations'")
    path = a_json(tmp_path / "x")
    plain = json.loads(path.read_text())
    for change, words in [
        ({"annotations": None}, "'annotations'"),
        ({"images": [{"file_name": "a.png"}]}, '"id"'),
        ({"images": [{"file_name": "..", "id": 1, "height": 6, "width": 8}]}, "'..'"),
        ({"images": [plain["images"][0]] * 2}, "twice"),
        ({"categories": [{"id": 1}]}, '"categories" lacks'),
        ({"categories": [{"id": n, "name": f"c{n}"} for n in range(255)]}, "255 categories"),
    ]:
        refused(put(path, copy.deepcopy(plain) | change), words, images=tmp_path / "x")


@pytest.mark.parametrize("value", [None, [], {}, "x", 1.5, -1, [[]], {"size": 5}, {"size": [6, 8], "counts": None}])
@pytest.mark.slow
def test_any_value_in_any_place_gets_a_sentence(value: Any, tmp_path: Path) -> None:
    for key in ("image_id", "category_id", "segmentation", "bbox"):
        path = a_json(tmp_path, {"segmentation": SQUARE, "bbox": [1, 1, 3, 3]} | {key: value})
        if not (key == "bbox" and value is None):
            refused(path, "annotation 1")
    plain = json.loads(a_json(tmp_path, {"segmentation": SQUARE}).read_text())
    for field, key in (("images", "id"), ("images", "file_name"), ("categories", "id")):
        changed = copy.deepcopy(plain)
        changed[field][0][key] = value
        if not (key in ("id", "file_name") and value in ("x", -1, 1.5)):  # "x" is a name, and ids may be anything
            refused(put(tmp_path / "instances.json", changed), "instances.json", images=tmp_path)


# As tools write it


@pytest.mark.parametrize("name", ["sub\\a.png", "C:\\work\\sub\\a.png", "/home/me/sub/a.png", "../other/a.png"])
def test_a_picture_is_found_by_the_end_of_its_name(name: str, tmp_path: Path) -> None:
    path = a_json(tmp_path, {"segmentation": SQUARE})
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.png").rename(tmp_path / "sub/a.png")
    plain = json.loads(path.read_text())
    plain["images"][0]["file_name"] = name
    scenes = load(put(path, plain))
    assert scenes.ids == ("b.png", "sub/a.png")
    assert scenes.count_objects().sum(1).tolist() == [0, 1]


def test_an_end_that_leads_to_two_pictures_is_refused(tmp_path: Path) -> None:
    path = a_json(tmp_path, {"segmentation": SQUARE})
    for folder in ("1", "2"):
        put(tmp_path / folder / "a.png", rgb(6, 8))
    (tmp_path / "a.png").unlink()
    refused(path, "'a.png'", "'1/a.png' or '2/a.png'", images=tmp_path)
    plain = json.loads(path.read_text())
    plain["images"][0]["file_name"] = "elsewhere/2/a.png"
    assert "2/a.png" in load(put(path, plain), images=tmp_path).ids


def test_numbers_as_text_and_as_floats(tmp_path: Path) -> None:
    path = a_json(tmp_path, {"segmentation": SQUARE})
    plain = json.loads(path.read_text())
    expected = load(path).need("semantic")[0].tolist()
    plain["images"][0] |= {"id": "1", "height": "6", "width": 8.0}
    outline = [[str(number) for number in SQUARE[0]]]
    changes: dict[str, Any] = {"image_id": 1.0, "iscrowd": "0", "segmentation": outline, "bbox": ["1", "1", "3", "3"]}
    plain["annotations"][0] |= changes
    plain["annotations"][0]["category_id"] = str(plain["annotations"][0]["category_id"])
    assert load(put(path, plain)).need("semantic")[0].tolist() == expected


@pytest.mark.parametrize("side", [-1, 0, None])
def test_a_size_that_nobody_knew_is_the_pictures(side: int | None, tmp_path: Path) -> None:
    path = a_json(tmp_path, {"segmentation": SQUARE})
    plain = json.loads(path.read_text())
    plain["images"][0] |= {"height": side, "width": side}
    assert load(put(path, plain)).count_objects().sum() == 1


def test_a_flat_outline_is_left_out_and_reported(tmp_path: Path) -> None:
    flat = {"segmentation": [[2, 3, 5, 3, 5, 3]], "bbox": [2, 3, 3, 0]}
    report: list[str] = []
    scenes = load(a_json(tmp_path, {"segmentation": SQUARE}, flat), report=report)
    assert scenes.count_objects().sum() == 1
    assert "1 object in 1 picture covered no pixel" in report[0]


def test_a_parent_without_objects_is_no_class(tmp_path: Path) -> None:
    path = a_json(tmp_path, {"segmentation": SQUARE})
    plain = json.loads(path.read_text())
    names = load(path).vocabulary.classes
    for category in plain["categories"]:
        category["supercategory"] = "things"
    plain["categories"].insert(0, {"id": 0, "name": "things", "supercategory": "none"})
    report: list[str] = []
    assert load(put(path, plain), report=report).vocabulary.classes == names
    assert "'things' only groups others" in report[0]
    plain["annotations"][0]["category_id"] = 0  # now it has an object of its own
    assert "things" in load(put(path, plain)).vocabulary.classes


def test_an_id_of_two_is_refused(tmp_path: Path) -> None:
    path = a_json(tmp_path, {"segmentation": SQUARE})
    plain = json.loads(path.read_text())
    again = copy.deepcopy(plain)
    again["images"][1]["id"] = str(plain["images"][0]["id"])
    refused(put(path, again), "'a.png' and 'b.png' both have the id")
    again = copy.deepcopy(plain)
    again["categories"].append({"id": plain["categories"][0]["id"], "name": "another"})
    refused(put(path, again), "'another' both have the id")
    text = json.dumps(plain).replace('"image_id":', '"image_id": 1, "image_id":', 1)
    refused(put(path, text), "image_id", "twice")


def test_nothing_but_crowds_is_refused(tmp_path: Path) -> None:
    path = a_json(tmp_path, {"segmentation": SQUARE, "iscrowd": 1})
    refused(path, "all of its 1 object as a crowd", '"iscrowd": 0')


def test_an_object_of_the_class_background_is_told(tmp_path: Path) -> None:
    path = a_json(tmp_path, {"segmentation": SQUARE})
    plain = json.loads(path.read_text())
    plain["categories"].append({"id": 900, "name": "background"})
    plain["annotations"].append(plain["annotations"][0] | {"id": 50, "category_id": 900})
    report: list[str] = []
    assert load(put(path, plain), report=report).count_objects().sum() == 1
    assert "1 object in 1 picture had the class background" in report[0]


def test_a_picture_that_exif_turns(tmp_path: Path) -> None:
    path = a_json(tmp_path, {"segmentation": SQUARE})
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(rgb(6, 8)).save(tmp_path / "a.png", exif=exif)  # a viewer shows it as 8 × 6
    refused(path, "a.png", "EXIF turns it")
    plain = json.loads(path.read_text())
    plain["images"][0] |= {"height": 8, "width": 6}
    plain["images"][1] |= {"height": 8, "width": 6}
    put(tmp_path / "b.png", rgb(8, 6))
    report: list[str] = []
    assert load(put(path, plain), report=report).size == (8, 6)
    assert "1 picture lay turned" in report[0]
