"""The owner of a session, and the refusal of connections that have none."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from psycopg import sql

from accounts.models import User
from common.prepared import fetch_all
from common.refusal import Refused

View = TypeVar("View", bound=Callable[..., Any])


SESSIONS = sql.SQL(
    """
    SELECT session_key, user_id, session.session_data, person.password
    FROM jsonb_to_recordset(%s::jsonb) AS given (session_key text, user_id uuid)
    JOIN django_session session USING (session_key)
    JOIN accounts_user person ON person.id = given.user_id
    WHERE session.expire_date > now() AND person.is_active
    """
)

Session = tuple[str, UUID]
"""The key of a session, and whose it was when that was asked last."""

MAX_REMEMBERED = 10_000
"""Sessions, of about 1 kB each."""


def session_user(session_key: str | None) -> User | None:
    """Return the person whose session this is; None after they sign out, change the password or are deactivated."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) else None


def find_open(sessions: Iterable[Session]) -> set[Session]:
    """Return those of the sessions that `session_user` would still return the same person for, by one query for all."""
    given = {*sessions}
    asked = msgspec.json.encode([{"session_key": key, "user_id": user_id} for key, user_id in given]).decode()
    known = {
        (key, user_id)
        for key, user_id, data, password in fetch_all(SESSIONS, asked)
        if _is_open(data, user_id, password)
    }
    # Whatever else there is to know of a session, such as keys that were replaced, Django knows.
    return known | {(key, user_id) for key, user_id in given - known if _is_of(key, user_id)}


@lru_cache(MAX_REMEMBERED)
def _is_open(session_data: str, user_id: UUID, password: str) -> bool:
    """Return whether the person with this hashed password is signed in by a session.

    It is remembered, because it is asked for all open sockets every few seconds.
    """
    user = User(pk=user_id, password=password)
    session = import_module(settings.SESSION_ENGINE).SessionStore().decode(session_data)
    return (
        session.get(SESSION_KEY) == str(user_id)
        and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    )


def _is_of(session_key: str, user_id: UUID) -> bool:
    user = session_user(session_key)
    return user is not None and user.pk == user_id


def signed_in(request: HttpRequest) -> User:
    """Return the person who sends a request. Raise `Refused` if nobody is signed in."""
    if not request.user.is_authenticated:
        raise signed_out()
    return request.user


def signed_out() -> Refused:
    return Refused("unauthenticated", _("You're signed out. Sign in again to continue."), status=401)


def for_scripts(view: View) -> View:
    """Let a view answer strangers with a sentence instead of a redirect: only the page's scripts request it."""
    view.is_for_scripts = True  # type: ignore[attr-defined]
    return view
