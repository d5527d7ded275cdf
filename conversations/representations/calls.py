"""What a viewer gets of the calls of tools in an answer."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from assistants.handoffs import PREFIX
from conversations.models import ToolCall
from tools import registry
from tools.functions import memory

T = TypeVar("T")

MAX_SHOWN_CHARACTERS = 20_000
"""Of what a tool put out. The model got more."""


class HandoffOutput(msgspec.Struct):
    """What a handoff puts out."""

    assistant: str


class MemoryOutput(msgspec.Struct):
    """What a call puts out that remembers a fact, or forgets one."""

    memory: UUID
    text: str


def tool_call(call: ToolCall) -> dict[str, Any]:
    """Return a call as viewers see it."""
    return {
        "id": str(call.pk),
        "response_id": str(call.response_id),
        "call_id": call.call_id,
        "place": call.place,
        "tool": call.tool,
        "title": registry.title_of(call.tool),
        "handoff": _handoff(call),
        "memory": _memory(call),
        "status": call.status,
        "arguments": call.arguments,
        "output": _shown(call.output),
        "decision": call.decision or None,
        "note": call.note,
        "created_at": _seconds(call.created_at),
        "started_at": _seconds(call.started_at),
        "ended_at": _seconds(call.ended_at),
    }


def call_updated(call: ToolCall) -> dict[str, Any]:
    """Return the event that a call has changed. It stands in the log of the step that runs it."""
    return {"type": "response.tool_call.updated", "call": tool_call(call)}


def _handoff(call: ToolCall) -> str | None:
    """Return the name of the assistant that a call handed over to, "" if none took over; None if it is no handoff."""
    if not call.tool.startswith(PREFIX) or registry.title_of(call.tool) != call.tool:
        return None
    output = _output(call, HandoffOutput)
    return output.assistant if output else ""


def _memory(call: ToolCall) -> dict[str, str] | None:
    """Return the fact that a call has remembered or forgotten; None if it did neither."""
    output = _output(call, MemoryOutput) if call.tool in memory.FUNCTIONS else None
    return {"id": str(output.memory), "text": output.text} if output else None


def _output(call: ToolCall, expected: type[T]) -> T | None:
    """Return what a call has put out, if it went well and put out what is expected."""
    if call.status != ToolCall.Status.DONE or not isinstance(call.output, str):
        return None
    try:
        return msgspec.json.decode(call.output, type=expected)
    except msgspec.DecodeError:
        return None


def _shown(output: Any) -> Any:
    """Return an output with long texts cut."""
    if isinstance(output, str):
        return output if len(output) <= MAX_SHOWN_CHARACTERS else output[:MAX_SHOWN_CHARACTERS] + "…"
    if isinstance(output, list):
        return [{**part, "text": _shown(part["text"])} if "text" in part else part for part in output]
    return None


def _seconds(time: datetime | None) -> float | None:
    return round(time.timestamp(), 3) if time else None
