"""What tests of answers that call tools share."""

import json
from typing import Any

from common.threads import in_thread
from conversations.models import Response, ToolCall
from providers.items import item_text
from tests.support.socket import Socket


def call(name: str, port: str = "Brest", **fields: Any) -> dict[str, Any]:
    return {"name": name, "arguments": json.dumps({"port": port}), **fields}


async def until_step_ends(socket: Socket) -> list[dict[str, Any]]:
    """Receive events up to the end of an answer that calls no tools."""
    events: list[dict[str, Any]] = []
    while not events or not _is_last(events[-1]):
        events.append(await socket.receive())
    return events


def last_text(events: list[dict[str, Any]]) -> str:
    """Return the text of the answer that ended last. A tab that follows late gets no deltas of it, but the whole."""
    return item_text(events[-1]["response"]["output"])


def _is_last(event: dict[str, Any]) -> bool:
    kind = event["type"]
    return kind in {"response.failed", "response.cancelled", "response.waiting"} or (
        kind == "response.completed" and not event["response"]["calls"]
    )


def is_left(event: dict[str, Any]) -> bool:
    """Return whether an answer has ended with calls after which nothing goes on."""
    made = event["response"]["calls"] if event["type"] == "response.completed" else []
    return bool(made) and all(each["status"] == "cancelled" for each in made)


@in_thread
def turn() -> list[Response]:
    return list(Response.objects.whole().order_by("created_at", "id"))


@in_thread
def calls() -> list[ToolCall]:
    return list(ToolCall.objects.order_by("created_at", "place"))


async def decide(socket: Socket, pk: object, decision: str, note: str = "") -> None:
    await socket.send({"type": "tool_call.decide", "call": str(pk), "decision": decision, "note": note})
