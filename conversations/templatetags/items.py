"""Output items and citations, for the templates that draw them."""

from typing import Any

from django import template

from conversations import items
from conversations.models import Item, Response

register = template.Library()


@register.filter
def shown(item: Item, response: Response | None) -> items.Shown | None:
    """The item as a reader sees it. What was cut off while it ran does not run any more."""
    is_cut = response and not response.is_running and item.get("status") == "in_progress"
    return items.shown({**item, "status": "incomplete"} if is_cut else item)


@register.filter
def sources(output: Any) -> list[items.Source]:
    return items.sources(output) if isinstance(output, list) else []
