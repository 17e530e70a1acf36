"""The exercises of notebook 09: what a right answer passes, what the likely mistakes are told; what it shows."""

import json

import numpy as np
import pytest
from made_results import made, pair
from scipy.stats import t

import vislab as vl
from vislab.exercises.nb09_verdict import checks as check
from vislab.exercises.nb09_verdict import measurements as verdict_measurements
from vislab.exercises.nb09_verdict import tables as verdict_tables
from vislab.exercises.nb09_verdict.measurements import find_measurements, more_pictures, smears_of, worse
from vislab.exercises.nb09_verdict.tables import Page, show_advice, show_differences, show_jobs, show_verdicts
from vislab.studies.claims.judge import gather, judge
from vislab.studies.claims.published import CLAIMS
from vislab.studies.claims.rules import Better, Cheaper, Fixed
from vislab.studies.claims.verdicts import Interval, weigh
from vislab.studies.shipped import study_shipped
from vislab.system import learner_file as learner


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path


def answered(exercise, mistake):
    """The hint that a mistake is shown; it must be wrong, or have stopped."""
    answer = exercise(mistake)
    assert answer.outcome in ("wrong", "stopped"), answer
    return answer.hint


# A verdict


def by_rule(difference, low, high, margin):
    if max(abs(low), abs(high)) < margin:
        return "equivalent"
    if abs(difference) >= margin and low * high > 0:
        return "supported" if difference < 0 else "contradicted"
    return "too little evidence"


def test_verdict():
    answer = check.verdict(by_rule)
    assert (answer.outcome, "all 39 intervals" in answer.sentence) == ("right", True)
    assert check.verdict(lambda d, low, high, m: weigh(Interval(d, low, high), m)).outcome == "right"


def test_all_four_verdicts_occur_by_chance_too():
    said = [trial.expected for trial in check.verdict.trials()]
    assert set(said[9:]) == {"supported", "contradicted", "equivalent", "too little evidence"}
    assert said == [trial.expected for trial in check.verdict.trials()]


def choose(supported, contradicted, equivalent, otherwise="too little evidence"):
    if equivalent:
        return "equivalent"
    return "supported" if supported else "contradicted" if contradicted else otherwise


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda d, lo, hi, m: by_rule(-d, -hi, -lo, m), "The sign"),
        (lambda d, lo, hi, m: choose(hi < 0, lo > 0, False), "You left out the margin"),
        (lambda d, lo, hi, m: choose(hi < 0, lo > 0, lo <= 0 <= hi), "contains 0 is not yet equivalent"),
        (lambda d, lo, hi, m: choose(hi < 0 and d <= -m, lo > 0 and d >= m, lo <= 0 <= hi), "contains 0 is not yet"),
        (lambda d, lo, hi, m: choose(d <= -m, d >= m, abs(d) < m), "the difference alone. Other pictures"),
        (lambda d, lo, hi, m: choose(d < 0, d > 0, d == 0), "any difference would do"),
        (lambda d, lo, hi, m: choose(hi < 0, lo > 0, abs(d) < m), "Equivalent by the difference alone"),
        (lambda d, lo, hi, m: choose(d <= -m, d >= m, -m < lo and hi < m), "need an interval that leaves out 0"),
        (lambda d, lo, hi, m: choose(hi <= -m, lo >= m, -m < lo and hi < m), "the whole interval beyond the margin"),
        (lambda d, lo, hi, m: choose(hi < 0, lo > 0, -m < lo and hi < m), "Leaving out 0 is not enough"),
        (lambda d, lo, hi, m: choose(hi < 0 and d <= -m, True, -m < lo and hi < m), "Not supported is not yet"),
        (lambda d, lo, hi, m: choose(hi < 0 and d <= -m, lo > 0 and d >= m, False, "equivalent"), "neither supported"),
        (lambda d, lo, hi, m: "supported", "by more than matters"),  # the second interval shows it
        (lambda d, lo, hi, m: by_rule(d, lo, hi, m).capitalize(), "letter by letter"),
        (lambda d, lo, hi, m: by_rule(d, lo, hi, m)[:3], "Below 0 means"),  # none of these
    ],
)
def test_mistakes_about_the_verdict(mistake, hint):
    assert hint in answered(check.verdict, mistake)


