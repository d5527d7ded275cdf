"""What a load balancer asks. What it hears while the database is silent: test_silent_database.py."""


def test_it_is_well_while_the_database_answers(client, db):
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
