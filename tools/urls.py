from django.urls import path

from tools.views import connections, servers

urlpatterns = [
    path("mcp/", servers.index, name="mcp-servers"),
    path("mcp/new/", servers.create, name="new-mcp-server"),
    path("mcp/callback/", connections.callback, name="mcp-callback"),
    path("mcp/<uuid:pk>/", servers.server, name="mcp-server"),
    path("mcp/<uuid:pk>/edit/", servers.edit, name="edit-mcp-server"),
    path("mcp/<uuid:pk>/read/", servers.read, name="mcp-server-read"),
    path("mcp/<uuid:pk>/remove/", servers.remove, name="mcp-server-remove"),
    path("mcp/<uuid:pk>/connect/", connections.connect, name="mcp-connect"),
    path("mcp/<uuid:pk>/disconnect/", connections.disconnect, name="mcp-disconnect"),
]
