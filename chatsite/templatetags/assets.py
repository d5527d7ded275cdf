"""Template tags for the head of a page: style sheets, the import map, preloaded modules, the texts of the scripts."""

import json
import re
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog

from chatsite.npm import LIBRARIES
from providers.failures import SENTENCES

register = template.Library()

IMPORT = re.compile(r'^(?:import|export) [^"()]*"(chat/[^"]+)";$', re.MULTILINE)
"""What one of our modules imports when it is loaded."""


def _modules() -> list[str]:
    static_dir = settings.BASE_DIR / "static"
    return sorted(path.relative_to(static_dir).as_posix() for path in (static_dir / "chat").rglob("*.js"))


MODULES = {
    **{path.removesuffix(".js"): path for path in _modules()},
    **{name: f"npm/{path}" for name, path in LIBRARIES.items()},
}
"""The name by which a module is imported -> its static file."""


@register.simple_tag
def styles(*folders: str) -> SafeString:
    """Link the style sheets of these folders of static/styles/, one folder after the other."""
    addresses = ((static(path),) for folder in folders for path in _sheets(folder))
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', addresses)


@cache
def _sheets(folder: str) -> list[str]:
    """List the sheets of a folder by name, but the one with the folder's name first: the others build on it."""
    names = {path.stem for path in (settings.BASE_DIR / "static" / "styles").glob(f"{folder}/*.css")}
    if not names:
        raise ValueError(f"static/styles/{folder}/ has no style sheets")
    return [f"styles/{folder}/{name}.css" for name in sorted(names, key=lambda name: (name != folder, name))]


@register.simple_tag
def import_map(nonce: str) -> SafeString:
    """Render the import map, with which modules import each other although their files have hashed names."""
    imports = json.dumps({"imports": {**_addresses(), **_addresses_within_packages()}}, indent=1)
    # The map contains only our own file names. `<` is escaped all the same, as in json_script.
    return format_html(
        '<script type="importmap" nonce="{}">{}</script>',
        nonce,
        mark_safe(imports.replace("<", "\\u003C")),  # noqa: S308
    )


def _addresses() -> dict[str, str]:
    return {name: static(path) for name, path in MODULES.items()}


def _addresses_within_packages() -> dict[str, str]:
    """Map what a package's file imports by a relative path, which has no hash, to the file that others import.

    Without this, KaTeX would be loaded twice, and its extension would extend the one that isn't used.
    """
    return {f"{settings.STATIC_URL}npm/{LIBRARIES['katex']}": static(MODULES["katex"])}


@register.simple_tag
def preload_modules(name: str) -> SafeString:
    """Have a page's module and all that it imports fetched at once, instead of each when the one before has been read.

    Not the libraries: few conversations need them, and those fetch them when they do.
    """
    addresses = ((static(MODULES[each]),) for each in _imported_by(name))
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', addresses)


@cache
def _imported_by(name: str) -> list[str]:
    """Return the names of the module and of all that it imports, directly or not."""
    found = [name]
    for each in found:  # The list grows until all are in it.
        source = (settings.BASE_DIR / "static" / MODULES[each]).read_text()
        found += [imported for imported in IMPORT.findall(source) if imported not in found]
    return found


@register.simple_tag
def words() -> SafeString:
    """Render the texts of the scripts in the reader's language, for static/chat/lib/translations.js."""
    return json_script(_catalog(get_language() or settings.LANGUAGE_CODE), "words")


@cache
def _catalog(language: str) -> dict[str, Any]:
    view = JavaScriptCatalog()
    view.translation = DjangoTranslation(language, domain="djangojs", localedirs=list(map(str, settings.LOCALE_PATHS)))
    failures = {sentence: gettext(sentence) for sentence in SENTENCES.values()}
    return {**view.get_catalog(), **failures}
