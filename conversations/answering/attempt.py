"""Asking the provider for an answer: what is sent, what is sent again without, and how the events are read."""

import asyncio
import itertools
import logging
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from common.rate_limit import RateLimiter
from common.threads import UNAVAILABLE, in_thread, retry_until_available
from conversations.answering import ownership, requests
from conversations.answering.state import Answer
from conversations.representations import public
from providers.capabilities import Capabilities
from providers.failures import TOO_LONG, Failure, failure, failure_of_event, failure_of_response, is_error
from providers.responses_api.client import Client
from providers.responses_api.events import TERMINAL, Delta, Event, normalize_terminal

logger = logging.getLogger(__name__)

MAX_RETRY_AFTER_SECONDS = 30.0
"""A provider that asks to wait longer isn't waited for: the person is told instead."""
MAX_RETRIES = 3
RETRY_SECONDS = 1.0
CANCEL_SECONDS = 10.0


class OwnershipLost(Exception):
    """Another process owns this response now, or its row is gone."""


class Attempt:
    """The requests for one answer: more than one if the provider refuses for now, or refuses a part of the request."""

    def __init__(self, answer: Answer, client: Client, capabilities: Capabilities, limiter: RateLimiter) -> None:
        self.answer = answer
        self.is_background = False
        """Whether the request under way asks for a background response."""
        self._client = client
        self._capabilities = capabilities
        self._limiter = limiter
        self._chain: str | None = None
        self._naming: asyncio.Timeout | None = None

    async def ask(self) -> dict[str, Any]:
        """Return the terminal event. Raise `Failure` or `OwnershipLost`.

        The message continues the provider's stored response if it can; if that is lost or refused, the whole
        conversation is sent. A parameter that the provider refuses is omitted, and remembered for it and this model.
        """
        response = self.answer.response
        omitted: set[str] = set()
        for retries in itertools.count():
            body = await retry_until_available(self._build, omitted)
            self._chain = body.get("previous_response_id")
            self.is_background = "background" in body
            await self._limiter.wait()
            try:
                return await self._send(body)
            except Failure as problem:
                if await self._truncate_history(problem):
                    omitted.add(requests.CHAIN)
                    continue
                if self.answer.has_begun:
                    raise
                if (parameter := problem.refused_parameter) in body and parameter in requests.OPTIONAL:
                    await self._learn(parameter)
                    omitted.add(parameter)
                elif self._chain and problem.chain_is_lost:
                    logger.info("response %s: the chain is lost, so the whole conversation is sent", response.pk)
                    omitted.add(requests.CHAIN)
                elif requests.ENCRYPTED_REASONING not in omitted and problem.refuses_reasoning:
                    omitted.add(requests.ENCRYPTED_REASONING)
                else:
                    await _wait(problem, retries)
        raise AssertionError

    def defer_cancel(self) -> bool:
        """Wait a while for the provider to name the background response: it goes on unless it is cancelled by its id.

        Return False if there is nothing to wait for.
        """
        if self._naming is None or self.answer.has_begun:
            return False
        self._naming.reschedule(asyncio.get_running_loop().time() + CANCEL_SECONDS)
        return True

    async def read(self, batches: AsyncGenerator[list[Event], None]) -> dict[str, Any]:
        """Append the events to the log as they arrive; return the terminal one. Raise `Failure` if none comes."""
        answer = self.answer
        async with aclosing(batches):
            async for batch in batches:
                for event in batch:
                    if not answer.is_new(event):
                        continue
                    if isinstance(event, Delta):
                        answer.output.add(event)
                        answer.log.append(event)
                    elif event.get("type") in TERMINAL:
                        end = normalize_terminal(event)
                        problem = failure_of_response(end["response"]["error"])
                        if problem.meaning == TOO_LONG:
                            raise problem
                        return end
                    else:
                        await self._pass_on(event)
        raise failure("stream_cut", detail="the stream ended without a terminal event")

    async def cancel_upstream(self, response_id: Any) -> None:
        """Cancel a background response, which goes on, and is billed, when nobody reads it."""
        if not isinstance(response_id, str) or not response_id:
            return
        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                await self._client.cancel(response_id)
        except (Failure, TimeoutError) as problem:
            logger.warning("response %s could not be cancelled upstream: %s", self.answer.response.pk, problem)

    def _build(self, omitted: set[str]) -> dict[str, Any]:
        response = self.answer.response
        refused = self._capabilities.refused(self._client.provider, response.model)
        return requests.build(response, omitted | refused)

    async def _send(self, body: dict[str, Any]) -> dict[str, Any]:
        """Send the request and read its events.

        A background response that is cancelled before it has an id is read on until its first event tells.
        """
        if not self.is_background:
            return await self.read(self._client.create(body))
        try:
            async with asyncio.timeout(None) as self._naming:
                return await self.read(self._client.create(body))
        except (Failure, TimeoutError) as problem:
            if not self.answer.is_cancelled:
                raise
            logger.info("response %s was cancelled before it began: %s", self.answer.response.pk, problem)
            raise asyncio.CancelledError from problem
        finally:
            self._naming = None

    async def _pass_on(self, event: dict[str, Any]) -> None:
        answer = self.answer
        if is_error(event):
            raise failure_of_event(event)
        response = event.get("response")
        if not answer.has_begun and isinstance(response, dict):
            if self._chain and response.get("previous_response_id") != self._chain:
                # Some servers accept a chain silently and answer as if nothing had been said before.
                await self._learn(requests.CHAIN)
                if response.get("background") is True:
                    await self.cancel_upstream(response.get("id"))
                raise failure("previous_response_not_found", detail="the server ignored the chain")
            await self._begin(response, event.get("sequence_number"))
        answer.output.add(event)
        answer.log.append(public(event, answer.response))

    async def _begin(self, response: dict[str, Any], number: Any) -> None:
        """Note that the provider has the message: from here on a second request would be another answer."""
        answer = self.answer
        response_id = response.get("id")
        if response.get("background") is True and isinstance(response_id, str) and isinstance(number, int):
            answer.response.response_id, answer.starting_after = response_id, number
        if not await retry_until_available(ownership.begin, answer.response, response_id, answer.starting_after):
            raise OwnershipLost
        answer.begin()
        if answer.is_cancelled:
            raise asyncio.CancelledError

    async def _truncate_history(self, problem: Failure) -> bool:
        """Return whether the conversation was too long for the model and fewer of its turns are sent now."""
        answer = self.answer
        if problem.meaning != TOO_LONG or answer.output.items():
            return False
        if not await retry_until_available(requests.truncate_history, answer.response):
            return False
        logger.info("response %s: %s earlier turns are omitted", answer.response.pk, answer.response.omitted_turns)
        answer.requeue()
        return True

    async def _learn(self, parameter: str) -> None:
        """Remember what this provider refuses for this model, if the database takes it now."""
        model = self.answer.response.model
        logger.info("%s is not sent to %s with %s for a while", parameter, self._client.provider, model)
        try:
            await in_thread(self._capabilities.remember)(self._client.provider, model, parameter)
        except UNAVAILABLE:
            logger.warning("what was refused could not be remembered", exc_info=True)


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
