"""How a response ended, in whatever words a server says it."""

from typing import Any

import pytest

from providers.responses_api.ends import end_of, end_of_object, is_end

CUT = {"reason": "max_output_tokens"}


@pytest.mark.parametrize(
    ("kind", "response", "status"),
    [
        ("completed", {}, "completed"),
        ("completed", {"status": "completed"}, "completed"),
        ("completed", {"status": "in_progress"}, "completed"),
        ("completed", {"status": ["odd"]}, "completed"),
        ("completed", {"status": "incomplete"}, "incomplete"),
        ("completed", {"status": "failed"}, "failed"),
        ("completed", {"status": "canceled"}, "cancelled"),
        ("completed", {"status": "completed", "error": {"code": "server_error"}}, "failed"),
        ("completed", {"error": "It broke."}, "failed"),
        ("completed", {"incomplete_details": CUT}, "incomplete"),
        ("completed", {"incomplete_details": {"reason": None}}, "completed"),
        ("done", {"status": "completed"}, "completed"),
        ("done", {"status": "incomplete"}, "incomplete"),
        ("incomplete", {"status": "completed"}, "incomplete"),
        ("failed", {"status": "completed"}, "failed"),
        ("error", {}, "failed"),
        ("canceled", {}, "cancelled"),
        ("cancelled", {}, "cancelled"),
    ],
)
def test_end_is_what_event_and_response_say_together(kind, response, status):
    event = {"type": f"response.{kind}", "response": response}
    assert is_end(event)
    end = end_of(event)
    assert (end["type"], end["response"]["status"]) == (f"response.{status}", status)


@pytest.mark.parametrize("inner", [None, "resp_1", 7])
def test_end_may_have_the_fields_of_its_response(inner):
    event: dict[str, Any] = {"type": "response.completed", "response": inner, "output": [{"type": "message"}]}
    assert end_of(event)["response"]["output"] == [{"type": "message"}]


def test_error_beside_the_response_is_one():
    end = end_of({"type": "response.failed", "response": {}, "error": {"code": "server_error", "message": "no"}})
    assert end["response"]["error"]["message"] == "no"
    assert end_of({"type": "response.error", "error": "It broke."})["response"]["error"]["message"] == "It broke."


@pytest.mark.parametrize("wrong", ["words", 7, [], [1], {}])
def test_fields_of_another_shape_are_emptied(wrong):
    response = end_of({"type": "response.incomplete", "response": {"usage": wrong, "incomplete_details": wrong}})
    assert all(value in (None, {}) for value in (response["response"]["usage"], response["response"]["error"]))


@pytest.mark.parametrize("kind", [None, 7, ["response.completed"], "response.output_text.done", "completed", "error"])
def test_other_events_are_no_end(kind):
    assert not is_end({"type": kind})


def test_response_that_is_still_running_has_no_end():
    assert [end_of_object({"status": status}) for status in ("queued", "in_progress", None)] == [None] * 3
