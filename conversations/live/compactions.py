"""Compactions that people ask for, and counts of tokens: they take a while, and no socket waits for them."""

import asyncio
from uuid import UUID

from django.utils.translation import gettext as _

from common.refusal import Refused
from conversations.answering.compacting import Compactor
from conversations.live.commands import ResponseCompact, ResponseCount
from conversations.live.groups import for_followers
from conversations.models import Response
from conversations.refusals import response_in_progress
from conversations.representations.compactions import compacting, counted
from conversations.streams.news import NewsChannel

MAX_COUNTS = 2
"""Of one person at the same time."""


class Compactions:
    """What this process compacts and counts because somebody wishes it."""

    def __init__(self, compactor: Compactor, news: NewsChannel) -> None:
        self._compactor = compactor
        self._news = news
        self._tasks: dict[asyncio.Task[None], tuple[UUID, type]] = {}
        """Each with its person and its command."""
        self._is_stopping = False

    def start(self, command: ResponseCompact | ResponseCount, last: Response, user_id: UUID) -> None:
        """Compact or count a branch up to a response, and tell all who follow the conversation. Raise `Refused`."""
        if not last.has_ended:
            raise response_in_progress("response_id", is_waiting=not last.is_running)
        if self._is_stopping:
            return
        running = [*self._tasks.values()].count((user_id, type(command)))
        if isinstance(command, ResponseCompact) and running:
            message = _("A conversation of yours is being summarized already. Wait until that is done.")
            raise Refused("compaction_in_progress", message, "response_id")
        if running < MAX_COUNTS:
            work = (self._compact if isinstance(command, ResponseCompact) else self._count)(last, user_id)
            task = asyncio.create_task(work, name=f"{type(command).__name__} {last.pk}")
            self._tasks[task] = user_id, type(command)
            task.add_done_callback(self._tasks.pop)

    async def stop(self) -> None:
        """Stop what runs: nothing is lost but the work."""
        self._is_stopping = True
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _compact(self, last: Response, user_id: UUID) -> None:
        await self._news.publish(for_followers(last.conversation_id, compacting(last)))
        await self._news.publish(for_followers(last.conversation_id, await self._compactor.compact(last, user_id)))

    async def _count(self, last: Response, user_id: UUID) -> None:
        if (tokens := await self._compactor.count(last, user_id)) is not None:
            await self._news.publish(for_followers(last.conversation_id, counted(last, tokens)))
