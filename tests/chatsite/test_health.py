"""The health check. Its answer while the database is silent is tested in test_silent_database.py."""


def test_health_check_succeeds_if_the_database_answers(client, db):
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
