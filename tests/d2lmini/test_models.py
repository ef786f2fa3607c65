"""The models of the package: each is the program that a chapter builds."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from d2lmini import models

NAMES = [
    name for name, x in vars(models).items() if getattr(x, "__module__", "") == models.__name__
]
CHAPTERS = Path(__file__).parents[2] / "chapters" / "en"
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n)*(.*?)^```$", re.MULTILINE | re.DOTALL)


class Bare(ast.NodeTransformer):
    """Takes types and docstrings away, which a chapter leaves out."""

    def visit_FunctionDef(self, node):
        node.returns = None
        return self.without_docstring(node)

    def visit_ClassDef(self, node):
        return self.without_docstring(node)

    def visit_arg(self, node):
        node.annotation = None
        return node

    def without_docstring(self, node):
        self.generic_visit(node)
        if ast.get_docstring(node) is not None:
            del node.body[0]
        return node


def program(tree):
    return ast.unparse(Bare().visit(tree))


@pytest.fixture(scope="module")
def taught():
    """The classes that the chapters define, by name; several chapters may define one."""
    found = {}
    for chapter in sorted(CHAPTERS.glob("*.md")):
        for cell in CELL.findall(chapter.read_text(encoding="utf-8")):
            for node in ast.parse(cell).body:
                if isinstance(node, ast.ClassDef):
                    found.setdefault(node.name, []).append((chapter.name, program(node)))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_the_class_of_its_chapter(name, taught):
    own = program(ast.parse(inspect.getsource(getattr(models, name))))
    assert taught.get(name), f"no chapter defines {name}"
    for chapter, definition in taught[name]:
        assert definition == own, f"{chapter} builds {name} in another way"
