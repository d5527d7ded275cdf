"""The responses that this process answers. They run to their end whether or not anybody looks."""

import asyncio
import logging
from uuid import UUID

from common.threads import AWAY, in_thread, persistently
from conversations.answering import ownership
from conversations.answering.claims import claims
from conversations.answering.run import Run, TakenOver
from conversations.answering.titles import Titles
from conversations.models import Response
from conversations.representations import queued
from conversations.streams.logs import Logs
from conversations.streams.redis import logs
from providers.responses_api.client import Upstream, upstream
from providers.responses_api.events import encode

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 0.5


class Runner:
    """Owns their tasks."""

    def __init__(self, logs: Logs, upstream: Upstream) -> None:
        self._logs = logs
        self._upstream = upstream
        self._runs: dict[str, tuple[Run, asyncio.Task[None]]] = {}
        self._checkpoints: asyncio.Task[None] | None = None
        self._finders: dict[asyncio.Task[None], list[UUID]] = {}
        self._titles = Titles(upstream)
        self.is_stopping = False

    def start(self, response: Response) -> None:
        """Answer a queued response."""
        if self.is_stopping:
            return
        log = self._logs.open(str(response.pk))
        log.append(queued(response))
        self._go(Run(response, log, self._upstream))

    def take_over(self, response_ids: list[UUID]) -> None:
        """Go on with responses that another process left."""
        if self.is_stopping:
            return
        finder = asyncio.create_task(self._find(response_ids), name="take over")
        self._finders[finder] = response_ids
        finder.add_done_callback(self._finders.pop)

    def is_answering(self, response_id: UUID) -> bool:
        """Whether it does, or is about to."""
        return str(response_id) in self._runs or any(response_id in ids for ids in self._finders.values())

    async def _find(self, response_ids: list[UUID]) -> None:
        for response in await persistently(ownership.adopt, claims.process, response_ids):
            if str(response.pk) in self._runs:
                continue
            # After the row's own number, with which a page that is loaded just now begins.
            log = self._logs.open(str(response.pk), response.sequence_number + 1)
            self._go(Run(response, log, self._upstream, is_found=True))

    def _go(self, run: Run) -> None:
        key = str(run.response.pk)
        self._runs[key] = run, asyncio.create_task(self._run(run), name=f"response {key}")
        if self._checkpoints is None or self._checkpoints.done():
            self._checkpoints = asyncio.create_task(self._checkpoint_running(), name="checkpoints")

    async def _run(self, run: Run) -> None:
        try:
            await run.to_its_end()
            self._titles.consider(run.response)
        except TakenOver:
            self._logs.leave(run.log)
            await self._let_go(run.response)
        finally:
            self._logs.close(run.log)
            self._runs.pop(str(run.response.pk), None)

    async def _let_go(self, response: Response) -> None:
        if await persistently(Response.objects.filter(pk=response.pk).exists):
            logger.warning("response %s is answered by another process now", response.pk)
        else:
            # It went with its conversation, but what came until it was stopped may have been shared after that.
            await self._logs.forget(str(response.pk))

    def cancel(self, response_id: str) -> bool:
        """Stop an answer that runs here, as its person wishes; False where it does not run here."""
        run, task = self._runs.get(response_id, (None, None))
        if run is None or task is None:
            return False
        run.cancel(task)
        return True

    def begin_nothing_more(self) -> None:
        """Leave to other processes what comes from now on: this one is to stop."""
        self.is_stopping = True
        for finder in self._finders:
            finder.cancel()

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
        await self._leave_the_rest()
        await self._titles.stop()
        await self._upstream.close()

    async def _leave_the_rest(self) -> None:
        """Hand on what was asked or taken over too late to be begun with."""
        try:
            await in_thread(ownership.release)(claims.process)
        except AWAY:
            # The claim dies with this process all the same.
            logger.warning("what was not begun with could not be handed on", exc_info=True)

    async def _checkpoint_running(self) -> None:
        """Twice a second, store what all running answers have, in one statement."""
        while self._runs:
            await asyncio.sleep(CHECKPOINT_SECONDS)
            changed = [run for run, _ in self._runs.values() if run.has_begun and run.log.last > run.stored]
            if not changed:
                continue
            rows = [
                (str(run.response.pk), encode(run.output.items()).decode(), run.log.last, run.cursor) for run in changed
            ]
            try:
                await in_thread(ownership.checkpoint)(claims.process, rows)
            except Exception:
                # What is wrong with one of them now must not leave the others without one for good.
                logger.warning("a checkpoint could not be stored; the next one has it all", exc_info=True)
                continue
            for run, (_, _, last, _) in zip(changed, rows, strict=True):
                run.stored = last


runner = Runner(logs, upstream)
