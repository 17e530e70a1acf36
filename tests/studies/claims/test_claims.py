"""The published claims: each verdict follows from the measurements, and turns with them."""

import json
import math
import re

import numpy as np
import pytest
from made_results import TASKS, made, pair, shipped_results

import vislab as vl
from vislab.data import convert
from vislab.errors import VislabError
from vislab.exercises.nb00_four_questions import quiz as four_questions
from vislab.studies.claims.advice import advise, jobs
from vislab.studies.claims.judge import BETS, gather, judge
from vislab.studies.claims.published import CLAIMS, Claim
from vislab.studies.claims.rules import Better, Cheaper
from vislab.studies.claims.verdicts import VERDICTS, Finding, Interval, combine, pool, weigh
from vislab.studies.pairs import count_boxes, crowding


def with_(task, question, value, base=None, **given):
    """made() with one error changed."""
    errors = {name: {q: next(v for k, v in one["answers"][q].items() if k in ("wrong", "mae", "missed"))
                     for q in one["answers"]} for name, one in made()["models"].items()}  # fmt: skip
    errors[task][question] = value
    return made(errors, **given)


def verdict(number, results, **given):
    (one,) = [one for one in judge(results, **given) if one.claim.number == number]
    return one


# The rule


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ((-0.05, -0.08, -0.03), "supported"),
        ((0.05, 0.03, 0.08), "contradicted"),
        ((0.0, -0.01, 0.015), "equivalent"),
        ((-0.01, -0.015, -0.005), "equivalent"),  # surely better, and by less than matters
        ((-0.05, -0.12, 0.01), "too little evidence"),
        ((-0.019, -0.03, -0.01), "too little evidence"),  # better, but perhaps by less than matters
        ((0.0, -0.1, 0.1), "too little evidence"),
    ],
)
def test_a_difference_is_weighed_against_its_margin(found, told):
    assert weigh(Interval(*found), 0.02) == told


def test_several_seeds_are_pooled_over_seeds_and_pictures():
    assert pool([Interval(-0.1, -0.15, -0.05)]) == Interval(-0.1, -0.15, -0.05)
    same = [Interval(-0.1, -0.13, -0.07, "one set")] * 3
    assert (pool(same).low, pool(same).high) == pytest.approx((-0.13, -0.07))  # seeds agree; pictures as for one set
    own = [Interval(-0.1, -0.13, -0.07, name) for name in "abc"]
    assert pool(own).high == pytest.approx(-0.1 + 0.03 / math.sqrt(3))
    spread = [Interval(d, d, d) for d in (-0.1, -0.2, -0.3)]
    half = 4.302653 * 0.1 / math.sqrt(3)  # Student's t of two degrees of freedom
    assert (pool(spread).difference, pool(spread).high) == pytest.approx((-0.2, -0.2 + half))


def test_parts_that_disagree_depend_on_what_tells_them_apart():
    def part(verdict, models, question="label"):
        return Finding(verdict, "", {"the models": models, "the question": question})

    assert combine([part("supported", "a"), part("supported", "b")]) == ("supported", "")
    told, on = combine([part("supported", "a"), part("equivalent", "b"), part("too little evidence", "c")])
    assert (told, on) == ("depends", "on the models: supported for a; equivalent for b")
    told, on = combine([part("supported", "a", "label"), part("contradicted", "a", "count")])
    assert (told, on) == ("depends", "on the question: supported for label; contradicted for count")
    mixed = [part("supported", "a", "label"), part("contradicted", "a", "count"), part("contradicted", "b", "label")]
    assert combine(mixed)[1].startswith("on the models and the question: supported for a (label); contradicted for a")
    assert combine([part("supported", "a"), part("too little evidence", "b")])[0] == "too little evidence"
    assert combine([part("supported", "a"), part("not comparable", "b")])[0] == "supported"
    assert combine([]) == ("too little evidence", "")
    others = [Finding("supported", "", {"the cost": "time"}), Finding("supported", "", {"the architecture": "c"}),
              Finding("contradicted", "", {"the architecture": "d"})]  # fmt: skip
    assert combine(others)[1] == "on the cost and the architecture: supported for time and c; contradicted for d"


# The published claims


