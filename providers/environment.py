"""The provider that the settings name (`OPENAI_API_KEY`, `OPENAI_BASE_URL`), beside those that admins add."""

from uuid import UUID

from django.conf import settings

from providers.endpoint import OPENAI, Endpoint

ENVIRONMENT_ID = UUID("00000000-0000-4000-8000-000000000001")
"""Its primary key. The same everywhere, so that nobody has to look it up."""


def provider_key(provider_id: UUID | None) -> str:
    """Return the provider's primary key as text; that of the settings' provider for None."""
    return str(provider_id or ENVIRONMENT_ID)


def environment_endpoint() -> Endpoint:
    """Return how to reach the provider of the settings."""
    return Endpoint(
        id=str(ENVIRONMENT_ID),
        base_url=settings.OPENAI_BASE_URL or OPENAI,
        key=settings.OPENAI_API_KEY,
        timeout=settings.OPENAI_TIMEOUT,
    )
