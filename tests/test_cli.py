"""The command line: what it lists, draws and shows, and how it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from torchvision.models import get_model

import vislab as vl
from vislab.cli import main
from vislab.studies.claims.published import CLAIMS


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def run(line):
    return main(line.split())


@pytest.mark.parametrize(
    "command", ["lab", "course", "check", "data", "data draw", "data show", "compare", "report", "predict", "export"]
)
def test_help_says_what_a_command_does_with_an_example(command, capsys):
    with pytest.raises(SystemExit):
        run(f"{command} --help")
    told = capsys.readouterr().out
    first = told.split("\n\n")[1].strip()
    assert first.endswith(".")
    assert first[0].isupper()
    assert f"for example:\n  vislab {command}" in told


def test_python_runs_the_package_as_the_command():
    ran = subprocess.run([sys.executable, "-m", "vislab", "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("vislab ")


def test_course_hands_the_notebooks_out_and_keeps_what_was_changed(capsys):
    assert run("course mine") == 0
    assert "mine: the notebooks; open them with jupyter lab mine" in capsys.readouterr().out
    first = Path("mine/00_four_questions.ipynb")
    assert '"outputs": []' in first.read_text(encoding="utf-8")
    first.write_text("changed", encoding="utf-8")
    assert run("course mine") == 0
    assert first.read_text(encoding="utf-8") == "changed"
    Path("file").write_text("", encoding="utf-8")
    assert run("course file") == 2
    assert "file" in capsys.readouterr().err


def test_data_lists_every_set_its_levels_and_where_it_lies(capsys):
    assert main(["data"]) == 0
    told = capsys.readouterr().out
    for word in (
        "smear",
        "street",
        "shelf",
        "nuclei",
        "pennfudan",
        "labels, semantic, instances",
        "drawn when asked for",
    ):
        assert word in told
    assert "home/data/nuclei" in told.replace("\\", "/")


def test_data_draw_writes_what_load_reads_back_exactly(capsys):
    assert run("data draw smear --count 5 --size 64 --seed 1 --out drawn") == 0
    assert "drawn: Scenes(smear: 5 pictures of 64 × 64" in capsys.readouterr().out
    back, drawn = vl.load("drawn"), vl.draw("smear", 5, size=64, seed=1)
    for level in ("images", "labels", "semantic", "instances", "objects"):
        assert torch.equal(getattr(back, level), getattr(drawn, level)), level
    assert (back.ids, back.vocabulary) == (drawn.ids, drawn.vocabulary)


def test_data_draw_takes_a_range_of_objects():
    assert run("data draw smear --count 4 --size 64 --objects 0 --out none") == 0
    assert vl.load("none").count_objects().sum() == 0
    assert run("data draw smear --count 4 --size 64 --objects 2-3 --crowding 0 --out few") == 0
    assert vl.load("few").count_objects().sum(1).max() <= 3


@pytest.mark.slow
def test_data_show_writes_a_sheet_of_drawn_and_own_pictures(capsys):
    assert run("data show street --count 2 --size 64 --out street.png") == 0
    assert run("data draw smear --count 5 --size 64 --out drawn") == 0
    assert run("data show drawn --count 3 --size 64 --out own.png") == 0
    for name in ("street.png", "own.png"):
        with Image.open(name) as sheet:
            assert sheet.width > 300


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("data draw moon --out x", "there is no world 'moon'"),
        ("data draw smear --size 20 --out x", "size must be a whole number from 64 to 512, not 20"),
        ("data draw smear --count 0 --out x", "count must be a whole number of at least 1, not 0"),
        ("data show none/such --out x.png", "is not there"),
        ("data show smear --count 0 --out x.png", "argument --count: must be a whole number from 1, not '0'"),
        ("compare --epochs 1 --minutes 1", "argument --minutes: not allowed with argument --epochs"),
        ("compare --epochs 0", "epochs must be a number above 0 or None, not 0.0"),
        ("compare --count few", "argument --count: invalid int value: 'few'; see vislab compare --help"),
        ("compare --size 100", "size must be a multiple of 16"),
        ("compare --device moon", "device moon cannot be used"),
        ("compare --data none/such", "none/such: is not there"),
        ("compare --out file.txt/out", "cannot be written"),
        ("compare --encoder moon", "torchvision has no backbone 'moon'; take one as resnet18"),
        ("compare --encoder resnet18 --weights none.pth", "none.pth: there is no such file; fetch https://"),
        ("compare --weights mine.pth", "--weights mine.pth are an encoder's; name it, as --encoder resnet18"),
        ("dance", "invalid choice: 'dance'"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(line, told, capsys, tmp_path):
    (tmp_path / "file.txt").touch()
    assert run(line) == 2
    said = capsys.readouterr().err
    assert said.startswith("vislab: ")
    assert told in said
    assert len(said.strip().splitlines()) == 1


def test_compare_finds_out_where_it_may_write_before_it_trains(tmp_path, capsys, monkeypatch):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "runs").touch()
    monkeypatch.setattr("vislab.studies.study.study", lambda *data, **settings: pytest.fail("it has begun"))
    assert run("compare") == 2
    assert "set VISLAB_HOME to a folder" in capsys.readouterr().err


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    assert run("data draw smear --count 1 --size 64 --out full") == 2
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]


def coco(folder, name="mine.json"):
    """A COCO JSON of one picture beside it."""
    folder.mkdir()
    Image.new("RGB", (64, 64)).save(folder / "a.png")
    told = {"images": [{"id": 1, "file_name": "a.png", "height": 64, "width": 64}],
            "categories": [{"id": 1, "name": "dot"}], "annotations": []}  # fmt: skip
    (folder / name).write_text(json.dumps(told))


@pytest.mark.slow
def test_no_sheet_replaces_a_file_of_the_set_that_it_shows(capsys):
    assert run("data draw smear --count 2 --size 64 --out drawn") == 0
    mask = next(Path("drawn/masks").iterdir())
    Path("link.png").symlink_to(mask.resolve())
    coco(Path("coco"))
    vl.draw("smear", 2, size=64).save("kept.safetensors")
    for name, out in (
        ("drawn", mask),
        ("drawn", "link.png"),
        ("coco/mine.json", "coco/a.png"),
        ("coco/mine.json", "coco/mine.json"),
        ("kept.safetensors", "./kept.safetensors"),
    ):
        before = Path(out).read_bytes()
        assert run(f"data show {name} --size 64 --out {out}") == 2
        said = capsys.readouterr().err
        assert str(Path(out)) in said
        assert len(said.strip().splitlines()) == 1
        assert Path(out).read_bytes() == before
    for _ in range(2):  # an earlier sheet may be replaced, beside what is read too
        assert run("data show drawn --size 64 --out drawn/sheet.png") == 0
        assert run("data show coco/mine.json --size 64 --out coco/sheet.png") == 0


@pytest.fixture
def results(monkeypatch):
    """Stands for the study; returns what it was asked for."""
    asked = {}

    class Results:
        data = {"name": "street"}  # noqa: RUF012

        def __repr__(self):
            return "the matrix"

        def save(self, folder):
            asked["folder"] = folder
            return folder

    def study(data, **settings):
        asked.update(settings, data=data)
        return Results()

    monkeypatch.setattr("vislab.studies.study.study", study)
    monkeypatch.setattr(
        "vislab.studies.report.page.write_report", lambda folder, out: asked.update(page=(folder, out)) or out
    )
    return asked


def test_compare_hands_its_options_to_the_study_and_says_where_the_results_are(results, capsys, tmp_path):
    line = "compare --data street --size 64 --count 9 --minutes 2 --device cpu --seed 3 --seeds 2 --fresh"
    assert run(f"{line} --ask person --fit resize --groups (.*)_ --channels 2,0,1") == 0
    folder = tmp_path / "home" / "runs" / "compare" / "street"
    assert results == {
        "data": "street", "size": 64, "count": 9, "epochs": None, "minutes": 2, "device": "cpu", "seed": 3,
        "seeds": 2, "fresh": True, "ask": "person", "fit": "resize", "groups": "(.*)_", "channels": (2, 0, 1),
        "encoder": None, "guests": {},
        "folder": folder, "page": (folder, folder / "report.html"),
    }  # fmt: skip
    told = capsys.readouterr().out
    assert "the matrix" in told
    assert f"{folder}: results.json holds every number" in told
    assert f"{folder / 'report.html'}: the comparison as a page" in told


def test_compare_takes_an_encoder_with_weights_from_a_file_and_results_of_its_own(results, tmp_path):
    torch.save(get_model("mobilenet_v3_small").state_dict(), "mine.pth")
    assert run("compare --data street --encoder mobilenet_v3_small --weights mine.pth") == 0
    assert results["encoder"].title == "mobilenet_v3_small (mine.pth)"
    assert results["folder"] == tmp_path / "home" / "runs" / "compare" / "street-mobilenet_v3_small"


def test_compare_writes_where_it_is_told(results, tmp_path):
    assert run("compare --out my/results") == 0
    assert results["folder"].resolve() == tmp_path / "my" / "results"
    assert list((tmp_path / "my" / "results").iterdir()) == []


def test_compare_refuses_to_replace_its_pictures_before_it_trains(results, capsys):
    coco(Path("coco"), "results.json")
    before = Path("coco/results.json").read_text()
    assert run("compare --data coco/results.json --out coco") == 2
    said = capsys.readouterr().err
    assert "coco/results.json" in said
    assert "data" not in results
    assert Path("coco/results.json").read_text() == before
    assert run("compare --data coco/results.json --out coco/out") == 0


@pytest.mark.slow
def test_compare_prints_the_matrix_and_writes_its_files(monkeypatch, capsys):
    monkeypatch.setattr("vislab.studies.division.PARTS", (4, 8))
    assert run("compare --count 16 --size 64 --epochs 0.5 --out found") == 0
    told = capsys.readouterr().out
    for word in ("classification: training on", "instance: mask AP", "watershed", "multiply-", "found: results.json"):
        assert word in told
    with Image.open("found/outcome.png") as figure:
        assert figure.width > 800
    assert Path("found/report.html").read_text(encoding="utf-8").count("<article") == len(CLAIMS)
    assert json.loads(Path("found/results.json").read_text(encoding="utf-8"))["data"]["train"] == 16
