"""The language in which the site speaks to a person."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import get_language_from_request

from accounts.models import User


def language_of(user: User | AnonymousUser, request: HttpRequest) -> str:
    """Return the language that the person has chosen, otherwise the one that the browser asks for."""
    chosen: str = getattr(user, "language", "")
    # A language may be removed from the site after somebody has chosen it.
    return chosen if chosen in dict(settings.LANGUAGES) else get_language_from_request(request)
