"""A short name for the content of pictures."""

import hashlib

from vislab.data.scenes import Scenes


def fingerprint(test: Scenes) -> str:
    """Sixteen letters that differ where the pictures do, so that two studies can tell whether they tested the same."""
    return hashlib.sha256(test.images.cpu().numpy().tobytes()).hexdigest()[:16]