def test_the_claims_are_those_that_notebook_00_bets_on():
    assert all(claim.number == number for number, claim in enumerate(CLAIMS, start=1))
    assert tuple(claim.says for claim in CLAIMS) == four_questions.CLAIMS
    assert set(BETS) == set(four_questions.VERDICTS)
    assert all(claim.source and all(claim.words) for claim in CLAIMS)
    covered = [verdict for verdicts in BETS.values() for verdict in verdicts]
    assert sorted([*covered, "too little evidence"]) == sorted(VERDICTS)


def test_claim_1_goes_by_the_answers_to_one_question_and_turns_with_them():
    assert verdict(1, made()).verdict == "equivalent"
    assert verdict(1, with_("classification", "label", 0.2)).verdict == "supported"
    assert verdict(1, with_("classification", "label", 0.03)).verdict == "contradicted"
    only_one = verdict(1, with_("semantic", "label", 0.04))
    assert only_one.verdict == "depends"
    assert only_one.detail.startswith("on the models: supported for semantic against classification; equivalent for")
    assert verdict(1, with_("classification", "label", 0.2, half=0.15)).verdict == "too little evidence"
    assert "95 % interval -11 to -9" in verdict(1, with_("classification", "label", 0.2)).findings[0].sentence
    assert "not comparable" in CLAIMS[0].note


def test_claim_1_cannot_be_compared_where_masks_give_no_label():
    results = made({"classification": {"label": 0.1}, "semantic": {"share": 0.1}, "instance": {"count": 0.1}})
    assert verdict(1, results).verdict == "not comparable"


def test_models_that_learned_nothing_decide_nothing():
    errors = {task: {"label": 0.5} for task in TASKS} | {"majority": {"label": 0.5}}
    found = verdict(1, made(errors))
    assert found.verdict == "too little evidence"
    assert found.because[0].startswith("smear: not judged: semantic is no better than a guess that looks at no picture")
    masks = errors | {"semantic": {"label": 0.1}, "instance": {"label": 0.1}}
    one = verdict(1, made(masks))
    assert one.verdict == "too little evidence"
    assert "not judged: classification is no better than a guess" in one.because[0]
    assert "more --epochs or more pictures may settle it" in one.because[0]
    assert verdict(1, made(masks | {"classification": {"label": 0.3}})).verdict == "supported"


def test_a_question_that_neither_has_learned_is_left_open_and_one_that_one_has_is_not():
    """As a mask's components may count worse than a guess: that is a finding, if the mask is good for other answers."""
    errors = {task: {"share": 0.02, "count": 6.0} for task in ("semantic", "instance")}
    errors["mean"] = {"share": 0.2, "count": 5.0}
    claim = [Claim("Separate objects count better.", Better("count", "instance", "semantic"))]
    (found,) = judge(made(errors), claim)
    assert "neither has learned it" in found.because[0]
    errors["instance"]["count"] = 1.0
    assert judge(made(errors), claim)[0].verdict == "supported"


def trained(results, task, halfway, end, steps=768):
    """The results with a task's training: its accuracy halfway and at the end."""
    course = {"steps": steps, "passes": 6.0, "score": "accuracy", "halfway": halfway, "end": end}
    results["models"][task]["training"] = course
    return results


def test_a_model_that_still_improves_steeply_is_not_judged():
    results = with_("classification", "label", 0.2)
    assert verdict(1, trained(results, "classification", 0.78, 0.8)).verdict == "supported"
    found = verdict(1, trained(results, "classification", 0.5, 0.8))
    assert (found.verdict, found.marks) == ("too little evidence", ())
    assert found.because == [
        "smear: not judged: classification is still improving steeply (accuracy 0.500 → 0.800); "
        "more --epochs would settle it."
    ]
    assert verdict(7, results).verdict == verdict(7, with_("classification", "label", 0.2)).verdict  # of others
    assert "not judged" in " ".join(one.sentence for one in verdict(4, results).findings)  # how long training takes
    results["data"]["minutes"] = 0.5
    assert "more --minutes" in verdict(1, results).because[0]
    short = trained(with_("classification", "label", 0.2), "classification", 0.5, 0.5, steps=8)
    assert "classification was trained for 8 steps" in verdict(1, short).because[0]


