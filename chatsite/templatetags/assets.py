"""A template tag for the head of a page: the texts of the scripts."""

from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog

from assistants.formats.problems import OF_ANSWERS
from providers.failures import SENTENCES

register = template.Library()


@register.simple_tag
def words() -> SafeString:
    """Render the texts of the scripts in the reader's language, for static/chat/lib/translations.js."""
    return json_script(_catalog(get_language() or settings.LANGUAGE_CODE), "words")


@cache
def _catalog(language: str) -> dict[str, Any]:
    view = JavaScriptCatalog()
    view.translation = DjangoTranslation(language, domain="djangojs", localedirs=list(map(str, settings.LOCALE_PATHS)))
    stored = {sentence: gettext(sentence) for sentence in (*SENTENCES.values(), *OF_ANSWERS.values())}
    return {**view.get_catalog(), **stored}
