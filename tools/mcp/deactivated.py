"""What people whose accounts were deactivated had allowed at MCP servers: it is revoked, at those servers, too."""

import asyncio
from datetime import timedelta
from importlib import import_module
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from common.threads import in_thread
from tools.mcp.oauth import MAX_REVOKING, Forgotten, as_forgotten
from tools.models import McpConnection

CHECK_SECONDS = 60.0
RETENTION = timedelta(days=1)
"""For how long an authorization server that can't be reached is told again."""

REVOKED = McpConnection.Status.REVOKED


async def revoke_of_deactivated() -> None:
    """Revoke what deactivated people had allowed, and tell authorization servers that weren't told yet.

    The tokens are kept until then, and not sent elsewhere. Several processes may do this at once: to revoke twice does
    no harm.
    """
    waiting = await in_thread(_revoke)()
    if not waiting:
        return
    # The SDK takes a while.
    await in_thread(import_module)("tools.mcp.authorization")
    async with asyncio.TaskGroup() as tasks:
        for pk, forgotten in waiting:
            tasks.create_task(_tell(pk, forgotten))


async def _tell(pk: UUID, forgotten: Forgotten) -> None:
    from tools.mcp import authorization

    if await authorization.revoke(*forgotten):
        await in_thread(_forget)(McpConnection.objects.filter(pk=pk, status=REVOKED))


def _revoke() -> list[tuple[UUID, Forgotten]]:
    """Return those of whom somebody is to be told, a few at a time."""
    now = timezone.now()
    kept = McpConnection.objects.filter(user__is_active=False).exclude(access_token="", refresh_token="")
    kept.exclude(status=REVOKED).update(status=REVOKED, refreshing_until=None, updated_at=now)
    _forget(kept.filter(updated_at__lt=now - RETENTION))
    waiting = []
    # Any of them: a few servers that are away must not keep the others from being told.
    for row in kept.order_by("?")[:MAX_REVOKING]:
        if forgotten := as_forgotten(row):
            waiting.append((row.pk, forgotten))
        else:
            _forget(McpConnection.objects.filter(pk=row.pk, status=REVOKED))
    return waiting


def _forget(rows: QuerySet[McpConnection]) -> None:
    rows.update(access_token="", refresh_token="")
