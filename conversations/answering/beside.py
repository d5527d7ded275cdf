"""Requests beside the answers, for titles and summaries: as cheap as can be, and never stored by the provider."""

from collections.abc import Set
from typing import Any
from uuid import UUID

from django.conf import settings

from common.threads import in_thread
from conversations.models import Response
from providers import catalog
from providers.capabilities import Capabilities
from providers.environment import ENVIRONMENT_ID, provider_key
from providers.failures import Failure
from providers.parameters import parameters_of
from providers.refusals import named_parts, refused_values
from providers.registry import Clients

UNCACHED = {"mode": "explicit"}
"""Nothing is cached: no other request begins like it, and writing to a cache costs more than sending without one."""


def cheap_model(response: Response) -> str:
    """Return the model to ask beside this response: `TITLE_MODEL` at the provider of the settings, else its own."""
    is_of_settings = response.provider_id in {None, ENVIRONMENT_ID}
    # Without titles, the setting names no model.
    return (settings.TITLE_MODEL if is_of_settings and settings.MAKES_TITLES else None) or response.model


def body(response: Response, instructions: str, text: str, *, tokens: int, reasoning_tokens: int) -> dict[str, Any]:
    """Return a request to the provider of this response.

    Its output may have `tokens`, or `reasoning_tokens` if the model thinks first, which it does as little as it can.
    """
    name = cheap_model(response)
    model = catalog.model(response.provider_id, name)
    asked = {"model": name, "instructions": instructions, "input": text, "max_output_tokens": tokens, "store": False}
    if model.takes_cache_options:
        asked["prompt_cache_options"] = UNCACHED
    if not model.efforts:
        return asked
    effort = "low" if "low" in model.efforts else model.efforts[0]
    return asked | {"max_output_tokens": reasoning_tokens, "reasoning": {"effort": effort}}


async def complete(
    clients: Clients, capabilities: Capabilities, provider: UUID | None, request: dict[str, Any], omitted: Set[str]
) -> dict[str, Any]:
    """Ask, and again without what the provider refuses. Raise `Failure`."""
    while True:
        client = clients.of(provider)
        try:
            return await client.complete(request, omitted)
        except Failure as problem:
            values = dict(parameters_of(request))
            named = named_parts(problem, client.parts(request, omitted))
            if not named:
                raise
            refused = {each for part in named for each in refused_values(problem, part, values)}
            for part in refused:
                await in_thread(capabilities.remember)(provider_key(provider), request["model"], part)
            omitted |= refused
