"""What the requests for one answer omit, because the provider refuses it or the conversation is too long."""

import logging
from collections.abc import Callable, Set
from typing import Any

from django.conf import settings

from common.pools import REQUESTS
from common.threads import UNAVAILABLE, in_thread, retry_until_available
from conversations.answering import requests
from conversations.answering.history import EARLIER_FAILED, EARLIER_IMAGES, INPUT
from conversations.answering.sent_files import SHORTER, with_contents
from conversations.models import Response
from knowledge.stored import doubt
from providers.capabilities import Capabilities
from providers.environment import provider_key
from providers.failures import TOO_LONG, Failure
from providers.input_files import FILE_ID, is_lost
from providers.parameters import EFFORT, SETTINGS, not_applied, parameters_of
from providers.refusals import (
    CHAIN,
    COMPACTION,
    CONTENT_TOO_LARGE,
    ENCRYPTED_REASONING,
    FILES,
    HOSTED,
    IMAGES,
    INPUT_FILE,
    guessed_parts,
    is_lasting,
    is_refusal,
    listed_values,
    named_parts,
    refused_values,
    refuses_input,
)
from providers.registry import Client
from providers.tool_parts import FILE_SEARCH, PREFIX, SERVER, is_tool_part
from providers.uploads import Uploads, forget_lost, has_no_files_api
from tools.mcp.provider_servers import with_secrets
from tools.requests import left_out

logger = logging.getLogger(__name__)

MAX_LOSSES = 3
"""How often files are uploaded anew, or a chain is left, until the request carries them."""
TROUBLE = {500, None}
"""The statuses of refusals that a server in trouble has, too; None is that of one in the stream."""


