"""What is refused is answered with JSON, and nothing that anybody sends is an error of the server."""

import json

import msgspec
import pytest
from django.http import HttpRequest, HttpResponse

from common.refusal import Refused, decoded, json_refusals


class Named(msgspec.Struct):
    name: str | None = None


def test_body_is_decoded():
    assert decoded(b'{"name": "ada", "more": [1]}', Named) == Named("ada")


NOT_TEXT = [b"\xff", b'{"name": "\xff"}', b'{"name": "\\ud800"}']


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"name": 5}', b'{"x": ' + b"[" * 100_000, *NOT_TEXT])
def test_body_of_another_shape_is_refused(body):
    with pytest.raises(Refused) as refused:
        decoded(body, Named)
    assert (refused.value.code, refused.value.status) == ("invalid_request", 400)


def test_view_answers_a_refusal_with_its_status_and_sentence():
    @json_refusals
    def view(_request: HttpRequest, name: str) -> HttpResponse:
        raise Refused("busy", f"{name} is busy.", status=409)

    response = view(HttpRequest(), "Ada")
    assert isinstance(response, HttpResponse)
    assert response.status_code == 409
    assert json.loads(response.content) == {"error": {"code": "busy", "message": "Ada is busy."}}


def test_view_without_a_refusal_is_unchanged():
    @json_refusals
    def view(_request: HttpRequest, *, status: int) -> HttpResponse:
        return HttpResponse(status=status)

    assert view(HttpRequest(), status=204).status_code == 204
