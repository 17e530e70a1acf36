"""Whose clock the seconds of labelling run on, and what they come to."""

from vislab.costs.labels.annotation_time import ACCEPTED, CORRECTED, Kind, Spent
from vislab.widgets.labeller.strokes import Item
from vislab.widgets.labeller.work import Work

CLOCKS: dict[Kind, tuple[str, ...]] = {
    "label": ("label",),
    "pixels": ("pixels",),
    "outline": ("outline", f"outline {ACCEPTED}", f"outline {CORRECTED}"),
}


def clock_of(work: Work, item: Item, kind: Kind, action: str, number: int = 0) -> str:
    """The clock that an action's seconds count on: objects that a model proposed have their own.

    Looking through proposals is a part of accepting them, deleting one a part of correcting. number: of the object.
    """
    if kind != "outline" or work.proposal(item, kind) is None or action == "outline":
        return kind
    if action in ("delete", "reshape"):
        outlines = work.outlines(item)
        drawn = 0 <= number < len(outlines) and not outlines[number].origin
        return kind if drawn else f"{kind} {CORRECTED}"
    return f"{kind} {ACCEPTED}"


def times(work: Work) -> dict[str, Spent]:
    """The seconds spent on valid labels: pictures with a label, pictures whose pixels are done, objects.

    Those that a model proposed are apart, as "outline accepted" and "outline corrected", if there are any.
    """
    items = sorted({stroke.item for stroke in work.log.strokes})
    all_times: dict[str, Spent] = {}
    for kind in work.kinds:
        done = [item for item in items if work.is_done(item, kind) or (kind == "outline" and work.labelled(item))]
        for became in ("", ACCEPTED, CORRECTED):
            name = f"{kind} {became}".strip()
            spent = (
                _of_objects(work, done, name, became) if kind == "outline" else _of_pictures(work, done, kind, became)
            )
            if not became or spent.count or spent.seconds:
                all_times[name] = spent
    return all_times


def _of_objects(work: Work, items: list[Item], name: str, became: str) -> Spent:
    outlines = [outline for item in items for outline in work.outlines(item) if outline.origin == became]
    seconds = sum(work.log.spent(item, name) for item in items)
    return Spent(name, round(seconds, 3), len(outlines), sum(len(outline.points) for outline in outlines))


def _of_pictures(work: Work, items: list[Item], kind: Kind, became: str) -> Spent:
    alike = [item for item in items if _became(work, item, kind) == became]
    return Spent(f"{kind} {became}".strip(), round(sum(work.log.spent(item, kind) for item in alike), 3), len(alike))


def _became(work: Work, item: Item, kind: Kind) -> str:
    """What became of a picture's proposed label or mask; "" if it was made by hand."""
    proposal = work.proposal(item, kind)
    if proposal is None:
        return ""
    brushed = any(stroke.do == "brush" for stroke in work.log.of(item, kind))
    return CORRECTED if brushed or (kind == "label" and work.label(item) != proposal) else ACCEPTED
