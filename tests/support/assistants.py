"""Models and assistants for tests."""

from typing import Any

from django.contrib.auth.models import Group

from accounts.models import User
from accounts.sharing import Visibility
from assistants.models import Assistant
from providers.models import Model, Provider


def make_model(
    name: str,
    *,
    dialect: Provider.Dialect = Provider.Dialect.RESPONSES,
    groups: list[Group] | None = None,
    **fields: Any,
) -> Model:
    """Store a model of a provider that is named after its dialect."""
    provider, _ = Provider.objects.get_or_create(
        name=f"Provider of {dialect.label}", defaults={"base_url": "http://127.0.0.1:1/v1", "dialect": dialect}
    )
    model = Model.objects.create(provider=provider, name=name, **fields)
    model.groups.set(groups or [])
    return model


def make_assistant(
    owner: User,
    *,
    visibility: Visibility = Visibility.PRIVATE,
    archived_at: Any = None,
    name: str = "Assistant",
    **content: Any,
) -> Assistant:
    """Store an assistant with one version of this content."""
    assistant = Assistant.objects.create(owner=owner, visibility=visibility, archived_at=archived_at)
    assistant.publish(owner, name=name, **content)
    return assistant
