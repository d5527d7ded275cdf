"""Assistants as files: exported as JSON, and imported again, here or on another site (docs/assistants.md)."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django import forms
from django.conf import settings as site
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from assistants.format_fields import format_values
from assistants.forms import AssistantForm, taken_efforts, taken_settings, usable_models
from assistants.handoffs import MAX_HANDOFFS
from assistants.models import Assistant, AssistantVersion, TestQuestion
from assistants.models.testing import MAX_QUESTIONS
from assistants.question_form import QuestionForm
from assistants.request_settings import MAX_COLLECTIONS, TOOL_LIMITS, RequestSettings, stored_settings
from assistants.tool_fields import tool_values
from common.refusal import Refused
from common.text import map_texts, replace_nul
from knowledge.models import Collection
from providers.models import Model
from tools import registry

MAX_FILE_BYTES = 1_000_000


class ModelName(msgspec.Struct, forbid_unknown_fields=True):
    """A model by names, which other sites have, too."""

    provider: Annotated[str, msgspec.Meta(max_length=100)]
    name: Annotated[str, msgspec.Meta(max_length=200)]


class QuestionInFile(msgspec.Struct, forbid_unknown_fields=True):
    """A test question."""

    text: str
    must_contain: list[str] = []
    must_not_contain: list[str] = []


class AssistantFile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The content of a file."""

    format: Literal["chatsite-assistant"] = "chatsite-assistant"
    version: Literal[1] = 1
    name: str
    description: str = ""
    icon: str = ""
    instructions: str = ""
    starters: list[str] = []
    model: ModelName | None = None
    settings: RequestSettings = RequestSettings()
    handoffs: Annotated[list[str], msgspec.Meta(max_length=MAX_HANDOFFS)] = []
    collections: Annotated[list[str], msgspec.Meta(max_length=MAX_COLLECTIONS)] = []
    questions: Annotated[list[QuestionInFile], msgspec.Meta(max_length=MAX_QUESTIONS)] = []


def export_version(
    version: AssistantVersion,
    questions: Iterable[TestQuestion] = (),
    handoffs: Iterable[str] = (),
    collections: Iterable[str] = (),
) -> bytes:
    """Return an assistant's version as a file, with its test questions.

    It has the names of what it may hand over to, and of its collections, whose ids mean nothing elsewhere.
    """
    model = version.model
    content = {
        "format": "chatsite-assistant",
        "version": 1,
        **{name: getattr(version, name) for name in ("name", "description", "icon", "instructions", "starters")},
        "model": {"provider": model.provider.name, "name": model.name} if model else None,
        "settings": {name: value for name, value in version.settings.items() if name != "collections"},
        "handoffs": [*handoffs],
        "collections": [*collections],
        "questions": [{name: getattr(each, name) for name in QuestionInFile.__struct_fields__} for each in questions],
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2)


def import_assistant(user: User, content: bytes) -> tuple[Assistant, list[str]]:
    """Make a private assistant of a file; return it, and sentences about what isn't as in the file.

    Raise `Refused` if it can't be read, or has what the form doesn't accept.
    """
    file = _read(content)
    model = _find_model(user, file.model) if file.model else None
    notes = []
    if file.model and model is None:
        names = {"model": file.model.name, "provider": file.model.provider}
        notes.append(
            _("The model %(model)s of %(provider)s isn't offered to you here, so the default model answers.") % names
        )
    if unknown := sorted(set(file.settings.tools or {}) - registry.tools(user.pk).keys()):
        notes.append(_("This site doesn't have these tools: %(names)s.") % {"names": ", ".join(unknown)})
    others = _named(user, file.handoffs)
    if missing := [name for name in file.handoffs if name not in others]:
        notes.append(_("There are no assistants with these names: %(names)s.") % {"names": ", ".join(missing)})
    collections = _collections_named(user, file.collections)
    if missing := [name for name in file.collections if name not in collections]:
        notes.append(_("There are no collections with these names: %(names)s.") % {"names": ", ".join(missing)})
    form = _form(user, file, model, others.values(), collections.values())
    _check(form)
    questions = [_question_form(each) for each in file.questions]
    for number, question in enumerate(questions, 1):
        _check(question, _("Test question %(number)s") % {"number": number} + ": ")
    with transaction.atomic():
        assistant = Assistant.objects.create(owner=user)
        assistant.publish(user, **form.content())
        for question in questions:
            assistant.questions.create(**question.cleaned_data)
    return assistant, notes


