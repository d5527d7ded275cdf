"""The form of an assistant: what a version has, and who may use it."""

import unicodedata
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import PageForm
from accounts.models import User
from accounts.sharing import SharingFields
from assistants.fields import LinesField
from assistants.format_fields import FormatFields, format_values, stored_format
from assistants.handoffs import MAX_HANDOFFS
from assistants.instructions import KNOWN, MAX_VARIABLES, variables
from assistants.models import Assistant, AssistantVersion
from assistants.permissions import may_share
from assistants.request_settings import MAX_COLLECTIONS, MAX_OUTPUT_TOKENS, TOOL_LIMITS, read_settings, stored_settings
from assistants.tool_fields import ToolFields, stored_tools, tool_values
from common.text import one_line
from knowledge.models import Collection
from providers import catalog
from providers.catalog import ModelInfo
from providers.models import Model, Provider
from providers.parameters import CHAT_ONLY
from tools import registry

FIELDS = ("name", "description", "icon", "instructions", "starters", "model", "handoffs")
"""Of a version, with a field of the same name each."""
PRIVATE = Assistant.Visibility.PRIVATE
MAX_STARTERS = 6
MAX_STARTER_CHARACTERS = 300
MAX_STOPS = 4
MAX_STOP_CHARACTERS = 100
NUMBERS = ("temperature", "top_p", "max_output_tokens", "frequency_penalty", "presence_penalty", "seed")
CHOICES = ("effort", "summary", "verbosity", "service_tier")
SETTINGS = (*CHOICES, *NUMBERS, "stop")
"""The settings of a request that have a field. Others stay as they are."""

DEFAULT = ("", _("The model's default"))
EFFORTS = [
    DEFAULT,
    ("none", _("None")),
    ("minimal", _("Minimal")),
    ("low", _("Low")),
    ("medium", _("Medium")),
    ("high", _("High")),
    ("xhigh", _("Very high")),
    ("max", _("Maximum")),
]
PENALTY = _("Between -2 and 2: above 0, words and topics return less often.")


class ModelField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The models that a person may choose, by their providers."""

    def label_from_instance(self, obj: Model) -> str:
        return f"{obj} ({obj.provider})" if obj.is_enabled else gettext("%(model)s (not offered)") % {"model": obj}


class HandoffField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Assistants by their names."""

    def label_from_instance(self, obj: Assistant) -> str:
        return str(obj)


