"""Published claims about the tasks, each with the rule that judges it, and the verdict that measurements give.

A rule stands before the data. `judge` applies it to one study or to several of other seeds or pictures.
"""

import html
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vislab.errors import VislabError
from vislab.plotting.tables import as_html
from vislab.studies.claims.evidence import PROXIES, Evidence
from vislab.studies.claims.one_study import Study
from vislab.studies.claims.published import CLAIMS, Claim
from vislab.studies.claims.read_results import FURTHER, read_studies
from vislab.studies.claims.rules import Cheaper
from vislab.studies.claims.verdicts import DECIDED, ENOUGH_TRAININGS, Finding, Verdict, combine

BETS = {  # what a learner can bet on: the verdicts that make the bet right
    "supported": (Verdict.SUPPORTED,),
    "contradicted": (Verdict.CONTRADICTED, Verdict.EQUIVALENT),
    "it depends": (Verdict.DEPENDS,),
    "cannot be judged": (Verdict.NOT_COMPARABLE, Verdict.CATEGORY_ERROR, Verdict.NOT_MEASURABLE),
}
BET_WORDS = {bet: bet for bet in BETS} | {"contradicted": "contradicted (or no difference)"}  # as the ballot reads
ON_DRAWN, ON_PROXIES = "drawn pictures alone", "proxies only"


@dataclass(frozen=True)
class Judgement:
    """The verdict on a claim. detail: on what it depends, and how. findings: the parts, each with its evidence.

    marks: what bounds the verdict ("drawn pictures alone", "1 training of 3 that a final verdict needs").
    """

    claim: Claim
    verdict: str
    detail: str
    findings: tuple[Finding, ...]
    marks: tuple[str, ...]

    def settles(self, bet: str) -> str:
        """Whether a bet was "right" or "wrong"; "open" while the evidence is too little."""
        if self.verdict == Verdict.TOO_LITTLE:
            return "open"
        return "right" if self.verdict in BETS.get(bet, ()) else "wrong"

    @property
    def because(self) -> list[str]:
        """Sentences on what is missing, or why there can be no yes or no; [] for a verdict that was reached."""
        if self.verdict in (*DECIDED, Verdict.DEPENDS):
            return []
        return list(dict.fromkeys(finding.sentence for finding in self.findings if finding.verdict == self.verdict))

    def _heading(self) -> list[str]:
        """The claim, and its verdict with what bounds it."""
        number = "" if self.claim.number is None else f"{self.claim.number}. "
        marks = f" ({'; '.join(self.marks)})" if self.marks else ""
        detail = f" {self.detail}" if self.detail else ""
        return [f"{number}{self.claim.says}", f"→ {self.verdict}{detail}{marks}"]

    def __repr__(self) -> str:
        lines = [*self._heading(), *(f"· {finding.sentence}" for finding in self.findings)]
        return "\n".join(textwrap.fill(line, 88, subsequent_indent="   ") for line in lines)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        rows = [("evidence", "verdict"), *((finding.sentence, str(finding.verdict)) for finding in self.findings)]
        heading = "<br>".join(map(html.escape, self._heading()))
        return {"text/html": f"<p>{heading}</p>{as_html(rows)}", "text/plain": repr(self)}


def judge(
    results: Any, claims: Iterable[Claim] = CLAIMS, measured: Mapping[str, Sequence[Any]] | None = None
) -> list[Judgement]:
    """The verdict on each claim, by its own rules.

    results: one or several of vl.study's Results, of results.json files, or of folders that hold one; several of
    the same pictures are other seeds, pooled (verdicts.pool), and three of them make a verdict final.
    measured: what no study measures, by name, each a list of dicts. "architectures": name, task, and what
    vl.measure_cost(...).to_dict() holds. "curves": task, pictures, hours (of labelling, or a dict of them by
    whose seconds), wrong (a list, the share of
    wrong labels, one a seed). "transfer": pictures, scratch and transfer (lists, 1 − mean IoU, one a seed). Rows of
    either may say what pictures they are "of", whether those were "drawn", and the "steps" of each training. What is
    not given here and stands in the results ("measured") is taken from the first of them that has it.
    Raises VislabError for anything but results. A rule that fails leaves its claim without a verdict, and says so.
    """
    evidence = gather(results, measured)
    return [_judge_one(claim, evidence) for claim in claims]


def gather(results: Any, measured: Mapping[str, Sequence[Any]] | None = None) -> Evidence:
    """The evidence in results, by the pictures they are of; arguments and errors as of `judge`."""
    studies, measurements = read_studies(results), dict(measured or {})
    if unknown := measurements.keys() - set(FURTHER):
        raise VislabError(f"no claim asks for the measurement {unknown.pop()!r}; there are {', '.join(FURTHER)}")
    for study in studies:
        measurements = study.measured | measurements
    return Evidence(_by_world(studies), measurements)


def _by_world(studies: Sequence[Study]) -> dict[str, list[Study]]:
    """Studies of the same pictures together, under a name that tells them from others."""
    groups: list[list[Study]] = []
    for study in studies:
        same = next((group for group in groups if _alike(group[0], study)), [])
        if not same:
            groups.append(same)
        same.append(study)
    names = [group[0].called for group in groups]
    worlds: dict[str, list[Study]] = {}
    for group in sorted(groups, key=lambda group: names.index(group[0].called)):
        data = group[0].data
        label = group[0].called
        if names.count(label) > 1:
            label = f"{label} ({data['train']:,} pictures of {data['size']} px)"
        worlds[f"{label}, {len(worlds) + 1}" if label in worlds else label] = group
    return worlds


def _alike(a: Study, b: Study) -> bool:
    """Whether two studies differ in their seed alone."""
    return all(
        a.data.get(name) == b.data.get(name) for name in ("name", "size", "train", "epochs", "minutes", "encoder")
    )


def _judge_one(claim: Claim, evidence: Evidence) -> Judgement:
    findings: list[Finding] = []
    try:
        for rule in claim.parts:
            findings += rule(evidence)
        verdict, detail = combine(findings)
    except Exception as error:  # whatever a rule of the reader's own raises: the others are still judged
        why = f"Its rule failed: {str(error) or type(error).__name__}"
        return Judgement(claim, Verdict.TOO_LITTLE, "", (Finding(Verdict.TOO_LITTLE, why.rstrip(".") + "."),), ())
    return Judgement(claim, verdict, detail, tuple(findings), tuple(_marks(claim, verdict, findings)))


def _marks(claim: Claim, verdict: str, findings: Sequence[Finding]) -> list[str]:
    """What bounds a verdict that was reached."""
    if verdict not in (*DECIDED, Verdict.DEPENDS):
        return []
    counted = [finding for finding in findings if finding.verdict in DECIDED]
    marks = []
    on_pictures = [finding.drawn for finding in counted if finding.drawn is not None]
    if on_pictures and all(on_pictures):
        marks.append(ON_DRAWN)
    fewest = min((finding.trainings for finding in counted if finding.trainings), default=ENOUGH_TRAININGS)
    if fewest < ENOUGH_TRAININGS:
        marks.append(
            f"{fewest} training{'s' if fewest > 1 else ''} of the {ENOUGH_TRAININGS} that a final verdict needs"
        )
    marks += dict.fromkeys(finding.bound for finding in counted if finding.bound)
    if any(isinstance(rule, Cheaper) and rule.cost in PROXIES for rule in claim.parts):
        marks.append(ON_PROXIES)
    return marks
