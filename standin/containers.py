"""Containers of the code interpreter: their files, what expires, and a program that the stand-in claims to have run.

https://platform.openai.com/docs/guides/tools-code-interpreter
"""

from __future__ import annotations

import base64
import io
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
from aiohttp import web
from PIL import Image, ImageDraw

from standin.context import Context
from standin.documents import decode
from standin.errors import ApiError, Json
from standin.events import Part, Program, Text
from standin.files import Files
from standin.replies import json

FOLDER = "/mnt/data"
TOOL = "code_interpreter"
CODE = """import csv

heights = {"Bodø": 1.8, "Brest": 6.1, "Oslo": 0.3, "Saint-Malo": 11.4}
with open("/mnt/data/tides.csv", "w", newline="") as file:
    csv.writer(file).writerows([("port", "metres"), *heights.items()])
plot(heights).savefig("/mnt/data/tides.png")
print(f"{len(heights)} ports, {max(heights, key=heights.get)} has the highest tide")
"""
LOGS = "4 ports, Saint-Malo has the highest tide\n"
TABLE = "port,metres\r\nBodø,1.8\r\nBrest,6.1\r\nOslo,0.3\r\nSaint-Malo,11.4\r\n"
HEIGHTS = (1.8, 6.1, 0.3, 11.4)


class File(msgspec.Struct, forbid_unknown_fields=True):
    """A file in a container. Its content is base64 in JSON."""

    id: str
    path: str
    content: bytes = b""
    source: str = "assistant"
    created_at: int = 0


@dataclass
class Container:
    """A container, with its files by id."""

    files: dict[str, File] = field(default_factory=dict)
    is_expired: bool = False


class NewContainer(msgspec.Struct, forbid_unknown_fields=True):
    """What a test says of a container."""

    files: list[File] = []
    expired: bool = False


