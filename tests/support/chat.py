"""Chat completions, as servers send them, and what is read of them."""

import json
from typing import Any

from providers.chat_completions.stream import ChunkStream
from providers.responses_api.ends import end_of, is_end
from providers.responses_api.events import Delta, Event
from providers.responses_api.output import Output
from providers.responses_api.thinking import Thinking


def chunk(finish: str | None = None, /, **delta: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "model": "small",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def framed(*chunks: Any) -> bytes:
    return b"".join(b"data: %b\n\n" % json.dumps(each).encode() for each in chunks)


def events(*chunks: Any, done: bool = True) -> list[Event]:
    """The events of a completion that comes in these chunks."""
    stream, thinking = ChunkStream(), Thinking()
    read = stream.feed(framed(*chunks) + (b"data: [DONE]\n\n" if done else b"")) + stream.finish()
    return [*thinking.feed(read), *thinking.finish()]


def types(events: list[Event]) -> list[str]:
    kinds = [event.type if isinstance(event, Delta) else event.get("type", "") for event in events]
    return [kind.removeprefix("response.") for kind in kinds]


def end(events: list[Event]) -> dict[str, Any]:
    """The response at its end."""
    last = events[-1]
    assert isinstance(last, dict)
    assert is_end(last), last
    response: dict[str, Any] = end_of(last)["response"]
    return response


def output(events: list[Event]) -> list[dict[str, Any]]:
    """The items as they are stored."""
    gathered = Output()
    for event in events:
        gathered.add(event)
    return gathered.complete(end(events)["output"])


def texts(events: list[Event]) -> list[tuple[str, str]]:
    """The items' types and texts."""
    return [
        (item["type"], "".join(part.get("text") or part.get("refusal") for part in item["content"]))
        for item in output(events)
    ]
