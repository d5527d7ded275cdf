"""Output items and citations, for the templates that draw them."""

from django import template

from conversations.markdown import to_html
from conversations.models import Item, Response
from providers import sources as items

register = template.Library()
register.filter("markdown", to_html)
register.filter("sources", items.sources)


@register.filter
def shown(item: Item, response: Response | None) -> items.Shown | None:
    """The item as a reader sees it."""
    return items.shown(item, is_over=response is not None and not response.is_running)
