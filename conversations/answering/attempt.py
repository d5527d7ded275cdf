"""Asking the provider for an answer: what is sent, what is sent again without, and how the events are read."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import Any

from common.rate_limit import RateLimiter
from conversations.answering import cited_files, made_files
from conversations.answering.cited_files import CitedFiles
from conversations.answering.compacting import Compactor
from conversations.answering.made_files import MadeFiles
from conversations.answering.omissions import Omissions
from conversations.answering.ownership import Beginning, OwnershipLost
from conversations.answering.state import MAX_NUMBER, Answer
from conversations.answering.writes import Writes
from conversations.representations import public
from providers.capabilities import Capabilities
from providers.failures import TOO_LONG, Failure, failure, failure_of_event, failure_of_response, is_error
from providers.items import Item
from providers.refusals import CHAIN
from providers.registry import Client, Clients
from providers.responses_api.ends import end_of, is_end
from providers.responses_api.events import Delta, Event, Take
from providers.responses_api.texts import length
from providers.uploads import Uploads

logger = logging.getLogger(__name__)

MAX_RETRY_AFTER_SECONDS = 30.0
"""A provider that asks to wait longer isn't waited for: the person is told instead."""
MAX_RETRIES = 3
RETRY_SECONDS = 1.0
CANCEL_SECONDS = 10.0
QUEUED = "response.queued"
"""Ours says that the message is stored; the provider's says nothing that is shown."""
CONTINUED = {"completed", "incomplete"}
"""The statuses of a response that a message can continue, so that its id is worth knowing."""