def test_one_training_of_several_that_was_too_short_leaves_the_verdict_open():
    several = [with_("classification", "label", 0.2, seed=seed) for seed in range(3)]
    assert verdict(1, several).verdict == "supported"
    trained(several[2], "semantic", 0.3, 0.8)
    assert verdict(1, several).verdict == "too little evidence"


def test_boxes_are_judged_by_the_training_of_their_model():
    results = trained(made(), "instance", 0.2, 0.6)
    results["pairs"].append(pair("count", "instance boxes", "semantic", 2.0, 0.4))
    (found,) = judge(results, [Claim("Boxes count better.", Better("count", "instance boxes", "semantic"))])
    assert "not judged: instance is still" in found.because[0]


def test_a_baseline_that_misses_every_target_is_beaten():
    results = made({"semantic": {"point": 0.1}, "threshold": {"point": 1.0}})
    (found,) = judge(results, [Claim("Masks point better than colours.", Better("point", "semantic", "threshold"))])
    assert found.verdict == "supported"


def test_claim_2_asks_how_many_questions_and_where():
    assert verdict(2, with_("classification", "point", 0.5)).verdict == "supported"
    assert verdict(2, made()).verdict == "depends"  # tells more, and points no better


def times(results, task, factor):
    latency = results["models"][task]["cost"]["latency_s"]
    for end in latency:
        latency[end] *= factor
    results["models"][task]["cost"]["macs"] *= factor
    return results


def test_claim_3_needs_light_and_heavy_architectures_and_takes_them():
    found = verdict(3, made())
    assert (found.verdict, found.detail) == ("too little evidence", "(what is decided so far: supported)")
    assert any("LR-ASPP" in line for line in found.because)

    def architecture(name, task, seconds):
        return {
            "name": name,
            "task": task,
            "latency_s": {"median": seconds, "p10": 0.9 * seconds, "p90": 1.1 * seconds},
        }

    light, heavy = architecture("LR-ASPP", "semantic", 0.02), architecture("ResNet-18", "classification", 0.05)
    found = verdict(3, made(), measured={"architectures": [light, heavy]})
    assert found.verdict == "depends"
    assert (
        "the architecture: supported for the same encoder; contradicted for ResNet-18 against LR-ASPP" in found.detail
    )
    alike = verdict(3, made(), measured={"architectures": [architecture("LR-ASPP", "semantic", 0.055), heavy]})
    assert "their ranges meet (0.9 to 1.34 times)" in alike.findings[-1].sentence
    same = {"latency_s": {"median": 0.05, "p10": 0.05, "p90": 0.05}}  # separate runs do not show that two are alike
    alike = verdict(3, made(), measured={"architectures": [light | same, heavy | same]})
    assert alike.findings[-1].verdict == "too little evidence"
    slow = architecture("FCN", "semantic", 0.5)
    assert verdict(3, made(), measured={"architectures": [slow, heavy]}).verdict == "supported"
    quick = times(times(made(), "semantic", 0.1), "instance", 0.1)
    assert "contradicted" in verdict(3, quick).detail


def test_claim_4_goes_by_proxies_and_says_so():
    results = made()
    for task, lines in (("semantic", 60), ("instance", 200)):
        results["models"][task]["code"] = {"lines": lines, "constants": 5}
    one = verdict(4, results)
    assert one.verdict == "too little evidence"  # one training says nothing of how long another takes
    several = []
    for seed, seconds in enumerate((40, 42, 41)):
        results = made(seed=seed)
        for task, lines in (("semantic", 60), ("instance", 200)):
            results["models"][task]["code"] = {"lines": lines, "constants": 5}
            results["models"][task]["cost"]["training_s"] = seconds
        several.append(results)
    found = verdict(4, several)
    assert (found.verdict, found.marks) == ("supported", ("proxies only",))
    several[0]["data"]["minutes"] = several[1]["data"]["minutes"] = several[2]["data"]["minutes"] = 3.0
    assert "the same minutes" in " ".join(verdict(4, several).because)


def curve(task, pictures, hours, wrong):
    return {"task": task, "pictures": pictures, "hours": hours, "wrong": wrong}


