"""Web search by the provider. https://platform.openai.com/docs/guides/tools-web-search"""

from typing import Annotated, Any, Literal

import msgspec
from django.utils.translation import gettext_lazy as _

from tools.hosted import HostedOptions, HostedTool

MAX_DOMAINS = 100
MAX_DOMAIN_CHARACTERS = 253
DOMAIN = r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$"
"""A host name without scheme, port or path. Its subdomains are meant, too."""

Domain = Annotated[str, msgspec.Meta(pattern=DOMAIN, max_length=MAX_DOMAIN_CHARACTERS)]
Domains = Annotated[list[Domain], msgspec.Meta(max_length=MAX_DOMAINS)]


class WebSearchOptions(HostedOptions, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How much is read, and where."""

    search_context_size: Literal["low", "medium", "high"] | None = None
    allowed_domains: Domains = []
    blocked_domains: Domains = []

    def parameters(self) -> dict[str, Any]:
        found = super().parameters()
        filters = {name: found.pop(name) for name in ("allowed_domains", "blocked_domains") if name in found}
        # Without a location, the API takes the person to be in the United States.
        return {**found, **({"filters": filters} if filters else {}), "user_location": {"type": "approximate"}}


class WebSearch(HostedTool):
    name = "web_search"
    title = _("Web search")
    include = ("web_search_call.action.sources",)
    options = WebSearchOptions
