"""Output items and citations, for the templates that draw them."""

from django import template

from conversations.models import Item, Response
from providers import sources as items
from review.markdown import to_html

register = template.Library()
register.filter("markdown", to_html)
register.filter("sources", items.sources)


@register.filter
def shown(item: Item, response: Response | None) -> items.Shown | None:
    """The item as a reader sees it."""
    return items.shown(item, is_over=response is not None and not response.is_running)
