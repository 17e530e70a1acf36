"""Curves made by hand, so that what hours buy can be worked out beside them."""

from vislab.costs.labels.learning_curves import SCRATCH, TRANSFER, Curves, Point

NAN = float("nan")
DATA = {"name": "smear", "size": 96, "valid": 512, "test": 512, "steps": 256, "batch": 8, "machine": "a machine"}
SECONDS = {"classification": 36.0, "semantic": 360.0, "instance": NAN}  # 0.01 h, 0.1 h, not known
MEASURE = {"label": "wrong", "share": "mae", "count": "mae", "point": "missed"}


def point(task, pictures, start=SCRATCH, seed=0, within=0.02, **errors):
    """One training, each error with an interval of `within` to both sides."""
    told = {
        question: {MEASURE[question]: mean, "low": mean - within, "high": mean + within}
        for question, mean in errors.items()
    }
    return Point(task, start, pictures, seed, 0.001, 10.0, told, {})


def made_curves(*more, seconds=SECONDS):
    """Classification at 10, 100 and 1,000 pictures, semantic at 10 and 1,000, the same by transfer, instance at 10."""
    points = [
        point("classification", 10, label=0.40),
        point("classification", 100, label=0.20),
        point("classification", 1000, label=0.10),
        point("semantic", 10, label=0.30, share=0.20, count=4.0, point=0.5),
        point("semantic", 1000, label=0.10, share=0.04, count=2.0, point=0.1),
        point("semantic", 10, TRANSFER, label=0.20, share=0.10, count=3.0, point=0.3),
        point("semantic", 1000, TRANSFER, label=0.08, share=0.03, count=2.0, point=0.1),
        point("instance", 10, label=0.25, count=1.0),
    ]
    return Curves(DATA, (*points, *more), dict(seconds), {"classification": "36 s for the label"})
