"""Each statement that the ledger runs names the event of every table that it touches: any test in which one does not
fails.

A pytest plugin, and the one reading of a statement that the static walk shares. On a cluster that keeps each event's
rows on one machine, a statement without its event asks all machines, and a join without it can't be answered at all.
What is about the whole installation on purpose says so where it is made: `.execution_options(spans_events="why")`.
"""

import re
import sys
from collections.abc import Generator, Iterable, Iterator
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.sql.dml import Delete, Insert, Update, UpdateBase
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, ColumnElement, TextClause
from sqlalchemy.sql.operators import eq, in_op
from sqlalchemy.sql.schema import Column
from sqlalchemy.sql.selectable import Join, Select

EVENT = "event_id"
SPANS = "spans_events"
NO_EVENTS_ROWS = re.compile(
    r"^\s*(BEGIN|PRAGMA |SET LOCAL |ANALYZE |VACUUM|SELECT version_num FROM alembic_version$"
    r"|LOCK TABLE (upgrade_turn|counters) |CREATE TABLE IF NOT EXISTS upgrade_turn "
    r"|INSERT INTO \w+ \(event_id, [^()]*\) VALUES )",
    re.IGNORECASE,
)
"""Text that touches no event's rows, or brings new ones with their event."""
SESSION_STATE = re.compile(
    r"pg_(try_)?advisory|\bLISTEN\b|\bNOTIFY\b|pg_notify|^\s*SET (?!LOCAL)|\bWITH HOLD\b|\bTEMP(ORARY)?\b TABLE"
    r"|\bPREPARE\b|set_config\([^)]*false\)",
    re.IGNORECASE,
)
"""What lives in one session, or in one machine's memory: neither a pooler nor a cluster carries it over."""

_told: dict[Any, str | None] = {}
_wrong: list[str] = []


# --- reading one statement ----------------------------------------------------------------------------------------


def wrong_with(statement: Any, options: Any = None) -> str | None:
    """What a statement lacks, in a few words; None for a sound one. Constructs are read whole, text by what it says."""
    if isinstance(statement, str) and SESSION_STATE.search(statement):
        return "keeps state in a session"
    if SPANS in (options or {}) or SPANS in getattr(statement, "_execution_options", {}):
        return None
    if isinstance(statement, str):
        return None if NO_EVENTS_ROWS.match(statement) else "is text: only a construct shows which event it names"
    missing = sorted({name for part in _topmost(statement) for name in _unnamed(part, frozenset())})
    return f"does not name the event of {', '.join(missing)}" if missing else None


def _topmost(element: Any) -> Iterator[Any]:
    """The SELECTs and changes in an element that are inside no other."""
    if isinstance(element, Select | UpdateBase):
        yield element
        return
    for child in element.get_children():
        yield from _topmost(child)


def _unnamed(part: Any, outer: frozenset[Any]) -> set[str]:
    """The tables of one part, and of those inside it, whose event is neither given nor equal to one that is.

    `outer` are the tables of the parts around it that it may speak of, which answer for themselves.
    """
    if isinstance(part, Insert):
        return set()  # a row without its event breaks NOT NULL; the schema's walk looks at the keys
    tables = _tables(part) - outer
    named = set(outer)
    conditions = [*_conditions(part)]
    for _ in range(len(tables) + 1):
        named |= {table for table, other in conditions if other is None or other in named}
    inside = {table.name for table in tables - named}
    for source in part.get_final_froms() if isinstance(part, Select) else []:
        inside |= {name for each in _topmost(source) for name in _unnamed(each, frozenset())}
    here = [part.whereclause, *(part.selected_columns if isinstance(part, Select) else [])]
    for clause in here:
        if clause is not None and not isinstance(clause, Column):
            inside |= {name for each in _topmost(clause) for name in _unnamed(each, outer | tables)}
    return inside


def _tables(part: Any) -> set[Any]:
    if isinstance(part, Update | Delete):
        return {part.table}
    sources = part.get_final_froms()
    plain = [source for source in sources if not isinstance(source, Join)]
    joined = [side for join in _joins(sources) for side in (join.left, join.right) if not isinstance(side, Join)]
    return {table for table in [*plain, *joined] if EVENT in getattr(table, "c", {})}


def _conditions(part: Any) -> Iterator[tuple[Any, Any]]:
    """(table, None) where its event is given, (table, other) where it equals another table's; only what must hold."""
    clauses = [clause for clause in [part.whereclause] if clause is not None]
    if isinstance(part, Select):
        clauses += [source.onclause for source in _joins(part.get_final_froms())]
    for clause in clauses:
        for left, right in _equal(clause):
            yield from _tied(left, right)
            yield from _tied(right, left)


def _joins(sources: Iterable[Any]) -> Iterator[Any]:
    for source in sources:
        if isinstance(source, Join):
            yield source
            yield from _joins([source.left, source.right])


def _equal(clause: Any) -> Iterator[tuple[Any, Any]]:
    """The equalities that a condition needs: those under AND, never those under OR."""
    clause = getattr(clause, "element", clause) if type(clause).__name__ == "Grouping" else clause
    if isinstance(clause, BooleanClauseList) and clause.operator.__name__ == "and_":
        for each in clause.clauses:
            yield from _equal(each)
    elif isinstance(clause, BinaryExpression) and clause.operator in (eq, in_op):
        yield clause.left, clause.right


def _tied(column: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    if not _is_event(column):
        return
    if _is_event(other):
        yield column.table, other.table
    elif isinstance(other, ColumnElement) and not isinstance(other, Column):
        yield column.table, None


def _is_event(thing: Any) -> bool:
    return getattr(thing, "key", None) == EVENT and getattr(thing, "table", None) is not None


# --- the guard ----------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Watches the statements of all engines."""
    event.listen(Engine, "before_cursor_execute", _look)
    config.add_cleanup(lambda: event.remove(Engine, "before_cursor_execute", _look))


def _look(_: Any, __: Any, text: str, ___: Any, context: Any, ____: bool) -> None:
    compiled = getattr(context, "compiled", None)
    statement = compiled.statement if compiled is not None else text
    if isinstance(statement, TextClause):
        statement = text
    if not isinstance(statement, str) and not (statement.is_dml or statement.is_select):
        return  # DDL: the steps that make the schema
    key = (text, SPANS in context.execution_options)
    if key not in _told:
        _told[key] = wrong_with(statement, context.execution_options)
    if _told[key] is not None and (where := _place(sys._getframe(1))) is not None:
        _wrong.append(f"{where} {_told[key]}: {text[:200]}")


def _place(frame: FrameType | None) -> str | None:
    """Where the program runs the statement; None for a test's own, and for the numbered steps of the schema."""
    while frame is not None:
        path = frame.f_code.co_filename.replace("\\", "/")
        if "/migrations/" in path or "/alembic/" in path or "/tests/" in path or "/packaging/" in path:
            return None
        if "/app/" in path and "/site-packages/" not in path:
            return f"{path.rpartition('/app/')[2]}:{frame.f_lineno}"
        frame = frame.f_back
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Fails the test in which the program ran a statement without its event."""
    _wrong.clear()
    result = yield
    if _wrong:
        found, count = _wrong[0], len(_wrong)
        _wrong.clear()
        pytest.fail(f"{count} statement(s) without their event (tests/support/statements.py), the first: {found}")
    return result
