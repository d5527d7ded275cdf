"""What runs beside the requests, for as long as the server does."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from assistants import drafts, prompts
from common.periodic import run_periodically
from conversations.live import presence, sessions, testing
from conversations.live.process import Process
from conversations.representations import find_ends
from conversations.retention import deleted, unnamed, unused
from files.reading import process as readers
from knowledge import content, filling, stores
from knowledge.filling import Filling
from providers import catalog, registry, uploads
from tools.mcp import catalog as mcp_catalog
from tools.mcp import deactivated, reading

logger = logging.getLogger(__name__)

GRACE_SECONDS = 5.0
"""For running answers to end by themselves when the server is told to stop."""

LAST_FRAMES_SECONDS = 0.1
"""For the ends of answers to reach the sockets and Redis."""


def services(process: Process) -> list[Coroutine[Any, Any, None]]:
    """Return what runs beside the requests, one line for each."""
    return [
        process.logs.share(find_ends),
        process.claims.keep(process.runner.take_over, process.runner.is_answering),
        run_periodically(process.presence.refresh, seconds=presence.REFRESH_SECONDS, wait_first=True),
        run_periodically(process.testing.step, seconds=testing.CHECK_SECONDS, wait_first=True),
        run_periodically(drafts.remove_old, seconds=drafts.CHECK_SECONDS),
        run_periodically(deleted.remove_deleted, seconds=deleted.CHECK_SECONDS),
        run_periodically(unnamed.remove_unnamed, seconds=unnamed.CHECK_SECONDS),
        run_periodically(unused.remove_unused, seconds=unused.CHECK_SECONDS),
        run_periodically(Filling().read_waiting, seconds=filling.CHECK_SECONDS),
        run_periodically(content.remove_deleted, seconds=content.CHECK_SECONDS),
        run_periodically(stores.keep_in_step, process.clients, seconds=stores.CHECK_SECONDS, wait_first=True),
        run_periodically(prompts.remove_deleted, seconds=prompts.CHECK_SECONDS),
        run_periodically(catalog.keep_fresh, seconds=catalog.REFRESH_SECONDS),
        run_periodically(mcp_catalog.keep_fresh, seconds=mcp_catalog.REFRESH_SECONDS),
        run_periodically(deactivated.revoke_of_deactivated, seconds=deactivated.CHECK_SECONDS),
        run_periodically(reading.read_old, seconds=reading.CHECK_SECONDS),
        run_periodically(process.clients.close_replaced, seconds=registry.CHECK_SECONDS, wait_first=True),
        run_periodically(process.uploads.delete_forgotten, seconds=uploads.CHECK_SECONDS),
        run_periodically(sessions.close_ended, process.sockets, seconds=sessions.CHECK_SECONDS, wait_first=True),
    ]


class Services:
    """The tasks of all services. `on_failure` is called if one of them breaks, because none may be missing.

    A server that lacks one looks healthy and isn't; one that is started again has them all.
    """

    def __init__(self, process: Process, on_failure: Callable[[], None]) -> None:
        self._process = process
        self._on_failure = on_failure
        self._tasks: list[asyncio.Task[None]] = []
        self.has_failed = False

    def start(self) -> None:
        """Start all services in the running event loop."""
        self._tasks = [asyncio.ensure_future(service) for service in services(self._process)]
        for task in self._tasks:
            task.add_done_callback(self._watch)

    async def stop(self) -> None:
        """Let running answers end or hand them off, then stop all services."""
        self._process.runner.stop_accepting()
        self._process.claims.stop_claiming()
        await self._process.compactions.stop()
        await self._process.runner.stop(GRACE_SECONDS)
        await asyncio.sleep(LAST_FRAMES_SECONDS)
        # The claim goes last: what still ends by itself must not be taken over meanwhile.
        for task in self._tasks:
            task.remove_done_callback(self._watch)
            task.cancel()
        await asyncio.wait(self._tasks, timeout=GRACE_SECONDS)
        # The process would end only when their threads do.
        readers.stop_all()

    def _watch(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            logger.critical("a service that must run as long as the server broke; the server ends", exc_info=error)
            self.has_failed = True
            self._on_failure()
