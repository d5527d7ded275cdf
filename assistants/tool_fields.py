"""The fields of an assistant's tools: which are on, and their options."""

import re
from typing import Any

import msgspec
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assistants.fields import LinesField
from assistants.request_settings import TOOL_LIMITS
from tools import registry
from tools.web_search import DOMAIN, MAX_DOMAIN_CHARACTERS, MAX_DOMAINS, WebSearch, WebSearchOptions

OWN = "own"
SEARCH_FIELDS = tuple(field.name for field in msgspec.structs.fields(WebSearchOptions))
FIELDS = ("tools_of", "tools", *SEARCH_FIELDS)


def _titles() -> list[tuple[str, Any]]:
    return [(name, tool.title) for name, tool in registry.tools().items()]


class DomainsField(LinesField):
    """Host names, one a line. What is around one in an address is left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_lines=MAX_DOMAINS, max_characters=MAX_DOMAIN_CHARACTERS, **kwargs)

    def clean(self, value: Any) -> list[str]:
        lines = [line.strip() for line in super().clean(value)]
        domains = [re.sub(r"^https?://([^/]*)(/.*)?$", r"\1", line.lower()) for line in lines]
        for line, domain in zip(lines, domains, strict=True):
            if not re.fullmatch(DOMAIN, domain):
                raise ValidationError(gettext("This isn't a domain: %(domain)s") % {"domain": line})
        return domains


class ToolFields(forms.Form):
    """Those that the site has on, or others, the options of web search, and how much an answer may do with tools."""

    tools_of = forms.ChoiceField(
        label=_("Tools"), required=False, choices=[("", _("Those that the site has on")), (OWN, _("These alone"))]
    )
    tools = forms.MultipleChoiceField(
        label=_("Tools that it may use"),
        required=False,
        choices=_titles,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("People can switch them for a message."),
    )
    search_context_size = forms.ChoiceField(
        label=_("How much a web search reads"),
        required=False,
        choices=[("", _("The provider's default")), ("low", _("Little")), ("medium", _("Medium")), ("high", _("Much"))],
    )
    allowed_domains = DomainsField(
        label=_("Search these domains alone"),
        help_text=_("One a line, such as example.org. Subdomains are meant, too."),
    )
    blocked_domains = DomainsField(label=_("Never search these domains"), help_text=_("One a line."))
    max_tool_calls = forms.IntegerField(
        label=_("Most calls of tools"), required=False, min_value=1, help_text=_("In one answer.")
    )
    max_tool_rounds = forms.IntegerField(
        label=_("Most rounds of calls"),
        required=False,
        min_value=1,
        help_text=_("How many times an answer may go on after calls."),
    )
    max_tool_minutes = forms.FloatField(
        label=_("Most minutes with tools"),
        required=False,
        min_value=0.1,
        step_size=0.1,
        help_text=_("After which an answer must end."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TOOL_LIMITS:
            most = getattr(settings, name.upper())
            field = self.fields[name]
            field.validators.append(MaxValueValidator(most))
            field.widget.attrs |= {"max": most, "placeholder": f"{most:g}"}


def tool_values(stored: Any) -> dict[str, Any]:
    """Return the values of the fields for the stored tools of an assistant; None for those of the site."""
    if not isinstance(stored, dict):
        return {"tools_of": "", "tools": []}
    search = WebSearch().read(stored.get(WebSearch.name, {}))
    return {"tools_of": OWN, "tools": list(stored), **msgspec.structs.asdict(search)}


def stored_tools(form: ToolFields, before: Any) -> dict[str, Any]:
    """Return the settings of a request that the fields make, as they are stored. `before` are the tools until now.

    Options that have no field stay as they are.
    """
    cleaned = form.cleaned_data
    limits = {name: cleaned[name] for name in TOOL_LIMITS if cleaned[name] is not None}
    if cleaned["tools_of"] != OWN:
        return limits
    tools = {name: dict((before or {}).get(name, {})) for name in cleaned["tools"]}
    if WebSearch.name in tools:
        tools[WebSearch.name] = {name: cleaned[name] for name in SEARCH_FIELDS if cleaned[name]}
    return {"tools": tools, **limits}


def described_tools(stored: dict[str, Any]) -> str:
    """Return the tools of an assistant as a person reads them, one a line."""
    known = registry.tools()
    lines = []
    for name, options in sorted(stored.items()):
        words = [
            f"{key}: {', '.join(value) if isinstance(value, list) else value}" for key, value in sorted(options.items())
        ]
        title = str(known[name].title) if name in known else name
        lines.append(f"{title} ({'; '.join(words)})" if words else title)
    return "\n".join(lines) or gettext("No tools")
