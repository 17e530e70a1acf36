"""The comparison page: its figures are those of results.json, names are text, and what is missing is said."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_results import TASKS, made, shipped_results
from PIL import Image

from vislab.cli import main
from vislab.costs.labels.learning_curves import Curves, Point
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.studies.claims.published import CLAIMS
from vislab.studies.report.page import render, write_report
from vislab.system import learner_file as learner

pytestmark = pytest.mark.slow  # pages of what trained models say

HOSTILE = "<img src=x onerror=alert(1)></script>&\"'"


class Page(HTMLParser):
    """What a page holds: its elements, its text, its figures by where they stand, its JSON."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.words, self.figures = [], [], [], {}
        self.held, self._open = "", []
        self.feed(text)
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.elements.append(tag)
        self.attributes.append(given)
        self._open.append((tag, given))
        if tag == "data":
            self.figures[given["data-at"]] = [float(given["value"]), ""]

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tag, given = self._open[-1] if self._open else ("", {})
        if tag == "script" and given.get("id") == "figures":
            self.held += data
        elif tag not in ("style", "script"):
            self.words.append(data)
        if tag == "data":
            self.figures[given["data-at"]][1] += data


@pytest.fixture(autouse=True)
def own_place(own_home):
    return own_home


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return shipped_results().save(tmp_path_factory.mktemp("results"))


def at(plain, path):
    for part in path.split("/"):
        plain = plain[int(part) if isinstance(plain, list) else part]
    return plain


def test_the_pages_figures_are_those_of_the_file(saved, tmp_path):
    told = json.loads((saved / "results.json").read_text(encoding="utf-8"))
    page = Page(write_report(saved, tmp_path / "report.html").read_text(encoding="utf-8"))
    assert json.loads(page.held)["results"] == [told]
    assert {path: value for path, (value, _) in page.figures.items()} == {
        path: at([told], path) for path in page.figures
    }
    wanted = {
        f"0/{kind}/{name}/answers/{question}/{QUESTIONS[question].measure}"
        for kind in ("models", "baselines")
        for name, one in told[kind].items()
        for question in one["answers"]
    }
    assert wanted <= set(page.figures)
    for task in TASKS:
        for cost in ("training_s", "latency_s/median", "macs", "parameters", "peak_memory_bytes", "throughput_per_s"):
            assert f"0/models/{task}/cost/{cost}" in page.figures
    for path in wanted:  # what one reads is that figure, rounded, with its interval
        *_, question, measure = path.split("/")
        error, size = at([told], path.rpartition("/")[0]), QUESTIONS[question].scale
        numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", page.figures[path][1])]
        ends = (measure, "high") if "at most" in page.figures[path][1] else (measure, "low", "high")
        assert numbers == pytest.approx([size * error[end] for end in ends], abs=0.051)


def test_every_part_stands_on_the_page_and_it_asks_for_nothing(saved, tmp_path):
    file = write_report(saved, tmp_path / "report.html")
    assert file.stat().st_size < 3_000_000
    text = file.read_text(encoding="utf-8")
    page = Page(text)
    titles = ("Use … if …", "What readers ask", "What they see", "Who answers what", "What the answers cost",
              "What each task gave", "What is claimed", "Jobs, and what is known", "How it was measured")  # fmt: skip
    assert all(title in page.text for title in titles)
    assert not re.search(r"https?://|url\((?!#)|@import|<link[^>]+stylesheet", text)
    image, curves = (given for given in page.attributes if given.get("src"))
    for given in (image, curves):
        assert given["src"].startswith("data:image/webp;base64,")
    assert "Learning curves by hours of labelling" in curves["alt"]
    with Image.open(saved / "outcome.png") as held:
        assert image["alt"] == held.info["Description"]
    assert "truth: healthy" in image["alt"]
    assert page.elements.count("article") == len(CLAIMS)
    assert "seed 7" in page.text
    assert "PyTorch 2.15.0" in page.text
    assert "drawn pictures alone" in page.text


def test_from_memory_it_is_the_same_page(saved):
    one, other = Page(render(shipped_results())), Page(render(saved))
    assert one.figures == other.figures
    assert one.elements == other.elements


