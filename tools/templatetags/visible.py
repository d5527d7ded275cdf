"""A filter for the templates that show what servers say of themselves."""

from django import template

from common.text import visible

register = template.Library()
register.filter("visible", visible)
