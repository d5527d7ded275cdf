"""The whole server: it checks the API key, records the requests and puts errors into the API's form."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from standin import errors
from standin.api import Api
from standin.chat_completions.api import ChatApi
from standin.errors import ApiError
from standin.files import Files
from standin.replies import json
from standin.scripts import Record, Scripts
from standin.scripts import routes as script_routes
from standin.store import Store

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MAX_BODY_BYTES = 96 * 2**20
WRONG_KEY = "sk-wrong"


def application(*, delay: float = 0.02, replay_window: float = 300) -> web.Application:
    """Return the whole server.

    `delay` is the pause before each delta, `replay_window` for how long a stream can be resumed, both in seconds.
    """
    scripts = Scripts()
    files = Files(scripts)
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[recording(scripts), answer_errors])
    app.on_response_prepare.append(add_request_id)
    app.add_routes(Api(Store(replay_window), scripts, files, delay).routes())
    app.add_routes(ChatApi(scripts, files, delay).routes())
    app.add_routes(files.routes())
    app.add_routes(script_routes(scripts))
    return app


def recording(scripts: Scripts) -> Any:
    """Return the middleware that records every request to /v1, also if it is refused."""

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
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check the API key, and answer every error in the API's form."""
    if not request.path.startswith("/v1/"):
        return await handler(request)
    try:
        request["body"] = await read_body(request)
        request["record"].body = request["body"]
        check_key(request)
        return await handler(request)
    except ApiError as refusal:
        return json(refusal.body, status=refusal.status)
    except web.HTTPException as refusal:
        message = f"Invalid URL ({request.method} {request.path})" if refusal.status == 404 else refusal.reason
        return json(ApiError(message).body, status=refusal.status)


async def read_body(request: web.Request) -> Any:
    if request.content_type.startswith("multipart/"):
        # Whoever answers reads it: it may be a large file.
        return None
    data = await request.read()
    if not data:
        return None
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        check_key(request)
        raise errors.not_json() from None


def check_key(request: web.Request) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not key.strip():
        raise errors.missing_key()
    if key == WRONG_KEY:
        raise errors.incorrect_key(key)


async def add_request_id(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.setdefault("x-request-id", f"req_{secrets.token_hex(16)}")
