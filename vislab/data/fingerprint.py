"""A short digest of pictures."""

import hashlib

from vislab.data.scenes import Scenes


def fingerprint(scenes: Scenes) -> str:
    """Sixteen hexadecimal digits that differ if the pictures do: whether two studies tested the same pictures."""
    return hashlib.sha256(scenes.images.cpu().numpy().tobytes()).hexdigest()[:16]
