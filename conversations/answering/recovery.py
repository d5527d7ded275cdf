"""Getting the rest of an answer that was lost on its way: resumed, polled, or asked for once more."""

import asyncio
import logging
from functools import partial
from typing import Any

from django.utils import timezone

from common.threads import retry_until_available
from conversations.answering import ownership
from conversations.answering.attempt import MAX_RETRIES, MAX_RETRY_AFTER_SECONDS, Attempt, backoff
from conversations.representations import queued
from providers import catalog
from providers.failures import Failure
from providers.registry import Client, Clients
from providers.responses_api.ends import end_of, end_of_object

logger = logging.getLogger(__name__)

POLL_SECONDS = 2.0
LOST = {"stream_cut", "timeout", "connection_error", "connection_lost"}
"""Failures after which the provider may have gone on answering, unseen."""
NOT_FOUND = 404


class Recovery:
    """The recovery of an answer whose stream, or the process that read it, was lost."""

    def __init__(self, attempt: Attempt, clients: Clients) -> None:
        self._attempt = attempt
        self._answer = attempt.answer
        self._clients = clients

    def is_lost(self, problem: Failure) -> bool:
        """Return whether the provider began with an answer that will not be seen to its end this way."""
        if self._answer.has_begun:
            return problem.code in LOST or problem.status == NOT_FOUND
        # A background response may go on, and be billed, under an id that we were not told.
        return problem.code == "stream_cut" and not self._attempt.is_background

    async def restart(self, problem: Failure) -> None:
        """Queue the message again, once; what had come stays as a sibling. Raise the problem if that can't be."""
        answer = self._answer
        response = answer.response
        output = answer.output.items()
        if not await retry_until_available(ownership.restart, response, problem.as_error(), output, answer.asked_at):
            raise problem
        response.attempt += 1
        logger.warning("response %s is asked again: %s", response.pk, problem)
        answer.requeue()
        # What had come stands beside it now.
        answer.log.append(queued(response, await retry_until_available(response.versions)))

    async def resume(self) -> dict[str, Any]:
        """Return the terminal event of a background response: streamed from where it was cut, else polled for."""
        answer = self._answer
        response_id = answer.response.response_id or ""
        if not catalog.provider(answer.response.provider_id).can("resume"):
            return await self._poll(response_id)
        fruitless = 0
        while True:
            seen = answer.starting_after
            logger.info("response %s is resumed after event %s", answer.response.pk, seen)
            try:
                resume = partial(self._client().resume, response_id, seen or 0)
                return await self._attempt.read(resume, is_resumed=True)
            except Failure as problem:
                if problem.status == NOT_FOUND or not self._is_worth_waiting(problem):
                    raise
                fruitless = fruitless + 1 if answer.starting_after == seen else 0
                is_refused = not problem.may_pass or (problem.status is not None and fruitless > MAX_RETRIES)
                if is_refused or (fruitless and problem.code == "stream_cut"):
                    # Too old to be streamed again, or a server that can't.
                    return await self._poll(response_id)
                await _pause(problem, fruitless)

    async def _poll(self, response_id: str) -> dict[str, Any]:
        failures = 0
        while True:
            try:
                response = await self._client().retrieve(response_id)
            except Failure as problem:
                if not self._is_worth_waiting(problem) or not problem.may_pass:
                    raise
                await _pause(problem, failures)
                failures += 1
            else:
                if end := end_of_object(response):
                    return end_of(end)
                failures = 0
                await asyncio.sleep(POLL_SECONDS)

    def _client(self) -> Client:
        return self._clients.of(self._answer.response.provider_id)

    def _is_worth_waiting(self, problem: Failure) -> bool:
        """Return whether somebody may still wait for the answer, and the failure was none of the answer itself."""
        is_recent = timezone.now() - self._answer.asked_at < ownership.RESTART_AGE
        return is_recent and (problem.code in LOST or problem.status is not None)


async def _pause(problem: Failure, failures: int) -> None:
    """Wait before a lookup, which costs nothing, is tried again."""
    await asyncio.sleep(min(backoff(problem, failures), MAX_RETRY_AFTER_SECONDS))
