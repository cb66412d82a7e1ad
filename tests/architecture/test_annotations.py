"""Annotations mean the same in every Python that the project supports.

Since Python 3.14 they are evaluated when somebody asks, in the finished class (PEP 649): `def list(self) -> list[Row]`
is then a method subscripted. Before, `list` was still the built-in one at that line.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, planted, sources

Function = ast.FunctionDef | ast.AsyncFunctionDef


def bound_in(body: list[ast.stmt]) -> set[str]:
    """The names that a class has when it is finished."""
    found: set[str] = set()
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case _:
                pass
    return found


def annotations_of(statement: ast.stmt) -> Iterator[ast.expr]:
    if isinstance(statement, ast.AnnAssign):
        yield statement.annotation
    if isinstance(statement, Function):
        of = statement.args
        some = [*of.posonlyargs, *of.args, *of.kwonlyargs, *filter(None, (of.vararg, of.kwarg))]
        yield from (each.annotation for each in some if each.annotation is not None)
        if statement.returns is not None:
            yield statement.returns


def hidden_names(source: Source) -> list[str]:
    """Each annotation in a class that uses a name which the class gives to something else."""
    found = []
    for made in ast.walk(source.tree):
        if not isinstance(made, ast.ClassDef):
            continue
        hidden = bound_in(made.body)
        for annotation in (each for statement in made.body for each in annotations_of(statement)):
            names = [part for part in ast.walk(annotation) if isinstance(part, ast.Name) and part.id in hidden]
            found += [f"{source.module}:{part.lineno}: {part.id}" for part in names]
    return found


@pytest.mark.parametrize("package", ["app", "core", "packaging", "resources", "tests"])
def test_no_annotation_uses_a_name_that_its_class_hides(package: str) -> None:
    assert [each for source in sources(package) for each in hidden_names(source)] == []


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    def list(self) -> list[int]: ...",
        "class A:\n    def all(self, some: set[int]) -> None: ...\n    def set(self) -> None: ...",
        "class A:\n    size: bytes\n    @property\n    def bytes(self) -> int: ...",
        "class A:\n    type = 1\n    async def go(self, *kinds: type) -> None: ...",
    ],
)
def test_a_planted_one_is_found(text: str) -> None:
    assert hidden_names(planted("app.planted", text))


def test_a_name_of_another_class_hides_nothing() -> None:
    text = "class A:\n    def list(self) -> tuple[int, ...]: ...\nclass B:\n    def all(self) -> list[int]: ..."
    assert hidden_names(planted("app.planted", text)) == []
