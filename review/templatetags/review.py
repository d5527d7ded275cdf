"""Markdown, for the templates that draw it."""

from django import template

from review.markdown import to_html

register = template.Library()
register.filter("markdown", to_html)