def test_a_text_is_compared_as_a_text():
    answer = check.verdict(lambda d, low, high, m: "Supported")
    assert "'Supported'" in answer.sentence
    assert "'supported'" in answer.sentence
    answer = check.verdict(lambda d, low, high, m: 1)
    assert "a single number, not a text in quotes" in answer.sentence
    assert check.verdict(lambda *given: ...).outcome == "not yet tried"


# Seeds


def ends(d, half, middle=None):
    mean = np.mean(d) if middle is None else middle
    return mean, mean - half, mean + half


def error(d, ddof=1):
    return d.std(ddof=ddof) / len(d) ** 0.5


def students(d):
    return t.ppf(0.975, len(d) - 1)


def test_over_seeds():
    assert check.over_seeds(lambda d: ends(d, students(d) * error(d))).outcome == "right"
    by_scipy = lambda d: [d.mean(), *(t.interval(0.95, len(d) - 1, d.mean(), error(d)) if np.ptp(d) else (d[0], d[0]))]  # noqa: E731
    answer = check.over_seeds(by_scipy)
    assert answer.outcome == "right"
    assert {panel.title: panel.value for panel in answer.panels}["3 seeds"] == "± 2.48"


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda d: ends(d, students(d) * error(d, 0)), "np.std divides by k"),
        (lambda d: ends(d, 1.96 * error(d)), "1.96 is for many values"),
        (lambda d: ends(d, 1.96 * error(d, 0)), "And np.std wants ddof=1"),
        (lambda d: ends(d, students(d) * d.std(ddof=1)), "divide by √k"),
        (lambda d: ends(d, students(d) * d.std()), "single trainings"),
        (lambda d: ends(d, students(d) * d.std(ddof=1) / len(d)), "You divided by k"),
        (lambda d: ends(d, t.ppf(0.975, len(d)) * error(d)), "Degrees of freedom"),
        (lambda d: ends(d, t.ppf(0.95, len(d) - 1) * error(d)), "5 % at each end"),
        (lambda d: ends(d, 4.302653 * error(d)), "three seeds only"),
        (lambda d: ends(d, error(d)), "one standard error"),
        (lambda d: (d.mean(), d.min(), d.max()), "The least and the largest"),
        (lambda d: (d.mean(), *np.quantile(d, [0.025, 0.975])), "Quantiles of so few"),
        (lambda d: (d.mean(), -students(d) * error(d), students(d) * error(d)), "The half-width is right"),
        (lambda d: ends(d, students(d) * d.var(ddof=1) / len(d) ** 0.5), "the variance"),
        (lambda d: ends(d, students(d) * error(d), np.median(d)), "the median of the seeds"),
        (lambda d: ends(d, students(d) * d.std(ddof=1) / (len(d) - 1) ** 0.5), "You divided by √(k - 1)"),
        (lambda d: ends(d, -students(d) * error(d)), "changed over"),
        (lambda d: sorted(ends(d, students(d) * error(d))), "their order is not"),
        (lambda d: ends(d, 7 * error(d)), "The mean is -2"),  # none of these
    ],
)
def test_mistakes_about_seeds(mistake, hint):
    assert hint in answered(check.over_seeds, mistake)


def test_one_number_is_told_to_be_one():
    assert "a single number, not 3" in check.over_seeds(lambda d: d.mean()).sentence


def test_three_numbers_stand_side_by_side():
    nested = check.over_seeds(lambda d: (d.mean(), (d.min(), d.max())))
    assert "a tuple, not 3" in nested.sentence
    two = check.over_seeds(lambda d: (d.min(), d.max()))
    assert (two.outcome, check.over_seeds(list).outcome) == ("wrong shape", "wrong")


