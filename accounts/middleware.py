"""The language of a page."""

from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from accounts.languages import language_of


class LanguageMiddleware(LocaleMiddleware):
    """The language that the person has chosen, else the one that the browser asks for.

    It stands behind the middleware that says who the person is.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.LANGUAGE_CODE = language_of(request.user, request)
        translation.activate(request.LANGUAGE_CODE)
