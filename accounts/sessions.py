"""The owner of a session, and the refusal of connections that have none."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from common.refusal import Refused

View = TypeVar("View", bound=Callable[..., Any])


def session_user(session_key: str | None) -> User | None:
    """Return the person whose session this is; None after they sign out, change the password or are deactivated."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) else None


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
