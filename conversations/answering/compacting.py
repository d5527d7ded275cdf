"""Compacting: when a branch nearly fills its model's window, its beginning is sent as something shorter.

The provider does it if it can, else a cheap model writes a summary. If neither works, the request is sent as it is, and
what is too long for the model is omitted (omissions.py).
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Any, NamedTuple
from uuid import UUID
from weakref import WeakValueDictionary

from django.db import IntegrityError, transaction

from common.pools import REQUESTS
from common.refusal import Refused
from common.threads import UNAVAILABLE, in_thread
from conversations.answering import beside, context_use, requests, sent_files
from conversations.answering.history import History, as_compaction_items
from conversations.answering.summaries import summarize
from conversations.models import Compaction, Conversation, Response
from conversations.representations.compactions import compacted, compacting, not_compacted
from providers import catalog
from providers.capabilities import Capabilities
from providers.environment import provider_key
from providers.failures import Failure, failure
from providers.items import Item, calls_in
from providers.refusals import CHAIN, COMPACT, COMPACTION, COUNT, FILES, is_refusal, named_parts
from providers.registry import Clients
from providers.uploads import Uploads
from tools.mcp.provider_servers import with_secrets

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 180.0
NOT_THERE = {404, 405, 501}
"""The statuses of a provider that doesn't have an endpoint."""
FAILURES = (Failure, Refused, TimeoutError, IntegrityError, Conversation.DoesNotExist, *UNAVAILABLE)
"""What keeps a branch from being compacted."""

Tell = Callable[[dict[str, Any]], None]
"""Takes the events that say how it goes."""


class Plan(NamedTuple):
    """What is to be compacted: all up to `last`, of which `turns` aren't in the summary `earlier` yet."""

    last: Response
    turns: list[Response]
    earlier: str
    body: dict[str, Any]
    """A request that tells a model the same."""
    omitted: frozenset[str]


