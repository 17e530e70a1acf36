"""The exercises of notebook 06: right answers pass, likely mistakes get their own hint; and its figures."""

import numpy as np
import pytest
from text_pictures import picture

import vislab as vl
from vislab.costs.labels.curve_files import read_curves
from vislab.data import convert as derive
from vislab.evaluation.metrics.intervals import RESAMPLES, bootstrap
from vislab.exercises.nb06_compare import checks as check
from vislab.exercises.nb06_compare.figures import show_changes, show_errors, show_pairs, show_trainings


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLAB_HOME", str(tmp_path))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def answered(exercise, mistake):
    """The hint that a mistake is shown; it must be wrong, or have stopped."""
    answer = exercise(mistake)
    assert answer.outcome.split()[0] in ("wrong", "stopped"), answer
    return answer.hint


# A paired comparison


def by_loop(a, b, draws):
    means = [np.mean([a[i] - b[i] for i in row]) for row in draws]
    return np.mean(a) - np.mean(b), np.quantile(means, 0.025), np.quantile(means, 0.975)


def ends(means):
    return np.quantile(means, [0.025, 0.975])


def test_paired_difference():
    answer = check.paired_difference(by_loop)
    assert (answer.outcome, "all 24 pairs of models" in answer.sentence) == ("right", True)
    both_drawn = lambda a, b, d: [(a - b).mean(), *ends(a[d].mean(1) - b[d].mean(1))]  # noqa: E731
    assert check.paired_difference(both_drawn).outcome == "right"
    percent = lambda a, b, d: [(a - b).mean(), *np.percentile((a - b)[d].mean(1), [2.5, 97.5])]  # noqa: E731
    assert check.paired_difference(percent).outcome == "right"


def test_it_is_how_the_package_compares_pairs():
    a, b = np.random.default_rng(0).random((2, 31))
    draws = np.random.default_rng(0).integers(0, 31, (RESAMPLES, 31))
    assert check.paired(a, b, draws).tolist() == pytest.approx(bootstrap(a - b, seed=0))


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda a, b, d: by_loop(b, a, d), "sign"),
        (lambda a, b, d: [(a - b).mean(), *(ends(a[d].mean(1)) - ends(b[d].mean(1))[::-1])], "two separate intervals"),
        (lambda a, b, d: [(a - b).mean(), *(ends(a[d].mean(1)) - ends(b[d].mean(1)))], "interval of each"),
        (lambda a, b, d: [(a - b).mean(), *ends(a[d].mean(1) - b[d[::-1]].mean(1))], "different rows"),
        (lambda a, b, d: [(a - b).mean(), *ends(a[d].mean(1) - b.mean())], "pictures of a only"),
        (lambda a, b, d: [(a - b).mean(), *ends(a - b)], "single pictures"),
        (lambda a, b, d: [(a - b).mean(), *ends((a - b)[d])], "single pictures"),
        (lambda a, b, d: [(a - b).mean(), *ends((a - b)[d].mean(0))], "wrong axis"),
        (lambda a, b, d: [(a - b).mean(), *ends((a - b)[d].mean())], "both ends are the same"),
        (lambda a, b, d: by_loop(abs(a - b), 0 * b, d), "absolute value"),
        (lambda a, b, d: [(a - b).mean(), *np.quantile((a - b)[d].mean(1), [0.05, 0.95])], "2.5 % at each end"),
        (lambda a, b, d: [(a - b)[d].mean(), *ends((a - b)[d].mean(1))], "without any drawing"),
        (lambda a, b, d: [(a - b).mean(), *ends(np.median((a - b)[d], axis=1))], "the median"),
        (
            lambda a, b, d: (a - b).mean() + 1.96 * (a - b).std() / len(a) ** 0.5 * np.array([0, -1, 1]),
            "standard errors",
        ),
        (lambda a, b, d: (a - b).mean() + 1.96 * (a - b)[d].mean(1).std() * np.array([0, -1, 1]), "no bell curve"),
        (lambda a, b, d: sorted(by_loop(a, b, d)), "their order is not"),
        (lambda a, b, d: ends((a - b)[d].mean(1)), "These are the ends"),
        (lambda a, b, d: (a - b).mean() + np.array([0.0, -9, 9]), "Their means are 1, 2 and 0"),  # none of these
    ],
)
def test_mistakes_about_the_paired_difference(mistake, hint):
    assert hint in answered(check.paired_difference, mistake)


