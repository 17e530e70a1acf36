"""Guests of a study: in the table, the file, the page and the cards, marked as guests, with costs as they tell them."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from made_results import MACHINE, TASKS, TIMES, cost, shipped_results
from PIL import Image

import vislab as vl
from vislab.cli import main
from vislab.errors import VislabError
from vislab.evaluation.guests.export import export_test, readme
from vislab.studies.claims.advice import advise
from vislab.studies.claims.judge import gather, judge
from vislab.studies.claims.read_results import read_studies
from vislab.studies.claims.rules import Better
from vislab.studies.claims.verdicts import Verdict
from vislab.studies.examination import Examination
from vislab.studies.guests import Guest, read_guests, told_costs
from vislab.studies.report.page import render
from vislab.studies.report.rows import answer_charts
from vislab.studies.results import Results
from vislab.studies.study import study


def table(path, test, count, ids=None):
    """A guest's table that counts the cells rightly but for one more in each."""
    rows = [f"{name},{float(number) + 1}" for name, number in zip(test.ids, count, strict=True)]
    path.write_text("\n".join(["picture,count", *rows[:ids]]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("guests")


@pytest.fixture(scope="module")
def results(place) -> Results:
    """The shipped models' results, joined by one guest of all pictures that tells a cost, and one of half of them."""
    own = shipped_results(16)
    truth = vl.answers(own.test).totals("count")
    table(place / "anna.csv", own.test, truth)
    (place / "anna.about.json").write_text(json.dumps({"labelling_s": 12, "latency_s": 3, "notes": "by eye"}))
    table(place / "chat.csv", own.test, truth - 1, 8)
    exam = Examination(own.test)
    for task, model in vl.pretrained("smear", "cpu").items():
        exam.ask_model(task, model, cost(TIMES[task], 5e7))
    for guest in read_guests({"anna": place / "anna.csv", "chat": place / "chat.csv"}, [own.test]):
        exam.ask_guest(guest)
    exam.ask_baselines({name: own.predictions[name] for name in own.baselines})
    return exam.results({key: value for key, value in own.data.items() if key != "objects"}, dict(MACHINE))


def test_the_file_holds_guests_with_what_they_are_judged_on_and_what_they_told(results, place):
    told = json.loads((results.save(place / "saved") / "results.json").read_text(encoding="utf-8"))["guests"]
    anna, chat = told["anna (guest)"], told["chat (guest)"]
    assert (anna["task"], anna["pictures"], chat["pictures"]) == ("regression", 16, 8)
    assert (list(anna["answers"]), anna["answers"]["count"]["mae"]) == (["count"], 1)
    assert (chat["answers"]["count"]["mae"], chat["scores"]["count_error"]) == (0, 0)
    assert anna["cost"]["labelling_s"] == 12
    assert anna["cost"]["latency_s"] == {"median": 3, "p10": 3, "p90": 3}
    assert chat["cost"] == {"notes": {"guest": ""}}


def test_pairs_compare_a_guest_with_everybody_on_the_pictures_of_both(results):
    counted = [pair for pair in results.pairs if pair["question"] == "count" and pair["among"] == "all"]
    pairs = {frozenset((pair["a"], pair["b"])): pair for pair in counted}
    both = pairs[frozenset(("anna (guest)", "chat (guest)"))]
    assert (both["pictures"], abs(both["difference"])) == (8, 1)
    assert pairs[frozenset(("anna (guest)", "instance"))]["pictures"] == 16
    assert frozenset(("mean", "chat (guest)")) in pairs


def test_the_table_marks_guests_fits_the_terminal_and_says_what_is_not_told(results):
    text = repr(results)
    assert max(map(len, text.splitlines())) <= 120
    (asked, costs) = (line for line in text.splitlines() if line.startswith("anna (guest)"))
    assert "1.00" in asked
    assert ("12 s" in costs, "3000.0 ms" in costs, "not told" in costs) == (True, True, True)
    chat = [line for line in text.splitlines() if line.startswith("chat (guest)")]
    assert chat[1].split()[2:] == ["not", "told"] * 7
    assert "chat (guest) answers 8 of 16 pictures, and is judged on these." in re.sub(r"\s+", " ", text)


def test_a_file_with_guests_is_read_as_it_was_written_and_claims_can_be_about_them(results, place):
    (read,) = read_studies(results.save(place / "again"))
    assert read.troubles == []
    assert read.guests.keys() == {"anna (guest)", "chat (guest)"}
    assert len(read.pairs) == len(results.pairs)
    assert read.error("chat (guest)", "count") == 0
    plain = json.loads(json.dumps(results.to_dict()))
    plain["guests"]["chat (guest)"]["pictures"] = 99
    (read,) = read_studies(plain)
    assert "chat (guest): does not say what kind of guest it is" in read.troubles[0]


def test_a_claim_about_a_guest_is_judged_and_says_on_which_pictures(results):
    claims = [vl.Claim("A chat model counts better than ours.", Better("count", "chat (guest)", "instance"))]
    claims += [vl.Claim("Anna counts better than ours.", Better("count", "anna (guest)", "instance"))]
    chat, anna = judge(results, claims)
    assert "chat (guest) answers 8 of 16 pictures, and is judged on these." in chat.findings[0].sentence
    assert (anna.verdict, "judged on" in anna.findings[0].sentence) == (Verdict.CONTRADICTED, False)


def test_no_card_advises_a_guest_and_each_says_that_its_cost_is_not_told(results):
    (card,) = (card for card in advise(gather(results)) if card.question == "count")
    assert {one.task for one in card.contenders} <= set(TASKS)
    assert not any("guest" in task for task in card.tasks)
    anna, chat = card.guests
    assert "anna (guest): off by 1.00 (1.00–1.00) objects a picture, surely more than instance" in anna
    assert anna.endswith("It is not advised: what it costs is its own word.")
    assert chat.startswith("chat (guest), on 8 of 16 pictures: off by 0.00")
    assert chat.endswith("It is not advised: what it costs is not told.")
    assert chat in card.why
    (label,) = (card for card in advise(gather(results)) if card.question == "label")
    assert label.guests == ()


def test_the_page_shows_guests_apart_from_models(results):
    page = render(results)
    assert "bar-guest" in page
    (study,) = read_studies(results)
    (chart,) = (chart for chart in answer_charts(study) if chart.title.startswith("How many?"))
    least = min(chart.bars, key=lambda bar: bar.value)
    assert (least.name, least.value, least.some) == ("chat (guest)", 0, "8 of 16 pictures")
    assert chart.marked != 0  # half of the pictures, perhaps the easy ones, makes nobody the first
    assert "anna (guest)" in page
    assert "Not told: chat (guest)." in page
    assert "Predicted elsewhere, and read from files. chat (guest) answers 8 of 16 pictures" in page
    assert "What it costs is not told." in page
    assert "In its words: by eye" in page
    assert "It is not advised: what it costs is not told." in page


def test_the_viewer_takes_a_studys_guests(results):
    shown = vl.compare(results.test, [results.predictions["instance"], results.predictions["chat (guest)"]])
    assert len(shown.scenes) == 8


def test_a_guest_of_half_is_not_asked_about_pixels_that_the_truth_ignores(place):
    test = vl.draw("smear", 4, size=64)
    masked = replace(test, semantic=test.semantic.clone(), instances=None, objects=None)
    masked.semantic[3, :8] = 255
    folder = place / "masks"
    (folder / "masks").mkdir(parents=True)
    for index in (1, 3):
        Image.fromarray(test.semantic[index].numpy()).save(folder / "masks" / f"{test.ids[index]}.png")
    exam = Examination(masked)
    exam.ask_guest(Guest(vl.guest("right", folder, masked), {"notes": {"guest": ""}}))
    assert exam.guests["right (guest)"]["scores"]["mean_iou"] == 1
    assert exam.guests["right (guest)"]["answers"]["share"]["mae"] == pytest.approx(0, abs=1e-6)


# What a guest tells


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"price": 3}, "tells 'price', but a guest can tell threshold, training_s"),
        ({"training_s": "long"}, "its training_s must be a number above 0, not 'long'"),
        ({"latency_s": 0}, "its latency_s must be a number above 0, not 0"),
        ({"notes": 3}, "its notes must be text, not 3"),
    ],
)
def test_what_cannot_be_told_gets_one_sentence(told, says, tmp_path):
    (tmp_path / "a.about.json").write_text(json.dumps(told))
    with pytest.raises(VislabError, match=re.escape(f"{tmp_path / 'a.about.json'}: {says}")):
        told_costs(tmp_path / "a.csv")