class Compactor:
    """What compacts branches, in this process."""

    def __init__(self, clients: Clients, capabilities: Capabilities, uploads: Uploads) -> None:
        self._clients = clients
        self._capabilities = capabilities
        self._uploads = uploads
        self._locks: WeakValueDictionary[UUID | None, asyncio.Lock] = WeakValueDictionary()

    async def make_room(self, response: Response, tell: Tell, *, is_too_long: bool = False) -> bool:
        """Compact what comes before a message, if the request would nearly fill the window, or is known to be too long.

        Return whether that was done. It doesn't fail: the request may do without.
        """
        limit = context_use.limit_of(response)
        if not is_too_long and (limit is None or context_use.has_room(response, limit)):
            return False
        last = None
        try:
            # Answers that are compared have the same turns before them.
            async with asyncio.timeout(TIMEOUT_SECONDS), self._lock(response.previous_id):
                about, is_new = await self._look(response)
                if is_too_long and is_new:
                    response.omitted_turns = 0
                    return True
                if not is_too_long and limit and not await self._is_full(response, about, limit):
                    return False
                if (plan := await self._plan(response, keeps=not is_too_long)) is None:
                    return False
                last = plan.last
                tell(compacting(last))
                tell(compacted(await self._compact(response, plan)))
                # They were counted from where the compaction before this one ends.
                response.omitted_turns = 0
                return True
        except FAILURES as problem:
            logger.warning("what comes before response %s could not be compacted: %s", response.pk, problem)
            if last:
                tell(not_compacted(last))
            return False

    async def compact(self, last: Response, user_id: UUID) -> dict[str, Any]:
        """Compact a branch up to a response, as somebody wishes. Return the event that says how it went."""
        # As if they asked something more.
        response = following(last, user_id)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                if (plan := await self._plan(response, keeps=False)) is None:
                    raise failure("nothing_to_compact")
                return compacted(await self._compact(response, plan, user_id))
        except FAILURES as problem:
            logger.warning("the branch up to response %s could not be compacted: %s", last.pk, problem)
            return not_compacted(last, problem if isinstance(problem, Failure) else None)

    async def count(self, last: Response, user_id: UUID) -> int | None:
        """Return how many tokens a model is told of a branch up to a response; None if the provider doesn't count."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._count(following(last, user_id))
        except FAILURES as problem:
            logger.info("the tokens up to response %s could not be counted: %s", last.pk, problem)
            return None

    def _lock(self, response_id: UUID | None) -> asyncio.Lock:
        return self._locks.setdefault(response_id, asyncio.Lock())

    async def _look(self, response: Response) -> tuple[int, bool]:
        """Return about how many tokens a request has, and whether there is another compaction than in the last one."""

        def look() -> tuple[int, bool]:
            response.conversation.refresh_from_db(fields=["is_compacted"])
            history = History(response)
            compaction = history.compaction.pk if history.compaction else None
            return context_use.tokens_of(response, history), compaction != response.compaction

        async with REQUESTS.turn_async(response.user_id):
            return await in_thread(look)()

    async def _is_full(self, response: Response, about: int, limit: int) -> bool:
        if about < limit:
            return False
        exact = await self._count(response)
        return exact is None or exact >= limit

    async def _count(self, response: Response) -> int | None:
        """Return how many tokens a request has, by the provider; None if it can't say."""
        body, omitted = await self._body_with_files(response, self._unsupported(response))
        if COUNT in omitted:
            return None
        body = await with_secrets(body, response.user_id)
        try:
            return await self._clients.of(response.provider_id).count(body, omitted)
        except Failure as problem:
            logger.info("the tokens of a request could not be counted: %s", problem)
            await self._note_missing(response, problem, COUNT, body)
            return None

    async def _plan(self, response: Response, *, keeps: bool) -> Plan | None:
        unsupported = self._unsupported(response)
        async with REQUESTS.turn_async(response.user_id):
            return await in_thread(self._planned)(response, unsupported, keeps=keeps)

    def _planned(self, response: Response, unsupported: frozenset[str], *, keeps: bool) -> Plan | None:
        history = History(response)
        turns = [*history.turns]
        if keeps:
            _leave_newest(turns, response)
        # What a tool puts out is never sent without its call.
        while turns and (calls_in(turns[-1].output) or not turns[-1].has_ended):
            turns.pop()
        if not turns:
            return None
        compaction, path = history.compaction, history.path
        is_summary = compaction is not None and compaction.kind == Compaction.Kind.SUMMARY
        if compaction and not is_summary:
            # Nobody but its provider can read it.
            turns = path[: 1 + next(place for place, turn in enumerate(path) if turn.pk == turns[-1].pk)]
        last = turns[-1]
        last.conversation = response.conversation
        body, omitted = self._body(following(last, response.user_id, response), unsupported)
        return Plan(last, turns, compaction.summary if compaction and is_summary else "", body, omitted)

    def _unsupported(self, response: Response) -> frozenset[str]:
        return self._clients.of(response.provider_id).unsupported

    def _body(self, response: Response, omitted: Collection[str]) -> tuple[dict[str, Any], frozenset[str]]:
        """Return the request for a response, and the parts of it that aren't sent to its provider. It blocks."""
        unsent = frozenset(omitted) | self._capabilities.refused(provider_key(response.provider_id), response.model)
        compaction = response.compaction
        body = requests.build(response, unsent)
        # It isn't the request that is sent.
        response.compaction = compaction
        return body, unsent

    async def _body_with_files(
        self, response: Response, omitted: Collection[str]
    ) -> tuple[dict[str, Any], frozenset[str]]:
        """Return the request for a response with its files, and the parts of it that aren't sent. Raise `Failure`."""
        async with REQUESTS.turn_async(response.user_id):
            body, unsent = await in_thread(self._body)(response, omitted)
        if COUNT in unsent and COMPACT in unsent:
            return body, unsent
        try:
            body, _ = await sent_files.with_contents(body, response, self._uploads)
        except Failure as problem:
            if FILES in unsent:
                raise
            logger.info("what comes before response %s is sent without uploads: %s", response.pk, problem)
            return await self._body_with_files(response, {*omitted, FILES})
        return body, unsent

    async def _compact(self, response: Response, plan: Plan, user_id: UUID | None = None) -> Compaction:
        """Compact by the provider, else by a summary; return what is stored. Raise `Failure`."""
        compaction = Compaction(response=plan.last, provider_id=response.provider_id, user_id=user_id)
        if items := await self._compacted_items(response, plan, compaction):
            compaction.kind, compaction.items, compaction.model = Compaction.Kind.ITEMS, items, response.model
        else:
            async with REQUESTS.turn_async(response.user_id):
                turns = await in_thread(sent_files.in_words)(plan.turns)
            summary = await summarize(response, turns, plan.earlier, self._asking(response))
            compaction.kind, compaction.summary = Compaction.Kind.SUMMARY, summary.text
            compaction.model, compaction.usage = summary.model, summary.usage
        await in_thread(store)(compaction)
        response.conversation.is_compacted = True
        return compaction

    async def _compacted_items(self, response: Response, plan: Plan, compaction: Compaction) -> list[Item]:
        """Return what the provider puts in place of the turns; nothing if it can't."""
        body, omitted = plan.body, plan.omitted
        if COMPACT in omitted:
            return []
        client = self._clients.of(response.provider_id)
        try:
            if sent_files.has_contents(body):
                like_last = following(plan.last, response.user_id, response)
                body, omitted = await self._body_with_files(like_last, omitted)
            try:
                output, usage = await client.compact(body, omitted)
            except Failure as problem:
                if CHAIN not in named_parts(problem, client.parts(body, omitted)):
                    raise
                again = following(plan.last, response.user_id, response)
                body, omitted = await self._body_with_files(again, omitted | {CHAIN})
                output, usage = await client.compact(body, omitted)
        except Failure as problem:
            logger.info("%s doesn't compact: %s", client.provider, problem)
            await self._note_missing(response, problem, COMPACT, body)
            return []
        compaction.usage = usage if isinstance(usage, dict) else None
        items = as_compaction_items(output)
        return items if any(item["type"] == COMPACTION for item in items) else []

    async def _note_missing(self, response: Response, problem: Failure, endpoint: str, body: dict[str, Any]) -> None:
        """Remember that the provider doesn't have an endpoint, if that is what a failure says."""
        parts = self._clients.of(response.provider_id).parts(body)
        if is_refusal(problem) and problem.status in NOT_THERE and not named_parts(problem, parts):
            await in_thread(self._capabilities.remember)(provider_key(response.provider_id), response.model, endpoint)

    def _asking(self, response: Response) -> Callable[[dict[str, Any]], Any]:
        async def ask(request: dict[str, Any]) -> dict[str, Any]:
            provider = response.provider_id
            refused = await in_thread(self._capabilities.refused)(provider_key(provider), request["model"])
            return await beside.complete(self._clients, self._capabilities, provider, request, refused)

        return ask


