"""MCP servers in the admin: which there are, people's own too, and the switch that turns one off.

They are added and changed on the site's own pages, which read their tools and revoke what people allowed.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from tools.mcp import catalog
from tools.models import McpServer


@admin.register(McpServer)
class McpServerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A server, without its key."""

    view_on_site = False
    actions = None
    list_display = ["name", "owner", "url", "transport", "auth", "is_active", "tools_read_at"]
    list_filter = ["is_active", "transport", "auth"]
    list_select_related = ["owner"]
    search_fields = ["name", "url", "owner__username"]
    READ_ONLY = ["name", "label", "owner", "url", "transport", "auth", "tools_read_at", "error"]
    fields = [*READ_ONLY, "is_active"]

    def get_readonly_fields(self, request: HttpRequest, obj: McpServer | None = None) -> list[str]:
        return self.READ_ONLY

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tools.manage_servers")

    def has_view_permission(self, request: HttpRequest, obj: McpServer | None = None) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: McpServer | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: McpServer | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: McpServer, form: Any, change: bool) -> None:  # noqa: FBT001
        # Nothing else of the row, which a reading of its tools may be changing.
        obj.save(update_fields=["is_active", "updated_at"])
        catalog.refresh()
