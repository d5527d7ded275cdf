"""The frame in which a diagram is drawn: a page without data of ours, which can't reach anything."""

from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

# Scripts with the nonce run but can't fetch, send or open anything, and the sandbox gives the page its own origin.
# Mermaid's drawings come with inline styles.
POLICY = {
    "default-src": [NONE],
    "script-src": [NONCE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-scripts"],
}


@login_not_required
@require_GET
@csp(POLICY)
@xframe_options_sameorigin
def diagram(request: HttpRequest) -> HttpResponse:
    """Return the frame. The page around it sends it the diagram, so it is the same for everybody."""
    return render(request, "conversations/diagram.html")
