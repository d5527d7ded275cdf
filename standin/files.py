"""The Files API: what is uploaded, until it is deleted or expires. Nothing outlives the process.

https://platform.openai.com/docs/api-reference/files
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from standin import documents
from standin.documents import Document
from standin.errors import ApiError, Json, invalid_type, invalid_value, missing_parameter
from standin.limits import check_number
from standin.replies import instead, json
from standin.scripts import Scripts

PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
DOWNLOADABLE = {"batch", "fine-tune", "evals"}
SECONDS = (3600, 2_592_000)
BATCH_SECONDS = 2_592_000
MAX_PAGE_SIZE = 10_000
MAX_STORED_BYTES = 512 * 2**20
"""Of all files together. The oldest ones make room."""


@dataclass
class File:
    """An uploaded file."""

    id: str
    name: str
    content: bytes
    purpose: str
    created_at: int
    expires_at: int | None
    read: Document | None = field(default=None, repr=False)
    """What is in it, once somebody asked."""

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= time.time()

    @property
    def described(self) -> Json:
        expires = {} if self.expires_at is None else {"expires_at": self.expires_at}
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.content),
            "created_at": self.created_at,
            **expires,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
        }

    def document(self) -> Document:
        """Return what is in the file. It blocks. Raise the API's error if it can't be given to a model."""
        if self.read is None:
            self.read = documents.read(self.name, self.content)
        return self.read


class Files:
    """The files, by id, and the endpoints under /v1/files."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._files: dict[str, File] = {}
        self.when_deleted: list[Callable[[str], None]] = []
        """What is told of each file that is deleted or has expired."""

    def routes(self) -> Iterator[web.RouteDef]:
        one = "/v1/files/{id}"
        yield web.post("/v1/files", self.create)
        yield web.get("/v1/files", self.list)
        yield web.get(one, self.retrieve)
        yield web.delete(one, self.delete)
        yield web.get(f"{one}/content", self.content)

    def get(self, file_id: str) -> File:
        """Return a file. Raise the API's error if there is none."""
        file = self._files.get(file_id)
        if file is not None and file.is_expired:
            self.remove(file_id)
            file = None
        if file is None:
            raise ApiError(f"No such File object: {file_id}", status=404, param="id")
        return file

    def remove(self, file_id: str) -> None:
        if self._files.pop(file_id, None):
            for tell in self.when_deleted:
                tell(file_id)

    def add(self, name: str, content: bytes, purpose: str, seconds: int | None = None) -> File:
        now = int(time.time())
        expires_at = None if seconds is None else now + seconds
        file = File(f"file-{secrets.token_urlsafe(16)}", name, content, purpose, now, expires_at)
        self._files[file.id] = file
        stored = sum(len(each.content) for each in self._files.values())
        for oldest in [*self._files]:
            if stored <= MAX_STORED_BYTES or oldest == file.id:
                break
            stored -= len(self._files[oldest].content)
            self.remove(oldest)
        return file

    async def create(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        upload, purpose = form.get("file"), form.get("purpose")
        seconds = expiry(form)
        # Recorded like the body of any other request, but for the content.
        request["record"].body = {
            "purpose": purpose,
            "filename": getattr(upload, "filename", None),
            **({} if seconds is None else {"expires_after": {"anchor": "created_at", "seconds": seconds}}),
        }
        script = self._scripts.next(on="upload")
        if script and (reply := await instead(request, script, {}, self._scripts)):
            return reply
        if purpose is None:
            raise missing_parameter("purpose")
        if purpose not in PURPOSES:
            raise invalid_value("purpose", purpose, ", ".join(map(repr, PURPOSES)))
        if not isinstance(upload, FileField):
            raise missing_parameter("file") if upload is None else invalid_type("file", "expected a file")
        content = upload.file.read()
        if not content:
            raise ApiError("File is empty.", param="file")
        if seconds is None and purpose == "batch":
            seconds = BATCH_SECONDS
        return json(self.add(upload.filename, content, str(purpose), seconds).described)

    async def list(self, request: web.Request) -> web.StreamResponse:
        files = [file for file in self._files.values() if not file.is_expired]
        if purpose := request.query.get("purpose"):
            files = [file for file in files if file.purpose == purpose]
        order = request.query.get("order", "desc")
        if order not in ("asc", "desc"):
            raise invalid_value("order", order, "'asc' and 'desc'")
        if order == "desc":
            files.reverse()
        limit = whole_number("limit", request.query.get("limit", str(MAX_PAGE_SIZE)))
        check_number("limit", limit, 1, MAX_PAGE_SIZE)
        if after := request.query.get("after"):
            place = next((index for index, file in enumerate(files) if file.id == after), None)
            if place is None:
                raise ApiError(f"No such File object: {after}", status=404, param="after")
            files = files[place + 1 :]
        page = [file.described for file in files[:limit]]
        ends = {"first_id": page[0]["id"] if page else "", "last_id": page[-1]["id"] if page else ""}
        return json({"object": "list", "data": page, **ends, "has_more": len(files) > limit})

    async def retrieve(self, request: web.Request) -> web.StreamResponse:
        return json(self.get(request.match_info["id"]).described)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        script = self._scripts.next(on="delete_file")
        if script and (reply := await instead(request, script, {}, self._scripts)):
            return reply
        file_id = self.get(request.match_info["id"]).id
        self.remove(file_id)
        return json({"id": file_id, "object": "file", "deleted": True})

    async def content(self, request: web.Request) -> web.StreamResponse:
        file = self.get(request.match_info["id"])
        if file.purpose not in DOWNLOADABLE:
            raise ApiError(f"Not allowed to download files of purpose: {file.purpose}")
        return web.Response(body=file.content, content_type="application/octet-stream")


def expiry(form: Any) -> int | None:
    """Return after how many seconds an upload expires; None if it doesn't say. Raise the API's error."""
    anchor, seconds = form.get("expires_after[anchor]"), form.get("expires_after[seconds]")
    if anchor is None and seconds is None:
        return None
    for name, value in (("anchor", anchor), ("seconds", seconds)):
        if value is None:
            raise missing_parameter(f"expires_after.{name}")
    if anchor != "created_at":
        raise invalid_value("expires_after.anchor", anchor, "'created_at'")
    wanted = whole_number("expires_after.seconds", seconds)
    check_number("expires_after.seconds", wanted, *SECONDS)
    return wanted


def whole_number(param: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise invalid_type(param, "expected an integer") from None