def test_claim_5_takes_learning_curves_by_pictures_and_by_hours():
    assert "learning curves" in verdict(5, made()).because[0]
    points = [
        curve("classification", 32, 0.01, [0.40, 0.41, 0.39]), curve("classification", 512, 0.2, [0.10, 0.11, 0.10]),
        curve("semantic", 32, 2.0, [0.20, 0.21, 0.20]), curve("semantic", 512, 30.0, [0.06, 0.07, 0.06]),
    ]  # fmt: skip
    found = verdict(5, made(), measured={"curves": points})
    assert found.verdict == "depends"  # masks say more with few pictures; labels say more with two hours, not with 30
    pictures = "32 pictures, 512 pictures"
    assert f"supported for 2 hours of labelling; contradicted for {pictures} and 30 hours of labelling" in found.detail
    assert "2 hours of labelling (512 labels, all that were measured, against 32 masks), the" in repr(found).replace(
        "\n   ", " "
    )
    points[0] = curve("classification", 32, 0.01, [0.10, 0.11, 0.10])
    points[3] = curve("semantic", 512, 30.0, [0.20, 0.21, 0.20])
    assert verdict(5, made(), measured={"curves": points}).verdict == "supported"
    by_help = [one | {"hours": {"published": one["hours"], "with help": one["hours"]}} for one in points]
    for masks in by_help[2:]:
        masks["hours"]["with help"] = 0.001  # buys no label that was measured
    sentences = " ".join(one.sentence for one in verdict(5, made(), measured={"curves": by_help}).findings)
    assert "2 hours of labelling, by published seconds, by hand" in sentences
    assert "help" not in sentences
    two = [one | {"wrong": one["wrong"][:2]} for one in points]
    assert verdict(5, made(), measured={"curves": two}).verdict == "too little evidence"


def test_claims_6_and_9_are_decided_by_no_measurement():
    assert verdict(6, made()).verdict == "category error"
    assert verdict(9, made()).verdict == "not measurable"
    assert verdict(9, made()).marks == ()


def test_claim_7_depends_on_whether_separate_objects_can_say_it_too():
    smear = with_("regression", "share", 0.09, half=0.005)
    assert verdict(7, smear).verdict == "depends"
    road = made({"regression": {"share": 0.09}, "semantic": {"share": 0.02}, "instance": {"count": 1.0}}, name="street")
    assert verdict(7, road).verdict == "supported"  # who cannot say at all loses
    both = verdict(7, [smear, road])
    assert both.verdict == "depends"
    worse = with_("semantic", "share", 0.2)
    assert verdict(7, worse).verdict == "contradicted"


def test_claim_8_counts_where_objects_touch_and_from_boxes():
    results = made()
    results["pairs"] += [
        pair("count", "instance", "semantic", -6.0, 0.5, "touch"),
        pair("count", "instance", "instance boxes", -0.1, 0.1, "touch"),
    ]
    found = verdict(8, results)
    assert found.verdict == "depends"
    assert found.detail == ("on the models: supported for instance against semantic; "
                            "equivalent for instance against instance boxes")  # fmt: skip
    results["pairs"][-1] = pair("count", "instance boxes", "instance", 2.0, 0.4, "touch")  # the other way round
    assert verdict(8, results).verdict == "supported"
    assert verdict(8, made()).verdict == "too little evidence"


def test_claim_10_depends_on_the_question():
    found = verdict(10, with_("semantic", "count", 6.0))
    assert found.verdict == "depends"
    assert "contradicted for semantic against instance (how many?)" in found.detail


def test_claim_11_takes_transfer():
    assert "from scratch" in verdict(11, made()).because[0]
    helped = [{"pictures": n, "scratch": [0.5, 0.51, 0.5], "transfer": [0.4, 0.41, 0.4]} for n in (32, 128)]
    assert verdict(11, made(), measured={"transfer": helped}).verdict == "supported"
    same = {"pictures": 512, "scratch": [0.2, 0.21, 0.2], "transfer": [0.2, 0.21, 0.2]}
    found = verdict(11, made(), measured={"transfer": [*helped, same]})
    assert found.detail == ("on what there is to learn from: supported for 32 pictures and 128 pictures; "
                            "equivalent for 512 pictures")  # fmt: skip
    short = [one | {"steps": 512, "drawn": False} for one in helped]
    assert verdict(11, made(), measured={"transfer": short}).marks == ("after 512 steps of training",)


# Marks


