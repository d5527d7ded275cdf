"""The language to speak to a person in."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import get_language_from_request

from accounts.models import User


def language_of(user: User | AnonymousUser, request: HttpRequest) -> str:
    """The one that the person has chosen, else the one that the browser asks for."""
    chosen: str = getattr(user, "language", "")
    # One that was chosen may be taken off the list later.
    return chosen if chosen in dict(settings.LANGUAGES) else get_language_from_request(request)
