"""The MCP servers as this process knows them: a few seconds old, and readable without the database."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.models import User
from common.threads import in_thread
from providers.encryption import Undecryptable, decrypt
from tools.mcp.listed import ListedTool, read_stored
from tools.mcp.names import function_names
from tools.models import McpServer

REFRESH_SECONDS = 5.0
"""How long a process may not know what was changed in another one."""
ALWAYS, NEVER = "always", "never"
"""What may be said of a tool: that it asks each time, or never. Else, all ask but those that only read."""


@dataclass(frozen=True)
class ServerInfo:
    """A server, how it is called, and those of its tools that are on."""

    id: UUID
    name: str
    label: str
    owner_id: UUID | None
    transport: str
    url: str
    auth: str
    updated_at: datetime
    headers: tuple[tuple[str, str], ...] = ()
    groups: frozenset[int] = frozenset()
    """Of the host's: whose members may use it; none means everybody."""
    problem: str = ""
    """Why it can't be called."""
    tools: Mapping[str, ListedTool] = field(default_factory=dict)
    """By their names as functions."""
    is_listed: bool = False
    """Whether it was ever read which tools it has."""
    approvals: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_called_here(self) -> bool:
        """Whether this server calls it, rather than the provider of a model."""
        return self.transport != McpServer.Transport.PROVIDER

    def asks(self, tool: ListedTool) -> bool:
        """Return whether a person is asked before each call of a tool."""
        chosen = self.approvals.get(tool.name)
        return chosen != NEVER if chosen in {ALWAYS, NEVER} else not tool.annotations.read_only_hint


@dataclass(frozen=True)
class Snapshot:
    """What was read at one moment."""

    servers: Mapping[UUID, ServerInfo] = field(default_factory=dict)
    by_label: Mapping[str, ServerInfo] = field(default_factory=dict)
    by_owner: Mapping[UUID | None, tuple[ServerInfo, ...]] = field(default_factory=dict)
    """None has the host's."""
    members: Mapping[int, frozenset[UUID]] = field(default_factory=dict)
    """The people in the groups that servers are for."""
    is_read: bool = False


_snapshot = Snapshot()


def refresh() -> Snapshot:
    """Read the servers again, and return what was read. It blocks."""
    global _snapshot
    _snapshot = _read(_snapshot)
    return _snapshot


def forget() -> None:
    """Forget what was read."""
    global _snapshot
    _snapshot = Snapshot()


async def keep_fresh() -> None:
    """Read the servers again, in a thread."""
    await in_thread(refresh)()


def is_read() -> bool:
    """Return whether this process has read them yet."""
    return _snapshot.is_read


def server(label: str) -> ServerInfo | None:
    """Return the active server with a label; None if there is none."""
    return _snapshot.by_label.get(label)


def server_for(user_id: UUID, label: str) -> ServerInfo | None:
    """Return the active server with a label if a person may use it."""
    found = _snapshot.by_label.get(label)
    return found if found and _may_use(user_id, found) else None


def servers_for(user_id: UUID) -> Iterator[ServerInfo]:
    """Yield the active servers that a person may use: the host's for them, and their own."""
    snapshot = _snapshot
    yield from (each for each in snapshot.by_owner.get(None, ()) if _may_use(user_id, each))
    yield from snapshot.by_owner.get(user_id, ())


def _may_use(user_id: UUID, info: ServerInfo) -> bool:
    if info.owner_id:
        return info.owner_id == user_id
    return not info.groups or any(user_id in _snapshot.members.get(group, ()) for group in info.groups)


def active() -> QuerySet[McpServer]:
    """Return the rows of the servers that can be called: of commands, those that the settings still name."""
    gone = Q(transport=McpServer.Transport.STDIO) & ~Q(label__in=[*settings.MCP_COMMANDS])
    return McpServer.objects.filter(is_active=True).exclude(gone)


def _read(before: Snapshot) -> Snapshot:
    known_at = dict(active().values_list("pk", "updated_at"))
    groups: dict[UUID, set[int]] = defaultdict(set)
    for pk, group in McpServer.groups.through.objects.values_list("mcpserver_id", "group_id"):
        groups[pk].add(group)
    # What a server says of its tools is long, and seldom changes.
    known = {pk: each for pk, each in before.servers.items() if known_at.get(pk) == each.updated_at}
    changed = McpServer.objects.filter(pk__in=known_at.keys() - known.keys())
    servers = known | {row.pk: server_info(row) for row in changed}
    found = {pk: _in_groups(each, frozenset(groups[pk])) for pk, each in servers.items()}
    by_owner: dict[UUID | None, list[ServerInfo]] = defaultdict(list)
    for each in found.values():
        by_owner[each.owner_id].append(each)
    return Snapshot(
        servers=found,
        by_label={each.label: each for each in found.values()},
        by_owner={owner: tuple(infos) for owner, infos in by_owner.items()},
        members=_members({group for each in groups.values() for group in each}),
        is_read=True,
    )


def server_info(row: McpServer) -> ServerInfo:
    """Return what a row says of a server, without its groups."""
    problem, headers = "", {}
    try:
        headers = msgspec.json.decode(decrypt(row.headers) or "{}", type=dict[str, str])
    except (Undecryptable, msgspec.DecodeError):
        problem = "headers_undecryptable"
    listed = {tool.name: tool for tool in read_stored(row.tools)}
    functions = function_names(row.label, listed)
    return ServerInfo(
        id=row.pk,
        name=row.name,
        label=row.label,
        owner_id=row.owner_id,
        transport=row.transport,
        url=row.url,
        auth=row.auth,
        updated_at=row.updated_at,
        headers=tuple(headers.items()),
        problem=problem,
        tools={name: listed[tool] for name, tool in functions.items() if row.enabled is None or tool in row.enabled},
        is_listed=bool(listed),
        approvals=row.approvals if isinstance(row.approvals, dict) else {},
    )


def _in_groups(info: ServerInfo, groups: frozenset[int]) -> ServerInfo:
    return info if info.groups == groups else replace(info, groups=groups)


def _members(groups: set[int]) -> dict[int, frozenset[UUID]]:
    if not groups:
        return {}
    members: dict[int, set[UUID]] = defaultdict(set)
    through = User.groups.through.objects.filter(group_id__in=groups)
    for group, user in through.values_list("group_id", "user_id"):
        members[group].add(user)
    return {group: frozenset(users) for group, users in members.items()}