def test_drawn_pictures_and_few_trainings_are_marked():
    drawn = verdict(1, with_("classification", "label", 0.2))
    assert drawn.marks == ("drawn pictures alone", "1 training of the 3 that a final verdict needs")
    real = verdict(1, with_("classification", "label", 0.2, name="nuclei", drawn=False))
    assert real.marks == ("1 training of the 3 that a final verdict needs",)
    three = [with_("classification", "label", 0.2, seed=seed) for seed in range(3)]
    assert verdict(1, three).marks == ("drawn pictures alone",)
    assert "3 trainings" in verdict(1, three).findings[0].sentence


def test_seeds_that_disagree_leave_too_little_evidence():
    several = [with_("classification", "label", wrong, seed=seed) for seed, wrong in enumerate((0.12, 0.3, 0.11))]
    assert verdict(1, several[1]).verdict == "supported"
    assert verdict(1, several).verdict == "too little evidence"


def test_a_bet_is_right_wrong_or_open():
    supported = verdict(1, with_("classification", "label", 0.2))
    assert [supported.settles(bet) for bet in BETS] == ["right", "wrong", "wrong", "wrong"]
    assert verdict(9, made()).settles("cannot be judged") == "right"
    assert verdict(5, made()).settles("supported") == "open"
    assert verdict(1, made()).settles("contradicted") == "right"  # no difference that matters


# Claims of one's own


def test_a_claim_of_ones_own_is_judged_by_the_same_machinery():
    own = vl.Claim("A regressor counts as an instance segmenter does.", Better("count", "instance", "regression"))
    (found,) = judge(with_("regression", "count", 3.0), [own])
    assert (found.verdict, own.source) == ("supported", "your own")
    assert repr(found).startswith("A regressor counts as an instance segmenter does.\n→ supported (drawn")
    table = found._repr_mimebundle_()["text/html"]
    assert table.startswith("<p>A regressor counts as an instance segmenter does.<br>→ supported (drawn")
    assert f"{found.findings[0].sentence}</td>" in table
    assert "0.5 objects or more" in own.words[0]
    (found,) = judge(made(), [Claim("Masks cost no memory.", Cheaper("peak_memory_bytes", "semantic", "instance"))])
    assert found.verdict == "equivalent"


def test_a_rule_that_raises_leaves_its_claim_open_and_the_others_judged():
    class Broken:
        words = "Divides by zero."

        def __call__(self, evidence):
            return [1 / 0]

    broken, fine = judge(made(), [Claim("All is one.", Broken()), CLAIMS[0]])
    assert broken.verdict == "too little evidence"
    assert broken.findings[0].sentence == "Its rule failed: division by zero."
    assert fine.verdict == "equivalent"
    (found,) = judge(made(), CLAIMS[10:], {"transfer": [{"pictures": 32, "scratch": [1, 2]}]})
    assert "must say its transfer" in found.findings[0].sentence


# Bad input


def test_studies_on_another_encoder_are_no_other_seeds():
    one, two = made(seed=0), made(seed=1)
    other = made(seed=0, encoder="resnet18 (mine.pth)")
    worlds = gather([one, two, other]).worlds
    assert {name: len(studies) for name, studies in worlds.items()} == {"smear": 2, "smear on resnet18 (mine.pth)": 1}
    cards = advise(gather(other))
    assert all("--encoder resnet18 " in f"{card.command} " for card in cards if card.command)
    assert "smear on resnet18 (mine.pth)" in cards[0].pictures


