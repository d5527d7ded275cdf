"""The tools of a request: what is on and taken, in one order, with what the API is known to refuse left out."""

import json
from typing import Any
from uuid import UUID

import pytest

from assistants.formats.strict import find_problems
from assistants.handoffs import definition
from assistants.request_settings import Handoff
from providers import catalog
from providers.models import Model, Provider
from tests.support.assistants import make_model
from tests.support.contract import check_request
from tools.functions.memory import FUNCTIONS
from tools.requests import left_out, with_tools
from tools.tool import Options
from tools.web_search import searching_from

pytestmark = pytest.mark.django_db

NOBODY = UUID(int=0)

ON: dict[str, dict[str, Any]] = {
    "web_search": {"allowed_domains": ["example.org"], "search_context_size": "low"},
    "current_time": {},
    "calculate": {},
}


def body(model: str, **fields: Any) -> dict[str, Any]:
    return {"model": model, "input": "How high is the tide?", "store": False, **fields}


def known_model(name: str, **fields: Any) -> Model:
    model = make_model(name, **fields)
    catalog.refresh()
    return model


@pytest.fixture
def model():
    return known_model("caller", takes_functions=True, hosted_tools=["web_search"])


def names(request: dict[str, Any]) -> list[str]:
    return [each.get("name") or each["type"] for each in request.get("tools", [])]


def test_tools_come_in_one_order_and_are_taken_by_the_api(model):
    request = with_tools(body(model.name, include=["reasoning.encrypted_content"]), ON, model.provider_id, NOBODY)
    check_request(request)
    assert names(request) == names(with_tools(body(model.name), dict(reversed(ON.items())), model.provider_id, NOBODY))
    assert names(request) == sorted(ON)
    assert request["include"] == ["reasoning.encrypted_content", "web_search_call.action.sources"]
    (search,) = (each for each in request["tools"] if each["type"] == "web_search")
    assert search == {
        "type": "web_search",
        "search_context_size": "low",
        "filters": {"allowed_domains": ["example.org"]},
        "user_location": {"type": "approximate"},
    }


def test_refused_entry_of_what_is_included_costs_no_tool(model):
    wanted = body(model.name, include=["reasoning.encrypted_content"])
    for omitted, left in (
        ({"include=web_search_call.action.sources"}, ["reasoning.encrypted_content"]),
        ({"include=reasoning.encrypted_content"}, ["web_search_call.action.sources"]),
        ({"include"}, None),
    ):
        request = with_tools(wanted, ON, model.provider_id, NOBODY, omitted)
        assert (names(request), request.get("include")) == (sorted(ON), left)


def test_what_a_model_does_not_take_is_left_out_and_named():
    plain = known_model("plain")
    request = with_tools(body("plain"), ON, plain.provider_id, NOBODY)
    assert request == body("plain")
    assert left_out(ON, request, set()) == sorted(ON)


def test_chat_completions_have_no_hosted_tools():
    dialect = Provider.Dialect.CHAT_COMPLETIONS
    model = known_model("chatty", takes_functions=True, hosted_tools=["web_search"], dialect=dialect)
    assert names(with_tools(body("chatty"), ON, model.provider_id, NOBODY)) == ["calculate", "current_time"]


@pytest.mark.parametrize(
    "fields", [{"text": {"format": {"type": "json_object"}}}, {"reasoning": {"effort": "minimal"}}]
)
def test_known_conflict_is_left_out(model, fields):
    request = with_tools(body(model.name, **fields), ON, model.provider_id, NOBODY)
    assert (names(request), request.get("include")) == (["calculate", "current_time"], None)
    assert left_out(ON, request, {"tools.function"}) == ["web_search"]


def test_what_was_refused_is_left_out(model):
    request = with_tools(body(model.name), ON, model.provider_id, NOBODY, {"tools.function"})
    assert names(request) == ["web_search"]


def test_options_of_another_version_are_the_defaults(model):
    request = with_tools(
        body(model.name), {"web_search": {"allowed_domains": "x", "depth": 3}}, model.provider_id, NOBODY
    )
    assert request["tools"] == [{"type": "web_search", "user_location": {"type": "approximate"}}]


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, {"partial_images": 2}),
        ({"partial_images": 0, "size": "1536x1024"}, {"partial_images": 0, "size": "1536x1024"}),
        (
            {"background": "transparent", "output_format": "jpeg", "quality": "high", "moderation": "low"},
            {"background": "transparent", "quality": "high", "moderation": "low", "partial_images": 2},
        ),
        ({"size": "1x1"}, {"partial_images": 2}),
    ],
)
def test_image_generation_is_sent_with_what_was_chosen(options, sent):
    model = known_model("painter", hosted_tools=["image_generation"])
    request = with_tools(body(model.name), {"image_generation": options}, model.provider_id, NOBODY)
    check_request(request)
    assert request["tools"] == [{"type": "image_generation", **sent}]


def test_place_of_the_person_takes_that_of_the_assistant_away(model):
    of_assistant: dict[str, Options] = {"web_search": {"user_location": {"city": "Oslo"}}, "current_time": {}}
    place = {"city": "", "region": "Nordland", "country": "NO", "timezone": ""}
    request = with_tools(body(model.name), searching_from(place, of_assistant), model.provider_id, NOBODY)
    (search,) = (each for each in request["tools"] if each["type"] == "web_search")
    assert search["user_location"] == {"type": "approximate", "region": "Nordland", "country": "NO"}
    assert searching_from({"city": ""}, of_assistant) == of_assistant
    assert searching_from(place, {"current_time": {}}) == {"current_time": {}}


def test_functions_that_no_switch_has_are_sent_as_far_as_the_model_takes_them(model, monkeypatch):
    monkeypatch.setattr("tools.requests.MAX_DEFINITIONS", 4)
    handoff = definition("transfer_to_b", Handoff(NOBODY, "B", "Of bills."))
    functions = [handoff, *(each.definition() for each in FUNCTIONS.values())]
    request = with_tools(body("caller"), ON, model.provider_id, NOBODY, functions=functions)
    check_request(request)
    # They have their room before the others.
    assert names(request) == ["calculate", "transfer_to_b", "remember", "forget"]
    assert not find_problems(json.dumps(handoff["parameters"]))
    plain = known_model("plain")
    assert "tools" not in with_tools(body("plain"), {}, plain.provider_id, NOBODY, functions=functions)
