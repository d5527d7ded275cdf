"""A database that is busy: each statement has an end, and people get a sentence soon."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.models.signals import pre_migrate
from django.test import Client

from chatsite.settings import _database


def statement_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_statement_has_an_end_also_in_a_database_of_ones_own(db):
    assert statement_timeout() == "30s"
    options = _database("postgresql://chat@db/chat?options=-c%20statement_timeout%3D60s")["OPTIONS"]
    assert options["options"] == "-c statement_timeout=30s -c jit=off -c statement_timeout=60s"


def test_statements_of_migrations_have_no_end(transactional_db):
    during = []
    pre_migrate.connect(lambda **_: during.append(statement_timeout()), weak=False, dispatch_uid="test")
    try:
        call_command("migrate", verbosity=0)
    finally:
        pre_migrate.disconnect(dispatch_uid="test")
    assert during[-1] == "0"
    assert statement_timeout() == "30s"


def pool_of(connection: Any) -> Any:
    return connection.pool


@contextmanager
def no_free_connection() -> Iterator[None]:
    """Take all connections that the pool has."""
    connection.close()
    pool = pool_of(connection)
    with ExitStack() as stack:
        for _ in range(pool.max_size):
            stack.enter_context(pool.connection(timeout=10))
        yield


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The site is busy. Try again in a moment."),
        ("de", "Gerade ist viel los. Versuch es gleich noch einmal."),
    ],
)
def test_page_without_a_free_connection_says_so_soon(transactional_db, ada, language, sentence, monkeypatch):
    client = Client(raise_request_exception=False, headers={"Accept-Language": language})
    client.force_login(ada)
    monkeypatch.setattr(pool_of(connection), "timeout", 0.01)
    with no_free_connection():
        page = client.get("/", headers={"Accept": "text/html,*/*"})
        answer = client.get("/search/?q=tide")
    assert page.status_code == 503
    assert f"<h1>{sentence}</h1>" in page.text
    assert answer.status_code == 503
    assert answer.json() == {"error": {"code": "busy", "message": sentence}}


def test_canceled_statement_is_not_an_error_of_the_site(client, monkeypatch, ada):
    def too_long(*_args, **_kwargs) -> None:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr("conversations.views.conversations.render", too_long)
    client.raise_request_exception = False
    client.force_login(ada)
    assert client.get("/").status_code == 503
