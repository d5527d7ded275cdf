"""People who sign in at an MCP server, as they do in a browser."""

import asyncio
from urllib.parse import parse_qs, urlsplit

from accounts.models import User
from tests.support.mcp_signing_in import Tracker
from tools.mcp import oauth
from tools.models import McpServer

REDIRECT = "https://chat.example.org/mcp/callback/"


async def sign_in(tracker: Tracker, server: McpServer, user: User) -> None:
    """Sign in, and come back."""
    address, begun = await oauth.begin(server, user.pk, REDIRECT)
    back = await asyncio.to_thread(tracker.answer, address, user.username)
    said = parse_qs(urlsplit(back).query)
    assert said["state"] == [begun.state]
    await oauth.finish(begun, said["code"][0], said.get("iss", [None])[0])
