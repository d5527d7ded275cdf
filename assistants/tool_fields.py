"""The fields of an assistant's tools: which are on, and their options."""

import re
from collections.abc import Collection
from typing import Any
from uuid import UUID

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
from tools.code_interpreter import CodeInterpreter
from tools.hosted import HostedTool
from tools.image_generation import PARTIAL_IMAGES, ImageGeneration
from tools.web_search import DOMAIN, MAX_DOMAIN_CHARACTERS, MAX_DOMAINS, WebSearch

OWN = "own"
OPTIONS: dict[str, dict[str, str]] = {
    WebSearch.name: {name: name for name in ("search_context_size", "allowed_domains", "blocked_domains")},
    CodeInterpreter.name: {"code_memory": "memory_limit"},
    ImageGeneration.name: {
        f"image_{name}": name
        for name in ("size", "quality", "background", "output_format", "partial_images", "moderation")
    },
}
"""By tool, the fields of its options, each with the option's name."""
FIELDS = ("tools_of", "tools", *(field for fields in OPTIONS.values() for field in fields))

DEFAULT = ("", _("The provider's default"))


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
    """Those that the site has on, or others, with their options, and how much an answer may do with tools."""

    tools_of = forms.ChoiceField(
        label=_("Tools"), required=False, choices=[("", _("Those that the site has on")), (OWN, _("These alone"))]
    )
    tools = forms.MultipleChoiceField(
        label=_("Tools that it may use"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("People can switch them for a message."),
    )
    search_context_size = forms.ChoiceField(
        label=_("How much a web search reads"),
        required=False,
        choices=[DEFAULT, ("low", _("Little")), ("medium", _("Medium")), ("high", _("Much"))],
    )
    allowed_domains = DomainsField(
        label=_("Search these domains alone"),
        help_text=_("One a line, such as example.org. Subdomains are meant, too."),
    )
    blocked_domains = DomainsField(label=_("Never search these domains"), help_text=_("One a line."))
    code_memory = forms.ChoiceField(
        label=_("Memory of the code interpreter"),
        required=False,
        choices=[DEFAULT, ("1g", "1 GB"), ("4g", "4 GB"), ("16g", "16 GB"), ("64g", "64 GB")],
        help_text=_("A larger one costs more."),
    )
    image_size = forms.ChoiceField(
        label=_("Size of an image"),
        required=False,
        choices=[
            ("", _("Whatever fits what is asked for")),
            ("1024x1024", _("Square, 1024 by 1024")),
            ("1536x1024", _("Landscape, 1536 by 1024")),
            ("1024x1536", _("Portrait, 1024 by 1536")),
            ("2048x2048", _("Large square, 2048 by 2048")),
            ("2560x1440", _("Large landscape, 2560 by 1440")),
            ("1440x2560", _("Large portrait, 1440 by 2560")),
        ],
    )
    image_quality = forms.ChoiceField(
        label=_("Quality of an image"),
        required=False,
        choices=[DEFAULT, ("low", _("Low")), ("medium", _("Medium")), ("high", _("High"))],
        help_text=_("A higher one takes longer, and costs more."),
    )
    image_background = forms.ChoiceField(
        label=_("Background of an image"),
        required=False,
        choices=[DEFAULT, ("opaque", _("Opaque")), ("transparent", _("Transparent"))],
    )
    image_output_format = forms.ChoiceField(
        label=_("Format of an image"),
        required=False,
        choices=[DEFAULT, ("png", _("PNG: exact")), ("jpeg", _("JPEG: smaller"))],
        help_text=_("A transparent image is never a JPEG."),
    )
    image_partial_images = forms.TypedChoiceField(
        label=_("Unfinished images on the way"),
        required=False,
        coerce=int,
        choices=[(number, number) for number in range(4)],
        initial=PARTIAL_IMAGES,
        help_text=_("They show how the image is coming along, and each costs a little."),
    )
    image_moderation = forms.ChoiceField(
        label=_("How much the provider refuses to draw"),
        required=False,
        choices=[DEFAULT, ("low", _("As little as possible"))],
    )
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

    def offer_tools(self, user_id: UUID, stored: Collection[str]) -> None:
        """Offer what a person may use. What is `stored` and they may not use can only be left as it is, or removed."""
        titles = {name: tool.title for name, tool in registry.tools(user_id).items()}
        field = self.fields["tools"]
        field.choices = [*({name: name for name in stored} | titles).items()]  # type: ignore[attr-defined]


def tool_values(stored: Any) -> dict[str, Any]:
    """Return the values of the fields for the stored tools of an assistant; None for those of the site."""
    if not isinstance(stored, dict):
        return {"tools_of": "", "tools": []}
    return {"tools_of": OWN, "tools": list(stored)} | {
        field: getattr(_hosted(tool).read(stored.get(tool, {})), option)
        for tool, fields in OPTIONS.items()
        for field, option in fields.items()
    }


def stored_tools(form: ToolFields, before: Any) -> dict[str, Any]:
    """Return the settings of a request that the fields make, as they are stored. `before` are the tools until now.

    Options that have no field stay as they are.
    """
    cleaned = form.cleaned_data
    limits = {name: cleaned[name] for name in TOOL_LIMITS if cleaned[name] is not None}
    if cleaned["tools_of"] != OWN:
        return limits
    tools = {name: dict((before or {}).get(name, {})) for name in cleaned["tools"]}
    for tool in OPTIONS.keys() & tools.keys():
        chosen = {option: cleaned[field] for field, option in OPTIONS[tool].items() if cleaned[field] not in ("", [])}
        others = {name: value for name, value in tools[tool].items() if name not in OPTIONS[tool].values()}
        tools[tool] = msgspec.to_builtins(_hosted(tool).read(others | chosen))
    return {"tools": tools, **limits}


def _hosted(name: str) -> HostedTool:
    return registry.HOSTED[name]


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
