"""Filters for the templates of the review."""

from django import template

from review.markdown import to_html

register = template.Library()
register.filter("markdown", to_html)
