"""What a step does before it asks the model: it runs the calls of tools of the response before it."""

import asyncio
import logging
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from assistants.request_settings import read_settings
from common.threads import retry_until_available
from conversations import attachments
from conversations.answering import calls
from conversations.answering.people import language_of
from conversations.answering.state import Answer
from conversations.models import Conversation, Item, Response, ToolCall
from conversations.models.tool_call import calls_before
from conversations.representations.calls import call_updated
from tools.tool import Context, LocalTool, Result

logger = logging.getLogger(__name__)

MAX_PARALLEL = 8
"""Calls of one step that run at the same time."""
LOOK_SECONDS = 1.0
"""Between two looks for decisions of the person while other calls run."""

Status = ToolCall.Status


class Parked(Exception):
    """The step waits for its person: no process has it any more. It has the conversation as it is then."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation


class ToolLoop:
    """The calls that one step answers, run side by side. Each change is stored, and then shown."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._step = answer.response
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._shown: dict[UUID, str] = {}

    async def run(self) -> None:
        """Return when what the calls put out is the step's input. Raise `Parked` or `OwnershipLost`."""
        step = self._step
        if step.input:
            self._answer.asked_at = await retry_until_available(calls.asked_at, step)
            return
        caller = await retry_until_available(calls.recover, step)
        try:
            await self._run_all(caller)
        finally:
            await self._stop()
        step.input = await retry_until_available(calls.provide, step)
        self._answer.asked_at = timezone.now()

    async def _run_all(self, caller: Response) -> None:
        while True:
            rows = await retry_until_available(calls_before, self._step)
            for row in rows:
                # The task of a call that runs knows better.
                if row.pk not in self._tasks:
                    self._show(row)
            requested = [row for row in rows if row.status == Status.REQUESTED and row.pk not in self._tasks]
            for row in requested[: MAX_PARALLEL - len(self._tasks)]:
                self._tasks[row.pk] = asyncio.create_task(self._run(row, caller), name=f"call {row.pk}")
            is_waiting = any(row.status == Status.WAITING for row in rows)
            if self._tasks:
                await self._until_one_ends(LOOK_SECONDS if is_waiting else None)
            elif is_waiting:
                await self._park()
            else:
                return

    async def _until_one_ends(self, seconds: float | None) -> None:
        done, _ = await asyncio.wait(self._tasks.values(), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        self._tasks = {pk: task for pk, task in self._tasks.items() if task not in done}
        for task in done:
            task.result()

    async def _park(self) -> None:
        """Let the step wait, unless its person has decided meanwhile."""
        number = self._answer.log.last + 1
        if conversation := await retry_until_available(calls.park, self._step, number):
            raise Parked(conversation)

    async def _run(self, call: ToolCall, caller: Response) -> None:
        step, tool = self._step, calls.offered(caller, call.tool)
        await retry_until_available(calls.begin, step, call)
        self._show(call)
        if tool is None:
            call.end(Status.FAILED, calls.UNKNOWN)
        else:
            result = await self._result(tool, call, caller)
            try:
                call.end(Status.FAILED if result.has_failed else Status.DONE, await self._output(result, tool))
            except OSError:
                logger.exception("an image of the tool %s could not be kept", tool.name)
                call.end(Status.FAILED, f"An image of {tool.name} could not be kept.")
        await retry_until_available(calls.end, step, call)
        self._show(call)

    async def _result(self, tool: LocalTool, call: ToolCall, caller: Response) -> Result:
        step = self._step
        language = await retry_until_available(language_of, step.user_id)
        context = Context(
            step.user_id,
            step.conversation_id,
            step.conversation.is_temporary,
            language,
            settings.TIME_ZONE,
            tuple(read_settings(caller.settings).collections or ()),
        )
        try:
            return await tool.run(context, call.arguments)
        except Exception:
            logger.exception("the tool %s failed", tool.name)
            return Result(f"{tool.name} failed.", has_failed=True)

    async def _output(self, result: Result, tool: LocalTool) -> str | list[Item]:
        """Return what goes back to the model. Images are kept as files of the conversation."""
        if not result.images:
            return result.text
        step = self._step
        kept = [
            await retry_until_available(attachments.keep, image, tool.name, step.user_id, step.conversation_id)
            for image in result.images
        ]
        images = [{"type": "input_image", "detail": "auto", "file_id": str(each.pk)} for each in kept]
        return [*([{"type": "input_text", "text": result.text}] if result.text else []), *images]

    def _show(self, call: ToolCall) -> None:
        """Tell viewers of a call that is another way than it was shown."""
        if self._shown.setdefault(call.pk, _announced(call)) != call.status:
            self._shown[call.pk] = call.status
            self._answer.log.append(call_updated(call))

    async def _stop(self) -> None:
        """Cancel the calls that run."""
        tasks = [*self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _announced(call: ToolCall) -> str:
    """Return how viewers know a call that this log hasn't shown yet: as it was when its response ended."""
    is_new = call.status in {Status.REQUESTED, Status.WAITING} and not call.decision
    return call.status if is_new else ""
