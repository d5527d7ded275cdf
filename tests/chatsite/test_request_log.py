"""What is logged of requests: one line for a refused one, with who sent it, and all that helps for a failed one."""

import pytest
from django.test import Client

from accounts.models import User
from chatsite.request_log import RequestFilter


@pytest.fixture
def lines(caplog):
    """Log with the site's filter; return a function that returns the lines."""
    caplog.handler.addFilter(RequestFilter())
    yield lambda: caplog.text.splitlines()
    caplog.handler.filters.clear()


def test_forbidden_request_is_one_line_with_its_person(client, ada, lines):
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    client.force_login(ada)
    assert client.get("/admin/accounts/user/").status_code == 403
    assert len(lines()) == 1
    assert f"Forbidden (Permission denied): /admin/accounts/user/ (user {ada.pk}, 127.0.0.1)" in lines()[0]


def test_request_without_a_token_is_one_line(ada, lines):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.post("/preferences/").status_code == 403
    assert len(lines()) == 1
    assert f"/preferences/ (user {ada.pk}, 127.0.0.1)" in lines()[0]


@pytest.mark.parametrize("host", ["evil.example", "100%s", "a\nb", "%(name)s"])
def test_foreign_host_is_one_line(client, lines, host):
    assert client.get("/", headers={"host": host}).status_code == 400
    assert len(lines()) == 1
    assert lines()[0].endswith("(nobody signed in, 127.0.0.1)")
    assert "HTTP_HOST" in lines()[0]


@pytest.mark.parametrize(
    ("https", "forwarded_for", "address"),
    [
        (True, "198.51.100.7", "198.51.100.7"),
        (True, "203.0.113.5, 198.51.100.7", "198.51.100.7"),
        (True, "198.51.100.7\n2026-01-01 ERROR root: all is lost", r"198.51.100.7\n2026-01-01 ERROR root: all is lost"),
        (True, "", "127.0.0.1"),
        (False, "198.51.100.7", "127.0.0.1"),
    ],
)
def test_address_is_the_one_that_the_proxy_sees(client, db, settings, lines, https, forwarded_for, address):
    settings.HTTPS = https
    client.get("/nothing/", headers={"x-forwarded-for": forwarded_for})
    assert len(lines()) == 1
    assert lines()[0].endswith(f"Not Found: /nothing/ (nobody signed in, {address})")


def test_failed_request_keeps_its_traceback(client, ada, monkeypatch, lines):
    client.force_login(ada)
    client.raise_request_exception = False
    monkeypatch.setattr("conversations.views.conversations.render", lambda *_: 1 / 0)
    assert client.get("/").status_code == 500
    assert f"(user {ada.pk}, 127.0.0.1)" in lines()[0]
    assert "ZeroDivisionError" in lines()[-1]
