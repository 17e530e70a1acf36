"""Every malformed input, in the same order each time, each with a name of its own."""

from collections import Counter
from itertools import chain

from malformed.case import Case
from malformed.coco_files import coco_cases
from malformed.folders import folder_cases
from malformed.json_tools import tree_cases
from malformed.mask_files import mask_cases
from malformed.mask_tools import mask_tool_cases
from malformed.measured_files import curve_cases, result_cases
from malformed.own_files import checkpoint_cases, scenes_cases, vocabulary_cases
from malformed.pictures import picture_cases
from malformed.tables import table_cases
from malformed.text_tools import text_cases
from malformed.zips import zip_cases

CASES: tuple[Case, ...] = tuple(
    chain(
        picture_cases(),
        mask_cases(),
        table_cases(),
        vocabulary_cases(),
        folder_cases(),
        zip_cases(),
        coco_cases(),
        tree_cases(),
        text_cases(),
        mask_tool_cases(),
        scenes_cases(),
        checkpoint_cases(),
        result_cases(),
        curve_cases(),
    )
)
TWICE = [name for name, count in Counter(case.name for case in CASES).items() if count > 1]
