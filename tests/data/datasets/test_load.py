import csv
import os
import re
import time
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from photo_files import png, put, refused, rgb, skipped, zipped
from PIL import Image

import vislab
from vislab.data.datasets import archive, cache, nuclei
from vislab.data.datasets.archive import open_contents
from vislab.data.datasets.load import load

pytestmark = pytest.mark.usefixtures("own_home")


def classes_of(root: Path, count: int = 3, side: int = 8) -> Path:
    for number in range(count):
        put(root / "cat" / f"{number}.png", rgb(side, side, number))
    return root


# What may be given


def test_names_and_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused("smear", "is drawn, not loaded", 'vl.draw("smear"')
    refused("nucleus", "is not there", "nuclei, pennfudan")
    refused(put(tmp_path / "a.png", rgb(2, 2)), "a.png: is no folder, .json, .zip or .safetensors")
    refused(classes_of(tmp_path / "x"), "images= is for the pictures of a COCO JSON", images=tmp_path)
    monkeypatch.chdir(tmp_path)
    classes_of(tmp_path / "nuclei")
    assert len(load("./nuclei")) == len(load(Path("nuclei"))) == 3  # a folder called like a set
    refused("nuclei", "nuclei: is not there", download=False)


@pytest.mark.parametrize(
    "arguments", [{"size": 0}, {"size": 2.5}, {"limit": 0}, {"fit": "stretch"}, {"on_error": "ignore"}]
)
def test_arguments_that_make_no_sense(arguments: dict[str, object], tmp_path: Path) -> None:
    refused(classes_of(tmp_path), next(iter(arguments)), **arguments)


def test_what_was_saved_can_be_cropped_and_limited(tmp_path: Path) -> None:
    scenes = vislab.draw("smear", 5, size=64, seed=2)
    path = scenes.save(tmp_path / "x.safetensors")
    again = load(path)
    assert torch.equal(again.images, scenes.images)
    assert torch.equal(again.need("instances"), scenes.need("instances"))
    part = load(path, size=32, limit=2)
    assert part.ids == scenes.ids[:2]
    assert torch.equal(part.images, scenes.images[:2, :, 16:48, 16:48])
    assert torch.equal(part.need("semantic"), scenes.need("semantic")[:2, 16:48, 16:48])
    from vislab.data.convert import labels_from_masks

    labels = labels_from_masks(part.vocabulary, part.need("semantic"), part.need("objects"))
    assert torch.equal(part.need("labels"), labels)  # of what the crop shows


def test_several_sizes_need_a_size(tmp_path: Path) -> None:
    classes_of(tmp_path)
    put(tmp_path / "dog/wide.png", rgb(4, 9))
    refused(tmp_path, "2 sizes", "8 × 8 (3), 4 × 9 (1)", "size=256")
    assert load(tmp_path, size=6).size == (6, 6)
    assert load(tmp_path, size=12, fit="pad").size == (12, 12)


def test_a_limit_reads_no_more_than_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    classes_of(tmp_path, 20)
    put(tmp_path / "cat/9.png", b"broken, and last in order")
    opened = []
    honest = archive.read_upright
    monkeypatch.setattr(archive, "read_upright", lambda data, where: opened.append(where) or honest(data, where))
    scenes = load(tmp_path, size=8, limit=4)
    assert scenes.ids == ("cat/0.png", "cat/1.png", "cat/10.png", "cat/11.png")
    assert len(opened) == 4


def test_more_than_fits_in_memory_is_refused_with_the_figure(tmp_path: Path) -> None:
    refused(classes_of(tmp_path), "3 pictures of 400000 × 400000", "4,320.0 GB", "limit=", size=400_000)


# The cache


