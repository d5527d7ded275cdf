"""One response from request to stored row. It runs to its end whether or not anybody looks."""

import asyncio
import itertools
import logging
import random
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError, connection
from psycopg_pool import PoolTimeout

from conversations import requests
from conversations.claims import claims
from conversations.events import TERMINAL, Delta, Output, as_end, encode
from conversations.log import Log, Logs, logs
from conversations.models import Response
from conversations.public import for_viewers, ours, public, queued
from conversations.upstream import Failure, Upstream, failure, failure_of_event, failure_of_response, upstream

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 0.5
GAP = 1_000_000
LONGEST_WAIT = 30.0
"""Seconds; a provider that asks for more is told to the person instead."""
RETRIES = 3
RETRY_SECONDS = 1.0
LOST = {"stream_cut", "timeout", "connection_error", "interrupted"}
"""Failures after which the provider may have gone on answering, unseen."""


P = ParamSpec("P")
T = TypeVar("T")


def in_thread(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A blocking function, run beside the event loop and beside others of its kind."""
    return database_sync_to_async(function, thread_sensitive=False)


async def persistently(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a function of the database returns, however long the database is away."""
    for attempt in itertools.count():
        try:
            return await in_thread(function)(*args, **kwargs)
        except (OperationalError, InterfaceError, PoolTimeout):
            logger.warning("the database does not answer; trying again", exc_info=attempt == 0)
            await asyncio.sleep(min(2**attempt / 4, LONGEST_WAIT))
    raise AssertionError


class TakenOver(Exception):
    """Another process answers this response now."""


class Run:
    """A response that is being answered. `is_found` says that another process began, and died or handed it on."""

    def __init__(self, response: Response, log: Log, *, is_found: bool = False) -> None:
        self.response = response
        self.log = log
        self.is_found = is_found
        self.output = Output(response.output)
        self.chain: str | None = None
        self.stored = log.last
        self.begun = False
        self.cancelled = False
        self.ended = False


class Runner:
    """The responses that this process answers; it owns their tasks."""

    def __init__(self, logs: Logs, upstream: Upstream) -> None:
        self._logs = logs
        self._upstream = upstream
        self._runs: dict[str, tuple[Run, asyncio.Task[None]]] = {}
        self._checkpoints: asyncio.Task[None] | None = None
        self._finders: set[asyncio.Task[None]] = set()

    def start(self, response: Response) -> None:
        """Answer a queued response."""
        log = self._logs.open(str(response.pk))
        log.append(queued(response))
        self._go(Run(response, log))

    def take_over(self, response_ids: list[UUID]) -> None:
        """Go on with responses that another process left."""
        finder = asyncio.create_task(self._find(response_ids), name="take over")
        self._finders.add(finder)
        finder.add_done_callback(self._finders.discard)

    async def _find(self, response_ids: list[UUID]) -> None:
        for response in await persistently(found, response_ids):
            # Nobody has seen an event of this number, however far the last checkpoint was behind.
            base = response.sequence_number + GAP
            self._go(Run(response, self._logs.open(str(response.pk), base), is_found=True))

    def _go(self, run: Run) -> None:
        key = str(run.response.pk)
        self._runs[key] = run, asyncio.create_task(self._run(run), name=f"response {key}")
        if self._checkpoints is None or self._checkpoints.done():
            self._checkpoints = asyncio.create_task(self._checkpoint_running(), name="checkpoints")

    def cancel(self, response_id: str) -> bool:
        """Stop an answer that runs here, as its person wishes; False where it does not run here."""
        run, task = self._runs.get(response_id, (None, None))
        if run is None or task is None:
            return False
        # What has ended already is being stored.
        if not run.ended:
            run.cancelled = True
            task.cancel()
        return True

    async def stop(self, grace: float = 0) -> None:
        """Give what runs so many seconds to end, hand on the rest with what had come, and let go of the provider."""
        if tasks := [task for _, task in self._runs.values()]:
            await asyncio.wait(tasks, timeout=grace)
        owned = [*(task for _, task in self._runs.values()), *self._finders]
        if self._checkpoints:
            owned.append(self._checkpoints)
            self._checkpoints = None
        for task in owned:
            task.cancel()
        await asyncio.gather(*owned, return_exceptions=True)
        await self._upstream.close()

    async def _run(self, run: Run) -> None:
        try:
            await self._finish(run, await self._end(run))
        except TakenOver:
            logger.warning("response %s is answered by another process now", run.response.pk)
        except asyncio.CancelledError:
            await self._hand_on(run)
        except Exception:
            logger.exception("response %s could not be stored", run.response.pk)
            await self._give_up(run, failure("server_error", detail="the answer could not be stored"))
        finally:
            self._logs.close(run.log)
            self._runs.pop(str(run.response.pk), None)

    async def _end(self, run: Run) -> dict[str, Any]:
        """The terminal event of the answer, come what may."""
        try:
            return await self._answer(run)
        except asyncio.CancelledError:
            if not run.cancelled:
                raise
            # Twice asked to stop, it still stores what had come.
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            return _cancelled()
        except Failure as problem:
            logger.warning("response %s failed: %s", run.response.pk, problem)
            return _failed(problem)
        except TakenOver:
            raise
        except Exception:
            logger.exception("response %s failed", run.response.pk)
            return _failed(failure("server_error", detail="an error of the site itself; its log says more"))

    async def _give_up(self, run: Run, problem: Failure) -> None:
        """End what can't be stored with what is stored of it already; it must not run for ever."""
        try:
            await persistently(run.response.give_up, problem.as_error())
        except Exception:
            logger.exception("response %s stays as it is", run.response.pk)
        final = for_viewers({"status": "failed", "error": problem.as_error()})
        run.log.append(public({"type": "response.failed", "response": final}, ours(run.response)))

    async def _hand_on(self, run: Run) -> None:
        """Let another process, or this one's successor, go on with it."""
        if (task := asyncio.current_task()) is not None:
            task.uncancel()
        try:
            await in_thread(run.response.hand_on)(output=run.output.items(), sequence_number=run.log.last)
        except (OperationalError, InterfaceError, PoolTimeout):
            # Its claim dies with this process all the same.
            logger.warning("response %s could not be handed on", run.response.pk, exc_info=True)

    async def _answer(self, run: Run) -> dict[str, Any]:
        """Ask; and once more, with nothing of the first answer, where that was lost on its way."""
        if run.is_found:
            await self._begin_anew(run, failure("interrupted"))
        while True:
            try:
                return await self._ask(run)
            except Failure as problem:
                if not run.begun or problem.code not in LOST:
                    raise
                await self._begin_anew(run, problem)

    async def _begin_anew(self, run: Run, problem: Failure) -> None:
        if not await persistently(run.response.restart, problem.as_error(), run.output.items()):
            raise problem
        logger.warning("response %s is asked again: %s", run.response.pk, problem)
        run.begun = False
        run.output = Output()
        run.log.append(queued(run.response))

    async def _ask(self, run: Run) -> dict[str, Any]:
        """By the chain; with the whole conversation where the chain is lost; again where the provider said to wait."""
        is_chained = self._upstream.chains and run.response.previous_id is not None
        for attempt in itertools.count():
            body = await persistently(requests.chained, run.response) if is_chained else None
            if body is None:
                body = await persistently(requests.replayed, run.response)
            run.chain = body.get("previous_response_id")
            try:
                return await self._stream(run, body)
            except Failure as problem:
                if run.begun:
                    raise
                if run.chain and problem.chain_is_lost:
                    logger.info("response %s: the chain is lost, so the conversation is sent whole", run.response.pk)
                    is_chained = False
                elif problem.retry_after is None or problem.retry_after > LONGEST_WAIT or attempt == RETRIES:
                    raise
                else:
                    jitter = random.uniform(1, 1.25)  # noqa: S311  so that not all come back at once
                    await asyncio.sleep(max(problem.retry_after, RETRY_SECONDS * 2**attempt) * jitter)
        raise AssertionError

    async def _stream(self, run: Run, body: dict[str, Any]) -> dict[str, Any]:
        """Log the events as they arrive; returns the terminal one. Raises Failure where none comes."""
        async with aclosing(self._upstream.create(body)) as batches:
            async for batch in batches:
                for event in batch:
                    if isinstance(event, Delta):
                        run.output.add(event)
                        run.log.append(event)
                    elif event.get("type") in TERMINAL:
                        return as_end(event)
                    else:
                        await self._pass_on(run, event)
        raise failure("stream_cut", detail="the stream ended without a terminal event")

    async def _pass_on(self, run: Run, event: dict[str, Any]) -> None:
        if event.get("type") == "error":
            raise failure_of_event(event)
        response = event.get("response")
        if not run.begun and isinstance(response, dict):
            if run.chain and response.get("previous_response_id") != run.chain:
                # Some servers take a chain without a word and answer as if nothing had been said before.
                self._upstream.chains = False
                raise failure("previous_response_not_found", detail="the server overlooked the chain")
            if not await persistently(run.response.begin, response.get("id")):
                raise TakenOver
            run.begun = True
        run.output.add(event)
        run.log.append(public(event, ours(run.response)))

    async def _finish(self, run: Run, event: dict[str, Any]) -> None:
        """Store the end, then show it: who reloads at its sight finds it stored."""
        run.ended = True
        final = event["response"] = event["response"] if isinstance(event.get("response"), dict) else {}
        final["status"] = TERMINAL[event["type"]]
        final["output"] = final.get("output") or run.output.items()
        if event["type"] == "response.failed" and "detail" not in (final.get("error") or {}):
            final["error"] = failure_of_response(final.get("error")).as_error()
        if not await persistently(
            run.response.finish,
            final["status"],
            output=final["output"],
            sequence_number=run.log.last + 1,
            usage=final.get("usage"),
            error=final.get("error"),
            incomplete_details=final.get("incomplete_details"),
        ):
            raise TakenOver
        run.log.append(public({**event, "response": for_viewers(final)}, ours(run.response)))

    async def _checkpoint_running(self) -> None:
        """Twice a second, store what all running answers have, in one statement."""
        while self._runs:
            await asyncio.sleep(CHECKPOINT_SECONDS)
            changed = [run for run, _ in self._runs.values() if run.begun and run.log.last > run.stored]
            if not changed:
                continue
            rows = [(str(run.response.pk), encode(run.output.items()).decode(), run.log.last) for run in changed]
            try:
                await in_thread(checkpoint)(rows)
            except Exception:
                # What is wrong with one of them now must not leave the others without one for good.
                logger.warning("a checkpoint could not be stored; the next one has it all", exc_info=True)
                continue
            for run, (_, _, last) in zip(changed, rows, strict=True):
                run.stored = last


def found(response_ids: list[UUID]) -> list[Response]:
    """Those of the responses that this process answers."""
    responses = Response.objects.select_related("conversation").filter(pk__in=response_ids, process=claims.process)
    return list(responses.running())


def checkpoint(rows: list[tuple[str, str, int]]) -> None:
    """Store output and sequence number of running responses; one that has ended meanwhile stays as it ended."""
    ids, outputs, numbers = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE conversations_response AS response
            SET output = running.output, sequence_number = running.number
            FROM unnest(%s::uuid[], %s::jsonb[], %s::bigint[]) AS running (id, output, number)
            WHERE response.id = running.id AND response.status IN ('queued', 'in_progress') AND response.process = %s
            """,
            [list(ids), list(outputs), list(numbers), claims.process],
        )


def _failed(problem: Failure) -> dict[str, Any]:
    return {"type": "response.failed", "response": {"error": problem.as_error()}}


def _cancelled() -> dict[str, Any]:
    return {"type": "response.cancelled", "response": {}}


runner = Runner(logs, upstream)