def _read(content: bytes) -> AssistantFile:
    try:
        raw = map_texts(msgspec.json.decode(content), replace_nul)
        return msgspec.convert(raw, AssistantFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("invalid_file", _("This file isn't an assistant that was exported from a chat site.")) from error


def _check(form: forms.Form, where: str = "") -> None:
    """Raise `Refused`, which says where, if a form has something wrong."""
    if form.is_valid():
        return
    name, problems = next(iter(form.errors.items()))
    label = form.fields[name].label if name in form.fields else name
    raise Refused("invalid_file", f"{where}{label}: {problems[0]}")


def _question_form(question: QuestionInFile) -> QuestionForm:
    """Return a test question in the form, so that the same is refused as there."""
    lists = {name: getattr(question, name) for name in ("must_contain", "must_not_contain")}
    lines = {name: "\n".join(" ".join(words.splitlines()) for words in each) for name, each in lists.items()}
    return QuestionForm({"text": question.text} | lines)


def _form(
    user: User, file: AssistantFile, model: Model | None, handoffs: Iterable[UUID], collections: Iterable[UUID]
) -> AssistantForm:
    """Return the file in the form, so that the same is refused as there; without what the model doesn't take."""
    settings = stored_settings(file.settings)
    # Ids of another site, or of what isn't this person's.
    settings.pop("collections", None)
    if settings.get("effort") not in taken_efforts(model):
        settings.pop("effort", None)
    taken = set(taken_settings(model, settings.get("effort", "")))
    data: dict[str, Any] = {name: value for name, value in settings.items() if name in taken}
    data |= {name: getattr(file, name) for name in ("name", "description", "icon", "instructions")}
    data |= {
        "starters": "\n".join(" ".join(starter.split()) for starter in file.starters),
        "stop": "\n".join(data.get("stop", [])),
        **format_values(settings.get("format")),
        **_tools(settings.get("tools"), user.pk),
        **_limits(settings),
        "handoffs": [*handoffs],
        "collections": [*collections],
        "model": model.pk if model else "",
        "visibility": Assistant.Visibility.PRIVATE,
        "base": 0,
    }
    form = AssistantForm(user, data)
    form.stored = settings
    return form


def _tools(stored: dict[str, Any] | None, user_id: UUID) -> dict[str, Any]:
    """Return the values of the form's fields for tools, without those that this site doesn't have."""
    known = registry.tools(user_id)
    values = tool_values({name: each for name, each in stored.items() if name in known} if stored is not None else None)
    return values | {name: "\n".join(values.get(name, [])) for name in ("allowed_domains", "blocked_domains")}


def _limits(settings: dict[str, Any]) -> dict[str, float]:
    """Return the limits of tools, none of them above the site's: that holds anyway."""
    return {name: min(settings[name], getattr(site, name.upper())) for name in TOOL_LIMITS if name in settings}


def _named(user: User, names: Iterable[str]) -> dict[str, UUID]:
    """Return the ids of those of the assistants that a person may use; of several with one name, their own."""
    usable = Assistant.objects.visible_to(user).filter(archived_at=None, newest__name__in=list(names))
    rows = [*usable.order_by("created_at").values_list("newest__name", "pk", "owner")]
    return {name: pk for name, pk, _owner in rows} | {name: pk for name, pk, owner in rows if owner == user.pk}


def _collections_named(user: User, names: Iterable[str]) -> dict[str, UUID]:
    """Return the ids of the collections in which a person may search; of several with one name, their own."""
    visible = Collection.objects.visible_to(user).filter(name__in=list(names)).order_by("created_at")
    rows = [*visible.values_list("name", "pk", "owner")]
    return {name: pk for name, pk, _owner in rows} | {name: pk for name, pk, owner in rows if owner == user.pk}


def _find_model(user: User, wanted: ModelName) -> Model | None:
    named = usable_models(user).filter(name=wanted.name).select_related("provider")
    return named.filter(provider__name=wanted.provider).first() or named.order_by("provider__name").first()
