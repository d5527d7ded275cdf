"""Bodies of requests, refused by length and sender before they are read; and long bodies of responses, on disk."""

import asyncio
import codecs
import logging
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from io import BytesIO
from typing import IO, Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.languages import language_of
from accounts.models import User
from accounts.sessions import session_user
from chatsite.headers import HEADERS
from common.bodies import MAX_BODY_BYTES, max_file_bytes
from common.refusal import Refused, invalid_request, json_refusal
from common.threads import UNAVAILABLE, give_back_connection, in_thread
from files.response import FileContent

logger = logging.getLogger(__name__)

Message = Mapping[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

GRACE_SECONDS = 30.0
"""A body may take this long, and a second more for each `MIN_BYTES_PER_SECOND` that have arrived."""
MIN_BYTES_PER_SECOND = 20_000
MAX_BODIES_EACH = 30
"""Of one person at once, until they are answered: more than a page uploads at the same time."""
MAX_BYTES_EACH = 400_000_000
"""In all bodies of one person at once."""

PIECE_BYTES = 262_144
"""Read from disk at once."""


class Body:
    """A body on its way to Django, with a limit for its length and its time.

    One that exceeds them is `refused`, and looks to Django like one whose sender has left.
    """

    def __init__(self, receive: Receive, file_bytes: int) -> None:
        self.refused: Refused | None = None
        self._receive = receive
        self._file_bytes = file_bytes
        self._length = 0
        self._is_complete = False
        self._start = asyncio.get_running_loop().time()

    async def receive(self) -> Message:
        """Return the next message for Django: a piece of the body, or at last that the connection is closed."""
        if self._is_complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._start + GRACE_SECONDS + self._length / MIN_BYTES_PER_SECOND):
                message = await self._receive()
        except TimeoutError:
            self.refused = Refused("timeout", _("The upload took too long. Try again."), status=408)
            return {"type": "http.disconnect"}
        self._length += len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)
        if self._length > self._file_bytes + MAX_BODY_BYTES:
            self.refused = too_large(self._file_bytes)
            return {"type": "http.disconnect"}
        return message


class NoBody:
    """What Django gets instead of a body that its sender may not send."""

    def __init__(self) -> None:
        self.refused: Refused | None = None
        self._is_read = False

    async def receive(self) -> Message:
        """Return an empty body, and nothing more: whoever reads on would ask the sender for it."""
        if self._is_read:
            await asyncio.Event().wait()
        self._is_read = True
        return {"type": "http.request", "body": b"", "more_body": False}


class Bodies:
    """The application of all requests. Django gets a body only if its sender may send it to this address.

    Requests of strangers come without one, except at addresses that are open to them: Django tells them to sign in.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._numbers: Counter[UUID] = Counter()
        self._bytes: Counter[UUID] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers:
            await self._application(scope, receive, send)
            return
        request = ASGIRequest(scope, BytesIO())
        try:
            user = await in_thread(session_user)(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        except UNAVAILABLE:
            # Django fails in the same way, and says so.
            user = None
        with translation.override(language_of(user or AnonymousUser(), request)):
            try:
                await self._admit(request, user, receive, send)
            except Refused as refused:
                sender = user.pk if user else "a stranger"
                logger.warning(
                    "a body was refused: %s, %s %s, by %s", refused.code, request.method, request.path, sender
                )
                await _answer(refused, send)

    async def _admit(self, request: ASGIRequest, user: User | None, receive: Receive, send: Send) -> None:
        """Hand a request to Django. Raise `Refused` if its body is refused, before or while it is read."""
        # Django decodes a form with any of Python's codecs, some of which are none for text.
        if request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            raise invalid_request()
        is_open, file_bytes = _rules(request.path_info)
        max_bytes = file_bytes + MAX_BODY_BYTES
        # A chunked body has no length.
        length = int(request.META.get("CONTENT_LENGTH") or max_bytes)
        if length > max_bytes:
            raise too_large(file_bytes)
        body = Body(receive, file_bytes) if user or is_open else NoBody()
        with self._place(user.pk, length) if user else nullcontext():
            await self._application(dict(request.scope), body.receive, send)
        if body.refused:
            raise body.refused

    @contextmanager
    def _place(self, person: UUID, length: int) -> Iterator[None]:
        """Count a body as the person's while the block runs. Raise `Refused` if they send too much at once."""
        if self._numbers[person] >= MAX_BODIES_EACH or self._bytes[person] + length > MAX_BYTES_EACH:
            message = _("You're uploading too much at once. Wait until some of it is done, then try again.")
            raise Refused("too_much_at_once", message, status=429)
        self._numbers[person] += 1
        self._bytes[person] += length
        try:
            yield
        finally:
            self._numbers[person] -= 1
            self._bytes[person] -= length
            if not self._numbers[person]:
                del self._numbers[person], self._bytes[person]


class Handler(ASGIHandler):
    """Django, with long bodies on disk, because their senders and readers may be slow. Threads write and read them."""

    async def read_body(self, receive: Receive) -> IO[bytes]:
        """Return the body as a file. Raise `RequestAborted` if the connection is closed before its end."""
        max_size = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        file = tempfile.SpooledTemporaryFile(max_size=max_size)  # noqa: SIM115  Django closes it
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RequestAborted
                piece = message.get("body", b"")
                if file.tell() + len(piece) > max_size:
                    await asyncio.to_thread(file.write, piece)
                else:
                    file.write(piece)
                if not message.get("more_body", False):
                    file.seek(0)
                    return file
        except BaseException:
            file.close()
            raise

    async def send_response(self, response: HttpResponseBase, send: Send) -> None:
        is_file = isinstance(response, FileContent)
        if is_file or not isinstance(response, HttpResponse) or len(response.content) > self.chunk_size:
            # It takes as long as its reader reads, who must not keep the connection from others.
            await sync_to_async(give_back_connection)()
        if isinstance(response, FileContent):
            file: IO[bytes] = await asyncio.to_thread(response.path.open, "rb")
        elif isinstance(response, HttpResponse) and len(response.content) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            file = await asyncio.to_thread(_written, response.content)
            response.content = b""
        else:
            await super().send_response(response, send)
            return
        with file:
            from_disk = StreamingHttpResponse(_pieces(file), status=response.status_code, headers=response.headers)
            from_disk.cookies = response.cookies
            await super().send_response(from_disk, send)


def too_large(file_bytes: int) -> Refused:
    """Return the refusal of a body that is too long for an address that accepts so many bytes of files."""
    if file_bytes:
        message = _("The file is larger than %(size)s MB.") % {"size": f"{file_bytes / 1e6:.3g}"}
    else:
        message = _("This is too long. Shorten it, and try again.")
    return Refused("too_large", message, status=413)


def _rules(path: str) -> tuple[bool, int]:
    """Return whether strangers may send a body to this path, and how many bytes of files people may."""
    try:
        view = resolve(path).func
    except Resolver404:
        return False, 0
    # As Django's LoginRequiredMiddleware reads it.
    return not getattr(view, "login_required", True), max_file_bytes(view)


def _written(content: bytes) -> Any:
    """Return a file with the content, which is gone when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  its reader closes it
    file.write(content)
    file.seek(0)
    return file


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
        yield piece


async def _answer(refused: Refused, send: Send) -> None:
    response = json_refusal(refused)
    headers = {**HEADERS, "Content-Type": "application/json", "X-Content-Type-Options": "nosniff"}
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": lines})
    await send({"type": "http.response.body", "body": response.content})
