"""The project's Python files: as syntax trees with their imports, and the developer's program as a module."""

import ast
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: its dotted module name, and its syntax tree."""

    module: str
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: `PySide6.QtCore.Qt` for `from PySide6.QtCore import Qt`."""

    name: str
    line: int


def planted(module: str, text: str) -> Source:
    """A source that exists only in a test."""
    return Source(module, ast.parse(text))


def sources(package: str) -> list[Source]:
    """Every file of a top-level package."""
    paths = sorted((ROOT / package).rglob("*.py"))
    return [Source(module_name(path), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def module_name(path: Path) -> str:
    """`core.ticket` for core/ticket/__init__.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source: Source) -> Iterator[Import]:
    """What `source` imports, inside functions as well; relative imports are banned by ruff and not resolved."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (Import(f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def is_within(name: str, package: str) -> bool:
    """Whether the dotted `name` is `package` or something in it."""
    return name == package or name.startswith(f"{package}.")


def dev_program() -> ModuleType:
    """packaging/dev.py, loaded anew but not run: what a test changes in it is gone with the test."""
    spec = importlib.util.spec_from_file_location("doorlight_dev", ROOT / "packaging" / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
