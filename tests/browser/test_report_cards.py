"""The page's cards of advice in a real browser: they decide as the package does, and follow the reader's margin."""

import math
from itertools import product

import numpy as np
import pytest
from made_results import made

from vislab.studies.claims.advice import advise
from vislab.studies.claims.card import Card, headline, would_settle
from vislab.studies.claims.deciding import Contender, Outcome, decide
from vislab.studies.claims.judge import gather
from vislab.studies.claims.verdicts import Interval
from vislab.studies.report.card_rows import for_script
from vislab.studies.report.page import render

pytestmark = pytest.mark.browser
DECIDE = """given => given.map(([card, margin, whose]) => {
    const found = decide(card, margin, whose), { outcome, tasks, states, times } = found
    const words = [headline(found, card.baseline), wouldSettle(found, card)]
    return [outcome, tasks, Object.values(states), Number.isFinite(times) ? times : null, ...words]
})"""


def results():
    told = made({"classification": {"label": 0.13}, "semantic": {"label": 0.1}, "majority": {"label": 0.5}}, half=0.02)
    for task, seconds in (("classification", 1.0), ("semantic", 900.0)):
        told["models"][task]["cost"]["labelling_s"] = seconds
    return told


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    file = tmp_path_factory.mktemp("cards") / "page.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VISLAB_HOME", str(file.parent))
        file.write_text(render(results()), encoding="utf-8")
    page = browser.browser.new_context(viewport={"width": 400, "height": 900}).new_page()
    page.goto(file.as_uri())
    yield page
    page.context.close()


def random_card(chance):
    """A card of one to four tasks whose intervals lie about the margin, some without an end, price or baseline."""

    def interval(middle):
        low, high = chance.uniform(0, 0.05, 2) if chance.random() > 0.1 else (math.inf, math.inf)
        return Interval(middle, middle - low, middle + high)

    contenders = []
    for task in ("classification", "regression", "semantic", "instance")[: chance.integers(1, 5)]:
        behind = interval(chance.normal(0.02, 0.03)) if contenders else Interval(0.0, 0.0, 0.0)
        gain = interval(chance.normal(-0.04, 0.04)) if chance.random() > 0.3 else None
        hours = {whose: float(chance.uniform(1, 9)) for whose in ("published", "with help")}
        if chance.random() < 0.1:
            hours["published"] = math.nan
        contenders.append(Contender(task, Interval(0.1, 0.1, 0.1), behind, gain, hours))
    trainings = int(chance.integers(1, 6))
    return Card("smear", "label", tuple(contenders), 0.02, trainings, 512, "", baseline="majority")


def test_the_browser_decides_as_the_package_does(page):
    chance = np.random.default_rng(0)
    cards = [random_card(chance) for _ in range(200)]
    cases = list(product(range(len(cards)), (0.001, 0.02, 0.08), ("published", "with help")))
    plain = for_script(cards)["cards"]
    found = page.evaluate(DECIDE, [[plain[at], margin, whose] for at, margin, whose in cases])
    outcomes = set()
    for (at, margin, whose), (outcome, tasks, states, times, *words) in zip(cases, found, strict=True):
        card = cards[at]
        wanted = decide(card.contenders, margin, whose, card.trainings)
        assert (Outcome[outcome], tuple(tasks)) == (wanted.outcome, wanted.tasks)
        assert states == [state.name for state in wanted.states.values()]
        assert (math.inf if times is None else times) == pytest.approx(wanted.times)
        settles = would_settle(wanted.times, card.trainings, card.test) if outcome == "OPEN" else ""
        assert words == [headline(wanted, card.baseline), settles]
        outcomes.add(outcome)
    assert outcomes == set(Outcome.__members__)


def test_a_card_follows_the_slider_and_the_hours(page):
    card = page.locator("[data-card='0']")
    assert card.locator(".headline").inner_text() == "Not settled: classification or semantic"
    for margin in (6, 0.5, 2):
        card.locator("input[type=range]").fill(str(margin))
        (wanted,) = [one for one in advise(gather(results()), {"label": margin / 100}) if one.question == "label"]
        assert card.locator(".headline").inner_text() == wanted.headline
        assert card.locator(".settle").inner_text() == wanted.would_settle
        assert card.locator("output").inner_text() == f"{margin:g}"
    hours = card.locator("[data-task=semantic] .hours")
    assert hours.inner_text() == ", 256 h of labels"
    page.get_by_label("your own seconds").check()
    page.get_by_label("the outline of an object").fill("7.92")
    assert hours.inner_text() == ", 25.6 h of labels"
