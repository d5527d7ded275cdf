"""What an MCP server's tool gave, as the model gets it: texts, images, structured content, all of it bounded."""

import base64
import binascii
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from common.pools import MADE
from common.refusal import Refused
from files.kinds.images import PreparedImage, prepare
from tools.functions.results import MAX_IMAGES, bounded
from tools.tool import Result

if TYPE_CHECKING:
    from mcp_types import CallToolResult


async def result_of(given: "CallToolResult", user_id: UUID) -> Result:
    """Return a server's result. What the model can't read is named in a few words."""
    texts: list[str] = []
    images: list[PreparedImage] = []
    for kind, value in _parts(given):
        if kind == "text":
            texts.append(value)
        elif len(images) >= MAX_IMAGES:
            texts.append("[an image that is left out, because there are too many]")
        elif image := await _image(value, user_id):
            images.append(image)
        else:
            texts.append("[an image that can't be shown]")
    text = "\n".join(texts)
    if given.structured_content is not None and not images and len(texts) != 1:
        # Of a list, servers also give each entry as a text of its own, which says less.
        text = _json(_unwrapped(given.structured_content)) or text
    return Result(bounded(text), tuple(images), has_failed=given.is_error)


def _parts(given: "CallToolResult") -> Iterator[tuple[str, str]]:
    """Yield texts, and images in base64."""
    for part in given.content:
        if part.type == "text":
            yield "text", part.text
        elif part.type == "image":
            yield "image", part.data
        elif part.type == "audio":
            yield "text", f"[audio that is left out: {part.mime_type}]"
        elif part.type == "resource_link":
            yield "text", f"[a link to {part.name}: {part.uri}]"
        else:
            yield from _resource(part.resource)


def _resource(resource: Any) -> Iterator[tuple[str, str]]:
    media_type = resource.mime_type or ""
    if hasattr(resource, "text"):
        yield "text", f"{resource.uri}\n{resource.text}"
    elif media_type.startswith("image/"):
        yield "image", resource.blob
    else:
        yield "text", f"[a file that is left out: {resource.uri} {media_type}]"


async def _image(encoded: str, user_id: UUID) -> PreparedImage | None:
    try:
        return await MADE.run(user_id, prepare, base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError, Refused):
        return None


def _unwrapped(structured: Any) -> Any:
    """Return a list that stands in an object only because the protocol wants one."""
    match structured:
        case {"result": list(values)} if len(structured) == 1:
            return values
        case _:
            return structured


def _json(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError):
        return ""
