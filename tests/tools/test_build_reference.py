"""The API reference: every verb stands on one page, with its docstring, and no page needs a network."""

import re
import sys

import pytest

import vislab
from tools import build_reference


def test_every_verb_stands_on_one_page():
    verbs = [verb for _, group, _ in build_reference.GROUPS.values() for verb in group]
    assert sorted(verbs) == sorted(vislab.__all__)


@pytest.mark.slow
def test_the_pages_hold_the_docstrings_and_load_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["build_reference", str(tmp_path)])
    assert build_reference.main() == 0
    text = (tmp_path / "pictures.html").read_text(encoding="utf-8")
    assert "uint8 (n, 3, h, w)" in text  # the shape of Scenes.images
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    for name in build_reference.GROUPS:
        assert f'href="{name}.html"' in index
        page = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
        assert not re.search(r"<(script|img|link)[^>]+(src|href)=\"?https?:", page)


def test_names_become_items_and_sentences_paragraphs():
    listed = build_reference.as_list(
        "What it does.\n\nseed: of chance. size: pixels, height\nand width. Raises VislabError if not."
    )
    assert listed.count("\n- ") == 2
    assert "\n\nRaises" in listed
