"""The whole server: who may enter, what is recorded, and how a refusal looks."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from standin import errors
from standin.api import Api, json
from standin.errors import ApiError
from standin.scripts import Record, Scripts
from standin.scripts import routes as script_routes
from standin.store import Store

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LARGEST_BODY = 96 * 2**20
WRONG_KEY = "sk-wrong"


def application(*, delay: float = 0.02, replay_window: float = 300) -> web.Application:
    """The whole server; `delay` is the pause before each delta, `replay_window` how long a stream is kept."""
    scripts = Scripts()
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[recorder(scripts), refusals])
    app.on_response_prepare.append(name_request)
    app.add_routes(Api(Store(replay_window), scripts, delay).routes())
    app.add_routes(script_routes(scripts))
    return app


def recorder(scripts: Scripts) -> Any:
    """Records what comes to /v1, whether it is accepted or refused."""

    @web.middleware
    async def record_request(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/v1/"):
            return await handler(request)
        record = Record(request.method, request.path, dict(request.query), None)
        scripts.record(record)
        request["record"] = record
        try:
            response = await handler(request)
        except asyncio.CancelledError:
            await scripts.settle(record, gone=True)
            raise
        await scripts.settle(record, status=response.status)
        return response

    return record_request


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Authorises, and puts every refusal into the API's words."""
    if not request.path.startswith("/v1/"):
        return await handler(request)
    try:
        request["body"] = await body_of(request)
        request["record"].body = request["body"]
        authorise(request)
        return await handler(request)
    except ApiError as refusal:
        return json(refusal.body, status=refusal.status)
    except web.HTTPException as refusal:
        message = f"Invalid URL ({request.method} {request.path})" if refusal.status == 404 else refusal.reason
        return json(ApiError(message).body, status=refusal.status)


async def body_of(request: web.Request) -> Any:
    data = await request.read()
    if not data:
        return None
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        authorise(request)
        raise errors.not_json() from None


def authorise(request: web.Request) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not key.strip():
        raise errors.missing_key()
    if key == WRONG_KEY:
        raise errors.incorrect_key(key)


async def name_request(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault("x-request-id", f"req_{secrets.token_hex(16)}")
