"""Whose seconds labels take."""

import math

import pytest

from vislab.costs.labels.price_lists import price_lists


def test_help_shortens_outlines_alone():
    lists = price_lists({"classification": 1.0, "semantic": 79.2, "instance": 158.4}, own={"classification": 2.0})
    assert list(lists) == ["published", "with help", "your own"]
    assert lists["with help"] == pytest.approx({"classification": 1.0, "semantic": 14.0, "instance": 28.0})
    assert lists["your own"] == {"classification": 2.0}
    unknown = {"semantic": 239.7, "instance": math.nan}  # VOC's masks, as there are no instances to go by
    assert price_lists(unknown)["with help"]["semantic"] == 239.7
    assert "your own" not in price_lists(unknown)
