"""The middleware that sets the language of a page, and the one that asks strangers to sign in."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from accounts.languages import language_of
from accounts.sessions import signed_out
from common.refusal import json_refusal


class LanguageMiddleware(LocaleMiddleware):
    """Django's middleware, but a language that the person has chosen comes before the browser's.

    It must come after the middleware that sets `request.user`.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.LANGUAGE_CODE = language_of(request.user, request)
        translation.activate(request.LANGUAGE_CODE)


class SignInMiddleware(LoginRequiredMiddleware):
    """Django's middleware, but what is made `for_scripts` answers strangers with a sentence instead of a page."""

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        if getattr(view_func, "is_for_scripts", False):
            return json_refusal(signed_out())
        return super().handle_no_permission(request, view_func)