class CollectionField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Collections of files by their names."""

    def label_from_instance(self, obj: Collection) -> str:
        return obj.name


class AssistantForm(PageForm, FormatFields, ToolFields, SharingFields):
    """What a person writes about an assistant. `instance` is the one that is edited."""

    name = forms.CharField(label=_("Name"), max_length=100)
    icon = forms.CharField(
        label=_("Icon"),
        max_length=16,
        required=False,
        help_text=_("An emoji. Without one, the first letter of the name is drawn."),
    )
    description = forms.CharField(
        label=_("Description"), max_length=500, required=False, help_text=_("What it is for, in a sentence.")
    )
    instructions = forms.CharField(
        label=_("Instructions"),
        max_length=100_000,
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 10}),
        help_text=_(
            "What the model is told before each conversation. {{today}}, {{name}} and {{language}} are filled in. "
            "Other names in double braces, such as {{customer}}, are asked for when a conversation begins."
        ),
    )
    starters = LinesField(
        label=_("Starter questions"),
        max_lines=MAX_STARTERS,
        max_characters=MAX_STARTER_CHARACTERS,
        help_text=_("Offered in an empty conversation, one a line."),
    )
    model = ModelField(label=_("Model"), queryset=Model.objects.none(), required=False, empty_label=_("Default model"))
    effort = forms.ChoiceField(
        label=_("Reasoning effort"),
        required=False,
        choices=EFFORTS,
        help_text=_("How hard the model thinks before it answers."),
    )
    summary = forms.ChoiceField(
        label=_("Summaries of its thinking"),
        required=False,
        choices=[DEFAULT, ("auto", _("Automatic")), ("concise", _("Concise")), ("detailed", _("Detailed"))],
    )
    verbosity = forms.ChoiceField(
        label=_("Length of answers"),
        required=False,
        choices=[DEFAULT, ("low", _("Short")), ("medium", _("Normal")), ("high", _("Long"))],
    )
    temperature = forms.FloatField(
        label=_("Temperature"),
        required=False,
        min_value=0,
        max_value=2,
        help_text=_("Between 0 and 2: lower is more predictable, higher more varied."),
    )
    top_p = forms.FloatField(
        label=_("Top p"),
        required=False,
        min_value=0,
        max_value=1,
        help_text=_(
            "Between 0 and 1: only words within this share of the probability. Change this or the temperature."
        ),
    )
    max_output_tokens = forms.IntegerField(
        label=_("Most output tokens"),
        required=False,
        min_value=16,
        max_value=MAX_OUTPUT_TOKENS,
        help_text=_("Of an answer, its thinking included. A longer one is cut."),
    )
    service_tier = forms.ChoiceField(
        label=_("Service tier"),
        required=False,
        choices=[
            DEFAULT,
            ("auto", _("Automatic")),
            ("default", _("Standard")),
            ("flex", _("Cheaper and slower (flex)")),
            ("priority", _("Faster and more expensive (priority)")),
        ],
    )
    stop = LinesField(
        label=_("Stop before"),
        max_lines=MAX_STOPS,
        max_characters=MAX_STOP_CHARACTERS,
        help_text=_("Words before which the answer ends, one a line."),
    )
    frequency_penalty = forms.FloatField(
        label=_("Frequency penalty"), required=False, min_value=-2, max_value=2, help_text=PENALTY
    )
    presence_penalty = forms.FloatField(
        label=_("Presence penalty"), required=False, min_value=-2, max_value=2, help_text=PENALTY
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        required=False,
        min_value=-(2**53),
        max_value=2**53,
        help_text=_("The same number makes the same answer more likely."),
    )
    handoffs = HandoffField(
        label=_("May hand over to"),
        queryset=Assistant.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The model can hand the conversation over to one of these assistants, which goes on with it."),
    )
    collections = CollectionField(
        label=_("Knowledge"),
        queryset=Collection.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "The model can search in the files of these collections. People who may not see one get answers without it."
        ),
    )
    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    """The number of the version that the person saw when they began to edit; 0 for a new assistant."""

    def __init__(self, user: User, *args: Any, instance: Assistant | None = None, **kwargs: Any) -> None:
        version = instance.newest if instance else None
        self.user = user
        self.instance = instance
        self.stored = dict(version.settings) if version else {}
        self.handed_before: list[str] = version.handoffs if version else []
        super().__init__(*args, initial=initial(instance, version) | (kwargs.pop("initial", None) or {}), **kwargs)
        # Whoever edits another person's assistant may leave it with a model that they can't choose themselves.
        kept = Q(pk=version.model_id) if version and version.model_id else Q(pk=None)
        models = Model.objects.filter(Q(pk__in=usable_models(user).values("pk")) | kept)
        self.fields["model"].queryset = models.select_related("provider").order_by("provider__name", "title", "name")  # type: ignore[attr-defined]
        others = Assistant.objects.visible_to(user).filter(archived_at=None)
        others = others.exclude(pk=instance.pk) if instance else others
        self.fields["handoffs"].queryset = others.select_related("newest").order_by("newest__name", "pk")  # type: ignore[attr-defined]
        self.fields["collections"].queryset = Collection.objects.visible_to(user).order_by("name", "pk")  # type: ignore[attr-defined]
        before, groups = (instance.visibility, instance.groups.all()) if instance else (PRIVATE, Group.objects.none())
        is_owner = instance is None or instance.owner_id == user.pk
        self.offer_tools(user.pk, [*(self.stored.get("tools") or {})])
        self.offer_sharing(before, groups, may_share=may_share(user), is_owner=is_owner)

    def clean_name(self) -> str:
        name = one_line(self.cleaned_data["name"])
        if not name:
            raise ValidationError(gettext("A name needs at least one character."))
        return name

    def clean_description(self) -> str:
        return one_line(self.cleaned_data["description"])

    def clean_icon(self) -> str:
        icon: str = self.cleaned_data["icon"]
        if icon and not _is_emoji(icon):
            raise ValidationError(gettext("Use one emoji, or leave it empty."))
        return icon

    def clean_instructions(self) -> str:
        instructions: str = self.cleaned_data["instructions"].replace("\r\n", "\n")
        if len(variables(instructions)) > MAX_VARIABLES:
            raise ValidationError(
                gettext("At most %(number)s names in double braces can be asked for.") % {"number": MAX_VARIABLES}
            )
        return instructions

    def clean_handoffs(self) -> list[str]:
        """Return the ids in the order in which they were, new ones last, and with those that the person can't see."""
        chosen = [str(each.pk) for each in self.cleaned_data["handoffs"]]
        if len(chosen) > MAX_HANDOFFS:
            raise ValidationError(gettext("Choose %(number)s assistants at most.") % {"number": MAX_HANDOFFS})
        return _kept(self.handed_before, chosen, self.fields["handoffs"])

    def clean_collections(self) -> list[str]:
        """Return the ids as `clean_handoffs` does."""
        chosen = [str(each.pk) for each in self.cleaned_data["collections"]]
        kept = _kept(self.stored.get("collections") or [], chosen, self.fields["collections"])
        if len(kept) > MAX_COLLECTIONS:
            raise ValidationError(gettext("Choose %(number)s collections at most.") % {"number": MAX_COLLECTIONS})
        return kept

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        model = _info(cleaned["model"])
        if (effort := cleaned["effort"]) and effort not in model.efforts:
            self.add_error("effort", gettext("This model doesn't take that effort. Choose another one."))
        most = model.max_output_tokens
        if most and (cleaned["max_output_tokens"] or 0) > most:
            self.add_error("max_output_tokens", gettext("This model writes %(most)s tokens at most.") % {"most": most})
        return cleaned

    def content(self) -> dict[str, Any]:
        """Return the fields of a version. Settings that the model doesn't take are left out."""
        cleaned = self.cleaned_data
        taken = set(taken_settings(cleaned["model"], cleaned["effort"]))
        values = {name: cleaned[name] for name in SETTINGS if name in taken and cleaned[name] not in ("", None, [])}
        kept = {
            name: value
            for name, value in self.stored.items()
            if name not in {*SETTINGS, *TOOL_LIMITS, "collections", "format", "handoffs", "memory", "tools"}
        }
        collections = {"collections": cleaned["collections"]} if cleaned["collections"] else {}
        return {
            **{name: cleaned[name] for name in FIELDS},
            "settings": stored_settings(
                read_settings(
                    kept | values | collections | stored_format(self) | stored_tools(self, self.stored.get("tools"))
                )
            ),
        }


