"""The life of one answer in this process: asked for, recovered if it is lost, and stored when it ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from assistants.choices import Choices
from common.rate_limit import RateLimiter
from common.threads import UNAVAILABLE, in_thread, retry_until_available
from conversations.answering import ownership
from conversations.answering.attempt import CONTINUED, Attempt
from conversations.answering.calls import finish, is_running_calls, may_go_on, requested, step_after
from conversations.answering.compacting import Compactor, note_in_output
from conversations.answering.handoffs import hand_over
from conversations.answering.history import compaction_at
from conversations.answering.ownership import Ending, OwnershipLost
from conversations.answering.recovery import NOT_FOUND, Recovery
from conversations.answering.state import Answer, State
from conversations.answering.tool_loop import Parked, ToolLoop
from conversations.answering.writes import Writes
from conversations.formats import find_problems
from conversations.models import Conversation, Response, ToolCall
from conversations.representations import public, resumed, waiting
from conversations.representations.calls import tool_call
from conversations.representations.compactions import compacted
from providers.capabilities import Capabilities
from providers.failures import Failure, failure, failure_of_response
from providers.items import has_answer, has_unanswered
from providers.refusals import CHAIN
from providers.registry import Clients
from providers.responses_api.ends import is_withdrawn
from providers.responses_api.output import Output
from providers.uploads import Uploads

logger = logging.getLogger(__name__)


class Run:
    """The work on one response, from the message to the stored end, whatever happens on the way."""

    def __init__(
        self,
        answer: Answer,
        clients: Clients,
        capabilities: Capabilities,
        uploads: Uploads,
        limiter: RateLimiter,
        writes: Writes,
        compactor: Compactor,
        choices: Choices,
    ) -> None:
        self.answer = answer
        self._choices = choices
        self._writes = writes
        self._attempt = Attempt(answer, clients, capabilities, uploads, limiter, writes, compactor)
        self._recovery = Recovery(self._attempt, clients)
        self._has_begun = False
        self.step: Response | None = None
        """What goes on after the calls of tools of this answer, once that is stored."""

    def cancel(self, task: asyncio.Task[None]) -> None:
        """Stop because the person wishes it; an answer whose end is known is stored, and no step goes on after it.

        A task that hasn't begun sees by itself that it is to stop. Cancelled, it wouldn't even store that.
        """
        is_over = self.answer.state is State.ENDED or self.answer.is_cancelled or not self._has_begun
        self.answer.is_cancelled = True
        if not is_over and not self._attempt.defer_cancel():
            task.cancel()

    async def run(self) -> Conversation | None:
        """Answer, and store the end; return the conversation as it is then.

        If this task is cancelled but the answer isn't, hand it off to another process and return None. Raise
        `OwnershipLost` if another process has the response now.
        """
        self._has_begun = True
        try:
            return await self._finish(await self._end())
        except OwnershipLost:
            raise
        except Parked as parked:
            self.answer.log.append(waiting(self.answer.response))
            return parked.conversation
        except asyncio.CancelledError:
            await self._hand_off()
            return None
        except Exception:
            logger.exception("response %s could not be stored", self.answer.response.pk)
            return await self._fail(failure("server_error", detail="the answer could not be stored"))

    async def _end(self) -> dict[str, Any]:
        """Return the terminal event of the answer, with its whole output, whatever happens on the way."""
        response = self.answer.response
        try:
            return await self._keep_files(await self._get_answer())
        except asyncio.CancelledError:
            if not self.answer.is_cancelled:
                raise
            # Cancelled twice, it still stores what had come.
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            if self.answer.is_in_background:
                await self._attempt.cancel_upstream(response.response_id)
            return self._whole({"type": "response.cancelled", "response": {}})
        except Failure as problem:
            logger.warning("response %s failed: %s", response.pk, problem)
            return self._whole(_failed(problem))
        except (OwnershipLost, Parked):
            raise
        except Exception:
            logger.exception("response %s failed", response.pk)
            return self._whole(
                _failed(failure("server_error", detail="an error of the site itself; its log says more"))
            )

    async def _get_answer(self) -> dict[str, Any]:
        """Ask; if the answer is lost on its way, get the rest of it or ask once more for all of it."""
        answer = self.answer
        if answer.is_cancelled:
            raise asyncio.CancelledError
        if answer.response.turn_id:
            await ToolLoop(answer).run()
        if answer.is_taken_over:
            if answer.is_in_background:
                answer.log.append(resumed(answer.response))
            else:
                await self._recovery.restart(failure("interrupted"))
        while True:
            was_in_background = answer.is_in_background
            try:
                return await (self._recovery.resume() if was_in_background else self._attempt.ask())
            except Failure as problem:
                if not self._recovery.is_lost(problem):
                    raise
                if not answer.is_in_background or problem.status == NOT_FOUND:
                    await self._recovery.restart(problem)
                elif was_in_background:
                    raise

    async def _keep_files(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return the terminal event with the whole output, in which files that the model made are ours.

        The answer runs until then, so that it can be stopped: a provider may keep its files waiting.
        """
        made = self._attempt.made
        output = await self._kept(made.keep_output, event["response"].get("output"))
        event["response"]["output"] = await self._kept(self._attempt.cited.keep_output, output)
        event = self._whole(event)
        if event["response"]["status"] in CONTINUED:
            event["response"]["output"] = await self._kept(made.collect, event["response"]["output"])
        return event

    async def _kept(self, keep: Callable[[Any], Awaitable[Any]], output: Any) -> Any:
        """Return an output with files that are kept; with those that are kept already, if this process is to end."""
        try:
            return await keep(output)
        except asyncio.CancelledError:
            if self.answer.is_cancelled or self.answer.is_in_background or (task := asyncio.current_task()) is None:
                raise
            # Another process would have to ask for the whole answer once more.
            task.uncancel()
            self._attempt.made.give_up()
            return await keep(output)

    async def _finish(self, event: dict[str, Any]) -> Conversation:
        """Store the end, then show it: a reload at its sight finds it stored."""
        answer, final = self.answer, event["response"]
        answer.end()
        # It takes the place of what was streamed, which would be in memory beside it until it is stored.
        answer.output = Output(final["output"])
        if has_unanswered(final["output"]):
            answer.response.refused = [*answer.response.refused, CHAIN]
        calls = requested(answer.response, final["output"])
        if calls and final["status"] == Response.Status.COMPLETED and may_go_on(answer.response):
            self.step = step_after(answer.response)
            if answer.response.settings.get("handoffs"):
                await retry_until_available(hand_over, answer.response, calls, self.step, self._choices)
        else:
            answer.response.format_problems = await find_problems(answer.response, final["status"], final["output"])
        if final["status"] in CONTINUED and compaction_at(final["output"]) is not None:
            # Before the end, so that whoever goes on with it knows.
            compaction = await retry_until_available(note_in_output, answer.response)
            answer.log.append(compacted(compaction))
        ending = Ending(
            answer.response,
            final["status"],
            output=final["output"],
            sequence_number=answer.log.last + 1,
            usage=final.get("usage"),
            error=final.get("error"),
            incomplete_details=final.get("incomplete_details"),
            format_problems=answer.response.format_problems,
        )
        if (conversation := await self._store(ending, calls)) is None:
            raise OwnershipLost
        shown = public(event, answer.response)
        if calls:
            shown["response"]["calls"] = [tool_call(call) for call in calls]
        answer.log.append(shown)
        return conversation

    async def _store(self, ending: Ending, calls: list[ToolCall]) -> Conversation | None:
        """Store an end. What calls tools, or ends while it runs them, takes more than one statement."""
        if calls or is_running_calls(self.answer.response):
            return await retry_until_available(finish, ending, calls, self.step)
        return await self._writes.finish(ending)

    def _whole(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return the terminal event with the whole output, and with a sentence if the answer failed."""
        final = event["response"]
        output = self.answer.output.complete(final.get("output"), is_withdrawn=is_withdrawn(final))
        kind, error = event["type"], final.get("error")
        if kind == "response.completed" and not has_answer(output):
            kind, error = "response.failed", failure("no_answer").as_error()
        elif kind == "response.failed" and "detail" not in (error or {}):
            error = failure_of_response(error).as_error()
        status = kind.removeprefix("response.")
        return {"type": kind, "response": {**final, "status": status, "output": output, "error": error}}

    async def _fail(self, problem: Failure) -> Conversation | None:
        """End an answer that can't be stored with what is stored of it already: it must not run for ever."""
        response = self.answer.response
        conversation = self.step = None
        try:
            conversation = await self._store(Ending(response, "failed", error=problem.as_error()), [])
        except Exception:
            logger.exception("response %s stays as it is", response.pk)
        final = {"status": "failed", "error": problem.as_error()}
        self.answer.log.append(public({"type": "response.failed", "response": final}, response))
        return conversation

    async def _hand_off(self) -> None:
        """Let another process, or this one's successor, go on with the answer."""
        answer = self.answer
        if (task := asyncio.current_task()) is not None:
            task.uncancel()
        try:
            await in_thread(ownership.hand_off)(
                answer.response,
                output=answer.output.items(),
                sequence_number=answer.log.last,
                starting_after=answer.starting_after,
                is_asked=not is_running_calls(answer.response),
            )
        except UNAVAILABLE:
            # The claim dies with this process all the same.
            logger.warning("response %s could not be handed off", answer.response.pk, exc_info=True)


def _failed(problem: Failure) -> dict[str, Any]:
    return {"type": "response.failed", "response": {"error": problem.as_error()}}