def test_both_functions_answer_together_once_they_are_there():
    differences = np.array([-0.03, -0.02, -0.01])
    mine = lambda d: ends(d, students(d) * error(d))  # noqa: E731
    assert check.by_yours(mine, by_rule, differences, 0.02) == (
        "Yours: -2.0 points, 95 % interval -4.5 to 0.5: too little evidence."
    )
    for missing in ((lambda d: ..., by_rule), (mine, lambda *given: ...), (mine, lambda d: "supported"), (3, 3)):
        assert check.by_yours(*missing, differences, 0.02).startswith("Your two functions do not answer together yet")


# A claim of one's own

FINE = "A regressor counts better than anybody."


def claim(*rules, says=FINE):
    return lambda: vl.Claim(says, rules if len(rules) != 1 else rules[0])


def test_a_claim_that_can_be_judged_is_right_whatever_comes_out():
    answer = check.own_claim(claim(Better("count", "regression", "watershed", margin=0.25)))
    assert answer.outcome == "right"
    assert "by 0.25 objects or more" in answer.sentence
    assert "Does your sentence claim" in answer.sentence
    assert check.own_claim(claim(Better("count", "regression", "watershed", margin=2))).outcome == "right"
    assert check.own_claim(claim(Cheaper("macs", "regression", "semantic", times=2))).outcome == "right"
    both = claim(Better("share", "regression", "mean"), Better("count", "regression", "mean"))
    assert check.own_claim(both).outcome == "right"


@pytest.mark.parametrize(
    ("mistake", "sentence", "hint"),
    [
        (lambda: FINE, "a sentence without a rule", "vl.Claim"),
        (lambda: Better("count", "regression", "mean"), "a rule alone", "vl.Claim"),
        (lambda: ["a", "b"], "a list, not a claim", "vl.Claim"),
        (claim(Better("count", "regression", "mean"), says="Well"), "The claim says 'Well'", "in a sentence"),
        (claim("count: regression < mean"), "no rule", "Better(question"),
        (claim(), "no rule", "Better(question"),
        (lambda: CLAIMS[0], "published claim 1", "nobody has published"),
        (claim(*CLAIMS[6].rules), "published claim 7", "nobody has published"),
        (claim(Fixed("supported", "I say so")), "Its rule is a verdict", "either way"),
        (claim(Better("count", "segmentation", "mean")), "called 'segmentation'", "semantic, instance"),
        (claim(Better("count", "semantic", "semantic")), "with itself", "the claim's side first"),
        (claim(Better("how many?", "semantic", "mean")), "called 'how many?'", "label, share, count, point"),
        (claim(Better("label", "semantic", "majority", margin=-0.02)), "margin is -0.02", "above 0"),
        (claim(Better("label", "semantic", "majority", margin=0)), "margin is 0", "above 0"),
        (claim(Better("label", "semantic", "majority", margin=2)), "is 2: 200 percentage points", "margin=0.02"),
        (claim(Better("point", "semantic", "instance", margin=1.0)), "100 percentage points", "margin=0.01"),
        (claim(Cheaper("beauty", "semantic", "instance")), "called 'beauty'", "latency_s"),
        (claim(Cheaper("macs", "semantic", "instance", times=0.5)), "above 1", "twice as much"),
    ],
)
def test_mistakes_about_a_claim(mistake, sentence, hint):
    answer = check.own_claim(mistake)
    assert answer.outcome == "wrong"
    assert sentence in answer.sentence
    assert hint in answer.hint


def test_a_claim_that_is_none_breaks_nothing():
    def broken():
        return vl.Claim(missing)  # noqa: F821

    assert check.own_claim(broken).outcome == "stopped"
    assert check.own_claim(lambda: ...).outcome == "not yet tried"
    assert "without brackets" in check.own_claim(CLAIMS[0]).sentence
    assert "without brackets" in check.own_claim(3).sentence
    assert check.judge_own(broken, made()).outcome == "stopped"
    assert check.all_claims(broken) == check.all_claims(lambda: ...) == list(CLAIMS)
    mine = claim(Better("count", "regression", "instance"))
    assert check.all_claims(mine) == [*CLAIMS, mine()]
    assert check.judge_own(lambda: ..., made()).outcome == "not yet tried"
    judged = check.judge_own(claim(Better("count", "regression", "instance")), made())
    assert judged.verdict == "equivalent"


