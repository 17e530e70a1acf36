"""Count each task's own lines of code and its constants: `python tools/count_code.py`, for studies/examination.py.

Lines as Python itself would write them, without comments and docstrings. Constants are names in capitals at the top of
a module. The encoder, which all tasks share, is left out.
"""

import ast
from pathlib import Path

import vislab.models.build
from vislab.models.predictions import Task
from vislab.studies.examination import CodeSize

MODULES: dict[Task, tuple[str, ...]] = {
    "classification": ("classifier.py",),
    "regression": ("regressor.py",),
    "semantic": ("semantic.py",),
    "instance": ("semantic.py", "instance.py", "grouping.py"),
}


def count_code(task: Task) -> CodeSize:
    """The size of the modules that this task needs for itself."""
    folder = Path(str(vislab.models.build.__file__)).parent
    trees = [ast.parse((folder / name).read_text(encoding="utf-8")) for name in MODULES[task]]
    constants = sum(_is_constant(node) for tree in trees for node in tree.body)
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return CodeSize(sum(len(ast.unparse(tree).splitlines()) for tree in trees), constants)


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper()


if __name__ == "__main__":
    for task in MODULES:
        print(task, count_code(task))
