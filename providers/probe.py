"""Finding out what a provider can do, by asking it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.text import one_line
from providers.catalog import LIMITS
from providers.failures import FOR_ADMINS, Failure
from providers.families import family_of
from providers.items import item_text
from providers.refusals import is_refusal, named_parts
from providers.registry import Client, vector_stores_of
from providers.responses_api.ends import is_end
from providers.responses_api.events import Delta

STEP_SECONDS = 90.0
"""For each step: a model may have to be loaded first."""
MAX_TRIES = 4
"""Of a question that is refused, each time without what was refused."""
MAX_SHOWN_CHARACTERS = 200
QUESTION = "Answer in five words: how are you?"
GO_ON = "And in one word?"
UNWELCOME = {401, 403}
STORES = "vector_stores"
"""Among the capabilities."""


@dataclass
class Finding:
    """What a step found: a sentence, and whether it went as one wishes; None if nobody can tell."""

    sentence: str
    is_good: bool | None = True
    detail: str = ""


@dataclass
class Probe:
    """The questions to one provider, and what they have found so far."""

    client: Client
    model: str = ""
    """The model that is asked; if empty, the first one that the provider lists."""
    store: bool = True
    capabilities: dict[str, bool] = field(default_factory=dict)
    _is_unwelcome: bool = False
    """Whether nobody answers, or the key is refused, so that nothing else makes sense."""
    _first: str = ""
    """The provider's id of its first answer."""

    async def run(self) -> AsyncIterator[Finding]:
        """Ask the provider for everything, one after the other, and yield what each step found."""
        limits = LIMITS.get(self.client.endpoint.dialect, {})
        models = await self._step(self._list())
        yield models
        if models.is_good is False and self._is_unwelcome:
            return
        if not self.model:
            yield Finding(_("No model is known that could be asked. Add one by its name."), is_good=False)
            return
        answered = await self._step(self._ask())
        yield answered
        if not answered.is_good or not self.store or not limits.get("store", True):
            return
        yield await self._step(self._chain())
        yield await self._step(self._answer_in_background())
        yield await self._step(self._look_for_stores())

    async def _step(self, step: Any) -> Finding:
        self._is_unwelcome = False
        try:
            async with asyncio.timeout(STEP_SECONDS):
                found: Finding = await step
                return found
        except Failure as problem:
            self._is_unwelcome = problem.status in UNWELCOME or problem.status is None
            sentence = _(FOR_ADMINS.get(problem.message, problem.message))
            return Finding(sentence, is_good=False, detail=str(problem))
        except TimeoutError:
            return Finding(_("The provider took too long."), is_good=None)

    async def _list(self) -> Finding:
        try:
            names = await self.client.models()
        except Failure as problem:
            if problem.status is None or problem.status in UNWELCOME:
                raise
            return Finding(_("It lists no models. They can be added by their names."), is_good=None)
        self.model = self.model or next((name for name in names if family_of(name).answers), "")
        listed = ngettext("It lists %(count)s model.", "It lists %(count)s models.", len(names))
        return Finding(listed % {"count": len(names)})

    async def _ask(self) -> Finding:
        response = await self._complete({"input": QUESTION})
        said = one_line(item_text(response["output"]))[:MAX_SHOWN_CHARACTERS]
        self._first = str(response.get("id") or "")
        if not said:
            return Finding(_("%(model)s gave no answer.") % {"model": self.model}, is_good=False)
        return Finding(_("%(model)s answered: “%(text)s”") % {"model": self.model, "text": said})

    async def _chain(self) -> Finding:
        try:
            response = await self._complete({"input": GO_ON, "previous_response_id": self._first}, adapts=False)
            continues = response.get("previous_response_id") == self._first
        except Failure as problem:
            if not is_refusal(problem):
                raise
            continues = False
        self.capabilities["chain"] = continues
        if continues:
            return Finding(_("It continues stored responses, so a request carries only what is new."))
        return Finding(_("It doesn't continue stored responses. Each request carries the whole conversation."), None)

    async def _answer_in_background(self) -> Finding:
        """Ask in the background, leave after the first events, and get the rest."""
        body = self._body({"input": QUESTION, "background": True})
        response_id, number, is_background = "", 0, False
        try:
            async with aclosing(self.client.create(body)) as batches:
                async for event in (event async for batch in batches for event in batch):
                    if isinstance(event, Delta):
                        continue
                    response = event.get("response")
                    if isinstance(response, dict) and response.get("id"):
                        response_id, is_background = str(response["id"]), response.get("background") is True
                        number = event.get("sequence_number") or 0
                        break
        except Failure as problem:
            if not is_refusal(problem):
                raise
        self.capabilities["background"] = is_background
        if not is_background:
            return Finding(_("It doesn't answer in the background. A broken connection means asking again."), None)
        self.capabilities["resume"] = await self._resumes(response_id, number)
        if self.capabilities["resume"]:
            return Finding(_("It answers in the background, and a broken connection is resumed."))
        return Finding(_("It answers in the background. After a broken connection, the site waits for the end."))

    async def _resumes(self, response_id: str, number: int) -> bool:
        try:
            async with aclosing(self.client.resume(response_id, number)) as batches:
                async for event in (event async for batch in batches for event in batch):
                    if isinstance(event, dict) and is_end(event):
                        return True
        except Failure as problem:
            if not is_refusal(problem):
                raise
        return False

    async def _look_for_stores(self) -> Finding:
        stores = vector_stores_of(self.client)
        try:
            is_there = stores is not None and await stores.is_there()
        except Failure as problem:
            if not is_refusal(problem):
                raise
            is_there = False
        self.capabilities[STORES] = is_there
        if is_there:
            return Finding(_("It can keep copies of collections, and search in them."))
        return Finding(_("It keeps no copies of collections. The site searches in them by itself."), None)

    async def _complete(self, wanted: dict[str, Any], *, adapts: bool = True) -> dict[str, Any]:
        """Ask; again without what is refused, unless that is what is to be found out."""
        omitted: set[str] = set(self.client.unsupported)
        for _attempt in range(MAX_TRIES):
            try:
                return await self.client.complete(self._body(wanted), omitted)
            except Failure as problem:
                named = named_parts(problem, self.client.parts(self._body(wanted), omitted)) if adapts else set()
                if not named:
                    raise
                omitted |= named
        return await self.client.complete(self._body(wanted), omitted)

    def _body(self, wanted: dict[str, Any]) -> dict[str, Any]:
        return {"model": self.model, "store": self.store, **wanted}
