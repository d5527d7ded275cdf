"""The models that a provider lists, joined with what is known of their families, as rows."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from providers.families import Family, family_of
from providers.models import Model, Provider

MAX_MODELS = 2000
MAX_NAME = 200
FEW = 10
"""So many new models are offered at once. Of more, an admin chooses."""
WINDOWS = ("max_model_len", "context_length", "context_window", "max_context_length")
"""What servers call the size of the context window."""
MAX_TOKENS = 2**31 - 1


@dataclass(frozen=True)
class Fetched:
    """What became of a list of models."""

    new: list[str]
    gone: list[str]
    """Those that are rows and aren't listed any more."""


def store_models(provider: Provider, listed: list[dict[str, Any]]) -> Fetched:
    """Store the models that are listed and have no row yet; note when listed ones end."""
    names = [name for each in listed[:MAX_MODELS] if (name := _name(each)) and family_of(name).answers]
    described = {_name(each): each for each in listed[:MAX_MODELS]}
    rows = {row.name: row for row in provider.models.all()}
    new = [name for name in dict.fromkeys(names) if name not in rows]
    Model.objects.bulk_create(
        [
            Model(provider=provider, name=name, is_enabled=len(new) <= FEW, **_fields(family_of(name), described[name]))
            for name in new
        ],
        ignore_conflicts=True,
    )
    for name, row in rows.items():
        if (ends := _shutdown(described.get(name, {}))) and ends != row.shutdown_on:
            row.shutdown_on = ends
            row.save(update_fields=["shutdown_on", "updated_at"])
    gone = sorted(rows.keys() - described.keys()) if listed else []
    return Fetched(new, gone)


def _name(described: dict[str, Any]) -> str:
    name = described.get("id")
    return name if isinstance(name, str) and name.isprintable() and 0 < len(name) <= MAX_NAME else ""


def _fields(family: Family, described: dict[str, Any]) -> dict[str, Any]:
    fields = family.fields()
    windows = [described.get(name) for name in WINDOWS]
    stated = next((size for size in windows if isinstance(size, int) and 0 < size <= MAX_TOKENS), None)
    return fields | {
        "context_window": stated or fields["context_window"],
        "shutdown_on": _shutdown(described) or fields["shutdown_on"],
    }


def _shutdown(described: dict[str, Any]) -> date | None:
    """Return the day on which the provider says that the model ends: as a date, or in seconds since 1970."""
    said = described.get("shutdown_date")
    try:
        if isinstance(said, str):
            return date.fromisoformat(said[:10])
        if isinstance(said, int | float) and not isinstance(said, bool):
            return datetime.fromtimestamp(said, UTC).date()
    except (ValueError, OverflowError, OSError):
        pass
    return None