class Containers:
    """The containers, by id."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._containers: dict[str, Container] = {}

    def routes(self) -> Iterator[web.RouteDef]:
        files = "/v1/containers/{id}/files"
        yield web.get(files, self.list)
        yield web.get(f"{files}/{{file}}/content", self.content)
        yield web.post("/_script/containers/{id}", self.put)

    def run(self, items: list[Json], made: dict[str, bytes], given: dict[str, bytes]) -> str:
        """Run a program in the container of earlier items, or in a new one. Return the container's id.

        `made` are the files that the program makes there, `given` those that the request puts there.
        """
        used = [item["container_id"] for item in items if item["type"] == "code_interpreter_call"]
        container_id = used[-1] if used else f"cntr_{secrets.token_hex(24)}"
        container = self._containers.setdefault(container_id, Container())
        for source, files in (("user", given), ("assistant", made)):
            for name, content in files.items():
                file_id, now = f"cfile_{secrets.token_hex(12)}", int(time.time())
                container.files[file_id] = File(file_id, f"{FOLDER}/{name}", content, source, now)
        return container_id

    def answer(self, context: Context) -> list[Part] | None:
        """Return the parts of an answer that runs the program, if the request has the tool and speaks of Python."""
        tool = next((tool for tool in context.body.get("tools") or [] if tool["type"] == TOOL), None)
        if tool is None or context.body.get("tool_choice") == "none":
            return None
        if given := self.given(tool):
            return self._count_rows(context, given)
        if not re.search(r"\bpython\b", context.question, re.IGNORECASE):
            return None
        container_id = self.run(context.chain, {"tides.csv": TABLE.encode(), "tides.png": plot()}, {})
        table = next(file for file in self.files(container_id) if file.path.endswith(".csv"))
        outputs = ({"type": "logs", "logs": LOGS}, {"type": "image", "url": plot_url()})
        includes = "code_interpreter_call.outputs" in (context.body.get("include") or [])
        words = f"The stand-in ran nothing, but here are [the heights](sandbox:{table.path}) as a table."
        return [
            Program(container_id, CODE, outputs if includes else None),
            Text(words, (citation(container_id, table),)),
        ]

    def given(self, tool: Json) -> dict[str, bytes]:
        """Return the files that a request puts into the container, by name. Raise the API's error if one is unknown."""
        container = tool.get("container")
        ids = container.get("file_ids") or [] if isinstance(container, dict) else []
        return {file.name: file.content for file in map(self._files.get, ids)}

    def _count_rows(self, context: Context, given: dict[str, bytes]) -> list[Part]:
        """Return the parts of an answer that counts the rows of the files that it was given, and quotes the last."""
        rows = {name: decode(content).splitlines() or [""] for name, content in given.items()}
        counted = [
            f"{name} has {len(lines):,} rows, the last one is “{lines[-1][:200]}”" for name, lines in rows.items()
        ]
        container_id = self.run(context.chain, {}, given)
        code = "".join(f'print(len(open("{FOLDER}/{name}").readlines()))\n' for name in given)
        logs = "".join(f"{len(lines)}\n" for lines in rows.values())
        includes = "code_interpreter_call.outputs" in (context.body.get("include") or [])
        outputs = ({"type": "logs", "logs": logs},) if includes else None
        return [Program(container_id, code, outputs), Text(f"The stand-in counted: {'; '.join(counted)}.")]

    def files(self, container_id: str) -> list[File]:
        """Return the files of a container, the newest first. Raise the API's error if there is none."""
        container = self._containers.get(container_id)
        if container is None:
            raise ApiError(f"Container with id '{container_id}' not found.", status=404)
        if container.is_expired:
            raise expired()
        return [*container.files.values()][::-1]

    def check(self, context: Context) -> None:
        """Raise the API's error if an item was made in a container that has expired, or a file for one is unknown."""
        for tool in context.body.get("tools") or []:
            if tool["type"] == TOOL:
                self.given(tool)
        for item in context.items:
            container = self._containers.get(item.get("container_id") or "")
            if container and container.is_expired:
                raise expired()

    async def list(self, request: web.Request) -> web.StreamResponse:
        container_id = request.match_info["id"]
        listed = [described(container_id, file) for file in self.files(container_id)]
        listed = listed[: int(request.query.get("limit", 20))]
        ends = {"first_id": listed[0]["id"] if listed else "", "last_id": listed[-1]["id"] if listed else ""}
        return json({"object": "list", "data": listed, **ends, "has_more": False})

    async def content(self, request: web.Request) -> web.StreamResponse:
        file_id = request.match_info["file"]
        for file in self.files(request.match_info["id"]):
            if file.id == file_id:
                return web.Response(body=file.content, content_type="application/octet-stream")
        raise ApiError(f"File with id '{file_id}' not found.", status=404)

    async def put(self, request: web.Request) -> web.StreamResponse:
        """Put a container in the place of the one of its id, or let that one expire."""
        new = msgspec.json.decode(await request.read(), type=NewContainer)
        container = self._containers.setdefault(request.match_info["id"], Container())
        container.files = {file.id: file for file in new.files}
        container.is_expired = new.expired
        return web.Response(status=204)


def expired() -> ApiError:
    return ApiError("Container is expired.")


def described(container_id: str, file: File) -> Json:
    return {
        "id": file.id,
        "object": "container.file",
        "created_at": file.created_at,
        "bytes": len(file.content),
        "container_id": container_id,
        "path": file.path,
        "source": file.source,
    }


@cache
def plot() -> bytes:
    """Return the bars of the heights, as a PNG."""
    image = Image.new("RGB", (640, 360), "white")
    draw = ImageDraw.Draw(image)
    for number, height in enumerate(HEIGHTS):
        left = 60 + number * 140
        draw.rectangle((left, 330 - round(height * 25), left + 90, 330), fill=(40, 100, 200))
    draw.line((30, 330, 610, 330), fill="black", width=2)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def plot_url() -> str:
    return f"data:image/png;base64,{base64.b64encode(plot()).decode()}"


def citation(container_id: str, file: File) -> dict[str, Any]:
    return {
        "type": "container_file_citation",
        "container_id": container_id,
        "file_id": file.id,
        "filename": file.path.rpartition("/")[2],
        "start_index": 0,
        "end_index": 0,
    }
