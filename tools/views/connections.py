"""Connecting to MCP servers: a person goes to the server's own pages to say yes, and comes back."""

import uuid
from urllib.parse import urlsplit

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.sessions import signed_in
from providers.encryption import Undecryptable, decrypt, encrypt
from tools.mcp import catalog, oauth
from tools.mcp.grants import AuthorizationFailed, SignIn
from tools.mcp.reading import read_tools
from tools.models import McpServer
from tools.views.outside import asks_outside, outside

IN_SESSION = "mcp_sign_ins"
MAX_BEGUN = 5
"""Sign-ins that a person may have begun at once, in several tabs."""
MAX_CODE_CHARACTERS = 4096


@asks_outside
@require_POST
def connect(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a person to the server at which they sign in.

    Not by a redirect: the pages' policy lets no form lead elsewhere, and so the person sees where they go.
    """
    user = signed_in(request)
    server = get_object_or_404(McpServer.objects.visible_to(user), pk=pk, auth=McpServer.Auth.OAUTH, is_active=True)
    try:
        address, begun = outside(
            user, oauth.begin, server, user.pk, request.build_absolute_uri(reverse("mcp-callback"))
        )
    except AuthorizationFailed as error:
        messages.error(request, error.sentence)
        return redirect("mcp-server", pk)
    kept = request.session.get(IN_SESSION, [])[-MAX_BEGUN + 1 :]
    request.session[IN_SESSION] = [*kept, encrypt(msgspec.json.encode(begun).decode())]
    context = {"server": server, "address": address, "host": urlsplit(address).netloc}
    return render(request, "tools/leaving.html", context)


@asks_outside
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Take what a person brings back from the server. Only who began to sign in here can end it."""
    user = signed_in(request)
    begun = _taken(request, request.GET.get("state", ""))
    server = McpServer.objects.visible_to(user).filter(pk=begun.server_id, is_active=True).first() if begun else None
    if begun is None or server is None or begun.user_id != user.pk or server.url != begun.authority.server_url:
        messages.error(request, _("This sign-in wasn't begun here, or it took too long. Connect once more."))
        return redirect("mcp-servers")
    code = request.GET.get("code", "")
    if request.GET.get("error") == "access_denied":
        messages.error(request, _("Nothing was connected, because you didn't allow it."))
        return redirect("mcp-server", server.pk)
    if not 0 < len(code) <= MAX_CODE_CHARACTERS:
        messages.error(request, _("The server didn't let you sign in."))
        return redirect("mcp-server", server.pk)
    try:
        outside(user, oauth.finish, begun, code, request.GET.get("iss"))
    except AuthorizationFailed as error:
        messages.error(request, error.sentence)
        return redirect("mcp-server", server.pk)
    messages.success(request, _("You're connected to %(server)s.") % {"server": server.name})
    if not server.tools and McpServer.objects.editable_by(user).filter(pk=server.pk).exists():
        # Nobody could read them before.
        outside(user, read_tools, server.pk, user.pk)
        catalog.refresh()
    return redirect("mcp-server", server.pk)


@asks_outside
@require_POST
def disconnect(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Forget what a person allowed at a server, and tell the server."""
    user = signed_in(request)
    # One that they may not use any more, too.
    server = get_object_or_404(McpServer, pk=pk, connections__user=user)
    outside(user, oauth.disconnect, server.pk, user.pk)
    messages.success(request, _("You're disconnected from %(server)s.") % {"server": server.name})
    return redirect("mcp-servers")


def _taken(request: HttpRequest, state: str) -> SignIn | None:
    """Take a sign-in out of the session, so that it counts once; None if it isn't there or is too old."""
    found, kept = None, []
    for each in request.session.get(IN_SESSION, []):
        try:
            begun = msgspec.json.decode(decrypt(each), type=SignIn)
        except (Undecryptable, msgspec.DecodeError):
            continue
        if constant_time_compare(begun.state, state):
            found = begun
        elif not oauth.is_over(begun):
            kept.append(each)
    request.session[IN_SESSION] = kept
    return found if found and not oauth.is_over(found) else None
