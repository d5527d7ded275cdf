"""Which sessions are open, asked for many at once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import User
from accounts.sessions import find_open, session_user
from tests.support.socket import session_cookie

pytestmark = pytest.mark.django_db


def end_session(user: User, key: str, how: str) -> None:
    if how == "signed out":
        Session.objects.filter(pk=key).delete()
    elif how == "expired":
        Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    elif how == "tampered with":
        Session.objects.filter(pk=key).update(session_data=Session.objects.get(pk=key).session_data + "x")
    elif how == "deactivated":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif how == "a new password":
        user.set_password("a new one, since the old was stolen")
        user.save()
    elif how == "deleted":
        user.delete()


@pytest.mark.parametrize("how", ["signed out", "expired", "tampered with", "deactivated", "a new password", "deleted"])
def test_ended_session_is_not_found_beside_an_open_one(ada, grace, how):
    ended, still_open = (session_cookie(ada), ada.pk), (session_cookie(grace), grace.pk)
    assert find_open([ended, still_open]) == {ended, still_open}
    end_session(ada, ended[0], how)

    assert find_open([ended, still_open]) == {still_open}
    assert session_user(ended[0]) is None
    assert session_user(still_open[0]) == grace


def test_session_is_nobody_elses(ada, grace):
    key = session_cookie(ada)
    assert find_open([(key, ada.pk), (key, grace.pk), (key, uuid4()), ("", ada.pk), ("nonsense", ada.pk)]) == {
        (key, ada.pk)
    }


def test_session_signed_with_a_key_that_was_replaced_is_open(ada, settings):
    session = session_cookie(ada), ada.pk
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one"

    assert find_open([session]) == {session}


def test_open_sessions_are_not_asked_for_one_by_one(ada, grace, django_assert_num_queries):
    sessions = {(session_cookie(person), person.pk) for person in (ada, grace) for _ in range(5)}
    # The one statement for all of them is prepared, and isn't counted.
    with django_assert_num_queries(0):
        assert find_open(sessions) == sessions
