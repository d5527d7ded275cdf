"""Statements that the database prepares."""

import pytest
from django.db import DataError, connection, transaction
from psycopg import sql

from common.prepared import fetch_all

DOUBLE = sql.SQL("SELECT 2 * number FROM jsonb_to_recordset(%s::jsonb) AS given (number int)")
PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 2 * number%%'"


def prepared() -> int:
    with connection.cursor() as cursor:
        cursor.execute(PREPARED)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_statement_is_prepared_once():
    assert [fetch_all(DOUBLE, f'[{{"number": {number}}}]') for number in (1, 2, 3)] == [[(2,)], [(4,)], [(6,)]]
    assert prepared() == 1


@pytest.mark.django_db
def test_statement_is_part_of_the_transaction_and_fails_as_any_other():
    with pytest.raises(DataError), transaction.atomic():
        fetch_all(DOUBLE, '[{"number": 5000000000}]')
    # What was prepared before is forgotten with what was rolled back, and prepared again.
    assert fetch_all(DOUBLE, '[{"number": 4}]') == [(8,)]


@pytest.mark.django_db
def test_connection_remembers_no_other_statement():
    fetch_all(DOUBLE, '[{"number": 5}]')
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["a whole answer"])
    assert "a whole answer" not in str(vars(connection.connection._prepared))
