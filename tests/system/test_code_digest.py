"""The digest of code: it follows what the code does, not its words."""

import pytest

from vislab.system.code_digest import code_digest

CODE = '''"""A module."""


class A:
    """A class."""

    def double(self, x):
        """Twice x."""
        return 2 * x  # a comment
'''


@pytest.fixture
def digest(tmp_path):
    def write_and_digest(text, name="code.py"):
        path = tmp_path / name
        path.write_text(text)
        return code_digest([path])

    return write_and_digest


@pytest.mark.parametrize(
    ("old", "new"),
    [("Twice x.", "The double."), ("a comment", "another one"), ("\n\n\n", "\n"), ('"""A module."""', "")],
)
def test_words_and_layout_do_not_count(digest, old, new):
    assert digest(CODE.replace(old, new)) == digest(CODE)


@pytest.mark.parametrize(("old", "new"), [("2 * x", "3 * x"), ("double", "twice"), ("return 2", "return 'a', 2")])
def test_code_counts(digest, old, new):
    assert digest(CODE.replace(old, new)) != digest(CODE)


def test_every_byte_of_other_files_counts(digest):
    assert digest("id,fold\n1,2\n", "a.csv") != digest("id,fold\n1, 2\n", "a.csv")