@pytest.mark.parametrize(
    "rule", ["no rule", Better("speed", "semantic", "mean"), Better("label", "segmenter", "mean"),
             Better("label", "semantic", "classification", margin=0)]
)  # fmt: skip
def test_what_the_check_refuses_is_not_judged(rule, capsys):
    answer = check.judge_own(claim(rule), made())
    assert answer.outcome == "wrong"
    assert answer.sentence.startswith("It is judged once the check above finds it right. ")
    assert answer.sentence.endswith(check.own_claim(claim(rule)).sentence)
    assert capsys.readouterr().out == ""


def test_a_judged_claim_says_how_many_pictures_and_trainings_it_rests_on(capsys):
    check.judge_own(claim(Better("count", "regression", "instance")), [made(), made(seed=1)])
    tested = made()["data"]["test"]
    assert capsys.readouterr().out == f"smear: {tested:,} test pictures, 2 trainings of each model\n"


def test_each_check_has_hints():
    for exercise in (check.verdict, check.over_seeds, check.own_claim):
        assert [exercise.hint().sentence[:6] for _ in range(4)] == ["1 of 3", "2 of 3", "3 of 3", "1 of 3"]


# Where the measurements come from


def keep(home, folder, results):
    path = home / "runs" / "compare" / folder
    path.mkdir(parents=True)
    (path / "results.json").write_text(json.dumps(results))
    return path


def test_own_measurements_are_taken_smears_first_and_each_once(own_home, capsys):
    street = keep(own_home, "a-street", made(name="street"))
    smear, other = keep(own_home, "smear", made()), keep(own_home, "smear-seed-1", made(seed=1))
    keep(own_home, "smear-again", made())
    keep(own_home, "broken", {"format": 7})
    keep(own_home, "old", made(seed=5) | {"pairs": []})
    found = find_measurements()
    assert found == [smear, other, street]
    said = capsys.readouterr().out
    assert "Measured by you, with vislab compare: runs/compare/smear, runs/compare/smear-seed-1" in said
    assert "old holds no paired differences" in said
    assert len(judge(found)) == len(CLAIMS)
    assert [one["data"]["seed"] for one in smears_of(found)] == [0, 1]


def test_a_study_of_several_seeds_goes_before_one_of_the_same_seed(own_home):
    alone = keep(own_home, "smear", made())
    three = keep(own_home, "three", {"format": 1, "results": [made(seed=seed) for seed in (0, 1, 2)]})
    other = keep(own_home, "zero", made(seed=7))
    found = find_measurements()
    assert found == [three, other]
    assert alone not in found
    assert [one["data"]["seed"] for one in smears_of(found)] == [0, 1, 2, 7]


@pytest.mark.slow
def test_without_own_measurements_the_shipped_models_are_asked_once(own_home, monkeypatch, capsys):
    monkeypatch.setattr(verdict_measurements, "study_shipped", lambda world: study_shipped(world, count=16))
    street = keep(own_home, "street", made(name="street"))
    found = find_measurements()
    assert found[1:] == [street]
    assert "trained models that come with vislab: one training of each; and by you: runs/compare/street" in (
        capsys.readouterr().out
    )
    monkeypatch.setattr(verdict_measurements, "study_shipped", lambda world: 1 / 0)
    assert find_measurements() == found
    (one,) = smears_of(found)
    assert one["data"]["test"] == 16
    judged = judge(found[0])
    assert judged[5].verdict == "category error"
    assert "1 training of the 3 that a final verdict needs" in judged[7].marks


# What if?


def test_own_seconds_are_those_of_notebook_08(own_home, capsys):
    assert verdict_measurements.own_seconds() is None
    smears = vl.draw("smear", 32, seed=8)
    labeller = vl.label(smears[:10], twice=3)
    labeller.hear({"do": "label", "mode": "label", "position": 0, "seconds": 7.0, "value": 1})
    labeller.close()
    own = verdict_measurements.own_seconds()
    published = vl.labelling_cost(smears)
    assert own["classification"] == 7.0
    assert own["instance"] == published["instance"].seconds
    (labeller.folder / "labelling.json").write_text('{"kind": "vislab.labelling", "times": 3}')
    assert verdict_measurements.own_seconds() is None
    assert "your own seconds are left out" in capsys.readouterr().out


