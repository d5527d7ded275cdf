"""The limits of what one answer may do with tools: those of the site, and lower ones of an assistant."""

import pytest

from common.threads import in_thread
from conversations.models import Response
from tests.support import tools
from tests.support.assistants import make_assistant
from tests.support.socket import open_socket
from tests.support.tool_calls import call, calls, is_left, turn, until_step_ends

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("functions")]


@pytest.mark.parametrize(
    ("limit", "ran"),
    [({"MAX_TOOL_CALLS": 3}, 3), ({"MAX_TOOL_ROUNDS": 1}, 2), ({"MAX_TOOL_MINUTES": -1}, 0)],
)
async def test_model_is_asked_to_finish_at_a_limit(site, ada, settings, limit, ran):
    for name, value in limit.items():
        setattr(settings, name, value)
    site.script(match="metres", times=1, calls=[call("get_tide", "Dover"), call("get_tide", "Calais")])
    site.script(match="tide?", calls=[call("get_tide"), call("get_tide", "Nantes")])
    socket = await open_socket(ada)
    await socket.ask("How high is the tide?")
    assert (await until_step_ends(socket))[-1]["type"] == "response.completed"
    assert len(tools.ran) == ran
    assert site.bodies()[-1]["tool_choice"] == "none"
    assert all(each.output for each in await calls())
    await socket.close()


@pytest.mark.parametrize(
    ("limit", "ran"),
    [
        ({"max_tool_calls": 3}, 3),
        ({"max_tool_calls": 100}, 4),
        ({"max_tool_rounds": 1}, 2),
        ({"max_tool_minutes": 1e-9}, 0),
    ],
)
async def test_assistant_has_lower_limits_of_its_own(site, ada, settings, limit, ran):
    settings.MAX_TOOL_CALLS = 4
    assistant = await in_thread(make_assistant)(ada, settings=limit)
    site.script(match="metres", calls=[call("get_tide", "Dover"), call("get_tide", "Calais")])
    site.script(match="tide?", calls=[call("get_tide"), call("get_tide", "Nantes")])
    socket = await open_socket(ada)
    await socket.ask("How high is the tide?", assistant=str(assistant.pk))
    await until_step_ends(socket)
    assert len(tools.ran) == ran
    assert not limit.keys() & site.bodies()[-1].keys()
    await socket.close()


@pytest.mark.parametrize("name", ["get_tide", "no_such_tool"])
async def test_model_that_goes_on_calling_tools_at_a_limit_is_not_asked_again(site, ada, settings, name):
    settings.MAX_TOOL_ROUNDS = 2
    # As of a server that ignores `tool_choice`.
    for number in range(5):
        item = {
            "type": "function_call",
            "id": f"fc_{number}",
            "status": "completed",
            **call(name, call_id=f"call_{number}"),
        }
        created = {"type": "response.created", "response": "$response"}
        done = {"type": "response.output_item.done", "output_index": 0, "item": item}
        end = {"type": "response.completed", "response": {"$response": {"status": "completed", "output": [item]}}}
        site.script(times=1, steps=[{"event": event} for event in (created, done, end)])
    socket = await open_socket(ada)
    await socket.ask("How high is the tide?")
    while not is_left(await socket.receive()):
        pass
    assert len(site.bodies()) == len(await turn()) == 4
    assert [each.status for each in await calls()][-1] == "cancelled"
    assert not await in_thread(Response.objects.open().exists)()
    await socket.close()