def test_what_is_no_results_file_is_refused_in_a_sentence(tmp_path):
    file = tmp_path / "results.json"
    for text, told in (
        ("{", "results.json: is no JSON"),
        ("[1]", "results.json: is not a JSON object"),
        (json.dumps(made() | {"format": 7}), "of format 7, but this vislab reads 1"),
        (json.dumps(made() | {"data": {"name": "smear"}}), "data does not say its train, valid"),
        (json.dumps(made(size="wide")), "data's size is no number but 'wide'"),
    ):
        file.write_text(text)
        with pytest.raises(VislabError, match=told):
            judge(file)
    with pytest.raises(VislabError, match=r"nowhere.*cannot be read"):
        judge(tmp_path / "nowhere")
    with pytest.raises(VislabError, match="two of these results are of smear with seed 0"):
        judge([made(), made()])
    with pytest.raises(VislabError, match="nothing to judge"):
        judge([])
    with pytest.raises(VislabError, match="no claim asks for the measurement 'weather'"):
        judge(made(), measured={"weather": []})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda r: r["models"]["semantic"]["answers"]["label"].update(wrong=float("nan")), "holds what is no number"),
        (lambda r: r["models"]["semantic"]["answers"]["label"].update(wrong=0.9), "does not lie in its own interval"),
        (lambda r: r["models"]["semantic"]["answers"]["label"].update(wrong=1.5, high=1.6), "is beyond what can be"),
        (lambda r: r["models"]["semantic"].pop("answers"), "semantic: its answers are missing"),
        (lambda r: r["models"]["semantic"]["cost"].update(macs=-1), "its macs is -1, which is impossible"),
        (lambda r: r["models"]["semantic"]["cost"]["latency_s"].update(p10=9.0), "its latency_s is impossible"),
        (lambda r: r["models"]["semantic"].update(training={"steps": "many"}), "what is said of its training"),
        (lambda r: r.update(models=None), "models is missing"),
        (lambda r: r["pairs"][0].update(difference=-0.5, low=-0.6), "One paired difference does not follow"),
    ],
)
def test_figures_that_cannot_be_are_left_out_and_the_rest_is_judged(change, told):
    results = made()
    change(results)
    evidence = gather(results)
    (study,) = evidence.worlds["smear"]
    assert any(told in line for line in study.troubles), study.troubles
    assert len(judge(results)) == len(CLAIMS)
    assert gather(made()).worlds["smear"][0].troubles == []


def test_a_missing_model_leaves_its_claims_open():
    results = made({"classification": {"label": 0.1}, "semantic": {"label": 0.2}})
    found = verdict(1, results)
    assert found.verdict == "too little evidence"
    assert found.because == ["smear: instance was not measured."]
    old = with_("classification", "label", 0.2)
    del old["pairs"]
    assert "an earlier vislab's" in verdict(1, old).because[0]


# Advice and jobs


def by_question(results):
    return {one.question: one for one in advise(gather(results))}


def test_the_cheapest_labels_are_advised_of_those_that_are_good_enough():
    told = by_question(with_("semantic", "label", 0.095))
    assert told["label"].headline == "Provisional: classification"  # others are not better by what matters
    told = by_question(with_("instance", "count", 0.1, half=0.005))["count"]
    assert told.tasks == ("instance",)
    assert "Regression: off by 1.00 (0.95–1.05) objects a picture: worse by as much as matters" in told.why
    assert "Cannot say: classification" in told.why
    assert "0.5 objects or more matter" in told.why


def test_margins_are_the_readers_to_choose():
    results = gather(with_("instance", "count", 0.6, half=0.005))
    assert {one.tasks for one in advise(results) if one.question == "count"} == {("regression",)}
    assert {one.tasks for one in advise(results, {"count": 0.3}) if one.question == "count"} == {("instance",)}
    for margins, told in (({"count": 0}, "above 0, not 0"), ({"count": math.nan}, "above 0"), ({"size": 1}, "'size'")):
        with pytest.raises(VislabError, match=told):
            advise(results, margins)


def test_noise_drops_no_cheap_task():
    told = by_question(with_("classification", "label", 0.13, half=0.02))["label"]
    assert (told.outcome, told.tasks) == ("not settled", ("classification", "regression"))
    assert "Classification: wrong on 13.0 % (11.0–15.0) of the pictures: worse, perhaps not by enough" in told.why
    assert "About 2,100 test pictures instead of 512 would settle it" in told.why  # half as wide: 4 times as many
    sure = by_question(with_("classification", "label", 0.13, half=0.005))["label"]
    assert (sure.outcome, sure.tasks) == ("provisional", ("regression",))
    noisy = by_question(with_("classification", "label", 0.11, half=0.02))["label"]
    assert "too little evidence" in noisy.why


