"""What refusals have taught of a provider and a model. What was known before is in catalog.py."""

import time
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from providers.models import Model, Refusal

RETENTION = timedelta(days=1)
"""How long a refusal is believed: a repaired server is tried again after that."""

CACHE_SECONDS = 10.0
"""How long a process may not know what another one has learnt."""


class Capabilities:
    """The refusals that this process knows of. All processes share them through the database. The methods block."""

    def __init__(self) -> None:
        self._cache: dict[tuple[str, str], tuple[float, frozenset[str]]] = {}
        self._accepted: dict[tuple[str, str], set[str]] = {}
        self._suspected: set[tuple[str, str, str]] = set()

    def refused(self, provider: str, model: str) -> frozenset[str]:
        """Return the names of the request's parts that the provider refused for the model lately (refusals.py)."""
        cached = self.cached(provider, model)
        if cached is not None:
            return cached
        recent = Refusal.objects.filter(provider=provider, model=model, refused_at__gt=timezone.now() - RETENTION)
        parameters = frozenset(recent.values_list("parameter", flat=True))
        self._cache[provider, model] = time.monotonic() + CACHE_SECONDS, parameters
        return parameters

    def cached(self, provider: str, model: str) -> frozenset[str] | None:
        """Return what `refused` does if it needn't ask the database; None if it must. It doesn't block."""
        expires, parameters = self._cache.get((provider, model), (0.0, frozenset()))
        return parameters if time.monotonic() < expires else None

    def remember(self, provider: str, model: str, parameter: str) -> None:
        """Have the part of the request, or one value of a parameter, omitted for a while, in all processes."""
        Refusal.objects.update_or_create(
            provider=provider, model=model, parameter=parameter, defaults={"refused_at": timezone.now()}
        )
        self._cache.pop((provider, model), None)

    def limit_efforts(self, provider: str, model: str, efforts: list[str]) -> None:
        """Note the efforts that the provider named as those that the model takes, so that no other is offered."""
        Model.objects.filter(provider=UUID(provider), name=model).exclude(efforts=efforts).update(efforts=efforts)

    def accepted(self, provider: str, model: str) -> Collection[str]:
        """Return the parts with which this process got an answer from the provider and the model."""
        return self._accepted.get((provider, model), frozenset())

    def accept(self, provider: str, model: str, parts: Collection[str]) -> None:
        """Note that the provider answered a request with these parts. It doesn't block."""
        self._accepted.setdefault((provider, model), set()).update(parts)

    def suspect(self, provider: str, model: str, part: str) -> bool:
        """Note that the provider may refuse the part. Return whether that was noted before."""
        key = provider, model, part
        was_suspected = key in self._suspected
        self._suspected.add(key)
        return was_suspected
