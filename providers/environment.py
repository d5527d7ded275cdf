"""The provider that the settings name (`OPENAI_API_KEY`, `OPENAI_BASE_URL`), beside those that admins add.

Its row is written at each start, for pages to show and for responses to refer to. How it is reached is read from the
settings all the same, so its key is nowhere in the database.
"""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.apps import apps
from django.apps.registry import Apps
from django.conf import settings

from providers.endpoint import OPENAI, Endpoint
from providers.families import family_of
from providers.models import Model, Provider

ENVIRONMENT_ID = UUID("00000000-0000-4000-8000-000000000001")
"""Its primary key. The same everywhere, so that nobody has to look it up."""

NAMES = {"api.openai.com": "OpenAI"}


def provider_key(provider_id: UUID | None) -> str:
    """Return the provider's primary key as text; that of the settings' provider for None."""
    return str(provider_id or ENVIRONMENT_ID)


def environment_endpoint() -> Endpoint:
    """Return how to reach the provider of the settings."""
    return Endpoint(
        id=str(ENVIRONMENT_ID),
        dialect=settings.OPENAI_DIALECT,
        base_url=settings.OPENAI_BASE_URL or OPENAI,
        key=settings.OPENAI_API_KEY,
        timeout=settings.OPENAI_TIMEOUT,
    )


def environment_provider() -> Provider:
    """Return the row of the settings' provider as it should be. It isn't stored, and has no key."""
    return Provider(
        pk=ENVIRONMENT_ID,
        name=_name(),
        dialect=settings.OPENAI_DIALECT,
        base_url=settings.OPENAI_BASE_URL or OPENAI,
        timeout=settings.OPENAI_TIMEOUT,
        store=settings.STORE,
        background=settings.BACKGROUND,
        is_from_environment=True,
    )


def store_environment(apps: Apps = apps, **_: Any) -> None:
    """Store the provider of the settings, and its model. It is called after each migration, and so at each start."""
    try:
        apps.get_model("providers", "Model")
    except LookupError:
        # Migrated to before there were rows.
        return
    provider = environment_provider()
    if Provider.objects.exclude(pk=provider.pk).filter(name=provider.name).exists():
        provider.name = f"{provider.name} (settings)"
    fields = ["name", "dialect", "base_url", "timeout", "store", "background", "is_from_environment"]
    Provider.objects.update_or_create(pk=provider.pk, defaults={field: getattr(provider, field) for field in fields})
    Model.objects.update_or_create(
        provider=provider,
        name=settings.MODEL,
        defaults={"is_enabled": True},
        create_defaults=family_of(settings.MODEL).fields(),
    )


def _name() -> str:
    if settings.USES_STANDIN:
        return "Demo"
    host = urlsplit(settings.OPENAI_BASE_URL or OPENAI).netloc
    return NAMES.get(host, host)
