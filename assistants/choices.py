"""What answers a message: which model or assistant somebody chose, may choose, or gets if they chose none."""

import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from assistants.handoffs import functions
from assistants.instructions import MAX_RENDERED_CHARACTERS, known_values, render, variables
from assistants.models import Assistant, AssistantVersion, Default
from assistants.request_settings import MAX_COLLECTIONS, Handoff, RequestSettings, read_settings
from common.refusal import Refused
from common.text import one_line
from providers import catalog
from providers.environment import ENVIRONMENT_ID
from providers.models import Model, Provider
from providers.parameters import CHAT_ONLY, Effort, Verbosity
from tools import registry
from tools.mcp import catalog as mcp_catalog
from tools.tool import Options

SNAPSHOT_SECONDS = 2.0
"""How long a process may not know what another one has changed."""
MISS_SECONDS = 0.2
"""The same for what isn't known at all: somebody may just have made it."""
MAX_VERSIONS = 1000
"""Kept in memory: a version never changes."""


class Person(NamedTuple):
    """Who asks."""

    id: UUID
    name: str
    groups: frozenset[int]
    about_me: str = ""
    about_me_in_temporary: bool = False
    memories: tuple[str, ...] | None = None
    """What models remember of them, oldest first; None if they want nothing remembered."""
    place: Mapping[str, str] | None = None
    """Where they are, roughly, if web searches may know it: a `tools.web_search.Place`."""


class Wish(NamedTuple):
    """What a message asks to be answered with. What is None was not chosen."""

    assistant: UUID | None = None
    model: UUID | None = None
    effort: Effort | None = None
    verbosity: Verbosity | None = None
    tools: Mapping[str, bool] | None = None
    """Tools that the person switched on or off; the others are as the assistant or the site has them."""
    collections: Mapping[UUID, bool] | None = None
    """Collections of files, likewise."""


NO_WISH = Wish()


@dataclass(frozen=True)
class Choice:
    """What answers: a provider's model by its name there, the settings of the request, and maybe an assistant's."""

    provider_id: UUID | None
    model: str
    settings: RequestSettings
    instructions: str
    version: AssistantVersion | None = None

    @property
    def variables(self) -> list[str]:
        """The names of what a person fills in before the first message."""
        return variables(self.instructions)

    def rendered(self, person: Person, today: date, values: Mapping[str, str]) -> str:
        """Return the instructions for a person, in the language that is active.

        Raise `Refused` if a variable has no value, or if the values make them too long.
        """
        if missing := [name for name in self.variables if not values.get(name, "").strip()]:
            raise Refused(
                "variables_missing",
                _("Fill in first: %(names)s.") % {"names": ", ".join(missing)},
                "variables",
            )
        known = known_values(today=today, name=one_line(person.name))
        rendered = render(self.instructions, {**values, **known})
        if len(rendered) > MAX_RENDERED_CHARACTERS:
            raise Refused(
                "instructions_too_long",
                _("What you filled in makes the assistant's instructions too long. Shorten it."),
                "variables",
            )
        return rendered


