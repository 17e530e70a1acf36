"""The comparison page: one HTML file without network, from studies or from what results.json holds."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from vislab.costs.labels.curve_files import COMMITTED, read_curves
from vislab.costs.labels.learning_curves import Curves
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.plotting.webp import data_uri, encode
from vislab.studies.claims.advice import advise, jobs
from vislab.studies.claims.judge import Judgement, gather, judge
from vislab.studies.claims.one_study import Study
from vislab.studies.claims.published import CLAIMS, Claim
from vislab.studies.claims.read_results import as_list, read_studies
from vislab.studies.claims.verdicts import VERDICTS
from vislab.studies.report.rows import (
    answer_charts,
    answer_rows,
    conditions,
    cost_charts,
    cost_rows,
    summary,
    training_rows,
)
from vislab.studies.results import FORMAT
from vislab.system import learner_file as learner
from vislab.system.files import refuse_inputs, writing

PICTURE = "outcome.png"  # of a study, beside its results.json
MOST_BYTES = 3_000_000  # of a page
QUALITIES = (85, 60, 35, 15)  # of its pictures as WebP, until they fit
SIGNS: dict[str, str] = dict(zip(VERDICTS, "✓✗≈◐?≠⊘∅", strict=True))  # as colour is never the only sign


class Picture(NamedTuple):
    """A figure as a PIL image with its text alternative; without an image, alt says why there is none."""

    image: Any
    alt: str


class Bet(NamedTuple):
    """What a learner bet on a claim, how sure in percent, and whether it was "right", "wrong" or is "open"."""

    verdict: str
    sure: str
    outcome: str


class Section(NamedTuple):
    """What the page shows of one study. picture: as a data URI, "" without one, and then alt says why."""

    title: str
    study: Study
    picture: str
    alt: str


def write_report(
    results: Any,
    out: str | Path,
    measured: Mapping[str, Sequence[Any]] | None = None,
    bets: bool = True,
    curves: Curves | None = None,
    judged: Iterable[Claim] = CLAIMS,
) -> Path:
    """Write the comparison page; returns its path.

    results, measured: as `judge` takes them; the figure of a study is drawn, or taken from the outcome.png beside a
    results.json. bets: show what the learner of this machine has bet on the claims. curves: what vl.learning_curve
    found, for the claims that ask for it; None takes those that come with vislab if every result is of their pictures.
    judged: the claims; those without a number have no bets.
    Raises VislabError if a file is no results file, or the page cannot be written or would replace a file that is
    read. Impossible figures are left out, and the page says so.
    """
    out, results = Path(out), as_list(results)
    refuse_inputs(out, _files_of(results))
    text = render(results, measured, bets, curves, judged)
    with writing(out) as part:
        part.write_text(text, encoding="utf-8")
    return out


def render(
    results: Any,
    measured: Mapping[str, Sequence[Any]] | None = None,
    bets: bool = True,
    curves: Curves | None = None,
    judged: Iterable[Claim] = CLAIMS,
) -> str:
    """The page as HTML; arguments as of `write_report`."""
    sources = as_list(results)
    studies = read_studies(sources)
    curves = curves or _committed_curves(studies)
    pictures = [_picture_of(source) for source in sources]
    facts = _facts(studies, (curves.measured() if curves else {}) | dict(measured or {}), bets, judged)
    template = _template()
    for quality in QUALITIES:
        sections = [_section(*pair, quality, len(studies) == 1) for pair in zip(studies, pictures, strict=True)]
        drawn_curves = _draw_curves(curves, quality) if curves else None
        page: str = template.render(facts, sections=sections, curves=drawn_curves)
        if len(page.encode()) < MOST_BYTES:
            return page
    raise VislabError(f"the page would be larger than {MOST_BYTES / 1e6:g} MB; give fewer studies at once")


def _facts(
    studies: Sequence[Study], measured: Mapping[str, Sequence[Any]], bets: bool, claims: Iterable[Claim]
) -> dict[str, Any]:
    """What the page says, whatever the quality of its pictures."""
    guesses = learner.recall_all("guesses") if bets else {}
    judged = [(judgement, bet_on(judgement, guesses)) for judgement in judge(studies, claims, measured)]
    return {
        "evidence": gather(studies, measured),
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
            yield from _files_beside(source)
    yield learner.state_file()
    yield from COMMITTED.iterdir()


def _files_beside(source: str | Path) -> tuple[Path, Path]:
    """The results.json that a folder or path stands for, and the figure beside it."""
    path = Path(source)
    return (path / "results.json", path / PICTURE) if path.is_dir() else (path, path.parent / PICTURE)


def _committed_curves(studies: Sequence[Study]) -> Curves | None:
    """The curves that come with vislab, if every study is of their pictures."""
    pictures = {(study.data["name"], study.data["size"]) for study in studies}
    name, size = next(iter(pictures))
    if len(pictures) > 1 or not (COMMITTED / f"curves-{name}.json").is_file():
        return None
    curves = read_curves(name)
    return curves if curves.data["size"] == size else None


def _draw_curves(curves: Curves, quality: int) -> dict[str, str]:
    """What the page shows of curves: the figure by hours of labelling, its words, and how they were measured."""
    from PIL import Image

    sheet, data = curves.figure("hours"), curves.data
    with Image.open(io.BytesIO(sheet.to_webp())) as image:
        picture = data_uri(encode(image, quality, method=4))
    seeds = {len(curves.at(*line, size)) for line in curves.lines() for size in curves.sizes(*line)}
    counted = f"{min(seeds)} to {max(seeds)} seeds" if len(seeds) > 1 else f"{max(seeds)} seeds"
    how = (
        f"{data['name']}, {data['size']} px: {counted}, {data['steps']} steps of {data['batch']} pictures at every "
        f"size, {data['test']:,} test pictures, on {data['machine']}. Hours by published seconds for these pictures' "
        "own objects and outlines. Dashed: started from the encoder of a classifier, whose labels are counted."
    )
    return {"picture": picture, "alt": sheet.alt, "how": how}


def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("vislab.studies.report", "")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    functions = (advise, answer_charts, answer_rows, conditions, cost_charts, cost_rows, jobs, summary, training_rows)
    for function in functions:
        environment.globals[function.__name__] = function
    # tojson escapes <, >, & and ', so that nothing in the figures ends the element that holds them.
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False, "ensure_ascii": False}
    return environment.get_template("report.html")


def _section(study: Study, picture: Picture, quality: int, alone: bool) -> Section:
    name = study.data["name"]
    return Section(
        name if alone else f"{name}, seed {study.data['seed']}",
        study,
        "" if picture.image is None else data_uri(encode(picture.image, quality, method=4)),
        picture.alt,
    )


def _picture_of(source: Any) -> Picture:
    """The outcome figure, drawn or from the file beside a results.json."""
    from PIL import Image

    if hasattr(source, "predictions"):
        sheet = source.figure()
        return Picture(Image.open(io.BytesIO(sheet.to_webp())), sheet.alt)
    path = _files_beside(source)[1] if isinstance(source, (str, Path)) else None
    if path is None or not path.is_file():
        return Picture(None, "No pictures: this page was made from figures alone, without the outcome.png beside them.")
    try:
        with Image.open(path) as image:
            alt = image.info.get("Description")
            return Picture(image.convert("RGB"), alt or "The outcome figure; its file holds no words about it.")
    except (OSError, SyntaxError) as error:  # PIL raises both for broken PNG files
        return Picture(None, f"No pictures: {path.name} cannot be read ({error}).")
