"""Who a session belongs to, for connections that outlive a request."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from accounts.models import User


def session_user(session_key: str | None) -> User | None:
    """The person whose valid session this is now; None after signing out, a new password or deactivation."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) else None