def test_figures_alone_make_a_page_that_says_it_has_no_pictures(tmp_path):
    file = tmp_path / "results.json"
    file.write_text(json.dumps(made(name="elsewhere")), encoding="utf-8")  # no curves come with vislab for these
    page = Page(render(file))
    assert "made from figures alone, without the outcome.png" in page.text
    assert "img" not in page.elements
    (tmp_path / "outcome.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    assert "No pictures: outcome.png cannot be read" in Page(render(file)).text


def test_names_are_text(tmp_path):
    results = made(name=HOSTILE)
    results["models"][HOSTILE] = results["models"].pop("semantic")
    results["models"]["instance"]["scores"] = {"class_iou": {HOSTILE: 0.5}}
    results["left_out"] = [HOSTILE]
    results["machine"]["device"] = HOSTILE
    folder = tmp_path / "<img src=x onerror=alert(1)>"
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps(results), encoding="utf-8")
    Image.new("RGB", (8, 8)).save(folder / "outcome.png")
    text = render(folder)
    page = Page(text)
    assert [given["src"][:5] for given in page.attributes if "src" in given] == ["data:"]
    assert not any(name.startswith("on") for given in page.attributes for name in given)
    assert page.elements.count("script") == text.count("</script") == 3  # figures, cards, and their rule
    assert HOSTILE in page.text
    assert json.loads(page.held)["results"][0]["data"]["name"] == HOSTILE


def test_plain_words_and_charts_follow_from_the_figures():
    results = made()
    results["models"]["instance"]["answers"]["count"] = {"mae": 0.25, "low": 0.125, "high": 0.5}
    text = render(results)
    page = Page(text)
    assert "off by 0.25 (0.12–0.50) objects a picture (how many?)" in page.text
    assert "It cannot say: how much? how many? Training took" in page.text
    assert "3.6 times as long as classification" in page.text
    chart = text[text.index("How many? off by</h4>") :]
    chart = chart[: chart.index("</section>")]
    widths = [float(wide) for wide in re.findall(r'width="([\d.]+)%"', chart)]
    assert widths == pytest.approx([97 / 1.1, 97 / 1.1, 0.25 * 97 / 1.1], abs=0.01)  # the longest whisker ends at 1.1
    assert chart.count("◆") == 1
    assert "Not trained to say: classification." in Page(chart).text


def test_no_bar_is_first_if_ranges_meet_or_the_budget_was_the_same():
    def chart(text, title):
        part = text[text.index(f"{title}</h4>") :]
        return part[: part.index("</section>")]

    results = made({"semantic": {"count": 1.0}, "instance": {"count": 0.9}}, half=0.01)
    assert "◆" not in chart(render(results), "How many? off by")  # 0.9 to 1.1 and 0.8 to 1.0
    assert "◆" in chart(render(results), "Multiply-adds of a picture")  # 92 M and 102 M
    results["models"]["instance"]["cost"] |= {"training_s": 10.0, "macs": 92.1e6}
    assert "◆" not in chart(render(results), "Multiply-adds of a picture")  # 92 M both
    assert "Timed once" in chart(render(results), "Time to train on the same pictures")
    results["data"]["minutes"] = 0.5
    told = chart(render(results), "Time to train on the same pictures")
    assert "◆" not in told
    assert "Every model had the same minutes." in told


def test_a_model_that_was_trained_too_little_is_told_and_not_judged():
    results = made()
    assert "halfway" not in Page(render(results)).text
    course = {"steps": 96, "passes": 1.5, "score": "mean_iou", "halfway": 0.4, "end": 0.7}
    results["models"]["semantic"]["training"] = course
    results["models"]["instance"]["training"] = course | {"halfway": 0.69}
    page = Page(render(results))
    assert page.figures["0/models/semantic/training/steps"] == [96, "96"]
    assert "no: it is still improving steeply (mean IoU 0.400 → 0.700)" in page.text
    assert "Not judged: semantic is still improving steeply (mean IoU 0.400 → 0.700); more --epochs" in page.text
    assert "Is there any? Not settled yet" in page.text
    assert "smear: not judged: semantic" in page.text  # of the claims


def test_bets_stand_beside_the_verdicts():
    assert "Your bet" not in Page(render(made())).text
    learner.change("guesses", "claim-09", lambda old: {"value": "cannot be judged", "sure": 90})
    learner.change("guesses", "claim-06", lambda old: {"value": "supported", "sure": 50})
    learner.change("guesses", "claim-05", lambda old: {"value": "supported", "sure": 70})
    told = Page(render(made(name="elsewhere"))).text
    assert "Your bet: cannot be judged , 90 % sure: ✓ right" in told
    assert "Your bet: supported , 50 % sure: ✗ wrong" in told
    assert "Your bet: supported , 70 % sure: still open" in told
    assert "Your bet: supported , 70 % sure: ✗ wrong" in Page(render(made())).text  # by the smear's learning curves
    assert "Your bet" not in Page(render(made(), bets=False)).text