class Attempt:
    """The requests for one answer: more than one if the provider refuses for now, or refuses a part of the request."""

    def __init__(
        self,
        answer: Answer,
        clients: Clients,
        capabilities: Capabilities,
        uploads: Uploads,
        limiter: RateLimiter,
        writes: Writes,
        compactor: Compactor,
    ) -> None:
        self.answer = answer
        self.is_background = False
        """Whether the request under way asks for a background response."""
        self.made = MadeFiles(answer.response, clients)
        self.cited = CitedFiles(answer.response)
        self._clients = clients
        self._omissions = Omissions(answer.response, capabilities, uploads)
        self._limiter = limiter
        self._writes = writes
        self._compactor = compactor
        self._is_compacted = False
        """Whether what comes before was compacted, or was tried to be, because the provider said that it's too long."""
        self._chain: str | None = None
        self._naming: asyncio.Timeout | None = None
        self._is_named = answer.is_in_background

    async def ask(self) -> dict[str, Any]:
        """Return the terminal event. Raise `Failure` or `OwnershipLost`.

        The message continues the provider's stored response if it can. A part of the request that the provider refuses
        is omitted, and the same is asked again, as long as nothing of an answer came.
        """
        waits = 0
        await self._compactor.make_room(self.answer.response, self.answer.log.append)
        while True:
            client = self._client()
            body = await self._omissions.build(client)
            self._chain = body.get(CHAIN)
            self.is_background = "background" in body
            self._is_named = False
            await self._limiter.wait()
            try:
                end = await self._send(client, body)
            except Failure as problem:
                if await self._omit(problem):
                    continue
                if self.answer.has_begun:
                    raise
                await _wait(problem, waits)
                waits += 1
                continue
            if end["type"] == "response.failed":
                if await self._omit(failure_of_response(end["response"]["error"])):
                    continue
            else:
                await self._omissions.confirm()
            return end

    def defer_cancel(self) -> bool:
        """Wait a while for the provider to name the background response: it goes on unless it is cancelled by its id.

        Return False if there is nothing to wait for.
        """
        if self._naming is None or self.answer.has_begun:
            return False
        self._naming.reschedule(asyncio.get_running_loop().time() + CANCEL_SECONDS)
        return True

    async def read(
        self, start: Callable[[Take], AsyncGenerator[list[Event], None]], *, is_resumed: bool = False
    ) -> dict[str, Any]:
        """Append the events to the log as they arrive; return the terminal one. Raise `Failure` if none comes."""
        answer = self.answer
        take = partial(self._take, is_resumed=is_resumed)
        async with aclosing(start(take)) as batches:
            async for left in batches:
                while left:
                    # In place: the generators hold this list, and with it what is in it, until they have the next one.
                    event = left.pop(0)
                    if not answer.is_new(event, is_resumed=is_resumed):
                        continue
                    if isinstance(event, Delta):
                        if not answer.has_begun:
                            await self._begin_unnamed()
                        answer.append(event)
                    elif is_end(event):
                        if end := await self._end(event):
                            return end
                    else:
                        await self._pass_on(event)
                    left[:] = take(left)
        raise failure("stream_cut", detail="the stream ended without a terminal event")

    def _take(self, events: list[Event], *, is_resumed: bool) -> list[Event]:
        """Append the deltas with which these events begin, if the answer has begun; return the rest."""
        answer = self.answer
        for number, event in enumerate(events):
            if not isinstance(event, Delta) or not answer.has_begun:
                return events[number:]
            if answer.is_new(event, is_resumed=is_resumed):
                answer.append(event)
        return []

    async def cancel_upstream(self, response_id: Any) -> None:
        """Cancel a background response, which goes on, and is billed, when nobody reads it."""
        if not isinstance(response_id, str) or not response_id:
            return
        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                await self._client().cancel(response_id)
        except (Failure, TimeoutError) as problem:
            logger.warning("response %s could not be cancelled upstream: %s", self.answer.response.pk, problem)

    def _client(self) -> Client:
        return self._clients.of(self.answer.response.provider_id)

    async def _omit(self, problem: Failure) -> bool:
        """Return whether the same is asked again with less. Nothing is taken back of what people read already."""
        if not has_begun(self.answer.output.items()) and (
            await self._compact(problem) or await self._omissions.extend(problem)
        ):
            self.answer.requeue()
            return True
        self._omissions.refuse(problem)
        return False

    async def _compact(self, problem: Failure) -> bool:
        """Return whether the conversation was too long and is compacted now. That is tried once."""
        if problem.meaning != TOO_LONG or self._is_compacted:
            return False
        self._is_compacted = True
        return await self._compactor.make_room(self.answer.response, self.answer.log.append, is_too_long=True)

    async def _send(self, client: Client, body: dict[str, Any]) -> dict[str, Any]:
        """Send the request and read its events.

        A background response that is cancelled before it has an id is read on until its first event tells.
        """
        if not self.is_background:
            return await self.read(partial(client.create, body, self._omissions.omitted))
        try:
            async with asyncio.timeout(None) as self._naming:
                return await self.read(partial(client.create, body, self._omissions.omitted))
        except (Failure, TimeoutError) as problem:
            if not self.answer.is_cancelled:
                raise
            logger.info("response %s was cancelled before it began: %s", self.answer.response.pk, problem)
            raise asyncio.CancelledError from problem
        finally:
            self._naming = None

    async def _end(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """Return the terminal event that this end says; None if the provider may know more of the answer."""
        if self.answer.is_in_background and "response" not in event:
            return None
        end = end_of(event)
        if end["response"]["status"] in CONTINUED:
            await self._meet(end)
        return end

    async def _pass_on(self, event: dict[str, Any]) -> None:
        answer = self.answer
        if is_error(event):
            raise failure_of_event(event)
        if isinstance(response := event.get("response"), dict):
            await self._meet(event)
            if event.get("type") == QUEUED:
                return
            # Until it ends, it is in progress, and its output is what its events say.
            event["response"] = {**response, "status": "in_progress"}
            event["response"].pop("output", None)
        elif not answer.has_begun and ("item_id" in event or "item" in event):
            await self._begin_unnamed()
        if event.get("type") in made_files.EVENTS:
            event = await self.made.keep(event)
        if event.get("type") in cited_files.EVENTS:
            event = await self.cited.keep(event)
        if answer.output.add(event):
            answer.log.append(public(event, answer.response))

    async def _meet(self, event: dict[str, Any]) -> None:
        """Begin with the response that the provider names, unless it is known already."""
        answer, response = self.answer, event["response"]
        if self._is_named or (answer.has_begun and not response.get("id")):
            return
        if not answer.has_begun and self._chain and response.get("previous_response_id") != self._chain:
            # Some servers accept a chain silently and answer as if nothing had been said before.
            await self._omissions.learn(CHAIN)
            if response.get("background") is True:
                await self.cancel_upstream(response.get("id"))
            raise failure("previous_response_not_found", detail="the server ignored the chain")
        self._is_named = bool(response.get("id"))
        number = event.get("sequence_number")
        is_held = response.get("background") is True and isinstance(number, int) and 0 <= number <= MAX_NUMBER
        await self._begin(response.get("id"), number if is_held else None)

    async def _begin_unnamed(self) -> None:
        """Begin with an answer whose words come although the provider has not named its response."""
        await self._begin(None, None)

    async def _begin(self, response_id: Any, number: int | None) -> None:
        """Note that the provider has the message: from here on a second request would be another answer."""
        answer = self.answer
        if not await self._writes.begin(Beginning(answer.response, response_id, number)):
            raise OwnershipLost
        answer.starting_after = answer.response.starting_after
        if not answer.has_begun:
            answer.begin()
        if answer.is_cancelled:
            raise asyncio.CancelledError


def has_begun(output: list[Item]) -> bool:
    """Return whether there is more in an output than items that were only announced."""
    return any(length(item) or item.get("type") not in {"compaction", "message", "reasoning"} for item in output)


def backoff(problem: Failure, failures: int) -> float:
    """Return the seconds to wait after so many failures in a row, at least as long as the provider asks for."""
    return max(problem.retry_after or 0, RETRY_SECONDS * float(2**failures))


async def _wait(problem: Failure, retries: int) -> None:
    """Wait until the same request makes sense again. Raise the problem if it never will."""
    if problem.retry_after is None or problem.retry_after > MAX_RETRY_AFTER_SECONDS or retries >= MAX_RETRIES:
        raise problem
    # Not all come back at once.
    jitter = random.uniform(1, 1.25)  # noqa: S311
    await asyncio.sleep(backoff(problem, retries) * jitter)
