"""The checks of all open sockets' sessions."""

import pytest
from django.contrib.sessions.models import Session

from conversations.live.groups import Sockets
from conversations.live.sessions import SessionChecks
from tests.support.socket import session_cookie

pytestmark = pytest.mark.django_db


def test_sessions_that_did_not_change_take_two_queries(ada, grace, django_assert_num_queries):
    keys = {session_cookie(person) for person in (ada, grace) for _ in range(5)}
    checks = SessionChecks(Sockets())
    assert checks.ended(keys) == set()
    with django_assert_num_queries(2):
        assert checks.ended(keys) == set()


def test_sessions_of_sockets_that_just_opened_take_two_queries(ada, django_assert_num_queries):
    keys = {session_cookie(ada) for _ in range(5)}
    checks = SessionChecks(Sockets())
    for key in keys:
        checks.note_open(key, ada)
    with django_assert_num_queries(2):
        assert checks.ended(keys) == set()


def test_session_that_ended_since_its_socket_opened_is_named(ada):
    stays, left = session_cookie(ada), session_cookie(ada)
    checks = SessionChecks(Sockets())
    for key in (stays, left):
        checks.note_open(key, ada)
    Session.objects.get(pk=left).delete()
    assert checks.ended({stays, left}) == {left}


def test_only_sessions_that_ended_are_named(ada, grace, hopper):
    stays, deactivated, changed, left = map(session_cookie, (ada, grace, hopper, ada))
    checks = SessionChecks(Sockets())
    keys = {stays, deactivated, changed, left}
    assert checks.ended(keys) == set()
    grace.is_active = False
    hopper.set_password("a new one, since the old was stolen")
    for person in (grace, hopper):
        person.save()
    Session.objects.get(pk=left).delete()
    assert checks.ended(keys) == {deactivated, changed, left}
    grace.is_active = True
    grace.save()
    assert checks.ended(keys) == {changed, left}