def test_a_single_number_is_the_wrong_shape():
    answer = check.paired_difference(lambda a, b, d: (a - b).mean())
    assert answer.outcome == "wrong shape"
    assert "a single number, not an array of shape (3,)" in answer.sentence
    assert "the first of three numbers" in answer.hint


def test_percent_for_fractions_stops_with_a_hint():
    stopped = check.paired_difference(lambda a, b, d: [0, *np.quantile(a - b, [2.5, 97.5])])
    assert (stopped.outcome, "0.025, not 2.5" in stopped.hint) == ("stopped", True)


def test_none_for_a_task_without_a_picture_is_no_number():
    answer = check.alone_wrong(lambda w: [next(iter(firsts(row).tolist()), None) for row in alone(w)])
    assert (answer.outcome, "or None" in answer.hint) == ("wrong type", True)


def test_writing_into_an_argument_is_noticed():
    def into_a(a, b, draws):
        a -= b
        return a.mean(), *ends(a[draws].mean(1))

    def into_wrong(wrong):
        wrong &= wrong.sum(0) == 1
        return np.where(wrong.any(1), wrong.argmax(1), -1)

    for exercise, learners, name in [(check.paired_difference, into_a, "`a`"),
                                     (check.alone_wrong, into_wrong, "`wrong`")]:  # fmt: skip
        answer = exercise(learners)
        assert answer.outcome == "changed its input"
        assert name in answer.sentence


def test_a_right_comparison_shows_what_pairing_is_worth():
    panels = {panel.title: panel.value for panel in check.paired_difference(by_loop).panels}
    assert panels["a - b, picture by picture"] == "-1.0 to -1.0"
    low, high = map(float, panels["a - b, as if on different pictures"].split(" to "))
    assert low < -3
    assert high > 1


# Pictures that one task alone gets wrong


def alone(wrong):
    return wrong & (wrong.sum(0) == 1)


def firsts(row):
    return np.flatnonzero(row)[:1]


def by_hand(wrong):
    pictures = []
    for task in range(len(wrong)):
        mine = [i for i in range(wrong.shape[1]) if wrong[task, i] and wrong[:, i].sum() == 1]
        pictures.append(mine[0] if mine else -1)
    return pictures


def test_alone_wrong():
    answer = check.alone_wrong(by_hand)
    assert (answer.outcome, "all 26 tables" in answer.sentence) == ("right", True)
    assert check.alone_wrong(lambda w: np.where(alone(w).any(1), alone(w).argmax(1), -1)).outcome == "right"


def test_what_is_alone_wrong():
    assert check.first_alone(picture("0110 0101 0000") > 0).tolist() == [2, 3, -1]


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        (lambda w: alone(w).argmax(1), "argmax gives 0 if nothing is True"),
        (lambda w: np.where(w.any(1), w.argmax(1), -1), "with others or alone. Alone means"),
        (lambda w: w.argmax(1), "and argmax"),
        (lambda w: np.where(w.all(0).any(), w.all(0).argmax(), -1) * np.ones(len(w)), "that *all* get wrong"),
        (lambda w: by_hand(~w), "gets *right*"),
        (lambda w: alone(w).sum(1), "how many such pictures"),
        (lambda w: [max(np.flatnonzero(row), default=-1) for row in alone(w)], "the last such picture"),
        (lambda w: np.array(by_hand(w)) + 1, "counted from 0"),
        (lambda w: [max(0, i) for i in by_hand(w)], "argmax gives 0"),  # the same answers
        (lambda w: [max(row, default=np.nan) for row in map(firsts, alone(w))], "not NaN or None"),
        (lambda w: alone(w).argmax(0), "which task is alone there"),
        (alone, "That is a table"),
        (lambda w: w[:, 0] + 5, "sum(0) adds up a column"),  # none of these
    ],
)
def test_mistakes_about_being_alone(mistake, hint):
    assert hint in answered(check.alone_wrong, mistake)


