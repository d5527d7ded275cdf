"""The page for a request that failed, and what the log says of it."""

import logging

import psycopg
import pytest
from django.core.exceptions import DisallowedHost
from django.db import IntegrityError, OperationalError, transaction
from redis import Redis

from accounts.models import User
from chatsite.logs import Formatter, OutageFilter
from tests.support.ports import free_port


@pytest.mark.parametrize(("language", "word"), [("en", "Wrong address"), ("de", "Falsche Adresse")])
def test_wrong_host_is_told_which_setting_names_the_right_one(client, language, word):
    page = client.get("/", headers={"host": "<b>evil.example", "accept-language": language})
    assert page.status_code == 400
    assert word in page.text
    assert "PUBLIC_URL" in page.text
    assert "evil" not in page.text


def test_other_bad_requests_get_a_page_without_that(client, ada):
    client.force_login(ada)
    page = client.post("/password/", {str(number): "" for number in range(2000)})
    assert page.status_code == 400
    assert "Something went wrong" in page.text
    assert "PUBLIC_URL" not in page.text


@pytest.fixture
def logged(caplog):
    """Log as the console does; return a function that logs an error and returns the lines."""
    caplog.handler.addFilter(outages := OutageFilter())
    logger = logging.getLogger(__name__)
    # The console's own filter may change what reaches it before, if it hasn't logged the same lately.
    logger.propagate = False
    logger.addHandler(caplog.handler)

    def log(error: Exception, words: str = "It failed") -> list[str]:
        try:
            raise error
        except type(error):
            logger.warning(words, exc_info=True)
        return caplog.text.splitlines()

    caplog.handler.setFormatter(Formatter("%(message)s"))
    yield log
    logger.removeHandler(caplog.handler)
    logger.propagate = True
    caplog.handler.removeFilter(outages)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            OperationalError(
                'connection to server at "127.0.0.1", port 1 failed: Connection refused\n\tIs it running?'
            ),
            "It failed: Connection refused",
        ),
        (
            psycopg.OperationalError("consuming input failed: server closed the connection unexpectedly\n\tIt ended."),
            "It failed: server closed the connection unexpectedly",
        ),
        (ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 1)"), "It failed: Connection refused"),
        (TimeoutError(), "It failed: TimeoutError"),
        (
            DisallowedHost("Invalid HTTP_HOST header: 'x'. You may need to add 'x' to ALLOWED_HOSTS."),
            "refused, because PUBLIC_URL names another host: Invalid HTTP_HOST header: 'x'.",
        ),
    ],
)
def test_trouble_from_outside_is_outages(logged, error, line):
    assert logged(error) == [line]


def test_outage_is_not_logged_each_second(logged):
    for _ in range(3):
        lines = logged(TimeoutError())
    assert lines == ["It failed: TimeoutError"]
    assert logged(TimeoutError(), "Something else failed")[1:] == ["Something else failed: TimeoutError"]


@pytest.mark.slow
def test_reason_of_redis_is_found(logged):
    with pytest.raises(Exception, match="connecting") as refused:
        Redis(port=free_port()).ping()
    assert logged(refused.value) == ["It failed: Connection refused"]


def test_fault_of_the_site_keeps_its_traceback(logged):
    assert logged(ValueError("oh"))[:2] == ["It failed", "Traceback (most recent call last):"]


def test_log_does_not_repeat_what_the_database_quotes(ada, logged):
    with pytest.raises(IntegrityError, match="ada") as twice, transaction.atomic():
        User.objects.create_user("ada")
    lines = logged(twice.value)
    assert lines[-1].startswith("django.db.utils.IntegrityError: duplicate key value violates unique constraint")
    assert "(ada)" not in "\n".join(lines)