def test_a_card_counts_the_trainings_of_three_and_names_the_command():
    one, three = (gather([with_("classification", "label", 0.13, seed=seed) for seed in range(n)]) for n in (1, 3))
    told, final = ({card.question: card for card in advise(each)}["label"] for each in (one, three))
    assert told.mark.startswith("One training of the three that settle it")
    assert "vislab compare --data smear --count 1024 --size 96 --epochs 6 --seeds 3" in told.mark
    assert (final.mark, final.trainings) == ("", 3)


def test_a_card_tells_the_range_of_its_pictures_and_its_command_can_be_pasted():
    told = by_question(made(objects=[8, 20]))["label"]
    assert told.pictures == "smear, drawn, 96 px, 512 tested, 8 to 20 objects in each"
    assert all(by_question(made(objects=wrong))["label"].pictures.endswith("tested") for wrong in ("", [1], [3, "x"]))
    assert "--data 'a; b'" in by_question(made(name="a; b"))["label"].command


def test_what_does_not_beat_a_baseline_is_not_advised():
    errors = {"classification": {"label": 0.4}, "majority": {"label": 0.4}}
    told = by_question(made(errors))["label"]
    assert (told.outcome, told.tasks) == ("nobody answers it", ())
    assert "Majority, a baseline without a network: wrong on 40.0 %" in told.why
    assert by_question(made(errors | {"classification": {"label": 0.2}}))["label"].tasks == ("classification",)
    perhaps = by_question(made(errors | {"classification": {"label": 0.37}}, half=0.04))["label"]
    assert perhaps.headline == "Not settled: majority or classification"


def test_no_card_is_settled_while_a_task_still_improves_steeply():
    told = by_question(trained(made(), "regression", 0.5, 0.8))
    assert {told[name].outcome for name in ("label", "share", "count")} == {"not settled"}
    assert told["label"].why.startswith("Not judged: regression is still improving steeply")
    assert told["point"].tasks == ("classification",)  # the regressor does not answer it


def test_labels_have_hours_and_the_cheapest_decide():
    results = made()
    for task, seconds in (("classification", 90.0), ("regression", 9.0), ("semantic", 900.0), ("instance", 1000.0)):
        results["models"][task]["cost"]["labelling_s"] = seconds
    told = by_question(results)["label"]
    assert told.tasks == ("regression",)
    assert "Regression: wrong on 10.0 % (9.0–11.0) of the pictures, 2.6 h of labels: good enough" in told.why


def job_rows(*classes, **data):
    three = [made(classes=["background", *classes], seed=seed, **data) for seed in range(3)]
    return {job.name: (task, why) for job, task, why in jobs(gather(three))}


def test_jobs_go_by_classes_and_not_by_the_name_of_the_pictures():
    rows = job_rows("cell", "infected cell", name="our films", drawn=False)
    assert [rows[name][0] for name in ("counting cells", "infection in blood films")] == [
        "regression",
        "classification",
    ]
    assert "(But" not in rows["counting cells"][1]
    goods = "no evidence here: it would take pictures with goods (products, boxes, bottles) among their classes."
    assert rows["taking inventory"] == ("", goods)
    assert rows["drivable area"][1].startswith("no evidence here: none of the four asks which pixels. How much? comes")
    assert rows["recognising faces"][1].startswith("no evidence here: who is it?")
    rows = job_rows("car", "Water_Bottle", name="our shelves")
    assert (rows["taking inventory"][0], rows["counting cells"][0]) == ("regression", "")
    assert job_rows(name="smear")["counting cells"][0] == ""


def test_a_job_that_asks_none_of_the_four_tells_what_a_benchmark_measured_of_it():
    task, why = job_rows("cell")["removing a background"]
    first, *ways, caveat = why.splitlines()
    assert task == ""
    assert first.startswith("measured apart from these results: the foreground of 22 photographs of pedestrians")
    figure = r"0\.\d\d( \(0\.\d\d–0\.\d\d\))?"
    found = [re.fullmatch(rf"(.+): {figure}, {figure}\.", line) for line in ways]
    assert [line and line[1] for line in found] == [
        "Semantic segmenter", "Instance segmenter", "Instance segmenter, every object",
        "Instance segmenter, its classes alone", "Colour threshold", "Classifier's activation map",
    ]  # fmt: skip
    assert caveat.startswith("(But: people in streets alone; the classifier learned from parts")


