"""A long loop of calls whose process is killed in each of its steps: it ends as if nothing had happened."""

import asyncio
import json
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from common.threads import in_thread
from conversations.live.process import Process
from conversations.models import Conversation, Response, ToolCall
from tests.support import tools
from tests.support.provider import Provider

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 20
NAMES = ["get_tide", "sound_horn"]
INPUT = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Sail along the coast"}]}]


@pytest.fixture(autouse=True)
def functions(settings) -> None:
    settings.TOOL_MODULES = ["tests.support.tools"]
    tools.ran.clear()
    tools.gates.clear()


@pytest.fixture
async def processes(site) -> AsyncIterator[list[Process]]:
    """Return two processes, which take over from each other."""
    pair = [Process(), Process()]
    yield pair
    for process in pair:
        await process.runner.stop()


def script(site: Provider, kills: list[str]) -> None:
    """Let the model call two tools in each round. What is killed while the model is asked waits for that."""
    for number, kill in enumerate(["", *kills]):
        port = json.dumps({"port": f"port{number:02}"})
        calls = [{"name": "sound_horn", "arguments": port}, {"name": "get_tide", "arguments": port}]
        said = {"calls": calls} if number < len(kills) else {"text": "Arrived"}
        site.script(
            match=f"port{number - 1:02}" if number else "Sail",
            wait=f"go{number}" if kill == "asked" else None,
            **said,
        )
        tools.gates[f"port{number:02}"] = asyncio.Event()


async def next_step(number: int, *, is_asked: bool) -> uuid.UUID:
    """Wait until the step of that number runs its calls, or asks the model; rows can only be polled."""
    async with asyncio.timeout(30):
        while True:
            steps = [row for row in await rows() if row.turn_id and row.is_running]
            ran = sum(each.endswith(f"port{number - 1:02}") for each in tools.ran)
            if steps and ran >= 2 and bool(steps[-1].input) == is_asked:
                return steps[-1].pk
            await asyncio.sleep(0.005)


@in_thread
def rows() -> list[Response]:
    return list(Response.objects.order_by("created_at", "id"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_loop_survives_a_kill_in_each_step(site, ada, processes, seed):
    chosen = random.Random(seed)
    kills = [chosen.choice(["running", "asked", "nothing"]) for _ in range(ROUNDS)]
    script(site, kills)
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
    for number, kill in enumerate(kills, start=1):
        step = await next_step(number, is_asked=False)
        if kill == "running":
            await take_over(processes, step)
        tools.gates[f"port{number - 1:02}"].set()
        if kill == "asked":
            step = await next_step(number, is_asked=True)
            await take_over(processes, step)
            site.release(f"go{number}")
    async with asyncio.timeout(30):
        while any(row.is_running for row in await rows()):  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    calls = await in_thread(list)(ToolCall.objects.order_by("created_at"))
    assert len(calls) == 2 * ROUNDS
    assert all(call.has_ended and call.output for call in calls)
    assert {call.status for call in calls} <= {"done", "interrupted"}
    # What can't be taken back happened at most once for each call.
    horns = Counter(ran for ran in tools.ran if ran.startswith("sound_horn"))
    begun = Counter(f"sound_horn {json.loads(call.arguments)['port']}" for call in calls if call.tool == "sound_horn")
    assert all(horns[name] <= begun[name] for name in horns)
    last = (await rows())[-1]
    assert last.status == "completed"
    assert [request["status"] for request in site.requests() if request["status"] == 400] == []


async def take_over(processes: list[Process], response_id: uuid.UUID) -> None:
    """Let the other process take over an answer of the first one, which does nothing more that counts."""
    _, successor = processes
    await in_thread(Response.objects.filter(pk=response_id).update)(process=successor.name)
    successor.runner.take_over([response_id])
    processes.reverse()
