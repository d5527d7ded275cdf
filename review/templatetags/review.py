"""Markdown and citations, for the templates that draw them."""

from django import template

from providers import sources as items
from review.markdown import to_html

register = template.Library()
register.filter("markdown", to_html)
register.filter("sources", items.sources)
