"""What a load balancer asks."""

from django.db import connection


def test_it_is_well_while_the_database_answers(client, db):
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_it_says_so_when_the_database_does_not_answer(client, transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    answer = client.get("/health/")
    assert answer.status_code == 503
    assert answer.json() == {"status": "error", "database": "does not answer"}
    connection.close()