class Snapshot:
    """Which models and assistants there are, whose they are, and what answers by default, at one moment."""

    def __init__(self) -> None:
        self.made_at = time.monotonic()
        # What may be chosen must be known to those who build its request.
        known = catalog.refresh()
        mcp_catalog.refresh()
        self.models = known.offered
        self.by_name = {(model.provider_id, model.name): model for model in self.models.values()}
        self.environment = ENVIRONMENT_ID if ENVIRONMENT_ID in known.providers else None
        self.assistants = {each.pk: each for each in Assistant.objects.exclude(newest=None)}
        self._model_groups = _groups(Model.groups.through.objects.values_list("model_id", "group_id"))
        self._assistant_groups = _groups(Assistant.groups.through.objects.values_list("assistant_id", "group_id"))
        defaults = [*Default.objects.order_by("group__name")]
        self._of_site = next((each for each in defaults if not each.user_id and not each.group_id), None)
        self._of_people = {each.user_id: each for each in defaults if each.user_id}
        self._of_groups = {each.group_id: each for each in defaults if each.group_id}

    @property
    def environment_model(self) -> Model | None:
        """The model of the environment's settings, which answers if there is no default."""
        return self.by_name.get((self.environment, settings.MODEL)) if self.environment else None

    def may_use_model(self, person: Person, model: Model) -> bool:
        """Return whether a person may be answered by a model."""
        groups = self._model_groups.get(model.pk)
        return not groups or bool(groups & person.groups)

    def may_use_version(self, person: Person, version: AssistantVersion) -> bool:
        """Return whether a person may be answered by the model that an assistant's version names, if it names one."""
        model = self.models.get(version.model_id) if version.model_id else None
        return not version.model_id or (model is not None and self.may_use_model(person, model))

    def may_use_assistant(self, person: Person, assistant: Assistant) -> bool:
        """Return whether a person may be answered by an assistant, unless it is archived."""
        own_groups = self._assistant_groups.get(assistant.pk, frozenset())
        return assistant.is_usable_by(person.id, person.groups, own_groups)

    def defaults(self, person: Person) -> Iterator[Default]:
        """Yield what answers a person who chose nothing: theirs, their groups', the site's."""
        yield from filter(None, [self._of_people.get(person.id)])
        yield from (each for group, each in self._of_groups.items() if group in person.groups)
        yield from filter(None, [self._of_site])


