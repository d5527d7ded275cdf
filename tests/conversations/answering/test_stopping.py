"""Answers that are stopped in the moments in which nothing of them seems to run."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest
from psycopg import AsyncConnection

from common.threads import in_thread
from conversations.answering.claims import conninfo
from conversations.answering.state import State
from conversations.live.groups import handle_news
from conversations.models import Conversation, Response
from conversations.streams.news import response_cancel
from tests.support import tools
from tests.support.conversations import queue_message
from tests.support.socket import open_socket, stored
from tests.support.tool_calls import call, calls, turn, until_step_ends

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def functions(settings) -> Iterator[None]:
    settings.TOOL_MODULES, settings.DEFAULT_TOOLS = ["tests.support.tools"], ["sound_horn"]
    tools.ran.clear()
    tools.gates.clear()
    yield
    tools.gates.clear()


async def queued(user, process) -> Response:
    conversation = await Conversation.objects.acreate(user=user)
    message = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "How high?"}]}]
    response, _ = await in_thread(queue_message)(conversation, user=user, input=message, process=process.name)
    return response


async def until_idle(process, response: Response) -> None:
    async with asyncio.timeout(30):
        while process.runner.is_answering(response.pk):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_answer_that_is_stopped_before_it_begins_ends(site, ada, server_process):
    response = await queued(ada, server_process)
    server_process.runner.start(response)
    assert server_process.runner.cancel(str(response.pk))
    await until_idle(server_process, response)
    assert (await stored(pk=response.pk)).status == "cancelled"
    assert site.bodies() == []


async def test_task_that_is_cancelled_before_it_begins_leaves_nothing(site, ada, server_process):
    response = await queued(ada, server_process)
    server_process.runner.start(response)
    log = server_process.logs.get(str(response.pk))
    _, task = server_process.runner._runs[str(response.pk)]
    task.cancel()
    await until_idle(server_process, response)
    assert log.ended
    # So that it can be taken over.
    assert (await stored(pk=response.pk)).status == "queued"


@pytest.mark.parametrize("is_step_known", [True, False])
async def test_stop_by_another_process_between_an_end_and_its_step_stops_the_turn(
    site, ada, server_process, is_step_known
):
    """The other one has read that the step is there, which isn't started yet, or that it isn't there."""
    site.script(match="horn", calls=[call("sound_horn")], wait="go")
    tools.gates["Brest"] = asyncio.Event()
    socket = await open_socket(ada)
    await socket.ask("Sound the horn")
    [asked] = await socket.until("response.queued")
    runner = server_process.runner
    answer = runner._runs[asked["response_id"]][0].answer
    if is_step_known:
        async with await AsyncConnection.connect(conninfo()) as connection:
            lock = "SELECT 1 FROM conversations_conversation WHERE id = %s FOR UPDATE"
            await connection.execute(lock, [asked["response"]["conversation"]["id"]])
            site.release("go")
            async with asyncio.timeout(30):
                while answer.state is not State.ENDED:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
            # Whatever the id of the step is.
            await handle_news(runner, response_cancel(uuid4(), answer.response.pk))
            await connection.rollback()
    else:
        site.release("go")
        await socket.until("response.tool_call.updated")
        first = (await turn())[0]
        assert not runner.is_answering(first.pk)
        await handle_news(runner, response_cancel(first.pk, first.pk))
    events = await until_step_ends(socket)
    assert events[-1]["type"] == "response.cancelled"
    assert [response.status for response in await turn()] == ["completed", "cancelled"]
    assert [each.status for each in await calls()] == ["cancelled"]
    await socket.close()
