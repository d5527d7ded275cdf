"""The pages of MCP servers: the list, what a server has, and its forms."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.sessions import signed_in
from tools.mcp import catalog, oauth
from tools.mcp.forms import ServerForm, ToolsForm
from tools.mcp.listed import read_stored
from tools.mcp.reading import read_tools
from tools.models import McpConnection, McpServer, may_add_own, may_manage
from tools.views.outside import asks_outside, outside

CONNECTED = McpConnection.Status.CONNECTED


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the servers that one may use, the host's first, each with whether one is connected."""
    user = signed_in(request)
    visible = McpServer.objects.visible_to(user).prefetch_related("groups").order_by("owner_id", "name")
    states = dict(McpConnection.objects.filter(user=user).values_list("server_id", "status"))
    editable = set(McpServer.objects.editable_by(user).values_list("pk", flat=True))
    entries = [_entry(each, states.get(each.pk), is_editable=each.pk in editable) for each in visible]
    may_add = may_manage(user) or may_add_own(user)
    return render(request, "tools/servers.html", {"entries": entries, "may_add": may_add})


@require_http_methods(["GET", "HEAD", "POST"])
def server(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what a server has. Those who may change it say which of its tools are on, and which ask first."""
    user = signed_in(request)
    found = get_object_or_404(McpServer.objects.visible_to(user), pk=pk)
    is_editable = McpServer.objects.editable_by(user).filter(pk=pk).exists()
    form = ToolsForm(request.POST or None, instance=found) if is_editable else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            form.save()
            catalog.refresh()
            messages.success(request, _("Tools saved."))
            return redirect("mcp-server", pk)
    state = McpConnection.objects.filter(user=user, server=found).values_list("status", flat=True).first()
    context = {**_entry(found, state, is_editable=is_editable), "form": form, "tools": read_stored(found.tools)}
    return render(request, "tools/server.html", context)


@sensitive_post_parameters("secret", "client_secret")
@asks_outside
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Add a server."""
    user = signed_in(request)
    if not (may_manage(user) or may_add_own(user)):
        raise PermissionDenied
    return _edit(request, user, McpServer())


@sensitive_post_parameters("secret", "client_secret")
@asks_outside
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change how a server is reached, and for whom it is."""
    user = signed_in(request)
    return _edit(request, user, get_object_or_404(McpServer.objects.editable_by(user), pk=pk))


@asks_outside
@require_POST
def read(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask a server again which tools it has."""
    user = signed_in(request)
    found = get_object_or_404(McpServer.objects.editable_by(user), pk=pk)
    _read(request, found, user)
    return redirect("mcp-server", pk)


@asks_outside
@require_POST
def remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Remove a server, and revoke what people allowed at it."""
    user = signed_in(request)
    removable = McpServer.objects.editable_by(user).exclude(transport=McpServer.Transport.STDIO)
    found = get_object_or_404(removable, pk=pk)
    outside(user, oauth.disconnect, found.pk)
    found.delete()
    catalog.refresh()
    messages.success(request, _("%(server)s was removed.") % {"server": found.name})
    return redirect("mcp-servers")


def _entry(found: McpServer, state: str | None, *, is_editable: bool) -> dict[str, Any]:
    """Return what the pages show of a server."""
    tools = [tool.name for tool in read_stored(found.tools)]
    on = tools if found.enabled is None else [name for name in tools if name in found.enabled]
    signs_in = found.auth == McpServer.Auth.OAUTH
    return {
        "server": found,
        "host": found.url.partition("://")[2].partition("/")[0],
        "tool_count": len(tools),
        "on_count": len(on),
        "signs_in": signs_in,
        "is_connected": signs_in and state == CONNECTED,
        "is_expired": signs_in and state == McpConnection.Status.EXPIRED,
        "is_editable": is_editable,
        "is_removable": is_editable and found.transport != McpServer.Transport.STDIO,
    }


def _edit(request: HttpRequest, user: User, edited: McpServer) -> HttpResponse:
    is_new = edited._state.adding
    redirect_uri = request.build_absolute_uri(reverse("mcp-callback"))
    form = ServerForm(request.POST or None, instance=edited, user=user, redirect_uri=redirect_uri)
    if form.is_valid():
        with transaction.atomic():
            saved = form.save()
            # What people allowed was for the server at the other address, or for whoever called it.
            forgotten = oauth.forget(saved.pk) if form.is_another and not is_new else []
        catalog.refresh()
        if forgotten:
            outside(user, oauth.tell, forgotten)
        if form.is_another and saved.auth != McpServer.Auth.OAUTH:
            _read(request, saved, user)
        else:
            messages.success(request, _("Server saved."))
        return redirect("mcp-server", saved.pk)
    return render(request, "tools/form.html", {"form": form, "is_new": is_new, "server": edited})


def _read(request: HttpRequest, found: McpServer, user: User) -> None:
    """Read a server's tools, and say what came of it. What is wrong stands on the page of the server."""
    row = outside(user, read_tools, found.pk, user.pk)
    catalog.refresh()
    if row and not row.error:
        messages.success(request, _("The tools of %(server)s were read.") % {"server": found.name})
