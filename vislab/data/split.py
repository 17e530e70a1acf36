"""Which pictures are for training, which for choosing, and which for the test."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vislab.errors import VislabError


def split_indices(
    labels: NDArray[np.integer[Any]], groups: Sequence[str] | None, shares: Mapping[str, float], seed: int
) -> dict[str, list[int]]:
    """The pictures of each part, in their order: groups whole, labels in proportion.

    labels: (n,), the label of each picture. groups: n names; pictures of one name stay together; None: each alone.
    shares: part → share of the pictures, together 1. A part of share 0 stays empty.
    Each group goes, in shuffled order and the large ones first, to the part that still lacks most of its labels,
    after the iterative stratification of Sechidis et al. 2011 (ECML PKDD), section 3.
    Raises VislabError if shares make no sense or a part would have no picture.
    """
    if min(shares.values()) < -1e-9 or shares.get("train", 1) <= 1e-9:
        raise VislabError(f"valid and test must be shares from 0 and together below 1, not {dict(shares)}")
    by_name: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(groups or map(str, range(len(labels)))):
        by_name[name].append(index)
    members = list(by_name.values())
    np.random.default_rng(seed).shuffle(members)
    members.sort(key=len, reverse=True)  # stable: equally large groups stay shuffled

    names = [name for name, share in shares.items() if share > 1e-9]
    share = np.array([shares[name] for name in names])
    kinds = int(labels.max(initial=0)) + 1
    lacking = share[:, None] * np.bincount(labels, minlength=kinds)  # (parts, labels) pictures still to be given
    parts: dict[str, list[int]] = {name: [] for name in shares}
    for group in members:
        has = np.bincount(labels[group], minlength=kinds)
        # The part that lacks most of this group's labels; of equal ones the part that lacks most of all labels.
        need = (lacking * (has > 0)).sum(1)
        best = max(range(len(names)), key=lambda p: (round(need[p], 6), round(lacking[p].sum(), 6), share[p]))
        parts[names[best]] += group
        lacking[best] -= has
    for name in names:
        if not parts[name]:
            few = f"{len(labels)} pictures in {len(members)} groups leave none for {name!r}"
            raise VislabError(f"{few} at a share of {shares[name]:g}; take more pictures or other shares")
    return {name: sorted(chosen) for name, chosen in parts.items()}


def keep_parts(
    parts: Sequence[str], labels: np.ndarray, groups: Sequence[str] | None, valid: float, test: float, seed: int
) -> dict[str, list[int]] | None:
    """The pictures of each part as the set itself is divided; None if it is not.

    parts: the set's own part of each picture, "train", "valid" or "test"; others count as train. It is divided if
    there are train pictures and another part. What lacks is made of what is there: without a test part the valid part
    is the test, unless test is 0, and without a valid part a share `valid` of the train part is.
    Raises VislabError as `split_indices` does.
    """
    own = {name: [index for index, part in enumerate(parts) if part == name] for name in ("valid", "test")}
    train = [index for index, part in enumerate(parts) if part not in own]
    if not train or not (own["valid"] or own["test"]):
        return None
    if not own["test"] and test > 0:
        own = {"valid": [], "test": own["valid"]}
    if not own["valid"] and valid > 0:
        inside = None if groups is None else [groups[index] for index in train]
        taken = split_indices(labels[train], inside, {"train": 1 - valid, "valid": valid}, seed)
        own["valid"], train = [train[i] for i in taken["valid"]], [train[i] for i in taken["train"]]
    return {"train": train, **own}