def following(last: Response, user_id: UUID, like: Response | None = None) -> Response:
    """Return a response to nothing that would continue another one, answered by what answers a third, if any."""
    like = like or last
    return Response(
        conversation=last.conversation,
        previous=last,
        user_id=user_id,
        provider_id=like.provider_id,
        model=like.model,
        assistant_version_id=like.assistant_version_id,
        settings=like.settings,
        instructions=like.instructions,
        omitted_turns=like.omitted_turns if last.pk == like.previous_id else 0,
        compaction=like.compaction,
    )


@transaction.atomic
def store(compaction: Compaction) -> None:
    """Store a compaction. Raise `IntegrityError` if its conversation is gone."""
    Conversation.objects.filter(pk=compaction.response.conversation_id).update(is_compacted=True)
    compaction.save(force_insert=True)


@transaction.atomic
def note_in_output(response: Response) -> Compaction:
    """Store that the provider compacted while it answered, and return it."""
    Conversation.objects.filter(pk=response.conversation_id).update(is_compacted=True)
    response.conversation.is_compacted = True
    return Compaction.objects.get_or_create(
        response=response,
        kind=Compaction.Kind.OUTPUT,
        defaults={"provider_id": response.provider_id, "model": response.model},
    )[0]


def _leave_newest(turns: list[Response], response: Response) -> None:
    """Take off the newest turns that are short enough to be sent as they are, all but the first."""
    window = catalog.model(response.provider_id, response.model).input_window
    room = context_use.KEPT_SHARE * (window or 0)
    while len(turns) > 1 and (room := room - context_use.of_turn(turns[-1])) >= 0:
        turns.pop()
