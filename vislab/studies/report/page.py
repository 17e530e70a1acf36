"""The comparison page: one HTML file without network, from studies or from what results.json holds."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vislab.costs.labels.learning_curves import COMMITTED, Curves, read_curves
from vislab.errors import VislabError
from vislab.evaluation.answers.questions import QUESTIONS
from vislab.plotting.webp import data_uri, encode
from vislab.studies.claims import judge as claims
from vislab.studies.claims.advice import Advice, Job, advise, jobs
from vislab.studies.claims.read_results import Study, as_list, read_studies
from vislab.studies.report.rows import (
    Chart,
    Row,
    answer_charts,
    answer_rows,
    cost_charts,
    cost_rows,
    made_with,
    told_of,
)
from vislab.system import learner_file as learner
from vislab.system.files import refuse_inputs, writing

PICTURE = "outcome.png"  # of a study, beside its results.json
MOST_BYTES = 3_000_000  # of a page
QUALITIES = (85, 60, 35, 15)  # of its pictures as WebP, until they fit
SIGNS = dict(zip(claims.VERDICTS, "✓✗≈◐?≠⊘∅", strict=True))  # of the verdicts, as colour is never the only sign


@dataclass(frozen=True)
class Section:
    """What the page shows of one study. picture: as a data URI, "" without one, and then alt says why."""

    title: str
    study: Study
    picture: str
    alt: str
    answers: list[Row]
    costs: list[Row]
    answer_charts: list[Chart]
    cost_charts: list[Chart]
    told: list[tuple[str, str]]
    made: list[tuple[str, str]]


def write_report(
    results: Any,
    out: str | Path,
    measured: Mapping[str, Sequence[Any]] | None = None,
    bets: bool = True,
    curves: Curves | None = None,
    judged: Iterable[claims.Claim] = claims.CLAIMS,
) -> Path:
    """Write the comparison page; returns its path.

    results, measured: as claims.judge takes them; the figure of a study is drawn, or taken from the outcome.png
    beside a results.json. bets: show what the learner of this machine has bet on the claims. curves: what
    vl.learning_curve found, for the claims that ask for it; None takes those that come with vislab where every result
    is of the pictures that they are of. judged: the claims; those without a number have no bets.
    Raises VislabError where a file is no results file, or the page cannot be written or would replace a file that is
    read. Figures that cannot be are left out, and the page says so.
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
    judged: Iterable[claims.Claim] = claims.CLAIMS,
) -> str:
    """The page as HTML; arguments as of `write_report`."""
    sources = as_list(results)
    studies = read_studies(sources)
    curves = curves or _committed_curves(studies)
    measured = (curves.measured() if curves else {}) | dict(measured or {})
    evidence = claims.gather(studies, measured)
    found = [_picture(source) for source in sources]
    kept = learner.recall_all("guesses") if bets else {}
    verdicts = [(one, bet_on(one, kept)) for one in claims.judge(studies, judged, measured)]
    advice: list[Advice] = advise(evidence)
    rows: list[tuple[Job, str, str]] = jobs(evidence)
    for quality in QUALITIES:
        sections = [
            _section(study, picture, quality, index, len(sources))
            for index, (study, picture) in enumerate(zip(studies, found, strict=True))
        ]
        page: str = _template().render(
            sections=sections,
            evidence=evidence,
            advice=advice,
            judged=verdicts,
            jobs=rows,
            bets=any(bet for _, bet in verdicts),
            signs=SIGNS,
            questions=QUESTIONS,
            held={"format": 1, "results": [study.raw for study in studies]},
            curves=_draw_curves(curves, quality) if curves else None,
            version=version("vislab"),
            drawn=all(study.drawn for study in studies),
        )
        if len(page.encode()) < MOST_BYTES:
            return page
    raise VislabError(f"the page would be larger than {MOST_BYTES / 1e6:g} MB; give fewer studies at once")


