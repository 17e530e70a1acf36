"""What labels of a picture cost by whose seconds they are: published, with a model's help, or one's own."""

from collections.abc import Mapping
from math import isnan, nan

from vislab.costs.labels.annotation_time import OUTLINE, SECONDS

PUBLISHED, HELPED, OWN = "published", "with help", "your own"
WHOSE = {
    PUBLISHED: "published seconds, by hand",
    HELPED: "published seconds, with a model's help",
    OWN: "your own seconds",
}
HELP = SECONDS["outline, with a model's help"] / OUTLINE  # of the time that an outline by hand takes


def price_lists(seconds: Mapping[str, float], own: Mapping[str, float] | None = None) -> dict[str, dict[str, float]]:
    """The seconds of a picture's labels for each task, by whose seconds they are.

    seconds: by published seconds, as labelling_cost gives them; own: by one's own, left out without them.
    With help an outline takes 14 s instead of 79.2 s (Kirillov et al. 2023), once the model has learned such masks. It
    shortens outlines alone: a mask that is not reckoned by them, as these pictures have no instances, stays.
    """
    helped = dict(seconds)
    if not isnan(seconds.get("instance", nan)):
        helped |= {task: HELP * seconds[task] for task in ("semantic", "instance") if task in seconds}
    return {PUBLISHED: dict(seconds), HELPED: helped} | ({OWN: dict(own)} if own else {})
