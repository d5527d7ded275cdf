"""The frame in which a diagram is drawn: a page that reaches nothing, and that nothing of ours is in."""

from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

# Scripts with the nonce run, and reach nothing: nothing is fetched, sent or opened, and the sandbox leaves the page
# without our origin. Styles come with the drawing.
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
    """It is given the diagram by the page around it, and is the same for everybody."""
    return render(request, "conversations/diagram.html")
