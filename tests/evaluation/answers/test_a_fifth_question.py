"""A fifth question is one entry: tables, the report and the Comparison then ask it without another edit."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_results import MACHINE, cost

import vislab as vl
from vislab.evaluation.answers.answers import answers
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.evaluation.answers.scoring import picture_errors
from vislab.models.predictions import ClassPrediction, SemanticPrediction
from vislab.studies.pairs import paired_differences
from vislab.studies.report.page import render
from vislab.studies.results import Results


def largest(material):
    """The area of the largest object, in pixels."""
    if material.instances is None:
        return None
    return np.array([np.bincount(ids.flatten(), minlength=2)[1:].max() for ids in material.instances.numpy()], float)


def off(truth, area):
    return np.abs(area - answers(truth).values["largest"])


@pytest.fixture
def fifth(monkeypatch):
    question = replace(
        QUESTIONS["count"], name="largest", heading="how large?", wording="how large is the largest?", key="largest",
        column="pixels off", quantity="mean error of the largest object's area", unit="pixels", decimals=1, margin=10,
        notable=10, error="off by {} pixels", required="how large? off by at most {}", answer=largest, errors=off,
        offsets=None,
    )  # fmt: skip
    monkeypatch.setitem(QUESTIONS, "largest", question)


@pytest.fixture
def test():
    return vl.draw("smear", 4, size=96, seed=5)


@pytest.fixture
def predictions(test):
    """A classifier, and a semantic segmenter that is right everywhere: what touches is one object to it."""
    scores = torch.nn.functional.one_hot(test.semantic.long(), len(test.vocabulary.classes)).movedim(-1, 1).half()
    points = torch.full((len(test), 2), torch.nan)
    label = torch.nn.functional.one_hot(test.labels, 2).float()
    return {
        "classification": ClassPrediction("classification", test.vocabulary, test.ids, label, points),
        "semantic": SemanticPrediction("semantic", test.vocabulary, test.ids, scores),
    }


@pytest.fixture
def results(fifth, test, predictions):
    given, models = {}, {}
    for name, prediction in predictions.items():
        given[name] = answers(prediction)
        scored = vl.score_answers(test, given[name])
        errors = {question: scored[question] for question in given[name].answered}
        models[name] = {"scores": vl.evaluate(prediction, test, quick=True), "answers": errors, "cost": cost(2, 50e6)}
    data = {"name": "smear", "train": 8, "valid": 4, "test": 4, "size": 96, "seed": 0, "drawn": True}
    pairs = paired_differences(test, predictions, given, {})
    return Results(data, MACHINE, models, {}, pairs, [], test, predictions, given)


def test_it_is_answered_and_scored(fifth, test, predictions):
    areas = [torch.bincount(ids.flatten().long())[1:].max().item() for ids in test.instances]
    assert answers(test).values["largest"].tolist() == areas
    assert answers(predictions["classification"]).answered == ("label",)
    mask = answers(predictions["semantic"])
    assert "largest" in mask.answered
    assert vl.score_answers(test, mask)["largest"]["mae"] == picture_errors(test, mask, "largest").mean() >= 0


def test_it_stands_in_the_matrix(results):
    lines = repr(results).splitlines()
    assert any("how large?" in line for line in lines)
    error = results.models["semantic"]["answers"]["largest"]["mae"]
    semantic = next(line for line in lines if line.startswith("semantic"))
    assert QUESTIONS["largest"].figure(error) in semantic


@pytest.mark.slow
def test_it_stands_on_the_report_and_in_its_advice(results):
    page = render(results.to_dict(), bets=False)
    assert '<th scope="col">how large? pixels off</th>' in page
    assert "0/models/semantic/answers/largest/mae" in page
    assert "how large is the largest?" in page


def test_it_stands_in_the_comparison(fifth, test, predictions):
    about = vl.compare(test, list(predictions.values())).about
    assert about["questions"][-1]["heading"] == "how large?"
    truth, classifier, mask = about["rows"]
    assert "largest" in truth["answered"]
    assert "largest" not in classifier["answered"]
    assert set(mask["overall"]) == set(mask["answered"]) >= {"largest"}