@pytest.mark.parametrize(
    ("job", "those", "others"),
    [
        ("counting cells", ("nuclei", "Nucleus", "red blood cells"), ("cell phone", "cellar")),
        ("counting crowds", ("person", "People", "pedestrians"), ("pedestrian crossing", "personal computer")),
        ("taking inventory", ("boxes", "water_bottle"), ("box turtle",)),
    ],
)
def test_names_of_classes_are_taken_as_they_are_meant(job, those, others):
    assert all(job_rows(name)[job][0] for name in those)
    assert not any(job_rows(name)[job][0] for name in others)


def test_caveats_say_what_is_true_of_these_pictures():
    drawn = job_rows("cell", name="smear")["counting cells"][1]
    assert drawn.endswith("(But: drawn pictures alone.)")
    crowd = job_rows("person", "car", drawn=False, asked={"count": ["person", "car"]})["counting crowds"][1]
    assert crowd.endswith("(But: a few people in a picture are no crowd; it was asked of person and car there.)")
    nuclei = job_rows("nucleus", "car", drawn=False, asked={"count": ["nucleus"]})["counting cells"][1]
    assert "But" not in nuclei


def test_jobs_of_files_without_classes_go_by_those_of_the_mask():
    results = [made(seed=seed) for seed in range(3)]
    assert jobs(gather(results))[6].task == ""
    results[0]["models"]["semantic"]["scores"] = {"class_iou": {"background": 0.9, "cell": 0.8}}
    assert jobs(gather(results))[6].task == "regression"


def test_a_job_is_advised_no_task_by_fewer_trainings_than_settle_it():
    (told,) = [one for one in jobs(gather(made(classes=["cell"]))) if one.job.name == "counting cells"]
    assert told.task == ""
    assert told.why.splitlines()[0] == "smear: Provisional: regression. 0.5 objects or more matter."
    assert told.why.endswith("\n(But: drawn pictures alone.)")


def test_jobs_say_why_nothing_is_advised_on_pictures_like_theirs():
    results = made({"regression": {"count": 1.0}, "mean": {"count": 1.0}}, classes=["background", "cell"])
    rows = {job.name: (task, why) for job, task, why in jobs(gather(results))}
    assert rows["counting cells"][0] == ""
    assert "None of these" in rows["counting cells"][1]
    assert "Mean, a baseline without a network" in rows["counting cells"][1]


# What a study keeps


def test_boxes_that_overlap_by_half_are_one_to_a_detector():
    from vislab.models.predictions import InstancePrediction, Objects

    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [1, 0, 11, 10], [30, 30, 40, 40], [0, 0, 10, 10]])
    masks = tuple(np.ones((10, 10), bool) for _ in boxes)
    kinds, scores = np.array([1, 1, 2, 1, 1]), np.array([0.9, 0.8, 0.8, 0.7, 0.2], np.float32)
    smears = vl.draw("smear", 1, size=64)
    said = InstancePrediction(
        "instance", smears.vocabulary, smears.ids, (Objects(boxes, masks, kinds, scores),), (64, 64)
    )
    assert count_boxes(said).count.tolist() == [[0, 2, 1]]  # another class keeps its own, a low score never counted


def test_the_crowded_third_is_where_components_miss_most():
    smears = vl.draw("smear", 12, size=64, crowding=1.0)
    merged = -convert.count_difference(convert.guess_instances(smears), smears).numpy()
    groups = crowding(smears)
    assert merged[groups["touch"]].min() > merged[groups["apart"]].max()
    assert crowding(vl.draw("smear", 6, size=64, objects=0)) == {}


@pytest.mark.slow
def test_a_study_of_shipped_models_is_judged_from_memory_and_from_its_file_alike(tmp_path):
    results = shipped_results()
    direct = judge(results)
    again = judge(results.save(tmp_path))
    assert [one.verdict for one in direct] == [one.verdict for one in again]
    truth = results.pairs[0]
    compared = vl.compare_pair(results.test, *(results.answers[truth[side]] for side in ("a", "b")), truth["question"])
    assert (truth["difference"], truth["low"], truth["high"]) == (compared.difference, compared.low, compared.high)
    assert direct[7].verdict in ("depends", "supported")  # the shipped models count touching cells, components cannot
    assert any(
        one.sentence.startswith("smear: the mean error of the count of instance where") for one in direct[7].findings
    )