def test_the_first_screen_has_a_line_for_each_question_and_one_for_the_evidence():
    results = made()
    for task, seconds in zip(TASKS, (1.0, 9.0, 900.0, 1000.0), strict=True):
        results["models"][task]["cost"]["labelling_s"] = seconds
    text = render(results)
    first = Page(text[text.index('<dl class="five">') : text.index("</dl>")]).text
    assert "Is there any? Provisional: classification (17.1 min of labels)" in first
    assert "Resting on 1 training of the 3 that settle it, 512 test pictures, drawn by a program" in first
    assert text.index('<dl class="five">') < text.index("<nav")


def test_readers_questions_are_answered_with_these_figures():
    results = made({"classification": {"label": 0.1}, "semantic": {"label": 0.3}})
    results["models"]["semantic"]["cost"]["labelling_s"] = 900.0
    told = Page(render(results)).text
    assert "Is there any? (wrong): classification 10.0 % (9.0–11.0), semantic 30.0 % (29.0–31.0)." in told
    assert "Provisional: classification, if you ask is there any?" in told
    assert "Labels of 1,024 pictures, by published seconds: semantic 256 h." in told
    both = Page(render([results, made(name="street")])).text
    assert "smear: Provisional: classification, if you ask is there any?" in both


def test_several_sets_stand_side_by_side():
    text = render([made({"classification": {"label": 0.1}}), made(name="street")])
    table = Page(text[text.index('<table class="stack"><caption>What these') : text.index("</table>")])
    assert "question smear street" in table.text
    assert "How many? Not asked Provisional: regression" in table.text


def test_margins_of_a_page_are_the_readers():
    results = made({"regression": {"count": 1.0}, "instance": {"count": 0.6}}, half=0.005)
    assert "How many? Provisional: regression" in Page(render(results)).text
    assert "How many? Provisional: instance" in Page(render(results, margins={"count": 0.25})).text


def test_several_studies_share_a_page(tmp_path):
    page = Page(render([made(), made(seed=1), made(name="street")]))
    assert "smear, seed 1" in page.text
    assert "2/models/semantic/cost/macs" in page.figures
    assert len(json.loads(page.held)["results"]) == 3


def test_one_file_of_several_seeds_makes_the_page_of_several_files(saved, tmp_path):
    each = [made(seed=seed, name="cells") for seed in (0, 1, 2)]
    (tmp_path / "seeds.json").write_text(json.dumps({"format": 1, "results": each}))
    files = [tmp_path / f"{number}.json" for number in range(3)]
    for file, plain in zip(files, each, strict=True):
        file.write_text(json.dumps(plain))
    together, apart = (Page(render(source)) for source in (tmp_path / "seeds.json", files))
    assert together.figures == apart.figures
    assert json.loads(together.held) == json.loads((tmp_path / "seeds.json").read_text())
    assert "1 training of the" not in together.text
    write_report([tmp_path / "seeds.json", made(seed=3, name="cells")], tmp_path / "more.html")
    with pytest.raises(VislabError, match="two of these results are of cells with seed 1"):
        render([tmp_path / "seeds.json", files[1]])
    shutil.copy(saved / "outcome.png", tmp_path)
    assert Page(render(tmp_path / "seeds.json")).elements.count("figure") == 1


def test_a_broken_seed_is_no_results_file(tmp_path):
    for several in ([], [made(), None], [made(), {"results": [made()]}], {"0": made()}):
        with pytest.raises(VislabError, match="these results: not the results of a study"):
            render({"format": 1, "results": several})


def test_tampered_figures_are_named_and_the_rest_is_there(tmp_path):
    results = made()
    results["models"]["semantic"]["answers"]["label"]["wrong"] = float("nan")
    del results["models"]["instance"]["cost"]
    file = tmp_path / "results.json"
    file.write_text(json.dumps(results), encoding="utf-8")
    page = Page(render(file))
    assert "semantic: its error on label holds what is no number; it is left out." in page.text
    assert "Some figures in the results are impossible" in page.text
    assert "0/models/semantic/answers/share/mae" in page.figures
    assert "0/models/semantic/answers/label/wrong" not in page.figures
    assert json.loads(page.held)["results"][0]["models"]["semantic"]["answers"]["label"]["wrong"] is None


def test_what_is_missing_leaves_the_rest_of_the_page():
    results = made({"classification": {"label": 0.1}})
    results["baselines"] = {}
    assert Page(render(results)).elements.count("article") == len(CLAIMS)
    assert "No model here answers how many?" in Page(render(results)).text