@pytest.mark.slow
def test_the_second_load_decodes_nothing_and_a_changed_source_is_noticed(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = classes_of(tmp_path)
    first = load(root)
    with monkeypatch.context() as patch:
        patch.setattr(archive, "read_upright", None)  # whoever decodes now falls over
        assert torch.equal(load(root).images, first.images)
    put(root / "cat/1.png", rgb(8, 8, 99))
    os.utime(root / "cat/1.png", ns=(time.time_ns(), time.time_ns() + 1))
    assert not torch.equal(load(root).images, first.images)
    put(root / "cat/4.png", rgb(8, 8))
    assert len(load(root)) == 4
    assert len(load(root, limit=2)) == 2
    assert load(root, size=4).size == (4, 4)


def test_a_damaged_cache_is_made_anew(tmp_path: Path, own_home: Path) -> None:
    root = classes_of(tmp_path)
    first = load(root)
    for ending, left in ((".safetensors", 40), (".json", 1)):
        [file] = [path for path in cache.folder().iterdir() if path.suffix == ending]
        file.write_bytes(file.read_bytes()[:left])
        assert torch.equal(load(root).images, first.images)
        assert file.stat().st_size > left


@pytest.mark.slow
def test_the_cache_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roots = [classes_of(tmp_path / name) for name in "abc"]
    load(roots[0])
    [file] = cache.folder().glob("*.safetensors")
    monkeypatch.setattr(cache, "MOST_BYTES", int(2.5 * file.stat().st_size))
    load(roots[1])
    os.utime(file)  # used since
    os.utime(next(path for path in cache.folder().glob("*.safetensors") if path != file), (1, 1))
    load(roots[2])
    assert file.exists()
    assert Counter(path.suffix for path in cache.folder().iterdir()) == {".safetensors": 2, ".json": 2}


def test_no_room_for_a_cache_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "file", "no folder")
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path / "file"))
    assert len(load(classes_of(tmp_path / "x"))) == 3


# The report


def test_the_report_is_printed_or_taken_and_the_same_the_second_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = classes_of(tmp_path)
    for number in range(9):
        put(root / f"cat/bad{number}.png", b"")
    for _ in range(2):
        skipped(root, [f"cat/{number}.png" for number in range(3)], "9 of 12 pictures left out", "bad8.png")
        assert capsys.readouterr() == ("", "")
        load(root, on_error="skip")
        said = capsys.readouterr()
        assert "9 of 12 pictures left out" in said.out
        assert "and 4 more" in said.out
        assert said.err == ""


# Nuclei and pedestrians in the official layouts, by hand


def nucleus(*box: int, side: int = 8) -> bytes:
    mask = np.zeros((side, side), np.uint8)
    mask[box[0] : box[1], box[2] : box[3]] = 255
    return png(mask)


def test_nuclei_from_a_zip_and_from_a_folder(tmp_path: Path) -> None:
    files = {
        "x/p/images/p.png": png(rgb(8, 8)),
        "x/p/masks/a.png": nucleus(0, 4, 0, 4),
        "x/p/masks/b.png": nucleus(3, 5, 3, 5),
    }
    for name, data in files.items():
        put(tmp_path / "unpacked" / name, data)
    for path in (tmp_path / "unpacked", zipped(tmp_path / "x.zip", files)):
        report: list[str] = []
        scenes = load(path, report=report)
        assert scenes.vocabulary.name == "nuclei"
        assert (scenes.need("instances")[0] == 1).sum() == 15
        assert (scenes.need("instances")[0] == 2).sum() == 4
        assert scenes.groups == ("p",)  # the table does not list it
        assert scenes.attributes == {"modality": ("",), "fold": ("",)}
        assert scenes.need("labels").tolist() == [0]
        assert len(report) == 1
        assert "1 pixel in 1 picture belonged to two" in report[0]


@pytest.mark.slow
def test_bad_nuclei(tmp_path: Path) -> None:
    good = {"q/images/q.png": png(rgb(8, 8)), "q/masks/a.png": nucleus(0, 4, 0, 4)}
    grey = np.zeros((8, 8), np.uint8)
    grey[2:4, 2:4] = [[7, 255], [128, 255]]
    for number, (bad, words) in enumerate(
        [
            ({"p/images/p.png": png(rgb(8, 8))}, "p.png: has no masks in p/masks/"),
            ({"p/images/p.png": png(rgb(8, 8)), "p/masks/a.png": nucleus(0, 1, 0, 1, side=9)}, "9 × 9"),
            ({"p/images/p.png": png(rgb(8, 8)), "p/masks/a.png": png(grey)}, "[7, 128, 255]"),
            ({"p/images/p.png": png(rgb(8, 8)), "p/masks/a.png": b""}, "a.png: is empty"),
            ({"p/masks/a.png": nucleus(0, 1, 0, 1)}, "a mask without its picture"),
        ]
    ):
        path = zipped(tmp_path / f"{number}.zip", good | bad)
        refused(path, words)
        skipped(path, ["q"], words)


