"""How a request is refused: with a code for the page, and a sentence for the person."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Refused(Exception):
    """A request that changed nothing.

    `message` is a sentence for the person, `param` the part of the request that is refused, and `status` the one of
    HTTP.
    """

    def __init__(self, code: str, message: str, param: str | None = None, *, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.param = param
        self.status = status

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may be accepted at another moment."""
        return self.status in {429, 503}


def busy() -> Refused:
    """Return the refusal of what can be done at another moment."""
    return Refused("busy", _("The site is busy. Try again in a moment."), status=503)


def invalid_request(param: str | None = None, *, code: str = "invalid_request") -> Refused:
    """Return the refusal of what no page of ours sends: the page is older than the server, or isn't ours."""
    return Refused(code, _("Something went wrong. Reload the page and try again."), param)


def decoded(body: bytes, expected: type[T]) -> T:
    """Decode a request's JSON. Raise `Refused` if it isn't what is expected."""
    try:
        return msgspec.json.decode(body, type=expected)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise invalid_request() from error


def refusal_response(request: HttpRequest, refused: Refused) -> HttpResponse:
    """Return the refusal as a page if a browser is to show it, or as JSON for a script."""
    if "text/html" in request.headers.get("Accept", ""):
        return HttpResponse(render_to_string("refusal.html", {"message": refused.message}), status=refused.status)
    return json_refusal(refused)


def json_refusal(refused: Refused) -> JsonResponse:
    return JsonResponse({"error": {"code": refused.code, "message": refused.message}}, status=refused.status)


def json_refusals(view: View) -> View:
    """Let a view raise `Refused`, and answer it with `json_refusal`."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(*args, **kwargs)
        except Refused as refused:
            return json_refusal(refused)

    return cast("View", answer)