class Omissions:
    """The parts that are omitted from a response's requests, more after each refusal, and what is learnt of them.

    What holds for this conversation alone is in `response.refused`, which is stored with the response.
    """

    def __init__(self, response: Response, capabilities: Capabilities, uploads: Uploads) -> None:
        self._response = response
        self._uploads = uploads
        self._sent_files: set[str] = set()
        """The provider's ids of the files in the last request."""
        self._losses = 0
        """How often the provider didn't know a file."""
        self._provider = provider_key(response.provider_id)
        self._capabilities = capabilities
        self.omitted: frozenset[str] = frozenset()
        """What the last request omits."""
        self._unsupported: frozenset[str] = frozenset()
        self._omitted: set[str] = set()
        self._parts: set[str] = set()
        """The parts of the last request."""
        self._stores: set[str] = set()
        """The vector stores in which it searches."""
        self._values: dict[str, Any] = {}
        """The values of its parameters."""
        self._guessed: set[str] = set()
        """What was omitted last, if it isn't known whether the provider refused that."""
        self._may_be_luck = False
        """Whether the provider may only have been in trouble at that moment."""
        self._certain = response.refused
        """`response.refused` without what was guessed."""

    async def build(self, client: Client) -> dict[str, Any]:
        """Return the body of the next request to the provider."""
        refused = self._capabilities.cached(self._provider, self._response.model)
        self._unsupported = client.unsupported
        if refused is not None and requests.is_at_hand(self._response, self._all(refused)):
            body = self._build(refused)
        else:
            body = await self._build_with_files()
        body = await with_secrets(body, self._response.user_id)
        self._parts, self._values = client.parts(body, self.omitted), dict(parameters_of(body))
        self._stores = {store for tool in body.get("tools", ()) for store in tool.get("vector_store_ids", ())}
        self._note_settings(client, body)
        return body

    async def extend(self, problem: Failure) -> bool:
        """Omit what the provider refused, or may have refused. Return False if the same can't be asked with less."""
        if is_lost(problem) and await self._forget_files(problem):
            return True
        if problem.meaning == TOO_LONG and await self._shorten_files():
            return True
        attached = {IMAGES, INPUT_FILE}
        if problem.meaning == TOO_LONG or (problem.status == CONTENT_TOO_LARGE and attached.isdisjoint(self._parts)):
            return await self._truncate_history()
        accepted = self._capabilities.accepted(self._provider, self._response.model)
        if named := named_parts(problem, self._parts):
            refused = {part: refused_values(problem, part, self._values) for part in named}
            if (parts := set().union(*refused.values())) <= self.omitted:
                # It is refused although it wasn't sent: the same would be asked for ever.
                return False
            self._omit(parts)
            self._guessed, self._certain = set(), self._response.refused
            for part in named:
                if is_lasting(problem, part, accepted):
                    await self.learn(*sorted(refused[part]))
            if FILE_SEARCH in named:
                await self._doubt_stores()
            if EFFORT in named and (efforts := listed_values(problem, EFFORT)):
                await self._remember(self._capabilities.limit_efforts, efforts)
            return True
        if is_refusal(problem) and await retry_until_available(self._omit_failed_turns):
            self._guessed = set()
            return True
        # What is still there although it was omitted isn't what is refused: the same would be asked for ever.
        tried = self.omitted.union(self._response.refused) - {IMAGES}
        self._guessed = guessed_parts(problem, self._parts, accepted) - tried
        self._may_be_luck = problem.status in TROUBLE
        self._omit(self._guessed)
        return bool(self._guessed)

    async def confirm(self) -> None:
        """Learn from an answer to the last request: what was in it is accepted, what was guessed last is refused."""
        self._capabilities.accept(self._provider, self._response.model, self._parts)
        for part in self._guessed - {IMAGES, INPUT_FILE}:
            if part.startswith(SERVER):
                # It is one person's, or may be mended a moment later.
                continue
            if not self._may_be_luck or self._capabilities.suspect(self._provider, self._response.model, part):
                await self.learn(part)

    def refuse(self, problem: Failure) -> None:
        """Note that the answer fails: what was guessed was wrong, and the message itself may be what is refused."""
        self._response.refused = self._certain
        if refuses_input(problem):
            self._refuse(INPUT)
            self._certain = self._response.refused

    async def learn(self, *parts: str) -> None:
        """Remember what this provider refuses for this model."""
        for part in parts:
            logger.info("%s is not sent to %s with %s for a while", part, self._provider, self._response.model)
            await self._remember(self._capabilities.remember, part)

    async def _doubt_stores(self) -> None:
        """Have the stores looked at that the provider refuses to search. Until then, our own search stands in."""
        try:
            await in_thread(doubt)(self._stores)
        except UNAVAILABLE:
            logger.warning("stores could not be looked at", exc_info=True)

    async def _remember(self, remember: Callable[[str, str, Any], None], what: Any) -> None:
        """Remember something of this provider and this model, if the database takes it now."""
        try:
            await in_thread(remember)(self._provider, self._response.model, what)
        except UNAVAILABLE:
            logger.warning("what was refused could not be remembered", exc_info=True)

    async def _build_with_files(self) -> dict[str, Any]:
        """Return a request that may carry a whole conversation, and files. It carries those that can't be uploaded."""
        while True:
            async with REQUESTS.turn_async(self._response.user_id):
                body = await retry_until_available(self._look_up_and_build)
            try:
                body, self._sent_files = await with_contents(body, self._response, self._uploads)
            except Failure as problem:
                if FILES in self.omitted:
                    raise
                logger.warning("response %s is asked without uploads: %s", self._response.pk, problem)
                self._omitted.add(FILES)
                if has_no_files_api(problem):
                    await self.learn(FILES)
            else:
                return body

    async def _forget_files(self, problem: Failure) -> bool:
        """Return whether the provider lost a file, so that the same is asked with it uploaded anew, or as data."""
        is_chained = CHAIN in self._parts
        if not (self._sent_files or is_chained) or self._losses >= MAX_LOSSES or FILES in self._omitted:
            return False
        self._losses += 1
        named = set(FILE_ID.findall(problem.detail))
        logger.info("response %s: %s lost files: %s", self._response.pk, self._provider, problem.detail)
        await retry_until_available(forget_lost, named & self._sent_files or named or self._sent_files)
        if is_chained and not named & self._sent_files:
            # It may be one of an earlier turn.
            self._omitted.add(CHAIN)
        if self._losses == MAX_LOSSES:
            self._omitted.add(FILES)
        return True

    async def _shorten_files(self) -> bool:
        """Return whether less of the files is sent, because all of it together is too long for the model."""
        if INPUT_FILE in self._parts:
            self._omit({INPUT_FILE})
            return True
        if SHORTER in self._omitted or not await retry_until_available(requests.has_file_texts, self._response):
            return False
        self._omitted.add(SHORTER)
        return True

    def _look_up_and_build(self) -> dict[str, Any]:
        return self._build(self._capabilities.refused(self._provider, self._response.model))

    def _build(self, refused: Set[str]) -> dict[str, Any]:
        self.omitted = self._all(refused)
        if IMAGES in self.omitted and requests.has_images(self._response):
            self._refuse(IMAGES)
        return requests.build(self._response, self.omitted)

    def _all(self, refused: Set[str]) -> frozenset[str]:
        return self._unsupported | self._omitted | refused

    def _note_settings(self, client: Client, body: dict[str, Any]) -> None:
        """Note the settings and tools that somebody chose and that don't apply."""
        response = self._response
        if not response.settings:
            return
        unsent = not_applied(requests.wanted(response), self._parts | client.said_in_words)
        # Nobody misses what the site has on for every model that takes it.
        chosen = set(response.settings.get("tools", ())).difference(settings.DEFAULT_TOOLS)
        unsent += [f"{PREFIX}{name}" for name in left_out(chosen, body, self._parts)]
        kept = [part for part in response.refused if part not in SETTINGS and not is_tool_part(part)]
        if unsent or len(kept) < len(response.refused):
            response.refused = [*kept, *unsent]

    def _omit(self, parts: set[str]) -> None:
        if parts:
            logger.info("response %s is asked again without %s", self._response.pk, ", ".join(sorted(parts)))
        for part in parts:
            if part == IMAGES:
                is_own = requests.has_images(self._response) and IMAGES not in self._response.refused
                self._refuse(IMAGES if is_own else EARLIER_IMAGES)
            elif part == INPUT_FILE:
                self._omitted.add(part)
                self._refuse(part)
            elif part in {COMPACTION, ENCRYPTED_REASONING, *HOSTED}:
                self._refuse(part)
            else:
                self._omitted.add(part)

    def _refuse(self, part: str) -> None:
        if part not in self._response.refused:
            self._response.refused = [*self._response.refused, part]

    def _omit_failed_turns(self) -> bool:
        """Omit earlier messages whose answers failed: the provider may refuse them again."""
        response = self._response
        if CHAIN in self._parts or EARLIER_FAILED in response.refused or not requests.has_failed_turns(response):
            return False
        logger.info("response %s is asked again without the messages that failed", response.pk)
        self._refuse(EARLIER_FAILED)
        return True

    async def _truncate_history(self) -> bool:
        """Return whether the conversation was too long for the model and fewer of its turns are sent now."""
        if not await retry_until_available(requests.truncate_history, self._response):
            return False
        logger.info("response %s: %s earlier turns are omitted", self._response.pk, self._response.omitted_turns)
        self._omitted.add(CHAIN)
        return True
