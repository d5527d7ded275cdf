"""What is answered in either dialect, whatever was asked: JSON, and what a script has in place of an answer."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from standin import odd
from standin.errors import Json
from standin.scripts import Error, Script, Scripts
from standin.steps import Cut

DROPPED_STATUS = 444
"""The status that is recorded for a request whose connection was dropped without an answer."""


async def instead(request: web.Request, script: Script, response: Json, scripts: Scripts) -> web.StreamResponse | None:
    """Return what the script answers instead of a response of the stand-in, or None."""
    if script.wait is not None:
        await scripts.wait_for_release(script.wait)
    if script.drop:
        hang_up(request, script.drop)
        return web.Response(status=DROPPED_STATUS)
    if script.odd:
        return await odd.named(script.odd).play(request, response, scripts.wait_for_release)
    return scripted_error(script.error) if script.error else None


def hang_up(request: web.Request, cut: Cut) -> None:
    """Close the connection, so that nothing of what the handler returns is sent."""
    if request.transport is None:
        return
    if cut == "abort":
        request.transport.abort()
    else:
        request.transport.close()


def scripted_error(error: Error) -> web.Response:
    if isinstance(error.body, str):
        return web.Response(text=error.body, status=error.status, headers=error.headers)
    response = json(error.body, status=error.status)
    response.headers.update(error.headers)
    return response


def json(body: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")