def test_pedestrians_by_hand(tmp_path: Path) -> None:
    files = {"P/PNGImages/a.png": png(rgb(2, 4)), "P/PedMasks/a_mask.png": png(np.array([[0, 1, 1, 2]] * 2, np.uint8))}
    scenes = load(zipped(tmp_path / "x.zip", files))
    assert scenes.levels == ("semantic", "instances")
    assert scenes.need("semantic")[0].tolist() == [[0, 1, 1, 1]] * 2
    assert scenes.count_objects().tolist() == [[0, 2]]
    refused(zipped(tmp_path / "y.zip", files | {"P/PNGImages/b.png": png(rgb(2, 4))}), "b.png: has no mask PedMasks")
    refused(zipped(tmp_path / "z.zip", files | {"P/PedMasks/c_mask.png": b""}), "a mask without its picture")


# The real sets. Decoding all of one takes seconds, so a part is decoded and all is listed.


@pytest.mark.data
def test_real_nuclei_are_listed_with_what_the_table_knows(test_data: Path) -> None:
    listed = nuclei.source(open_contents(test_data / "nuclei/stage1_train.zip"))
    with (test_data / "nuclei/images.csv").open() as file:
        table = {row["image_id"]: row for row in csv.DictReader(file)}
    assert set(listed.items) == {name for name, row in table.items() if row["here"] == "1"}
    assert len(listed.items) == 332
    assert list(listed.groups or ()) == ["mosaic-" + table[name]["mosaic"] for name in listed.items]
    for column in ("modality", "fold"):
        assert listed.attributes[column] == [table[name][column] for name in listed.items]
    assert Counter(listed.attributes["modality"]) == {"fluorescence": 273, "histology": 53, "brightfield": 6}
    assert set(listed.attributes["fold"]) == {"0", "1"}
    assert not listed.problems


@pytest.mark.data
@pytest.mark.slow
def test_real_nuclei(test_data: Path) -> None:
    source = test_data / "nuclei/stage1_train.zip"
    scenes = load(source, size=360, limit=50, report=[])
    train, valid, test = (set(part.groups or ()) for part in scenes.split(valid=0.2, test=0.2, seed=0))
    assert not train & valid
    assert not train & test
    assert not valid & test
    # Nuclei and their pixels, counted by Pillow alone from the files.
    checked = 0
    with zipfile.ZipFile(source) as archive:
        masks = [name for name in archive.namelist() if "/masks/" in name]
        for index, name in enumerate(scenes.ids):
            own = [mask for mask in masks if mask.startswith(name)]
            shown = np.asarray(Image.open(archive.open(own[0])))
            if max(shown.shape) > 360 or checked == 6:  # cropped
                continue
            for mask in own[1:]:
                shown = shown | np.asarray(Image.open(archive.open(mask)))
            top, left = (360 - shown.shape[0]) // 2, (360 - shown.shape[1]) // 2
            semantic = scenes.need("semantic")[index].numpy()
            window = semantic[top : top + shown.shape[0], left : left + shown.shape[1]]
            assert (window == shown // 255).all()
            assert (semantic == 255).sum() == 360**2 - shown.size
            assert int(scenes.count_objects()[index, 1]) == len(own)
            checked += 1
    assert checked == 6


@pytest.mark.data
@pytest.mark.slow
def test_the_fullest_real_picture(test_data: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(test_data / "nuclei/stage1_train.zip") as archive:
        masks = Counter(name.split("/")[0] for name in archive.namelist() if "/masks/" in name)
        assert (min(masks.values()), max(masks.values()), np.median(list(masks.values()))) == (1, 369, 25.5)
        fullest = masks.most_common(1)[0][0]
        files = {name: archive.read(name) for name in archive.namelist() if name.startswith(fullest)}
    scenes = load(zipped(tmp_path / "one.zip", files))
    assert scenes.count_objects().tolist() == [[0, 369]]
    assert scenes.need("labels").tolist() == [1]


@pytest.mark.data
@pytest.mark.slow
def test_real_pedestrians(test_data: Path) -> None:
    source = test_data / "pennfudan/PennFudanPed.zip"
    refused(source, "sizes", "size=256", limit=9)
    scenes = load(source, size=640, limit=12)
    objects, pixels = [], []
    with zipfile.ZipFile(source) as archive:
        for name in scenes.ids:
            text = archive.read(f"PennFudanPed/Annotation/{name}.txt").decode("latin-1")
            objects.append(int(re.findall(r"ground truth : (\d+)", text)[0]))
            mask = np.asarray(Image.open(archive.open(f"PennFudanPed/PedMasks/{name}_mask.png")))
            assert max(mask.shape) <= 640  # nothing is cut off
            pixels.append(int((mask > 0).sum()))
    assert scenes.count_objects()[:, 1].tolist() == objects
    assert (scenes.need("semantic") == 1).flatten(1).sum(1).tolist() == pixels
    assert scenes.labels is None
