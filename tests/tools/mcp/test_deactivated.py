"""Accounts that are deactivated: what they allowed at MCP servers is revoked there, too."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from common.threads import in_thread
from tests.support.mcp_connections import sign_in
from tools.mcp import oauth
from tools.mcp.deactivated import RETENTION, revoke_of_deactivated
from tools.models import McpConnection, McpServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(tracker) -> McpServer:
    return McpServer.objects.create(name="Tracker", label="tracker", url=tracker.url, auth=McpServer.Auth.OAUTH)


async def deactivate(user: User) -> None:
    await in_thread(User.objects.filter(pk=user.pk).update)(is_active=False)


async def connection(user: User) -> McpConnection:
    return await in_thread(McpConnection.objects.get)(user=user)


async def test_deactivated_person_is_disconnected_there_and_here_and_nobody_else_is(tracker, server, ada, grace):
    await sign_in(tracker, server, ada)
    await sign_in(tracker, server, grace)
    await deactivate(ada)
    before = len(tracker.log())
    await revoke_of_deactivated()
    assert set(tracker.log()[before:]) == {"revoke"}
    row = await connection(ada)
    assert (row.status, row.access_token, row.refresh_token) == ("revoked", "", "")
    assert (await connection(grace)).status == "connected"
    before = len(tracker.log())
    await revoke_of_deactivated()
    assert tracker.log()[before:] == []


async def test_server_that_is_away_is_told_later_and_not_for_ever(tracker, server, ada, settings):
    await sign_in(tracker, server, ada)
    await deactivate(ada)
    before, allowed = len(tracker.log()), settings.ALLOWED_PRIVATE_ADDRESSES
    settings.ALLOWED_PRIVATE_ADDRESSES = []
    await revoke_of_deactivated()
    row = await connection(ada)
    assert row.status == "revoked"
    assert row.refresh_token
    with pytest.raises(oauth.NotConnected):
        await oauth.access_token(server.pk, server.url, ada.pk)
    settings.ALLOWED_PRIVATE_ADDRESSES = allowed
    await revoke_of_deactivated()
    assert "revoke" in tracker.log()[before:]
    assert (await connection(ada)).refresh_token == ""

    await in_thread(McpConnection.objects.update)(
        access_token=row.access_token, updated_at=timezone.now() - RETENTION - timedelta(seconds=1)
    )
    before = len(tracker.log())
    await revoke_of_deactivated()
    assert tracker.log()[before:] == []
    assert (await connection(ada)).access_token == ""
