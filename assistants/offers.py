"""What a person may choose to be answered by, as the composer's picker shows it."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.models import User
from assistants.choices import MISS_SECONDS, NO_WISH, Choices, Person, default_tools, offered_tools
from assistants.models import Assistant, AssistantVersion, Favorite
from common.refusal import Refused
from common.text import one_line
from knowledge.models import Collection as Files
from providers.families import family_of
from providers.models import Model
from tools import file_search, registry

MAX_OFFERED = 300
"""Assistants, the newest first: more are found on their own page."""
MAX_DESCRIPTION_CHARACTERS = 140


def offer(choices: Choices, person: Person, recent: Iterable[UUID], named: str = "") -> dict[str, Any]:
    """Return the assistants and models that a person may choose. `recent` are the ids of what answered them lately.

    The assistant whose id is `named` is among them, however old it is.
    """
    # Somebody who has just made an assistant looks for it here.
    snapshot = choices.snapshot(MISS_SECONDS)
    usable = [each for each in snapshot.assistants.values() if not (each.archived_at or each.draft_at)]
    mine = [each for each in usable if snapshot.may_use_assistant(person, each)]
    by_age = sorted(mine, key=lambda each: each.updated_at, reverse=True)
    newest = by_age[:MAX_OFFERED] + [each for each in by_age[MAX_OFFERED:] if str(each.pk) == named]
    versions = choices.versions([each.newest_id for each in newest if each.newest_id])
    models = [model for model in snapshot.models.values() if snapshot.may_use_model(person, model)]
    favorites = Favorite.objects.filter(user=person.id).values_list("assistant_id", "model_id")
    default = choices.default_model(person)
    collections = _collections(person.id, versions.values())
    pairs = [(each, versions[each.newest_id]) for each in newest if each.newest_id in versions]
    return {
        "assistants": [
            _assistant(each, version, default, person.id, collections)
            for each, version in pairs
            if str(each.pk) == named or snapshot.may_use_version(person, version)
        ],
        "models": [
            _model(model, person.id) for model in sorted(models, key=lambda model: (str(model).lower(), model.name))
        ],
        "favorites": [str(assistant or model) for assistant, model in favorites],
        "recent": [str(each) for each in recent],
        "default": _default(choices, person),
        "tools": _titles(person.id),
        "collections": collections,
    }


def offer_draft(choices: Choices, draft: Assistant) -> dict[str, Any]:
    """Return what the picker offers beside the form: the draft alone, which nobody chooses elsewhere."""
    versions = choices.versions([draft.newest_id]) if draft.newest_id else {}
    default = choices.snapshot().environment_model
    collections = _collections(draft.owner_id, versions.values())
    drafts = [_assistant(draft, version, default, draft.owner_id, collections) for version in versions.values()]
    names = {"id": str(draft.pk), "name": str(draft)}
    return {
        "assistants": drafts,
        "models": [],
        "favorites": [],
        "recent": [],
        "default": names,
        "tools": _titles(draft.owner_id),
        "collections": collections,
    }


def _titles(user_id: UUID) -> dict[str, str]:
    """Return what people read for each tool."""
    return {name: str(each.title) for name, each in registry.tools(user_id).items()}


def _collections(user_id: UUID, versions: Iterable[AssistantVersion]) -> dict[str, str]:
    """Return the names of collections that a person may search, by id: those that versions have, and the newest."""
    visible = Files.objects.visible_to(User(pk=user_id))
    newest = visible.order_by("-updated_at").values_list("pk", "name")[:MAX_OFFERED]
    named = {each for version in versions for each in version.settings.get("collections") or ()}
    found = {str(pk): name for pk, name in newest}
    if missing := named - found.keys():
        found |= {str(pk): name for pk, name in visible.filter(pk__in=missing).values_list("pk", "name")}
    return dict(sorted(found.items(), key=lambda each: (each[1].casefold(), each[0])))


def _default(choices: Choices, person: Person) -> dict[str, Any]:
    """Return what answers if the person chooses nothing: its id, if it has one, its name and its tools."""
    try:
        choice = choices.choose(person, NO_WISH)
    except Refused:
        return {"id": "", "name": settings.MODEL}
    offered = registry.offered(choice.provider_id, choice.model, person.id)
    on = sorted(name for name in choice.settings.tools or {} if name in offered)
    refused = sorted(registry.refused(choice.provider_id, choice.model, person.id))
    tools: dict[str, Any] = {"tools": sorted(offered), "tools_on": on, "tools_refused": refused}
    tools["takes_knowledge"] = _takes_knowledge(choice.provider_id, choice.model)
    tools["collections"] = [str(each) for each in choice.settings.collections or ()]
    if choice.version:
        return {"id": str(choice.version.assistant_id), "name": choice.version.name, **tools}
    model_id = choices.model_id(choice.provider_id, choice.model)
    return {"id": str(model_id or ""), "name": choice.model, **tools}


def _assistant(
    assistant: Assistant, version: AssistantVersion, default: Model | None, user_id: UUID, collections: Collection[str]
) -> dict[str, Any]:
    """Return an assistant; `default` is the model that answers if it names none, `collections` those that are seen."""
    description = one_line(version.description)
    return {
        "id": str(assistant.pk),
        "name": version.name,
        "icon": version.icon or version.initial,
        "hue": None if version.icon else version.hue,
        "description": description[:MAX_DESCRIPTION_CHARACTERS],
        "variables": version.variables,
        "starters": version.starters,
        "effort": version.settings.get("effort"),
        "collections": [each for each in version.settings.get("collections") or () if each in collections],
        **(_takes(version.model) if version.model else {}),
        **_tools(version.model or default, user_id, version.settings.get("tools")),
    }


def _model(model: Model, user_id: UUID) -> dict[str, Any]:
    return {
        "id": str(model.pk),
        "name": model.title or model.name,
        "provider": str(model.provider_id),
        "provider_name": model.provider.name,
        "model": model.name,
        "shutdown_on": model.shutdown_on.isoformat() if model.shutdown_on else None,
        **_takes(model),
        **_tools(model, user_id),
    }


def _takes(model: Model) -> dict[str, Any]:
    return {
        "efforts": model.efforts,
        "default_effort": model.default_effort,
        "takes_verbosity": model.takes_verbosity,
        "takes_images": model.takes_images,
        "takes_original": family_of(model.name).takes_original,
        "context_window": model.context_window,
    }


def _tools(model: Model | None, user_id: UUID, on: Collection[str] | None = None) -> dict[str, Any]:
    """Return the tools that a person may switch, and those that are on until they do: the site's, unless given.

    And those that the model would take if its provider hadn't refused them lately.
    """
    offered = offered_tools(model, user_id)
    on = default_tools(model, user_id) if on is None else on
    provider_id, name = (model.provider_id, model.name) if model else (None, settings.MODEL)
    return {
        "tools": sorted(offered),
        "tools_on": sorted(name for name in on if name in offered),
        "tools_refused": sorted(registry.refused(provider_id, name, user_id)),
        "takes_knowledge": _takes_knowledge(provider_id, name),
    }


def _takes_knowledge(provider_id: UUID | None, model: str) -> bool:
    """Return whether a model can search in collections, itself or through its provider."""
    return registry.takes_functions(provider_id, model) or file_search.is_offered(provider_id, model)
