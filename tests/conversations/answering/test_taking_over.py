"""Answers that go from process to process: what is asked again and how often, and what those who watch see of it."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest

from common.threads import in_thread
from conversations.live.process import Process
from conversations.models import Conversation, Response
from tests.support.conversations import queue_message
from tests.support.socket import stored

pytestmark = pytest.mark.django_db(transaction=True)

INPUT = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "How high is the tide?"}]}]


class WatchedProcess(Process):
    """A server process with a viewer. A process that is killed stands still in a test: it receives nothing more."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def claim(self, response: Response) -> None:
        """Write this process's name on the row, as claims do."""
        await in_thread(Response.objects.filter(pk=response.pk).update)(process=self.name)

    async def take_over(self, response: Response) -> None:
        """Take the response over, with a viewer."""
        await self.claim(response)
        self.logs.awaited(str(response.pk)).follow(self._see)
        self.runner.take_over([response.pk])

    async def _see(self, frame: str) -> None:
        self.seen.put_nowait(msgspec.json.decode(frame))

    async def until(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while (event := await self.seen.get())["type"] != kind:
                pass
        return event


@pytest.fixture
async def process(site) -> AsyncIterator[Callable[[], WatchedProcess]]:
    """Return a function that starts one process after the other."""
    async with AsyncExitStack() as ends:

        def start() -> WatchedProcess:
            process = WatchedProcess()
            ends.push_async_callback(process.runner.stop)
            return process

        yield start


@pytest.fixture
def left(ada) -> Response:
    """Create a response of a process that was killed."""
    response, _ = queue_message(Conversation.objects.create(user=ada), user=ada, input=INPUT, process=uuid.uuid4())
    Response.objects.update(sequence_number=7)
    return response


async def test_response_is_not_adopted_twice(process, left):
    taking = process()
    assert not taking.runner.is_answering(left.pk)
    await taking.take_over(left)
    assert taking.runner.is_answering(left.pk)
    await taking.until("response.completed")


@pytest.mark.parametrize("is_taken", [True, False])
async def test_stop_of_a_response_that_is_being_taken_over_is_heard(site, process, left, is_taken):
    """Its process was killed: nobody has the answer at that moment."""
    taking = process()
    if is_taken:
        await taking.take_over(left)
    assert not taking.runner.cancel(str(left.pk), str(left.pk))
    if not is_taken:
        await taking.take_over(left)
    await taking.until("response.cancelled")
    assert not site.bodies()
    assert (await stored(pk=left.pk)).status == "cancelled"


async def test_stopping_process_starts_nothing_and_hands_off_late_responses(site, process, left):
    """Such responses were stored just before the stop, or found by a look that had begun."""
    stopping = process()
    await stopping.claim(left)
    stopping.runner.take_over([left.pk])
    stopping.runner.stop_accepting()
    stopping.runner.take_over([left.pk])
    stopping.runner.start(left)
    await stopping.runner.stop()
    assert not site.bodies()
    assert (await stored(pk=left.pk)).process is None


async def test_viewer_sees_the_end_after_repeated_take_overs(site, process, left):
    """The viewer sees the end even if nothing was stored in between, because the provider was silent."""
    site.script(match="tide", text="High", wait="never")
    first, second = process(), process()
    await first.take_over(left)
    asked_again = await first.until("response.queued")
    # Who loads the page just then begins with the number that the row has, and looks at nothing that is not newer.
    assert (await stored(pk=left.pk)).sequence_number < asked_again["sequence_number"]
    await second.take_over(left)
    end = await second.until("response.failed")
    assert 7 < asked_again["sequence_number"] < end["sequence_number"]
    assert end["response"]["error"]["code"] == "interrupted"


async def test_rolling_restart_loses_no_answer(site, process, left):
    """Each process asks again for what the one before it handed off."""
    site.script(times=3, match="tide", text="High tide at noon", deltas=2, at={"5": {"wait": "never"}})
    site.script(match="tide", text="High tide at one", deltas=2)
    for _ in range(3):
        stopped = process()
        await stopped.take_over(left)
        await stopped.until("response.output_text.delta")
        await stopped.runner.stop()
    last = process()
    await last.take_over(left)
    await last.until("response.completed")
    assert (await stored(pk=left.pk)).answer() == "High tide at one"


async def test_question_that_never_reached_the_provider_is_asked_once(site, process, left):
    for _ in range(3):
        stopped = process()
        stopped.runner.start(left)
        await stopped.runner.stop()
    last = process()
    await last.take_over(left)
    await last.until("response.completed")
    assert len(site.bodies()) == 1