class Choices:
    """What a process knows of models and assistants. The methods may ask the database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._versions: OrderedDict[UUID, AssistantVersion] = OrderedDict()

    def forget(self) -> None:
        """Look everything up anew, because this process changed something."""
        self._snapshot = None

    def snapshot(self, max_age: float = SNAPSHOT_SECONDS) -> Snapshot:
        """Return what there is, as it was so many seconds ago at most."""
        snapshot = self._snapshot
        if snapshot is None or time.monotonic() - snapshot.made_at > max_age:
            with self._lock:
                # While this thread waited, another one may have made it.
                snapshot = self._snapshot
                if snapshot is None or time.monotonic() - snapshot.made_at > max_age:
                    snapshot = self._snapshot = Snapshot()
        return snapshot

    def choose(self, person: Person, wish: Wish, before: Wish = NO_WISH) -> Choice:
        """Return what answers a message. `before` is what answered the one that it continues.

        Raise `Refused` if the person may not, or can no longer, use what they chose.
        """
        if wish.assistant:
            return self._of_assistant(person, wish.assistant, wish)
        if wish.model:
            return self._of_model(self._model(wish.model, person), wish, person.id)
        wish = wish._replace(
            assistant=before.assistant,
            model=before.model,
            effort=wish.effort or before.effort,
            verbosity=wish.verbosity or before.verbosity,
        )
        if wish.assistant:
            return self._of_assistant(person, wish.assistant, wish)
        snapshot = self.snapshot()
        model = snapshot.models.get(wish.model) if wish.model else None
        if model and snapshot.may_use_model(person, model):
            return self._of_model(model, wish, person.id)
        return self._default(person, wish)

    def version(self, version_id: UUID) -> AssistantVersion:
        """Return a version of an assistant."""
        return self.versions([version_id])[version_id]

    def versions(self, version_ids: Collection[UUID]) -> dict[UUID, AssistantVersion]:
        """Return versions of assistants by their ids."""
        # Another thread may drop one at any moment.
        known = ((each, self._versions.get(each)) for each in version_ids)
        found = {each: version for each, version in known if version}
        if missing := [each for each in version_ids if each not in found]:
            read = AssistantVersion.objects.select_related("model").in_bulk(missing)
            found |= read
            self._versions |= read
            while len(self._versions) > MAX_VERSIONS:
                self._versions.popitem(last=False)
        return found

    def model_id(self, provider_id: UUID | None, name: str) -> UUID | None:
        """Return the id of a provider's model; None if it can't be chosen any more."""
        snapshot = self.snapshot()
        model = snapshot.by_name.get((provider_id, name)) if provider_id else None
        return model.pk if model else None

    def _default(self, person: Person, wish: Wish) -> Choice:
        snapshot = self.snapshot()
        for default in snapshot.defaults(person):
            if default.model_id:
                model = snapshot.models.get(default.model_id)
                if model and snapshot.may_use_model(person, model):
                    return self._of_model(model, wish, person.id)
            elif default.assistant_id:
                with suppress(Refused):
                    return self._of_assistant(person, default.assistant_id, wish)
        chosen = _chosen(RequestSettings(), wish, snapshot.environment_model, person.id)
        return Choice(snapshot.environment, settings.MODEL, chosen, settings.INSTRUCTIONS)

    def _of_model(self, model: Model, wish: Wish, user_id: UUID) -> Choice:
        chosen = _chosen(RequestSettings(), wish, model, user_id)
        return Choice(model.provider_id, model.name, chosen, settings.INSTRUCTIONS)

    def of_version(self, person: Person, assistant_id: UUID, version_id: UUID) -> Choice:
        """Return an assistant as it was in a version. Raise `Refused` if the person may not use it."""
        return self._of_assistant(person, assistant_id, NO_WISH, version_id)

    def _of_assistant(self, person: Person, assistant_id: UUID, wish: Wish, version_id: UUID | None = None) -> Choice:
        snapshot = self.snapshot()
        if assistant_id not in snapshot.assistants:
            snapshot = self.snapshot(MISS_SECONDS)
        assistant = snapshot.assistants.get(assistant_id)
        if assistant is None or assistant.newest_id is None or not snapshot.may_use_assistant(person, assistant):
            raise Refused(
                "assistant_not_found",
                _("This assistant doesn't exist, or you may not use it any more. Choose another one."),
                "assistant",
                status=404,
            )
        version = self.version(version_id or assistant.newest_id)
        if assistant.archived_at:
            raise Refused(
                "assistant_archived",
                _("The assistant %(name)s was archived. Choose another one.") % {"name": version.name},
                "assistant",
            )
        # It gives its model to nobody who may not use that now, its owner included.
        model = self._model(version.model_id, person, version) if version.model_id else self.default_model(person)
        chosen = _chosen(read_settings(version.settings), wish, model, person.id)
        if version.handoffs:
            chosen = msgspec.structs.replace(chosen, handoffs=self._handoffs(person, version, chosen.tools or {}))
        provider_id, name = (model.provider_id, model.name) if model else (snapshot.environment, settings.MODEL)
        return Choice(provider_id, name, chosen, version.instructions, version)

    def _handoffs(self, person: Person, version: AssistantVersion, tools: Collection[str]) -> dict[str, Handoff] | None:
        """Return the handoffs that a version names, to assistants that the person may use now, with their models."""
        snapshot = self.snapshot()
        named = (snapshot.assistants.get(UUID(each)) for each in version.handoffs if each != str(version.assistant_id))
        usable = [each for each in named if each and not each.archived_at and snapshot.may_use_assistant(person, each)]
        versions = self.versions([each.newest_id for each in usable if each.newest_id])
        targets = (versions.get(each.newest_id) for each in usable if each.newest_id)
        return functions([each for each in targets if each and snapshot.may_use_version(person, each)], tools) or None

    def default_model(self, person: Person) -> Model | None:
        """Return the model that answers where an assistant names none; None if that of the settings has no row."""
        snapshot = self.snapshot()
        for default in snapshot.defaults(person):
            model = snapshot.models.get(default.model_id) if default.model_id else None
            if model and snapshot.may_use_model(person, model):
                return model
        return snapshot.environment_model

    def _model(self, model_id: UUID, person: Person, version: AssistantVersion | None = None) -> Model:
        """Return a model that was chosen, or that a version names. Raise `Refused` if the person may not use it."""
        snapshot = self.snapshot()
        if model_id not in snapshot.models:
            snapshot = self.snapshot(MISS_SECONDS)
        model = snapshot.models.get(model_id)
        # By the snapshot that has the model: an older one doesn't know whose it is.
        if model is None or not snapshot.may_use_model(person, model):
            raise _no_model(version)
        return model


def _no_model(version: AssistantVersion | None) -> Refused:
    """Return the refusal of a model that isn't offered to the person who chose it, or chose a version that names it."""
    if version is None:
        sentence = _("This model isn't offered any more, or not to you. Choose another one.")
        return Refused("model_not_found", sentence, "model", status=404)
    sentence = _("%(name)s answers with a model that isn't offered any more, or not to you. Choose another one.")
    return Refused("model_not_found", sentence % {"name": version.name}, "assistant", status=404)


