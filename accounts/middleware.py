"""The middleware that sets the language of a page."""

from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from accounts.languages import language_of


class LanguageMiddleware(LocaleMiddleware):
    """Django's middleware, but a language that the person has chosen comes before the browser's.

    It must come after the middleware that sets `request.user`.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.LANGUAGE_CODE = language_of(request.user, request)
        translation.activate(request.LANGUAGE_CODE)
