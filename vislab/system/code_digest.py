"""A digest of code that changes when the code does: docstrings, comments and layout do not count."""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path


def code_digest(paths: Iterable[Path]) -> str:
    """SHA-256, as hexadecimal digits, of these files in this order.

    Of Python files only the syntax tree counts, without docstrings; of other files every byte.
    """
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(_without_words(content) if path.suffix == ".py" else content)
    return digest.hexdigest()


def _without_words(source: bytes) -> bytes:
    """The syntax tree as text, without line numbers and without strings that stand alone."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list):
            node.body = [statement for statement in node.body if not _is_text(statement)]  # type: ignore[attr-defined]
    return ast.dump(tree).encode()


def _is_text(statement: ast.AST) -> bool:
    """Whether a statement is nothing but a string, as a docstring is."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
