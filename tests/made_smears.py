"""Small smears to train on: training is tested, not what it reaches."""

from dataclasses import replace

import vislab as vl
from vislab.data.convert import keep_visible
from vislab.data.scenes import Scenes


def small_smears() -> Scenes:
    """48 pictures of 32 px, cut from larger ones."""
    whole = vl.draw("smear", 48, size=64)
    cut = (..., slice(16, 48), slice(16, 48))
    instances, objects = keep_visible(whole.instances[cut], whole.objects)
    semantic = whole.semantic[cut].contiguous()
    return replace(
        whole, images=whole.images[cut].contiguous(), semantic=semantic, instances=instances, objects=objects
    )
