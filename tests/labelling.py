"""Small pictures to label, what the front end sends of them, and what it gets."""

import json

import torch
from text_pictures import picture

import vislab as vl
from vislab.data.vocabulary import EnoughPixels, Vocabulary

WORDS = Vocabulary("dots", ("clear", "dotted"), ("background", "dot", "ring"), ("dot", "ring"),
                   EnoughPixels(("dot",), 4), {"any": "Any dot?"}, (), ("#000000", "#0072b2", "#e69f00"))  # fmt: skip
SQUARE = [[1, 1], [4, 1], [4, 4], [1, 4]]  # of nine pixels
DOT = picture("00000000 01110000 01110000 01110000 00000000 00000000 00000000 00000000")


def blank(n=3, **given):
    """Grey pictures of 8 × 8, each of another grey, with the truth that is given."""
    images = torch.full((n, 3, 8, 8), 100, dtype=torch.uint8) + torch.arange(n, dtype=torch.uint8)[:, None, None, None]
    levels = dict.fromkeys(("labels", "semantic", "instances", "objects")) | given
    return vl.Scenes(images=images, vocabulary=WORDS, ids=tuple(f"p{k}" for k in range(n)), **levels)


def dotted(n=3):
    """The same with a dot each."""
    masks, objects = DOT.repeat(n, 1, 1), torch.ones(n, 1, dtype=torch.uint8)
    labels = torch.ones(n, dtype=torch.int64)
    return blank(n, labels=labels, semantic=masks, instances=masks.to(torch.int16), objects=objects)


def send(labeller, do, mode, position=0, seconds=0.0, **more):
    """What the front end sends."""
    labeller.hear({"do": do, "mode": mode, "position": position, "seconds": seconds, "key": "k", **more})


def label(labeller, value, position=0, seconds=0.0):
    send(labeller, "label", "label", position, seconds, value=value)


def paint(labeller, points, value=1, size=1, position=0, seconds=0.0):
    send(labeller, "brush", "pixels", position, seconds, points=points, value=value, size=size)


def outlined(labeller, points=SQUARE, value=1, position=0, seconds=0.0):
    send(labeller, "outline", "outline", position, seconds, points=points, value=value)


def done(labeller, mode, position=0, seconds=0.0):
    send(labeller, "done", mode, position, seconds)


def same(one, other):
    """Whether two Scenes hold the same, truth and words included."""
    for name in ("images", "labels", "semantic", "instances", "objects"):
        a, b = getattr(one, name), getattr(other, name)
        if (a is None) != (b is None) or (a is not None and not torch.equal(a, b)):
            return False
    return (one.ids, one.groups, one.attributes, one.vocabulary) == (
        other.ids, other.groups, dict(other.attributes), other.vocabulary)  # fmt: skip


def work_of(labeller):
    """The state that the browser gets of the picture in sight."""
    packet = labeller.get_state("work")["work"]
    return json.loads(packet[4 : 4 + int.from_bytes(packet[:4], "little")])
