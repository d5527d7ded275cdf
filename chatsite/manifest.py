"""The manifest, with which a browser can install the site as an app."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def manifest(_request: HttpRequest) -> JsonResponse:
    home = reverse("home")
    return JsonResponse(
        {
            "id": home,
            "name": _("Chat"),
            "short_name": _("Chat"),
            "description": _("The chat assistant of your team."),
            "lang": get_language(),
            "dir": "rtl" if get_language_bidi() else "ltr",
            "start_url": home,
            "scope": home,
            "display": "standalone",
            # The colours of the light page. The dark one has its own in a meta element.
            "theme_color": "#fdfdfc",
            "background_color": "#fdfdfc",
            "icons": [
                {"src": static("icons/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
                _icon("icon-192.png", 192),
                _icon("icon-512.png", 512),
                {**_icon("maskable-512.png", 512), "purpose": "maskable"},
            ],
        },
        content_type="application/manifest+json",
    )


def _icon(name: str, pixels: int) -> dict[str, str]:
    return {"src": static(f"icons/{name}"), "sizes": f"{pixels}x{pixels}", "type": "image/png"}