def _chosen(base: RequestSettings, wish: Wish, model: Model | None, user_id: UUID) -> RequestSettings:
    """Return the settings with what the person chose beside the model, without what the model doesn't take."""
    changes: dict[str, Any] = {}
    if wish.effort and model and wish.effort in model.efforts:
        changes["effort"] = wish.effort
    if wish.verbosity and model and model.takes_verbosity:
        changes["verbosity"] = wish.verbosity
    if model and model.takes_summaries and base.summary is None:
        changes["summary"] = "auto"
    if base.format and model and model.output_format != Model.OutputFormat.JSON_SCHEMA:
        changes["format"] = msgspec.structs.replace(base.format, mode=model.output_format or "text")
    if model is None or model.provider.dialect != Provider.Dialect.CHAT_COMPLETIONS:
        changes |= dict.fromkeys(CHAT_ONLY)
    on = _tools(base.tools, wish.tools or {}, model, user_id)
    # That somebody switched all off is remembered.
    changes["tools"] = on if on or wish.tools else None
    # So is that somebody switched off what the assistant has.
    collections = _collections(base.collections or (), wish.collections or {})
    changes["collections"] = collections if collections or wish.collections else None
    return msgspec.structs.replace(base, **changes)


def _tools(
    base: Mapping[str, Options] | None, switched: Mapping[str, bool], model: Model | None, user_id: UUID
) -> dict[str, Options]:
    """Return the tools that are on for an answer.

    What an assistant has, or a person switched on, stays although the model may not take it: they are told so. What the
    site has on is left out silently, because nobody chose it.
    """
    known = default_tools(model, user_id) if base is None else base
    on = {name: options for name, options in known.items() if switched.get(name) is not False}
    added = (name for name, is_on in switched.items() if is_on and name not in on)
    return on | {name: {} for name in added if registry.tool(name, user_id)}


def _collections(base: Collection[UUID], switched: Mapping[UUID, bool]) -> list[UUID]:
    """Return the collections for an answer. Whether the person may see them is asked when something is searched."""
    on = [each for each in base if switched.get(each) is not False]
    on += [each for each, is_on in switched.items() if is_on and each not in on]
    if len(on) > MAX_COLLECTIONS:
        raise Refused(
            "too_many_collections",
            _("An answer can search %(number)s collections at most. Switch some off.") % {"number": MAX_COLLECTIONS},
            "collections",
        )
    return on


def default_tools(model: Model | None, user_id: UUID) -> dict[str, Options]:
    """Return the tools that the site has on for a person and a model takes, that of the settings for None."""
    offered = offered_tools(model, user_id)
    return {name: {} for name in settings.DEFAULT_TOOLS if name in offered}


def offered_tools(model: Model | None, user_id: UUID) -> Collection[str]:
    """Return the names of the tools that may be on for a person and a model, that of the settings for None."""
    provider_id, name = (model.provider_id, model.name) if model else (None, settings.MODEL)
    return registry.offered(provider_id, name, user_id)


def _groups(rows: Iterable[tuple[UUID, int]]) -> dict[UUID, frozenset[int]]:
    found: dict[UUID, set[int]] = defaultdict(set)
    for owner, group in rows:
        found[owner].add(group)
    return {owner: frozenset(groups) for owner, groups in found.items()}