def _files_of(sources: Sequence[Any]) -> Iterator[Path]:
    """The files that a page may be made from."""
    for source in sources:
        if isinstance(source, (str, Path)):
            path = Path(source)
            yield from (path / "results.json", path / PICTURE) if path.is_dir() else (path, path.parent / PICTURE)
    yield learner.state_file()
    yield from COMMITTED.iterdir()


def _committed_curves(studies: Sequence[Study]) -> Curves | None:
    """The curves that come with vislab, where every study is of pictures that they are of."""
    names = {(study.data["name"], study.data["size"]) for study in studies}
    if len(names) != 1 or not (COMMITTED / f"curves-{next(iter(names))[0]}.json").is_file():
        return None
    name, size = names.pop()
    curves = read_curves(name)
    return curves if curves.data["size"] == size else None


def _draw_curves(curves: Curves, quality: int) -> dict[str, str]:
    """What the page shows of curves: the figure by hours of labelling, its words, and how they were measured."""
    from PIL import Image

    sheet, data = curves.figure("hours"), curves.data
    with Image.open(io.BytesIO(sheet.to_webp())) as held:
        picture = _as_webp(held, quality)
    seeds = {len(curves.at(*line, size)) for line in curves.lines() for size in curves.sizes(*line)}
    told = f"{min(seeds)} to {max(seeds)} seeds" if len(seeds) > 1 else f"{max(seeds)} seeds"
    how = (
        f"{data['name']}, {data['size']} px: {told}, {data['steps']} steps of {data['batch']} pictures at every size, "
        f"{data['test']:,} test pictures, on {data['machine']}. Hours by published seconds for these pictures' own "
        "objects and outlines. Dashed: started from the encoder of a classifier, whose labels are counted."
    )
    return {"picture": picture, "alt": sheet.alt, "how": how}


def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    about = Environment(
        loader=PackageLoader("vislab.studies.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # tojson escapes <, >, & and ', so that nothing in the figures ends the element that holds them.
    about.policies["json.dumps_kwargs"] = {"allow_nan": False, "ensure_ascii": False}
    return about.get_template("report.html")


def _section(study: Study, picture: tuple[Any, str], quality: int, index: int, of: int) -> Section:
    data = study.data
    title = data["name"] if of == 1 else f"{data['name']}, seed {data['seed']}"
    image, alt = picture
    return Section(
        title,
        study,
        _as_webp(image, quality) if image is not None else "",
        alt,
        answer_rows(study, index),
        cost_rows(study, index),
        answer_charts(study),
        cost_charts(study),
        [(task, told_of(study, task)) for task in study.models],
        made_with(study),
    )


def _picture(source: Any) -> tuple[Any, str]:
    """The outcome figure as a PIL image with its text alternative, or None and why there is none."""
    from PIL import Image

    if hasattr(source, "predictions"):
        sheet = source.figure()
        return Image.open(io.BytesIO(sheet.to_webp())), sheet.alt
    if isinstance(source, (str, Path)):
        path = Path(source)
        path = (path if path.is_dir() else path.parent) / PICTURE
        if path.is_file():
            try:
                with Image.open(path) as held:
                    held.load()
                    alt = held.info.get("Description", "")
                    return held.convert("RGB"), str(alt) or "The outcome figure; its file holds no words about it."
            except (OSError, SyntaxError) as error:  # PIL raises both for broken PNG files
                return None, f"No pictures: {path.name} cannot be read ({error})."
    return None, "No pictures: this page was made from figures alone, without the outcome.png that goes with them."


def _as_webp(image: Any, quality: int) -> str:
    return data_uri(encode(image, quality, method=4))


def bet_on(judgement: claims.Judgement, kept: Mapping[str, Mapping[str, Any]]) -> tuple[str, str, str] | None:
    """What the learner bet on a published claim, how sure in percent, and whether it was right; None without a bet."""
    number = judgement.claim.number
    entry = {} if number is None else kept.get(f"claim-{number:02d}", {})
    if not entry.get("value"):
        return None
    value = str(entry["value"])
    return value, str(entry.get("sure", "?")), judgement.settles(value)