def test_a_study_reads_guests_before_it_trains(tmp_path, monkeypatch):
    monkeypatch.setattr("vislab.studies.study.train_beside", lambda each: pytest.fail("it has begun"))
    with pytest.raises(VislabError, match=r"none\.csv: cannot be read"):
        study("smear", size=64, count=8, guests={"anna": tmp_path / "none.csv"})
    with pytest.raises(VislabError, match="every seed tests other pictures, and a guest predicted those of one"):
        study("smear", size=64, count=8, seeds=2, guests={"anna": tmp_path / "none.csv"})


# The test pictures, given away


def test_exported_pictures_carry_no_truth_and_a_readme_says_what_to_bring_back(place):
    test = vl.draw("smear", 3, size=64, seed=5)
    folder = export_test(test, place / "given")
    back = vl.load(folder)
    assert back.ids == test.ids
    assert np.array_equal(back.images, test.images)
    assert back.levels == ()
    text = (folder / "README.md").read_text(encoding="utf-8")
    for words in (
        "3 test pictures of smear",
        "64 × 64 pixels",
        "`count infected cell`",
        "masks/ID.png",
        "vislab compare",
        "`infected` if it shows 12 pixels or more of infected cell",
    ):
        assert words in text
    with pytest.raises(VislabError, match="not empty"):
        export_test(test, folder)


def test_pictures_with_labels_alone_are_asked_for_labels_alone():
    words = vl.Vocabulary("animals", ("cat", "dog"), ("background",), (), None, {"any": "which?"}, (), ("#000000",))
    test = vl.draw("smear", 1, size=64)
    text = readme(vl.Scenes(test.images, None, None, None, None, words, test.ids))
    assert "masks/ID.png" not in text
    assert "category_id" not in text
    assert "`label` (`cat`, `dog`)" in text


def test_the_command_gives_away_what_the_study_tests(place, monkeypatch, capsys):
    monkeypatch.setenv("VISLAB_HOME", str(place))
    monkeypatch.setattr("vislab.studies.division.PARTS", (2, 3))
    folder = place / "out"
    assert main(["compare", "--count", "4", "--size", "64", "--export-test", str(folder)]) == 0
    assert "3 test pictures without truth; README.md says" in capsys.readouterr().out
    names = sorted(path.stem for path in (folder / "images").iterdir())
    assert names == [f"smear-0-{index:06d}" for index in (6, 7, 8)]
    assert main(["compare", "--guest", "anna"]) == 2
    assert "must be a name and a path, as sam3=sam3.json" in capsys.readouterr().err
    assert main(["compare", "--guest", "a=x.csv", "--guest", "a=y.csv"]) == 2
    assert "--guest names 'a' twice; give each its own name" in capsys.readouterr().err
