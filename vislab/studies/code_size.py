"""How much code a task takes: proxies of how complicated it is to build."""

import ast
from pathlib import Path

import vislab.models.build
from vislab.models.predictions import Task

OWN = {  # the modules that a task needs beside the encoder that all share
    "classification": ("classifier.py",),
    "regression": ("regressor.py",),
    "semantic": ("semantic.py",),
    "instance": ("semantic.py", "instance.py", "grouping.py"),
}


def code_of(task: Task) -> dict[str, int]:
    """Proxies of how complicated a task is to build: its own lines of code, and constants somebody had to choose.

    Lines as Python writes them itself, without comments and docstrings; the encoder, which all tasks share, is not
    counted.
    """
    folder = Path(str(vislab.models.build.__file__)).parent
    trees = [ast.parse((folder / name).read_text(encoding="utf-8")) for name in OWN[task]]
    constants = 0
    for tree in trees:
        constants += sum(
            isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper()
            for node in tree.body
        )
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
                node.body = node.body[1:] or [ast.Pass()]
    return {"lines": sum(len(ast.unparse(tree).split("\n")) for tree in trees), "constants": constants}
