"""No word before it is explained: each term first stands in the prose where a link to the glossary explains it."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache

import pytest

from tools.build_notebooks import LEARNERS, ROOT, read_source, sources

PLACES = re.compile(r"\((\d\d(?:, \d\d)*)\)\s*\Z")  # the notebooks that explain a term, at the end of its entry
# Terms that are everyday words as well, and how they are told apart.
WRITTEN = {
    "coco": "COCO",
    "dice": "Dice",  # dice are thrown in 02
    "instance": "instances?(?! segment)",
    "nan": "NaN",
}
UNCHECKED = {
    "outline": "a contour or a verb before 08, as everybody understands it",
}


def entries() -> dict[str, list[str]]:
    """Each term of the glossary and the notebooks that explain it, by number."""
    parts = (LEARNERS / "glossary.md").read_text(encoding="utf-8").split("\n## ")[1:]
    found = {}
    for term, _, text in (part.partition("\n") for part in parts):
        told = PLACES.search(text)
        assert told, f"{term}: which notebook explains it?"
        found[term] = told[1].split(", ")
    return found


@cache
def prose() -> tuple[tuple[str, str], ...]:
    """The notebooks' number and prose in the order in which it is read, cell by cell, quizzes where they are asked."""
    return tuple(
        (source.stem[:2], text)
        for source in sources()
        for cell in read_source(source).cells
        for text in _read(source.stem[:2], cell)
    )


def _read(number: str, cell: dict) -> Iterator[str]:
    if cell["cell_type"] == "markdown" and not cell["metadata"].get("nbgrader", {}).get("solution"):
        # A heading, and what a notebook will teach, announce words that are yet to be explained.
        paragraphs = re.split(r"\n\s*\n", re.sub(r"^#+ .*$", "", cell["source"], flags=re.M))
        yield "\n\n".join(text for text in paragraphs if not text.startswith("**After this notebook"))
    elif asked := re.search(r"vl\.quiz\(.*\.(OPENING|CLOSING)\)", cell["source"]):
        (path,) = (ROOT / "vislab" / "exercises").glob(f"nb{number}_*/quiz.toml")
        for question in tomllib.loads(path.read_text(encoding="utf-8"))[asked[1].lower()]:
            yield " ".join(
                [
                    question["text"],
                    *(words for choice in question["choices"] for words in choice.values() if words is not True),
                ]
            )


def test_the_unchecked_and_the_everyday_words_are_terms():
    assert set(WRITTEN) | set(UNCHECKED) <= set(entries())


@pytest.mark.parametrize("term", [term for term in entries() if term not in UNCHECKED])
def test_a_term_is_explained_where_it_first_stands(term):
    link = f"](glossary.md#{term.replace(' ', '-')})"
    linked = [place for place, (_, text) in enumerate(prose()) if link in text]
    assert linked, f"no notebook links to {term}"
    explains, (number, _) = entries()[term], prose()[linked[0]]
    assert number == explains[0], f"{term} is first linked in {number}, and the glossary says {explains[0]}"
    written = WRITTEN.get(term, f"(?i:{term.replace(' ', '[ -]')}(?:s|es)?)".replace("[ -]", r"[\s-]+"))
    for number, text in prose()[: linked[0]]:
        plain = re.sub(r"`[^`]*`|\]\([^)]*\)", " ", text)
        found = re.search(rf".*(?<![\w-]){written}(?![\w-]).*", plain)
        assert not found, f"{number} says {term} before it is explained: {found[0]}"
