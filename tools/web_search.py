"""Web search by the provider. https://platform.openai.com/docs/guides/tools-web-search"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from django.utils.translation import gettext_lazy as _

from tools.hosted import HostedOptions, HostedTool
from tools.tool import Options

MAX_DOMAINS = 100
MAX_DOMAIN_CHARACTERS = 253
MAX_PLACE_CHARACTERS = 100
DOMAIN = r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$"
"""A host name without scheme, port or path. Its subdomains are meant, too."""

Domain = Annotated[str, msgspec.Meta(pattern=DOMAIN, max_length=MAX_DOMAIN_CHARACTERS)]
Domains = Annotated[list[Domain], msgspec.Meta(max_length=MAX_DOMAINS)]


PlaceName = Annotated[str, msgspec.Meta(max_length=MAX_PLACE_CHARACTERS)]


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where somebody is, roughly. What is empty isn't known."""

    city: PlaceName = ""
    region: PlaceName = ""
    country: PlaceName = ""
    timezone: PlaceName = ""


class WebSearchOptions(HostedOptions, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How much is read, where, and for somebody at which place."""

    search_context_size: Literal["low", "medium", "high"] | None = None
    allowed_domains: Domains = []
    blocked_domains: Domains = []
    user_location: Place = Place()

    def parameters(self) -> dict[str, Any]:
        found = super().parameters()
        filters = {name: found.pop(name) for name in ("allowed_domains", "blocked_domains") if name in found}
        # Without a location, the API takes the person to be in the United States.
        location = {"type": "approximate", **found.pop("user_location", {})}
        return {**found, **({"filters": filters} if filters else {}), "user_location": location}


class WebSearch(HostedTool):
    name = "web_search"
    title = _("Web search")
    include = ("web_search_call.action.sources",)
    options = WebSearchOptions


def searching_from(place: Mapping[str, str], on: Mapping[str, Options]) -> dict[str, Options]:
    """Return the tools that are on, with web searches for somebody at this place."""
    known = {name: value for name, value in place.items() if value}
    search = {WebSearch.name: {**on[WebSearch.name], "user_location": known}} if known and WebSearch.name in on else {}
    return {**on, **search}
