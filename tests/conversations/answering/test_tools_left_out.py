"""Tools that a provider refuses are left out and remembered, and named with the answer if somebody chose them."""

from typing import Any

import pytest

from assistants.formats.response_format import JsonObject
from assistants.models import Assistant
from assistants.request_settings import RequestSettings, stored_settings
from common.threads import in_thread
from providers import catalog
from providers.models import Model
from tests.support.assistants import make_assistant
from tests.support.refusals import learnt
from tests.support.socket import open_socket, question, stored
from tests.support.tool_calls import call, until_step_ends

pytestmark = pytest.mark.django_db(transaction=True)


async def test_tool_that_the_model_does_not_take_is_named(site, ada):
    tools: dict[str, object] = {"web_search": {}, "current_time": {}}
    assistant: Assistant = await in_thread(make_assistant)(ada, settings={"tools": tools})
    socket = await open_socket(ada)
    await socket.send(question("How high is the tide?", assistant=str(assistant.pk)))
    answer = (await socket.until_end())[-1]["response"]
    await socket.close()
    # What the site has on is nobody's choice.
    assert (answer["status"], answer["not_applied"]) == ("completed", ["tools.web_search"])
    assert (await stored(pk=answer["id"])).settings == {"tools": tools}


@in_thread
def searching_model() -> Model:
    """Let the stand-in's model search the web."""
    model = Model.objects.get(name="standin")
    model.hosted_tools, model.efforts = ["web_search"], ["minimal", "low", "high"]
    model.save()
    catalog.refresh()
    return model


def kinds(body: dict[str, Any]) -> list[str]:
    return sorted({tool["type"] for tool in body.get("tools", [])})


REFUSALS = {
    "Hosted tool 'web_search' is not supported with this model.": ("tools.web_search", ["function"], True),
    "web_search cannot be used with reasoning.effort 'low'.": (
        "tools.web_search with reasoning.effort=low",
        ["function"],
        True,
    ),
    "Function calling is not supported.": ("tools.function", ["web_search"], False),
}


@pytest.mark.parametrize(("words", "expected"), REFUSALS.items())
async def test_refused_tool_is_left_out_remembered_and_said(site, ada, words, expected):
    part, kept, is_missed = expected
    model = await searching_model()
    refused = "web_search" if "web_search" in part else "function"
    error = {"message": words, "type": "invalid_request_error", "param": None, "code": None}
    site.script(has=f'"type":"{refused}"', error={"status": 400, "body": {"error": error}})
    socket = await open_socket(ada)
    for attempts in (2, 1):
        fields = {"model": str(model.pk), "effort": "low", "tools": {"web_search": True}}
        await socket.send(question("How high is the tide?", **fields))
        answer = (await socket.until_end())[-1]["response"]
        assert (answer["status"], answer["not_applied"]) == ("completed", ["tools.web_search"] if is_missed else [])
        asked = [body for body in site.bodies() if body["input"] and "tide" in str(body["input"]) and "tools" in body]
        site.forget_requests()
        assert [kinds(body) for body in asked] == [["function", "web_search"], kept][-attempts:]
        assert await learnt() == {part}
    await socket.close()


@pytest.mark.parametrize("fields", [{"effort": "minimal"}, {"format": JsonObject()}])
async def test_tool_that_the_api_refuses_with_a_parameter_is_not_sent_with_it(site, ada, fields):
    """The stand-in refuses it, too."""
    model = await searching_model()
    chosen = stored_settings(RequestSettings(tools={"web_search": {}, "current_time": {}}, **fields))
    assistant: Assistant = await in_thread(make_assistant)(ada, model=model, settings=chosen)
    socket = await open_socket(ada)
    await socket.send(question("How high is the tide?", assistant=str(assistant.pk)))
    answer = (await socket.until_end())[-1]["response"]
    await socket.close()
    assert (answer["status"], answer["not_applied"]) == ("completed", ["tools.web_search"])
    [body] = [body for body in site.bodies() if "tools" in body]
    assert kinds(body) == ["function"]
    assert body["reasoning"]["effort"] == "minimal" if "effort" in fields else body["text"]["format"]
    assert await learnt() == set()


@pytest.mark.parametrize("words", ["Invalid role: tool", "Invalid value: 'function_call'."])
async def test_conversation_with_calls_goes_on_at_a_server_that_takes_none(site, ada, settings, words):
    settings.TOOL_MODULES, settings.DEFAULT_TOOLS = ["tests.support.tools"], ["get_tide"]
    socket = await open_socket(ada)
    site.script(match="tide?", calls=[call("get_tide")], times=1)
    await socket.ask("How high is the tide?")
    before = (await until_step_ends(socket))[-1]["response"]
    error = {"message": words, "type": "invalid_request_error", "param": None, "code": None}
    site.script(has='"type":"function_call"', error={"status": 400, "body": {"error": error}})
    settings.STORE = False
    after = {"conversation": before["conversation"]["id"], "previous_response_id": before["id"]}
    for attempts in (2, 1):
        site.forget_requests()
        await socket.send(question("And tomorrow?", **after))
        answer = (await socket.until_end())[-1]["response"]
        assert answer["status"] == "completed"
        bodies = [body for body in site.bodies() if "And tomorrow?" in str(body["input"]) and "tools" in body]
        assert ["The tool get_tide was called with" in str(body["input"]) for body in bodies] == [False, True][
            -attempts:
        ]
        assert "Two metres at Brest" in str(bodies[-1]["input"])
    assert await learnt() == {"function_call"}
    await socket.close()
