"""One response on its way from the question to the stored answer."""

import asyncio
import itertools
import logging
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.utils import timezone

from common.rate_limit import Pace
from common.threads import AWAY, in_thread, persistently
from conversations.answering import ownership, requests
from conversations.models import Response
from conversations.representations import describe, for_viewers, ours, public, queued
from conversations.streams.logs import Log
from providers.failures import Failure, failure, failure_of_event, failure_of_response, is_error
from providers.responses_api.client import Upstream
from providers.responses_api.events import TERMINAL, Delta, Event, Output, as_end

logger = logging.getLogger(__name__)

LONGEST_WAIT = 30.0
"""Seconds; a provider that asks for more is told to the person instead."""
RETRIES = 3
RETRY_SECONDS = 1.0
POLL_SECONDS = 2.0
CANCEL_SECONDS = 10.0
LOST = {"stream_cut", "timeout", "connection_error", "connection_lost"}
"""Failures after which the provider may have gone on answering, unseen."""
NOT_FOUND = 404
TOO_LONG = "context_length_exceeded"
OVER = {"completed", "incomplete", "failed", "cancelled"}


pace = Pace(at_once=8, a_second=100)


class TakenOver(Exception):
    """Another process answers this response now."""


class Run:
    """A response that is being answered.

    `is_found` says that another process began, and died or handed it on. `cursor` is the provider's number of the last
    event seen, where it holds the answer and can send the rest again, else None. `stored` is the number of the last
    event that a checkpoint stored.
    """

    def __init__(self, response: Response, log: Log, upstream: Upstream, *, is_found: bool = False) -> None:
        self.response = response
        self.log = log
        self.output = Output(response.output)
        self.cursor = response.cursor
        self.stored = log.last
        self.has_begun = False
        self._upstream = upstream
        self._is_found = is_found
        self._chain: str | None = None
        self._is_held = False
        self._patience: asyncio.Timeout | None = None
        self._is_cancelled = False
        self._has_ended = False

    def cancel(self, task: asyncio.Task[None]) -> None:
        """Stop, as the person wishes; what has ended already is being stored."""
        if self._has_ended or self._is_cancelled:
            return
        self._is_cancelled = True
        if self._patience is not None and not self.has_begun:
            # To end the connection would not end the answer.
            self._patience.reschedule(asyncio.get_running_loop().time() + CANCEL_SECONDS)
        else:
            task.cancel()

    async def to_its_end(self) -> None:
        """Answer, and store the end. Cancelled otherwise than by the person, it is handed on to another process.

        Raises TakenOver.
        """
        try:
            await self._finish(await self._end())
        except TakenOver:
            raise
        except asyncio.CancelledError:
            await self._hand_on()
        except Exception:
            logger.exception("response %s could not be stored", self.response.pk)
            await self._give_up(failure("server_error", detail="the answer could not be stored"))

    async def _end(self) -> dict[str, Any]:
        """The terminal event of the answer, come what may."""
        try:
            return await self._answer()
        except asyncio.CancelledError:
            if not self._is_cancelled:
                raise
            # Twice asked to stop, it still stores what had come.
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            if self.cursor is not None:
                await self._cancel_upstream(self.response.response_id)
            return {"type": "response.cancelled", "response": {}}
        except Failure as problem:
            logger.warning("response %s failed: %s", self.response.pk, problem)
            return _failed(problem)
        except TakenOver:
            raise
        except Exception:
            logger.exception("response %s failed", self.response.pk)
            return _failed(failure("server_error", detail="an error of the site itself; its log says more"))

    async def _answer(self) -> dict[str, Any]:
        """Ask; and where the answer is lost on its way, fetch the rest, or ask once more for all of it."""
        if self._is_found and self.cursor is None:
            await self._begin_anew(failure("interrupted"))
        elif self._is_found:
            self.has_begun = True
            self.log.append({"type": "response.in_progress", "response": for_viewers(describe(self.response))})
        while True:
            was_held = self.cursor is not None
            try:
                return await (self._resume() if was_held else self._ask())
            except Failure as problem:
                if not self._is_lost(problem):
                    raise
                if self.cursor is None or problem.status == NOT_FOUND:
                    await self._begin_anew(problem)
                elif was_held:
                    raise

    def _is_lost(self, problem: Failure) -> bool:
        """Whether the provider began with an answer that we shall not see to its end this way."""
        if self.has_begun:
            return problem.code in LOST or problem.status == NOT_FOUND
        # A held answer may go on, and be billed, under a name that we were not told.
        return problem.code == "stream_cut" and not self._is_held

    async def _begin_anew(self, problem: Failure) -> None:
        if not await persistently(ownership.restart, self.response, problem.as_error(), self.output.items()):
            raise problem
        self.response.attempt += 1
        logger.warning("response %s is asked again: %s", self.response.pk, problem)
        self.has_begun = False
        self.cursor = None
        self.output = Output()
        # What had come stands beside it now.
        self.log.append(queued(self.response, await persistently(self.response.versions)))

    async def _ask(self) -> dict[str, Any]:
        """By the chain; with the whole conversation where the chain is lost; again where the provider said to wait."""
        is_chained = self._upstream.chains and self.response.previous_id is not None
        with_reasoning = not requests.is_stored(self.response)
        for attempt in itertools.count():
            body = await persistently(requests.chained, self.response) if is_chained else None
            if body is None:
                body = await persistently(requests.replayed, self.response, with_reasoning=with_reasoning)
            self._chain = body.get("previous_response_id")
            self._is_held = self._upstream.holds and requests.is_worth_holding(self.response)
            if self._is_held:
                body["background"] = True
            await pace.wait()
            try:
                return await (self._send_held(body) if self._is_held else self._read(self._upstream.create(body)))
            except Failure as problem:
                if await self._leaves_out_more(problem):
                    is_chained = False
                    continue
                if self.has_begun:
                    raise
                if self._chain and problem.chain_is_lost:
                    logger.info("response %s: the chain is lost, so the conversation is sent whole", self.response.pk)
                    is_chained = False
                elif with_reasoning and problem.refuses_reasoning:
                    with_reasoning = False
                elif self._is_held and problem.refuses_background:
                    self._upstream.holds = False
                else:
                    await _wait(problem, attempt)
        raise AssertionError

    async def _send_held(self, body: dict[str, Any]) -> dict[str, Any]:
        """Ask for an answer that the provider holds, and goes on with unless it is ended by its name.

        Stopped before it has one, it is read on until its first event tells.
        """
        try:
            async with asyncio.timeout(None) as self._patience:
                return await self._read(self._upstream.create(body))
        except (Failure, TimeoutError) as problem:
            if not self._is_cancelled:
                raise
            logger.info("response %s was stopped before it began: %s", self.response.pk, problem)
            raise asyncio.CancelledError from problem
        finally:
            self._patience = None

    async def _leaves_out_more(self, problem: Failure) -> bool:
        """Whether the conversation was too long for the model, and is less so now."""
        if problem.code != TOO_LONG or self.output.items():
            return False
        if not await persistently(requests.leave_out_more, self.response):
            return False
        logger.info("response %s: %s earlier turns are left out", self.response.pk, self.response.left_out)
        self.has_begun, self.cursor = False, None
        return True

    async def _read(self, batches: AsyncGenerator[list[Event], None]) -> dict[str, Any]:
        """Log the events as they arrive; returns the terminal one. Raises Failure where none comes."""
        async with aclosing(batches):
            async for batch in batches:
                for event in batch:
                    if self.cursor is not None and not self._is_new(event):
                        continue
                    if isinstance(event, Delta):
                        self.output.add(event)
                        self.log.append(event)
                    elif event.get("type") in TERMINAL:
                        if (end := as_end(event))["response"]["error"] and end["response"]["error"]["code"] == TOO_LONG:
                            raise failure_of_response(end["response"]["error"])
                        return end
                    else:
                        await self._pass_on(event)
        raise failure("stream_cut", detail="the stream ended without a terminal event")

    def _is_new(self, event: Event) -> bool:
        """Whether a stream that may have been sent before has not had this event yet."""
        number = event.sequence_number if isinstance(event, Delta) else event.get("sequence_number")
        if isinstance(number, int) and self.cursor is not None:
            if number <= self.cursor:
                return False
            self.cursor = number
        return True

    async def _pass_on(self, event: dict[str, Any]) -> None:
        if is_error(event):
            raise failure_of_event(event)
        response = event.get("response")
        if not self.has_begun and isinstance(response, dict):
            if self._chain and response.get("previous_response_id") != self._chain:
                # Some servers take a chain without a word and answer as if nothing had been said before.
                self._upstream.chains = False
                if response.get("background") is True:
                    await self._cancel_upstream(response.get("id"))
                raise failure("previous_response_not_found", detail="the server overlooked the chain")
            await self._begin(response, event.get("sequence_number"))
        self.output.add(event)
        self.log.append(public(event, ours(self.response)))

    async def _begin(self, response: dict[str, Any], number: Any) -> None:
        """The provider has the question: from here on a second one would be another answer."""
        response_id = response.get("id")
        if response.get("background") is True and isinstance(response_id, str) and isinstance(number, int):
            self.response.response_id, self.cursor = response_id, number
        if not await persistently(ownership.begin, self.response, response_id, self.cursor):
            raise TakenOver
        self.has_begun = True
        if self._is_cancelled:
            raise asyncio.CancelledError

    async def _resume(self) -> dict[str, Any]:
        """The rest of an answer that the provider holds: streamed from where it was cut, else awaited and fetched."""
        response_id = self.response.response_id or ""
        fruitless = 0
        while True:
            seen = self.cursor
            logger.info("response %s is resumed after event %s", self.response.pk, seen)
            try:
                return await self._read(self._upstream.resume(response_id, self.cursor or 0))
            except Failure as problem:
                if problem.status == NOT_FOUND or not self._is_worth_waiting(problem):
                    raise
                fruitless = fruitless + 1 if self.cursor == seen else 0
                is_refused = not problem.may_pass or (problem.status is not None and fruitless > RETRIES)
                if is_refused or (fruitless and problem.code == "stream_cut"):
                    # Too old to be streamed again, or a server that can't.
                    return await self._poll(response_id)
                await _pause(problem, fruitless)

    async def _poll(self, response_id: str) -> dict[str, Any]:
        failures = 0
        while True:
            try:
                response = await self._upstream.retrieve(response_id)
            except Failure as problem:
                if not self._is_worth_waiting(problem) or not problem.may_pass:
                    raise
                await _pause(problem, failures)
                failures += 1
            else:
                if (status := response.get("status")) in OVER:
                    return as_end({"type": f"response.{status}", "response": response})
                failures = 0
                await asyncio.sleep(POLL_SECONDS)

    def _is_worth_waiting(self, problem: Failure) -> bool:
        """Whether somebody may still wait for the answer, and the failure was none of the answer itself."""
        is_recent = timezone.now() - self.response.created_at < ownership.RESTART_AGE
        return is_recent and (problem.code in LOST or problem.status is not None)

    async def _cancel_upstream(self, response_id: Any) -> None:
        """A held answer goes on, and is billed, when nobody reads it."""
        if not isinstance(response_id, str) or not response_id:
            return
        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                await self._upstream.cancel(response_id)
        except (Failure, TimeoutError) as problem:
            logger.warning("response %s could not be cancelled upstream: %s", self.response.pk, problem)

    async def _give_up(self, problem: Failure) -> None:
        """End what can't be stored with what is stored of it already; it must not run for ever."""
        try:
            await persistently(ownership.fail, self.response, problem.as_error())
        except Exception:
            logger.exception("response %s stays as it is", self.response.pk)
        final = for_viewers({"status": "failed", "error": problem.as_error()})
        self.log.append(public({"type": "response.failed", "response": final}, ours(self.response)))

    async def _hand_on(self) -> None:
        """Let another process, or this one's successor, go on with it."""
        if (task := asyncio.current_task()) is not None:
            task.uncancel()
        try:
            await in_thread(ownership.hand_off)(
                self.response, output=self.output.items(), sequence_number=self.log.last, cursor=self.cursor
            )
        except AWAY:
            # The claim dies with this process all the same.
            logger.warning("response %s could not be handed on", self.response.pk, exc_info=True)

    async def _finish(self, event: dict[str, Any]) -> None:
        """Store the end, then show it: who reloads at its sight finds it stored."""
        self._has_ended = True
        final = event["response"] = event["response"] if isinstance(event.get("response"), dict) else {}
        final["status"] = TERMINAL[event["type"]]
        final["output"] = final.get("output") or self.output.items()
        if event["type"] == "response.failed" and "detail" not in (final.get("error") or {}):
            final["error"] = failure_of_response(final.get("error")).as_error()
        if not await persistently(
            ownership.finish,
            self.response,
            final["status"],
            output=final["output"],
            sequence_number=self.log.last + 1,
            usage=final.get("usage"),
            error=final.get("error"),
            incomplete_details=final.get("incomplete_details"),
        ):
            raise TakenOver
        self.log.append(public({**event, "response": for_viewers(final)}, ours(self.response)))


async def _wait(problem: Failure, attempt: int) -> None:
    """Wait until the same request makes sense again. Raises the problem where it never will."""
    if problem.retry_after is None or problem.retry_after > LONGEST_WAIT or attempt >= RETRIES:
        raise problem
    # Not all come back at once.
    jitter = random.uniform(1, 1.25)  # noqa: S311
    await asyncio.sleep(max(problem.retry_after, RETRY_SECONDS * 2**attempt) * jitter)


async def _pause(problem: Failure, attempt: int) -> None:
    """Wait before a lookup, which costs nothing, is tried again."""
    await asyncio.sleep(min(max(problem.retry_after or 0, RETRY_SECONDS * 2**attempt), LONGEST_WAIT))


def _failed(problem: Failure) -> dict[str, Any]:
    return {"type": "response.failed", "response": {"error": problem.as_error()}}