def test_a_worse_model_turns_the_verdict():
    first = CLAIMS[:1]
    verdicts = [judge(worse(made(), "classification", "label", by), first)[0].verdict for by in (0, 0.2)]
    assert verdicts == ["equivalent", "supported"]
    both = worse(worse(made(), "instance", "label", 0.2), "semantic", "label", 0.2)
    assert judge(both, first)[0].verdict == "contradicted"
    assert judge(worse(made(), "instance", "label", 0.2), first)[0].verdict == "depends"
    assert worse(made(), "instance", "count", 0.2)["models"]["instance"]["answers"]["count"]["mae"] == 1.2
    end = worse(made(), "instance", "label", 5)
    assert end["models"]["instance"]["answers"]["label"]["wrong"] == 1
    assert gather(end).worlds["smear"][0].troubles == []


def test_more_pictures_make_intervals_narrower():
    results = made()
    results["pairs"] = [pair("label", "semantic", "classification", 0.0, 0.04)]
    assert more_pictures(results, 4)["pairs"][0]["high"] == pytest.approx(0.02)
    assert results["pairs"][0]["high"] == 0.04


# What is shown


def test_verdicts_stand_beside_bets():
    judged = judge(made())
    table = show_verdicts(judged)
    assert table.caption == "You have not bet; notebook 00 asks for bets."
    assert verdict_tables.settled_bets(judged) == []
    for number, bet, sure in ((1, "contradicted", 70), (6, "supported", 90), (5, "supported", 50)):
        learner.change("guesses", f"claim-{number:02d}", lambda old, bet=bet, sure=sure: {"value": bet, "sure": sure})
    table = show_verdicts(judged)
    assert table.caption == f"You bet on 3 of {len(CLAIMS)}."
    few = "(drawn pictures alone; 1 training of the 3 that a final verdict needs)"
    assert table.rows[0][2:] == (f"≈ equivalent {few}", "contradicted (70 % sure): ✓ right")
    assert table.rows[5][2] == "⊘ category error"
    assert [row[3][-7:] for row in (table.rows[5], table.rows[4])] == ["✗ wrong", " ? open"]
    assert verdict_tables.settled_bets(judged) == [(70, "right"), (50, "open"), (90, "wrong")]
    assert "final verdict needs) | contradicted (70 % sure): ✓ right" in " ".join(repr(table).split())


def test_tables_escape_what_they_show():
    shown = verdict_tables.Table(("<a>",), [("<b>",)], "<c>")._repr_mimebundle_()["text/html"]
    assert "&lt;a&gt;" in shown
    assert "<b>" not in shown
    assert "&lt;c&gt;" in shown


def test_jobs_and_advice_are_rows():
    evidence = gather(made())
    assert len(show_jobs(evidence).rows) == 10
    assert ("–", "no evidence here: it would take pictures with people among their classes.") in [
        row[2:] for row in show_jobs(evidence).rows
    ]
    assert [row[1] for row in show_advice(evidence).rows] == ["is there any?", "how much?", "how many?", "where?"]


def test_differences_are_told_in_words():
    sheet = show_differences([("a less b", Interval(-0.03, -0.04, -0.025))], 0.02)
    assert sheet.alt.endswith("a less b: -3.0 (-4.0 to -2.5), supported.")
    assert [text.get_text() for text in sheet.axes[0].texts] == ["supported"]


def test_a_page_is_held_by_its_frame(tmp_path):
    path = tmp_path / "report.html"
    path.write_text('<p title="a">1 < 2</p>')
    shown = Page(path, "The page")._repr_mimebundle_()["text/html"]
    assert 'srcdoc="&lt;p title=&quot;a&quot;&gt;1 &lt; 2&lt;/p&gt;"' in shown
    assert 'title="The page"' in shown


# Questions
