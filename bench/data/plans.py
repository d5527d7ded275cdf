"""The plans of the statements that make a page: does one read more than the page shows?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test import Client

from bench.data.requests import Refusal, Request

BIG_TABLE = 20_000
"""Rows. A table with more isn't read as a whole."""
MAX_ROWS = 20_000
"""That a step of a plan reads or sorts."""


@dataclass(frozen=True)
class Statement:
    sql: str
    params: Any


class Recorder:
    """What the site asks the database for, in this process instead of a server's."""

    def __init__(self) -> None:
        self._statements: list[Statement] = []
        connection_created.connect(self._watch)
        # The next one is watched.
        connection.close()

    def _watch(self, connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
        if self._record not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._record)

    def _record(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        self._statements.append(Statement(sql, params))
        return execute(sql, params, many, context)

    def statements(self, request: Request, cookies: Mapping[str, str]) -> list[Statement]:
        """Return the statements of a page. Raise `Refusal` if it isn't there."""
        client = Client(headers={"host": "127.0.0.1"})
        client.cookies[settings.SESSION_COOKIE_NAME] = cookies[request.person]
        self._statements = []
        answer = client.get(request.address)
        if answer.status_code != 200:
            raise Refusal(f"{request.address} as {request.person}: {answer.status_code}")
        statements, self._statements = self._statements, []
        return statements


def big_tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [BIG_TABLE])
        return {name for (name,) in cursor.fetchall()}


def growing(statements: list[Statement], big: set[str]) -> list[str]:
    """Return what the statements do that takes the longer, the more data there is, each thing once."""
    found: dict[str, None] = {}
    for statement in filter(_has_plan, statements):
        [(explained,)] = _explained(statement, "ANALYZE, TIMING OFF, FORMAT JSON")
        found |= dict.fromkeys(_growing(explained[0]["Plan"], big))
    return list(found)


def text(statement: Statement) -> str:
    """Return a statement with its plan, for a reader."""
    plan = _explained(statement, "ANALYZE, BUFFERS") if _has_plan(statement) else []
    return "\n".join([statement.sql, str(statement.params), *(line for (line,) in plan)])


def _has_plan(statement: Statement) -> bool:
    return statement.sql.lstrip(" \n(").startswith(("SELECT", "WITH"))


def _explained(statement: Statement, options: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({options}) {statement.sql}", statement.params)
        return cursor.fetchall()


def _growing(node: dict[str, Any], big: set[str]) -> Iterator[str]:
    kind: str = node["Node Type"]
    below: list[dict[str, Any]] = node.get("Plans", [])
    if kind == "Seq Scan" and node["Relation Name"] in big:
        yield f"reads all of {node['Relation Name']}"
    elif "Relation Name" in node and _rows(node) > MAX_ROWS:
        yield f"reads many rows of {node['Relation Name']}"
    elif kind == "Bitmap Index Scan" and _rows(node) > MAX_ROWS:
        yield f"reads much of {node['Index Name']}"
    elif "Sort" in kind and sum(map(_rows, below)) > MAX_ROWS:
        yield "sorts many rows"
    for each in below:
        yield from _growing(each, big)


def _rows(node: dict[str, Any]) -> float:
    """Return how many rows a step found, and left out, altogether."""
    left_out = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    rows: float = (node["Actual Rows"] + left_out) * node["Actual Loops"]
    return rows
