"""The providers and models as this process knows them: a few seconds old, and readable without the database."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils import timezone

from common.threads import in_thread
from providers.capabilities import RETENTION
from providers.encryption import Undecryptable, decrypt
from providers.endpoint import Endpoint
from providers.environment import ENVIRONMENT_ID, environment_endpoint, environment_provider, provider_key
from providers.failures import failure
from providers.families import MAX_KNOWN_NAMES, family_of
from providers.models import Model, Provider, Refusal
from providers.tool_parts import PREFIX

REFRESH_SECONDS = 5.0
"""How long a process may not know what an admin has changed in another one."""

SETTINGS = ("OPENAI_DIALECT", "OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_TIMEOUT", "STORE", "BACKGROUND")
"""Those that make the settings' provider what it is."""

NO_EFFORT = "none"
LIMITS: dict[str, dict[str, bool]] = {
    Provider.Dialect.CHAT_COMPLETIONS: {
        "store": False,
        "chain": False,
        "background": False,
        "resume": False,
        "files": False,
    },
}
"""What a dialect has no words for, whatever the provider could do."""


@dataclass(frozen=True)
class ModelInfo:
    """A model of a provider, and what its requests may have: fields of its row."""

    provider_id: UUID
    name: str
    context_window: int | None = None
    max_output_tokens: int | None = None
    efforts: tuple[str, ...] = ()
    default_effort: str = ""
    takes_verbosity: bool = False
    takes_summaries: bool = False
    temperature: str = Model.Temperature.ALWAYS
    takes_files: bool = False
    takes_functions: bool = False
    hosted_tools: tuple[str, ...] = ()
    takes_context_management: bool = False
    takes_cache_options: bool = False
    takes_original: bool = False
    """Whether it looks at images in their own size."""

    @property
    def input_window(self) -> int | None:
        """The tokens of its context window that are left for the input when it answers at length, if that is known."""
        if not self.context_window:
            return None
        return self.context_window - min(self.max_output_tokens or 0, self.context_window // 2)

    def thinks(self, effort: str = "") -> bool:
        """Return whether it thinks before it answers, with its default effort or another, so that it takes long."""
        return bool(self.efforts) and (effort or self.default_effort) != NO_EFFORT

    def takes_temperature(self, effort: str = "") -> bool:
        """Return whether it takes `temperature` and `top_p`, with its default effort or another."""
        if self.temperature == Model.Temperature.WITHOUT_EFFORT:
            return not self.thinks(effort)
        return self.temperature == Model.Temperature.ALWAYS


@dataclass(frozen=True)
class ProviderInfo:
    """A provider, how it is reached, and what it can do."""

    id: UUID
    name: str
    endpoint: Endpoint
    problem: str = ""
    """Why it can't be asked: the code of a failure."""
    store: bool = True
    background: str = Provider.Background.AUTO
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    """What a test found, and what the dialect has no words for."""

    def can(self, capability: str) -> bool:
        """Return whether it can do something; what nobody has tried yet is tried."""
        return self.capabilities.get(capability) is not False

    def runs_in_background(self, model: ModelInfo, effort: str = "") -> bool:
        """Return whether an answer runs in the background, so that one that is cut can be resumed.

        Background answers start later, so by default they are for models that think for long.
        https://platform.openai.com/docs/guides/background
        """
        if not self.can("background"):
            return False
        always = self.background == Provider.Background.ALWAYS
        return always or (self.background == Provider.Background.AUTO and model.thinks(effort))


@dataclass(frozen=True)
class Snapshot:
    """What was read at one moment."""

    providers: Mapping[UUID, ProviderInfo] = field(default_factory=dict)
    models: Mapping[tuple[UUID, str], ModelInfo] = field(default_factory=dict)
    offered: Mapping[UUID, Model] = field(default_factory=dict)
    """The rows of the models that can be chosen, by their ids, with those of their providers."""
    found: tuple[tuple[str, bool], ...] = ()
    """What a test has found of the settings' provider."""
    refused_tools: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    """The parts of requests that are tools and that a provider lately refused for a model (tool_parts.py)."""


_snapshot = Snapshot()


def refresh() -> Snapshot:
    """Read the providers and models again, and return what was read. It blocks."""
    global _snapshot
    _snapshot = _read()
    return _snapshot


def forget() -> None:
    """Forget what was read."""
    global _snapshot
    _snapshot = Snapshot()


async def keep_fresh() -> None:
    """Read the providers and models again, in a thread."""
    await in_thread(refresh)()


def provider(provider_id: UUID | None) -> ProviderInfo:
    """Return a provider; the one of the settings for None. Raise `Failure` if there is none."""
    if provider_id is None or provider_id == ENVIRONMENT_ID:
        return _environment()
    if found := _snapshot.providers.get(provider_id):
        return found
    raise failure("provider_not_found")


def model(provider_id: UUID | None, name: str) -> ModelInfo:
    """Return what a provider's model takes; what is known of its name if it has no row."""
    key = provider_id or ENVIRONMENT_ID, name
    return _snapshot.models.get(key) or _unknown(*key)


def refused_tools(provider_id: UUID | None, name: str) -> frozenset[str]:
    """Return the parts of a request that are tools and that a provider lately refused for a model."""
    return _snapshot.refused_tools.get((provider_key(provider_id), name), frozenset())


def model_info(row: Model) -> ModelInfo:
    """Return what a row says of a model."""
    family = family_of(row.name)
    return ModelInfo(
        provider_id=row.provider_id,
        name=row.name,
        context_window=row.context_window,
        max_output_tokens=row.max_output_tokens,
        efforts=tuple(row.efforts),
        default_effort=row.default_effort,
        takes_verbosity=row.takes_verbosity,
        takes_summaries=row.takes_summaries,
        temperature=row.temperature,
        takes_files=row.takes_files,
        takes_functions=row.takes_functions,
        hosted_tools=tuple(row.hosted_tools),
        takes_context_management=family.takes_context_management,
        takes_cache_options=family.takes_cache_options,
        takes_original=family.takes_original,
    )


def model_of_settings() -> str:
    """Return the name of the model that the settings name."""
    return str(settings.MODEL)


def is_known(provider_id: UUID | None) -> bool:
    """Return whether `provider` has the provider."""
    return provider_id is None or provider_id == ENVIRONMENT_ID or provider_id in _snapshot.providers


def endpoint_of(row: Provider) -> Endpoint:
    """Return how to reach a provider. Raise `Undecryptable` if its key or its headers can't be read."""
    if row.is_from_environment:
        return environment_endpoint()
    headers = decrypt(row.headers)
    return Endpoint(
        id=str(row.pk),
        dialect=row.dialect,
        base_url=row.base_url,
        key=decrypt(row.key) or "none",
        organization=row.organization,
        project=row.project,
        headers=tuple(msgspec.json.decode(headers, type=dict[str, str]).items()) if headers else (),
        timeout=row.timeout,
        connect_timeout=row.connect_timeout,
    )


def _environment() -> ProviderInfo:
    """Return the settings' provider: what they say now, and what a test has found."""
    return _environment_of((*(getattr(settings, name) for name in SETTINGS), _snapshot.found))


@lru_cache(1)
def _environment_of(state: tuple[Any, ...]) -> ProviderInfo:
    """Return it anew if one of the settings has changed: making it costs more than all else that an answer looks up."""
    return _provider_info(environment_provider(), dict(state[-1]))


def _read() -> Snapshot:
    providers = {row.pk: row for row in Provider.objects.all()}
    models = [row for row in Model.objects.all() if row.provider_id in providers]
    for row in models:
        row.provider = providers[row.provider_id]
    environment = providers.get(ENVIRONMENT_ID)
    return Snapshot(
        {pk: _provider_info(row, row.capabilities) for pk, row in providers.items()},
        {(row.provider_id, row.name): model_info(row) for row in models},
        {row.pk: row for row in models if row.is_enabled and row.provider.is_enabled},
        # Not what the row's dialect can't do: the settings may say another one by now.
        tuple(environment.capabilities.items()) if environment else (),
        _refused_tools(),
    )


def _refused_tools() -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    lately = Refusal.objects.filter(parameter__startswith=PREFIX, refused_at__gt=timezone.now() - RETENTION)
    for provider, model, part in lately.values_list("provider", "model", "parameter"):
        found[provider, model].add(part)
    return {key: frozenset(parts) for key, parts in found.items()}


def _provider_info(row: Provider, capabilities: Mapping[str, bool]) -> ProviderInfo:
    problem = ""
    try:
        endpoint = endpoint_of(row)
    except Undecryptable:
        endpoint, problem = Endpoint(id=str(row.pk), base_url=row.base_url), "key_undecryptable"
    limits = LIMITS.get(row.dialect, {})
    return ProviderInfo(
        id=row.pk,
        name=row.name,
        endpoint=endpoint,
        problem=problem,
        store=row.store and limits.get("store", True),
        background=row.background,
        capabilities={**capabilities, **limits},
    )


@lru_cache(MAX_KNOWN_NAMES)
def _unknown(provider_id: UUID, name: str) -> ModelInfo:
    return model_info(Model(provider_id=provider_id, name=name, **family_of(name).fields()))
