"""The MCP servers that the settings name as commands (`MCP_COMMANDS`): each has a row, and no page can make one."""

import logging
from typing import Any

from django.apps import apps
from django.apps.registry import Apps
from django.conf import settings

from tools.models import McpServer

logger = logging.getLogger(__name__)

STDIO = McpServer.Transport.STDIO


def store_commands(apps: Apps = apps, **_: Any) -> None:
    """Store a row for each command. It is called after each migration, and so at each start."""
    try:
        apps.get_model("tools", "McpServer")
    except LookupError:
        # Migrated to before there were rows.
        return
    for label in settings.MCP_COMMANDS:
        row, _is_new = McpServer.objects.get_or_create(label=label, defaults={"name": label, "transport": STDIO})
        if row.transport != STDIO:
            logger.error("MCP_COMMANDS: another MCP server is named %s. Give the command another name.", label)