def test_the_command_makes_the_page_and_refuses_in_a_sentence(saved, tmp_path, capsys):
    assert main(["report", str(saved), "--out", str(tmp_path / "page.html")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "page.html")
    assert Path(tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    (tmp_path / "results.json").write_text('{"format": 2, "data": {}}')
    for given, told in (
        ([str(tmp_path)], "of format 2, but this vislab reads 1"),
        (["nowhere"], "nowhere: cannot be read"),
        ([str(saved), str(saved)], "give each of them once"),
    ):
        assert main(["report", *given, "--out", str(tmp_path / "page.html")]) == 2
        said = capsys.readouterr().err
        assert told in said
        assert len(said.strip().splitlines()) == 1
    with pytest.raises(VislabError, match="cannot be written"):
        write_report(saved, tmp_path / "results.json" / "page.html")


@pytest.mark.parametrize("way", ["plain", "dotted", "link", "hard link", "picture", "learner"])
def test_no_page_replaces_a_file_that_it_is_made_from(saved, tmp_path, own_place, monkeypatch, capsys, way):
    shutil.copytree(saved, tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    source = Path("mine/results.json")
    link = Path("page.html")
    if way == "link":
        link.symlink_to(source.resolve())
    if way == "hard link":
        link.hardlink_to(source)
    if way == "learner":
        learner.change("guesses", "claim-01", lambda entry: {"value": "held", "sure": 60})
    out = {"plain": source, "dotted": Path("./mine/../mine/results.json"), "picture": Path("mine/outcome.png"),
           "learner": learner.state_file()}.get(way, link)  # fmt: skip
    before = out.read_bytes()
    for results in ("mine", "mine/results.json"):
        assert main(["report", results, "--out", str(out)]) == 2
        said = capsys.readouterr().err
        assert str(out) in said
        assert len(said.strip().splitlines()) == 1
    with pytest.raises(VislabError, match="is also read"):
        write_report([Path("mine")], out)
    assert out.read_bytes() == before
    assert main(["report", "mine", "--out", "mine/page.html"]) == 0
    assert main(["report", "mine", "--out", "mine/page.html"]) == 0  # an earlier page may be replaced


CURVES = Curves(
    {"name": "smear", "size": 96, "drawn": True, "steps": 4, "batch": 8, "test": 20, "machine": "a <desk>"},
    tuple(
        Point(task, "scratch", size, seed, 1e-3, 1.0, {"label": {"wrong": wrong, "low": wrong, "high": wrong}}, {})
        for task, wrong in (("classification", 0.5), ("semantic", 0.1))
        for size in (32, 128)
        for seed in (0, 1, 2)
    ),
    {"classification": 1.0, "semantic": 900.0},
)


def test_learning_curves_decide_claim_five_and_are_shown():
    page = Page(render(made(), curves=CURVES))
    assert "What more labels buy" in page.text
    assert "on a <desk>" in page.text
    assert "smear: with 32 pictures, the classifier's label is wrong 40 percentage points more often" in page.text
    without = Page(render(made(name="other")))
    assert "What more labels buy" not in without.text
    assert "Only one number of training pictures was tried" in without.text


def test_the_curves_that_come_with_vislab_are_those_of_the_smear():
    assert "What more labels buy" in Page(render(made())).text
    assert "What more labels buy" not in Page(render([made(), made(name="street")])).text


def test_the_command_takes_curves(saved, tmp_path, capsys):
    path = CURVES.save(tmp_path / "mine.json")
    assert main(["report", str(saved), "--curves", str(path), "--out", str(tmp_path / "page.html")]) == 0
    assert "on a &lt;desk&gt;" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert main(["report", str(saved), "--curves", str(saved), "--out", str(tmp_path / "other.html")]) == 2
    assert "give a file of Curves.save" in capsys.readouterr().err
    assert not (tmp_path / "other.html").exists()
    before = path.read_bytes()
    assert main(["report", str(saved), "--curves", str(path), "--out", str(path)]) == 2
    assert "mine.json" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_labelling_is_told_in_hours():
    results = made()
    for task, told in results["models"].items():
        told["cost"] |= {"labelling_s": 1.0 if task == "classification" else 900.0}
    page = Page(render(results))
    train = results["data"]["train"]
    assert f"Labels for the {train:,} pictures would take {900 * train / 3600:,.3g} hours" in page.text
    assert page.figures["0/models/semantic/cost/labelling_s"][0] == 900.0


def test_further_measurements_in_a_file_are_read_and_what_nobody_asks_for_is_named():
    results = made() | {"measured": {"architectures": [], "horoscope": []}}
    page = Page(render(results))
    assert "measured: horoscope is nothing that a claim asks for; it is left out." in page.text
