"""Reading which tools a server has: when a page asks for it, and again once a day."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from common.threads import in_thread
from tools.mcp import catalog, session
from tools.mcp.listed import ListedTool, as_stored, read_listing, read_stored
from tools.models import McpServer

CHECK_SECONDS = 60.0
READ_AGAIN = timedelta(days=1)
TRY_AGAIN = timedelta(minutes=10)
"""After a reading that failed."""
MAX_PROBLEMS = 20

NOBODY = UUID(int=0)
"""For whom the tools of a server are read that everybody calls alike."""


async def read_tools(server_id: UUID, user_id: UUID) -> McpServer | None:
    """Ask a server for its tools, as a person if it must know who asks, and store what it says.

    Return the row; None if it is gone. If the server couldn't be read, or has tools that can't be offered, `error` says
    so, and what was known before stays.
    """
    row = await in_thread(_row)(server_id)
    if row is None:
        return None
    try:
        entries = await session.list_tools(catalog.server_info(row), user_id)
    except session.CallFailed as error:
        return await in_thread(_store_failure)(server_id, error.sentence)
    return await in_thread(_store)(server_id, entries)


def _row(server_id: UUID) -> McpServer | None:
    return McpServer.objects.filter(pk=server_id).first()


async def read_old() -> None:
    """Read the tools again of the servers whose tools weren't read for a while, one after the other."""
    while server_id := await in_thread(_claim_old)():
        await read_tools(server_id, NOBODY)


def _claim_old() -> UUID | None:
    """Return a server that must be read; no other process reads it then."""
    now = timezone.now()
    # Where each person signs in, a page asks as one of them.
    known = catalog.active().exclude(auth=McpServer.Auth.OAUTH)
    old = Q(tools_read_at=None) | Q(tools_read_at__lt=now - READ_AGAIN)
    failed = ~Q(error="") & (Q(tools_read_at=None) | Q(tools_read_at__lt=now - TRY_AGAIN))
    # The oldest first: however many fail again and again, the others have their turn.
    oldest = F("tools_read_at").asc(nulls_first=True)
    for row in known.filter(old | failed).only("pk", "tools_read_at").order_by(oldest)[:10]:
        if McpServer.objects.filter(pk=row.pk, tools_read_at=row.tools_read_at).update(tools_read_at=now):
            return row.pk
    return None


@transaction.atomic
def _store(server_id: UUID, entries: Iterable[dict[str, Any]]) -> McpServer | None:
    row = McpServer.objects.select_for_update().filter(pk=server_id).first()
    if row is None:
        return None
    before = read_stored(row.tools)
    tools, problems = read_listing(entries, before, timezone.now())
    row.approvals = _still_valid(row, before, tools)
    row.tools, row.tools_read_at, row.error = as_stored(tools), timezone.now(), "\n".join(problems[:MAX_PROBLEMS])
    row.save(update_fields=["tools", "approvals", "tools_read_at", "error", "updated_at"])
    return row


def _still_valid(row: McpServer, before: Iterable[ListedTool], now: Iterable[ListedTool]) -> dict[str, Any]:
    """Return what was decided on the tools. One that the server changed or added asks, until somebody says otherwise.

    Nobody has looked at it, and that it only reads is the server's own word.
    """
    earlier, later = ({tool.name: tool for tool in tools} for tools in (before, now))
    decided = row.approvals if isinstance(row.approvals, dict) else {}
    if not later:
        # Whatever it lists next isn't its first listing.
        return dict.fromkeys(earlier, catalog.ALWAYS) or decided
    is_first = not earlier and not decided and row.enabled is None
    unseen = [] if is_first else [name for name, tool in later.items() if not tool.is_same(earlier.get(name))]
    kept = {name: asks for name, asks in decided.items() if name in later}
    return {**kept, **dict.fromkeys(unseen, catalog.ALWAYS)}


@transaction.atomic
def _store_failure(server_id: UUID, sentence: str) -> McpServer | None:
    row = McpServer.objects.select_for_update().filter(pk=server_id).first()
    if row:
        row.error, row.tools_read_at = sentence, timezone.now()
        row.save(update_fields=["error", "tools_read_at", "updated_at"])
    return row
