"""What a question and an answer show, for the templates that draw them."""

from django import template
from django.utils.safestring import SafeString

from conversations.templatetags.output import as_template
from review.markdown import to_html
from review.parts import Parts

register = template.Library()
register.filter("markdown", to_html)


@register.simple_tag
def undrawn_parts(parts: Parts) -> SafeString:
    """What of the parts the scripts draw when the page opens."""
    return as_template(parts.undrawn)
