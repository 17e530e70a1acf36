"""The comparison page: one HTML file without network, from studies or from what results.json holds."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from vislab.costs.kinds import COST_KINDS, IN_TABLES
from vislab.costs.labels.curve_files import COMMITTED, read_curves
from vislab.costs.labels.learning_curves import Curves
from vislab.costs.labels.price_lists import WHOSE
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.studies.claims.advice import advise, jobs
from vislab.studies.claims.judge import Judgement, gather, judge
from vislab.studies.claims.one_study import Study
from vislab.studies.claims.published import CLAIMS, Claim
from vislab.studies.claims.read_results import as_list, read_source, read_studies
from vislab.studies.claims.verdicts import VERDICTS
from vislab.studies.report.card_rows import SCRIPT, contender_rows, for_script, slider
from vislab.studies.report.first_screen import answers_to_readers, first_lines
from vislab.studies.report.pictures import draw_curves, files_beside, pictures_of, section
from vislab.studies.report.rows import (
    TRAINING_HEADS,
    answer_charts,
    answer_rows,
    conditions,
    cost_charts,
    cost_rows,
    guest_summary,
    summary,
    training_rows,
)
from vislab.studies.results import FORMAT
from vislab.system import learner_file as learner
from vislab.system.files import refuse_inputs, writing

MOST_BYTES = 3_000_000  # of a page
QUALITIES = (85, 60, 35, 15)  # of its pictures as WebP, until they fit
SIGNS: dict[str, str] = dict(zip(VERDICTS, "✓✗≈◐?≠⊘∅", strict=True))  # as colour is never the only sign


class Bet(NamedTuple):
    """What a learner bet on a claim, how sure in percent, and whether it was "right", "wrong" or is "open"."""

    verdict: str
    sure: str
    outcome: str


def write_report(
    results: Any,
    out: str | Path,
    measured: Mapping[str, Sequence[Any]] | None = None,
    bets: bool = True,
    curves: Curves | None = None,
    judged: Iterable[Claim] = CLAIMS,
    margins: Mapping[str, float] | None = None,
) -> Path:
    """Write the comparison page; returns its path.

    results, measured: as `judge` takes them; the figure of a study is drawn, or taken from the outcome.png beside a
    results.json. bets: show what the learner of this machine has bet on the claims. curves: what vl.learning_curve
    found, for the claims that ask for it; None takes those that come with vislab if every result is of their pictures.
    judged: the claims; those without a number have no bets. margins: of the cards, as of advice.advise.
    Raises VislabError if a file is no results file, or the page cannot be written or would replace a file that is
    read. Impossible figures are left out, and the page says so.
    """
    out, results = Path(out), as_list(results)
    refuse_inputs(out, _files_of(results))
    text = render(results, measured, bets, curves, judged, margins)
    with writing(out) as part:
        part.write_text(text, encoding="utf-8")
    return out


def render(
    results: Any,
    measured: Mapping[str, Sequence[Any]] | None = None,
    bets: bool = True,
    curves: Curves | None = None,
    judged: Iterable[Claim] = CLAIMS,
    margins: Mapping[str, float] | None = None,
) -> str:
    """The page as HTML; arguments as of `write_report`."""
    sources = as_list(results)
    each = [(source, read_source(source)) for source in sources]
    studies = read_studies([study for _, held in each for study in held])
    curves = curves or _committed_curves(studies)
    pictures = [picture for source, held in each for picture in pictures_of(source, len(held))]
    facts = _facts(studies, (curves.measured() if curves else {}) | dict(measured or {}), bets, judged, margins)
    template = _template()
    for quality in QUALITIES:
        sections = [section(*pair, quality, len(studies) == 1) for pair in zip(studies, pictures, strict=True)]
        drawn_curves = draw_curves(curves, quality) if curves else None
        page: str = template.render(facts, sections=sections, curves=drawn_curves)
        if len(page.encode()) < MOST_BYTES:
            return page
    raise VislabError(f"the page would be larger than {MOST_BYTES / 1e6:g} MB; give fewer studies at once")


def _facts(
    studies: Sequence[Study],
    measured: Mapping[str, Sequence[Any]],
    bets: bool,
    claims: Iterable[Claim],
    margins: Mapping[str, float] | None,
) -> dict[str, Any]:
    """What the page says, whatever the quality of its pictures."""
    guesses = learner.recall_all("guesses") if bets else {}
    evidence = gather(studies, measured)
    cards = advise(evidence, margins)
    judged = [(judgement, bet_on(judgement, guesses)) for judgement in judge(studies, claims, measured)]
    return {
        "evidence": evidence,
        "lines": first_lines(evidence, cards),
        "asked": answers_to_readers(evidence, cards),
        "cards": cards,
        "advice": for_script(cards),
        "answer_heads": [f"{question.heading} {question.column}" for question in QUESTIONS.values()]
        + ["its own score"],
        "cost_heads": [" ".join(COST_KINDS[cost].heading).strip().replace("- ", "-") for cost in IN_TABLES],
        "training_heads": TRAINING_HEADS,
        "whose": WHOSE,
        "script": SCRIPT,
        "script_hash": base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode(),
        "jobs": jobs(evidence, margins),
        "judged": judged,
        "bets": any(bet for _, bet in judged),
        "signs": SIGNS,
        "questions": QUESTIONS,
        "held": {"format": FORMAT, "results": [study.raw for study in studies]},
        "version": version("vislab"),
        "drawn": all(study.drawn for study in studies),
    }


def bet_on(judgement: Judgement, guesses: Mapping[str, Mapping[str, Any]]) -> Bet | None:
    """What the learner bet on a published claim; None without a bet. guesses: as the learner's file keeps them."""
    number = judgement.claim.number
    entry = {} if number is None else guesses.get(f"claim-{number:02d}", {})
    if not entry.get("value"):
        return None
    value = str(entry["value"])
    return Bet(value, str(entry.get("sure", "?")), judgement.settles(value))


def _files_of(sources: Sequence[Any]) -> Iterator[Path]:
    """The files that a page may be made from."""
    for source in sources:
        if isinstance(source, (str, Path)):
            yield from files_beside(source)
    yield learner.state_file()
    yield from COMMITTED.iterdir()


def _committed_curves(studies: Sequence[Study]) -> Curves | None:
    """The curves that come with vislab, if every study is of their pictures."""
    pictures = {(study.data["name"], study.data["size"]) for study in studies}
    name, size = next(iter(pictures))
    if len(pictures) > 1 or not (COMMITTED / f"curves-{name}.json").is_file():
        return None
    curves = read_curves(name)
    return curves if curves.data["size"] == size else None


def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("vislab.studies.report", "")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    functions = (
        answer_charts,
        answer_rows,
        conditions,
        contender_rows,
        cost_charts,
        cost_rows,
        guest_summary,
        slider,
        summary,
        training_rows,
    )
    for function in functions:
        environment.globals[function.__name__] = function
    # tojson escapes <, >, & and ', so that nothing in the figures ends the element that holds them.
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False, "ensure_ascii": False}
    return environment.get_template("report.html")
