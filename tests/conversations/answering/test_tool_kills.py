"""A long loop of calls whose process is killed in each of its steps: it ends as if nothing had happened."""

import asyncio
import json
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from common.threads import in_thread
from conversations.live.process import Process
from conversations.models import Conversation, Response, ToolCall
from tests.support import tools
from tests.support.provider import Provider

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ["get_tide", "sound_horn"]
INPUT = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Sail along the coast"}]}]


@pytest.fixture(autouse=True)
def functions(settings) -> None:
    settings.TOOL_MODULES = ["tests.support.tools"]
    tools.ran.clear()


@pytest.fixture
async def processes(site) -> AsyncIterator[list[Process]]:
    """Return two processes, which take over from each other."""
    pair = [Process(), Process()]
    yield pair
    for process in pair:
        await process.runner.stop()


def script(site: Provider, rounds: int) -> None:
    """Let the model call two tools in each round."""
    for number in range(rounds):
        port = json.dumps({"port": f"port{number:02}"})
        site.script(
            match="Sail" if number == 0 else f"port{number - 1:02}",
            calls=[{"name": "sound_horn", "arguments": port}, {"name": "get_tide", "arguments": port}],
        )


@in_thread
def is_reached(number: int, status: str) -> bool:
    return ToolCall.objects.filter(**{"status": status} if status else {}).count() >= number


@in_thread
def rows() -> list[Response]:
    return list(Response.objects.order_by("created_at", "id"))


async def until(reached: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the rows say so; they can only be polled."""
    async with asyncio.timeout(30):
        while not await reached():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_loop_survives_a_kill_in_each_step(site, ada, processes, seed):
    rounds = 20
    chosen = random.Random(seed)
    script(site, rounds)
    response = Response(
        conversation=await in_thread(Conversation.objects.create)(user=ada),
        user=ada,
        client_message_id=uuid.uuid4(),
        input=INPUT,
        model="standin",
        settings={"tools": {name: {} for name in NAMES}},
        process=processes[0].name,
    )
    # Its conversation is stored already.
    await in_thread(Response.objects.queue)([response])
    processes[0].runner.start(response)
    for number in range(rounds):
        status = chosen.choice(["", "done"])
        reached = 2 * number + 1 if not status else max(1, number)
        await until(lambda reached=reached, status=status: is_reached(reached, status))
        await kill(processes)
    await until(has_ended)

    calls = await in_thread(list)(ToolCall.objects.order_by("created_at"))
    assert len(calls) == 2 * rounds
    assert all(call.has_ended and call.output for call in calls)
    assert {call.status for call in calls} <= {"done", "interrupted"}
    # What can't be taken back happened at most once for each call.
    horns = Counter(ran for ran in tools.ran if ran.startswith("sound_horn"))
    begun = Counter(f"sound_horn {json.loads(call.arguments)['port']}" for call in calls if call.tool == "sound_horn")
    assert all(horns[name] <= begun[name] for name in horns)
    last = (await rows())[-1]
    assert last.status == "completed"
    assert [request["status"] for request in site.requests() if request["status"] == 400] == []


async def kill(processes: list[Process]) -> None:
    """Let the other process take over what the first one answers, which does nothing more that counts."""
    killed, successor = processes
    running = Response.objects.running().filter(process=killed.name)
    ids = await in_thread(list)(running.values_list("pk", flat=True))
    await in_thread(Response.objects.filter(pk__in=ids).update)(process=successor.name)
    successor.runner.take_over(ids)
    processes.reverse()


async def has_ended() -> bool:
    responses = await rows()
    return not any(response.is_running for response in responses)