def test_a_stub_is_not_yet_tried_and_is_no_mistake():
    for exercise in (check.paired_difference, check.alone_wrong):
        assert exercise(lambda *given: ...).outcome == "not yet tried"


def test_random_cases_are_the_same_each_time():
    for exercise in (check.paired_difference, check.alone_wrong):
        first, second = list(exercise.trials()), list(exercise.trials())
        assert len(first) > check.RANDOM
        assert all(np.array_equal(one.expected, other.expected) for one, other in zip(first, second, strict=True))


def test_every_task_of_some_random_case_has_a_picture_and_some_task_has_none():
    expected = np.concatenate([trial.expected for trial in check.alone_wrong.trials()])
    assert (expected == -1).any()
    assert (expected > 0).any()


# What is drawn


def test_errors_are_drawn_the_least_first_and_in_words():
    smears = vl.draw("smear", 6, seed=0)
    answers = {"truth": vl.answers(smears), "patches": vl.answers(derive.guess_instances(smears))}
    sheet = show_errors({name: vl.score_answers(smears, given) for name, given in answers.items()}, "count")
    assert "truth: 0.00 (0.00 to 0.00); patches: " in sheet.alt
    assert [label.get_text().split(":")[0] for label in sheet.axes[0].get_yticklabels()] == ["patches", "truth"]


def test_pairs_are_drawn_in_order_and_filled_if_0_is_left_out():
    smears = vl.draw("smear", 6, seed=0)
    answers = {"truth": vl.answers(smears), "patches": vl.answers(derive.guess_instances(smears))}
    sheet = show_pairs(smears, answers, [("patches", "truth"), ("truth", "truth")], "count")
    assert "patches minus truth: +" in sheet.alt
    assert sheet.alt.endswith("; truth minus truth: +0.00 (+0.00 to +0.00).")
    ax = sheet.axes[0]
    assert [label.get_text().split(":")[0] for label in ax.get_yticklabels()] == [
        "truth minus truth", "patches minus truth"
    ]  # fmt: skip
    marks = [line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"]
    assert [mark == "white" for mark in marks] == [True, False]


def test_trainings_are_a_mark_each():
    sheet = show_trainings(read_curves(), 2048, "point")
    ax = sheet.axes[0]
    assert [label.get_text().split(":")[0] for label in ax.get_yticklabels()] == [
        "instance", "semantic", "classification"  # a regressor does not point
    ]  # fmt: skip
    assert [len(line.get_xdata()) for line in ax.lines] == [5, 5, 5]
    assert "classification: 20.0, 23.9, " in sheet.alt


def test_a_model_that_does_not_answer_is_not_drawn():
    smears = vl.draw("smear", 4, seed=0)
    words = vl.answers(vl.predict(vl.build("classification", smears.vocabulary), smears))
    errors = {"truth": vl.score_answers(smears, vl.answers(smears)), "classifier": vl.score_answers(smears, words)}
    errors["no count kept"] = {"label": errors["truth"]["label"]}
    alt = show_errors(errors, "count").alt
    assert "truth" in alt
    assert not any(name in alt for name in ("classifier", "no count kept"))


def test_changes_have_a_panel_each_and_a_line_a_name():
    def scores(value):
        return {"count": {"mae": value, "low": value / 2, "high": 2 * value}}

    silent = {"count": {"mae": np.nan, "low": np.nan, "high": np.nan}}
    changed = {("blur", step, "semantic"): scores(step) for step in range(3)} | {("noise", 0, "semantic"): scores(7.0)}
    changed |= {(knob, step, "classification"): silent for knob, step, _ in list(changed)}
    sheet = show_changes(changed, "count")
    assert [ax.get_title() for ax in sheet.axes] == ["blur", "noise"]
    assert sheet.axes[0].lines[0].get_ydata().tolist() == [0, 1, 2]
    assert len(sheet.axes[0].lines) == 1  # the classifier was never asked
    assert sheet.alt.endswith("blur, semantic: 0.0, 1.0, 2.0; noise, semantic: 7.0.")


# Questions
