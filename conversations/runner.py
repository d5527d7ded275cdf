"""One response from request to stored row. It runs to its end whether or not anybody looks."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError, connection
from psycopg_pool import PoolTimeout

from conversations import requests
from conversations.events import TERMINAL, Delta, Output, as_end, encode
from conversations.log import Log, Logs, logs
from conversations.models import Response
from conversations.public import for_viewers, ours, public, queued
from conversations.upstream import Failure, Upstream, failure, failure_of_event, failure_of_response, upstream

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 0.5
STORE_ATTEMPTS = 6


P = ParamSpec("P")
T = TypeVar("T")


def in_thread(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """A blocking function, run beside the event loop and beside others of its kind."""
    return database_sync_to_async(function, thread_sensitive=False)


class Run:
    """A response that is being answered."""

    def __init__(self, response: Response, log: Log) -> None:
        self.response = response
        self.log = log
        self.output = Output()
        self.chain: str | None = None
        self.stored_events = 0
        self.begun = False
        self.cancelled = False
        self.ending = False

    def stop(self, task: asyncio.Task[None]) -> None:
        """Have it end with what has come; while it ends already, it is left to store that."""
        if not self.ending:
            task.cancel()


class Runner:
    """The responses that this process answers; it owns their tasks."""

    def __init__(self, logs: Logs, upstream: Upstream) -> None:
        self._logs = logs
        self._upstream = upstream
        self._runs: dict[str, tuple[Run, asyncio.Task[None]]] = {}
        self._checkpoints: asyncio.Task[None] | None = None

    def start(self, response: Response) -> None:
        """Answer a queued response."""
        key = str(response.pk)
        run = Run(response, self._logs.open(key))
        run.log.append(queued(response))
        task = asyncio.create_task(self._run(run), name=f"response {key}")
        self._runs[key] = run, task
        if self._checkpoints is None or self._checkpoints.done():
            self._checkpoints = asyncio.create_task(self._checkpoint_running(), name="checkpoints")

    def cancel(self, response_id: str) -> bool:
        """Stop an answer that runs here, as its person wishes; False where it does not run here."""
        run, task = self._runs.get(response_id, (None, None))
        if run is None or task is None:
            return False
        run.cancelled = True
        run.stop(task)
        return True

    async def stop(self) -> None:
        """End what runs, storing what had come, and let go of the provider."""
        runs = list(self._runs.values())
        for run, task in runs:
            run.stop(task)
        await asyncio.gather(*(task for _, task in runs), return_exceptions=True)
        if self._checkpoints:
            self._checkpoints.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._checkpoints
        await self._upstream.close()

    async def _run(self, run: Run) -> None:
        try:
            try:
                ended = await self._answer(run)
            except asyncio.CancelledError:
                ended = _cancelled() if run.cancelled else _failed(failure("interrupted"))
            except Failure as problem:
                logger.warning("response %s failed: %s", run.response.pk, problem)
                ended = _failed(problem)
            except Exception:
                logger.exception("response %s failed", run.response.pk)
                ended = _failed(failure("server_error", detail="an error of the site itself; its log says more"))
            run.ending = True
            await self._finish(run, ended)
        except Exception:
            logger.exception("response %s could not be stored", run.response.pk)
            run.log.append(public(_failed(failure("server_error", detail="not stored")), ours(run.response)))
        finally:
            self._logs.close(run.log)
            self._runs.pop(str(run.response.pk), None)

    async def _answer(self, run: Run) -> dict[str, Any]:
        """Ask, by the chain where there is one, and again with the whole conversation where the chain is lost."""
        if (
            self._upstream.chains
            and run.response.previous_id
            and (body := await in_thread(requests.chained)(run.response))
        ):
            try:
                run.chain = body["previous_response_id"]
                return await self._stream(run, body)
            except Failure as problem:
                run.chain = None
                if run.begun or not problem.chain_is_lost:
                    raise
                logger.info("response %s: the chain is lost, so the conversation is sent whole", run.response.pk)
        return await self._stream(run, await in_thread(requests.replayed)(run.response))

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
            await in_thread(run.response.begin)(response.get("id"))
            run.begun = True
        run.output.add(event)
        run.log.append(public(event, ours(run.response)))

    async def _finish(self, run: Run, event: dict[str, Any]) -> None:
        """Store the end, then show it: who reloads at its sight finds it stored."""
        final = event["response"] = event["response"] if isinstance(event.get("response"), dict) else {}
        final["status"] = TERMINAL[event["type"]]
        final["output"] = final.get("output") or run.output.items()
        if event["type"] == "response.failed" and "detail" not in (final.get("error") or {}):
            final["error"] = failure_of_response(final.get("error")).as_error()
        await _store(
            run.response,
            final["status"],
            output=final["output"],
            sequence_number=len(run.log.events),
            usage=final.get("usage"),
            error=final.get("error"),
            incomplete_details=final.get("incomplete_details"),
        )
        run.log.append(public({**event, "response": for_viewers(final)}, ours(run.response)))

    async def _checkpoint_running(self) -> None:
        """Twice a second, store what all running answers have, in one statement."""
        while self._runs:
            await asyncio.sleep(CHECKPOINT_SECONDS)
            changed = [run for run, _ in self._runs.values() if run.begun and len(run.log.events) > run.stored_events]
            if not changed:
                continue
            rows = [(str(run.response.pk), encode(run.output.items()).decode(), len(run.log.events)) for run in changed]
            try:
                await in_thread(checkpoint)(rows)
            except (OperationalError, InterfaceError, PoolTimeout):
                logger.warning("a checkpoint could not be stored; the next one has it all", exc_info=True)
                continue
            for run, (_, _, events) in zip(changed, rows, strict=True):
                run.stored_events = events


def checkpoint(rows: list[tuple[str, str, int]]) -> None:
    """Store output and sequence number of running responses; one that has ended meanwhile stays as it ended."""
    ids, outputs, numbers = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE conversations_response AS response
            SET output = running.output, sequence_number = running.events - 1
            FROM unnest(%s::uuid[], %s::jsonb[], %s::bigint[]) AS running (id, output, events)
            WHERE response.id = running.id AND response.status IN ('queued', 'in_progress')
            """,
            [list(ids), list(outputs), list(numbers)],
        )


async def _store(response: Response, status: str, **fields: Any) -> None:
    """Store the end, waiting out a database that restarts."""
    for attempt in range(STORE_ATTEMPTS):
        try:
            await in_thread(response.finish)(status, **fields)
        except (OperationalError, InterfaceError, PoolTimeout):
            if attempt == STORE_ATTEMPTS - 1:
                raise
            logger.warning("response %s could not be stored yet", response.pk)
            await asyncio.sleep(2**attempt / 4)
        else:
            return


def _failed(problem: Failure) -> dict[str, Any]:
    return {"type": "response.failed", "response": {"error": problem.as_error()}}


def _cancelled() -> dict[str, Any]:
    return {"type": "response.cancelled", "response": {}}


runner = Runner(logs, upstream)