def _kept(before: list[str], chosen: list[str], field: Any) -> list[str]:
    """Return the ids that were chosen in a field, the earlier ones first, with those that the person can't see."""
    seen = {str(pk) for pk in field.queryset.values_list("pk", flat=True)}
    kept = [each for each in before if each in chosen or each not in seen]
    return kept + [each for each in chosen if each not in kept]


def initial(assistant: Assistant | None, version: AssistantVersion | None) -> dict[str, Any]:
    """Return the values of the form for an assistant, or for a new one."""
    values: dict[str, Any] = {"base": 0, "visibility": PRIVATE}
    if assistant:
        values |= {"visibility": assistant.visibility, "groups": list(assistant.groups.all())}
    if version:
        values |= {"base": version.number} | {name: getattr(version, name) for name in FIELDS} | version.settings
    return values | format_values(values.get("format")) | tool_values(values.get("tools"))


def usable_models(user: User) -> QuerySet[Model]:
    """Return the models that a person may choose."""
    found = Model.objects.filter(Q(groups=None) | Q(groups__in=user.groups.all()))
    return Model.objects.filter(pk__in=found.values("pk"), is_enabled=True, provider__is_enabled=True)


def taken_efforts(model: Model | None) -> tuple[str, ...]:
    """Return the efforts that a model takes; None is the default one."""
    return _info(model).efforts


def taken_settings(model: Model | None, effort: str = "") -> Iterator[str]:
    """Yield the names of the settings with a field that a model takes, with its default effort or another.

    None is the default model.
    """
    info = _info(model)
    yield from ("max_output_tokens", "service_tier")
    if info.efforts:
        yield "effort"
    if info.takes_summaries:
        yield "summary"
    if info.takes_verbosity:
        yield "verbosity"
    if info.takes_temperature(effort):
        yield from ("temperature", "top_p")
    dialect = model.provider.dialect if model else catalog.provider(None).endpoint.dialect
    if dialect == Provider.Dialect.CHAT_COMPLETIONS:
        yield from (name for name in CHAT_ONLY if name in SETTINGS)


def described(form: AssistantForm) -> dict[str, Any]:
    """Return what the page must know of each model, by its id: "" is the default one."""
    rows: list[Model] = list(form.fields["model"].queryset)  # type: ignore[attr-defined]
    return {str(row.pk): _described(row, form.user.pk) for row in rows} | {"": _described(None, form.user.pk)}


def known_variables() -> list[str]:
    """Return the names of the variables that the site fills in."""
    return sorted(KNOWN)


def _described(model: Model | None, user_id: UUID) -> dict[str, Any]:
    efforts = taken_efforts(model)
    return {
        "efforts": [*efforts],
        "taken": sorted(taken_settings(model)),
        # What is taken with each effort differs by the temperature.
        "taken_with": {effort: sorted(taken_settings(model, effort)) for effort in efforts},
        # Which model answers by default differs from person to person.
        "tools": sorted(registry.offered_by(model, user_id) if model else registry.tools(user_id)),
    }


def _info(model: Model | None) -> ModelInfo:
    """Return what a model takes; for None, the one that answers if nobody chose another default."""
    return catalog.model_info(model) if model else catalog.model(None, settings.MODEL)


def _is_emoji(text: str) -> bool:
    kinds = {unicodedata.category(character) for character in text}
    # A keycap is a digit with a mark around it, a flag two letters of their own.
    has_symbol = "So" in kinds or "\N{COMBINING ENCLOSING KEYCAP}" in text
    return has_symbol and not kinds & {"Cc", "Cs", "Zs", "Ll", "Lu", "Lo", "Lt", "Ps", "Pe", "Pd", "Nl"}
