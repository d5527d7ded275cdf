"""What providers send, made odder, and what the site makes of it."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from providers.failures import failure_of_event, failure_of_response, is_error
from providers.items import Item, has_answer
from providers.responses_api.ends import end_of, is_end, is_withdrawn
from providers.responses_api.events import Delta, Event, encode
from providers.responses_api.output import Output
from providers.responses_api.stream import MessageStream
from providers.responses_api.thinking import Thinking


def odder(value: Any, chance: random.Random, fields: Sequence[str], values: Sequence[Any]) -> Any:
    """Return the value with some of what is in it left out, added or replaced."""
    if chance.random() < 0.06:
        return chance.choice(values)
    if isinstance(value, list):
        return [odder(inner, chance, fields, values) for inner in value]
    if not isinstance(value, dict):
        return value
    changed = {name: odder(inner, chance, fields, values) for name, inner in value.items() if chance.random() > 0.04}
    return changed | ({chance.choice(fields): chance.choice(values)} if chance.random() < 0.05 else {})


@dataclass(frozen=True)
class Answer:
    """What was shown of an answer, and what is stored of it."""

    said: str
    items: list[Item]
    stored: bytes
    is_withdrawn: bool


def answer_of(stream: MessageStream, sent: Sequence[Any]) -> Answer:
    """Return what becomes of the messages that a provider sends, up to its end or its error."""
    thinking, output = Thinking(), Output()
    shown: list[Event] = []
    frames = b"".join(b"data: %b\n\n" % json.dumps(message).encode() for message in sent)
    final: dict[str, Any] = {}
    for event in [*thinking.feed(stream.feed(frames)), *thinking.feed(stream.finish()), *thinking.finish()]:
        if isinstance(event, Delta):
            shown += [event] if output.add(event) else []
        elif is_end(event):
            final = end_of(event)["response"]
            failure_of_response(final["error"])
            break
        elif is_error(event):
            failure_of_event(event)
            break
        else:
            output.add(event)
            shown.append(event)

    said = "".join(event.delta for event in shown if isinstance(event, Delta) and "output_text" in event.type)
    withdrawn = bool(final) and is_withdrawn(final)
    items = output.complete(final.get("output"), is_withdrawn=withdrawn)
    stored = encode(items) + encode(shown)
    assert b"\\u0000" not in stored
    assert Output(items).items() == Output(json.loads(encode(items))).items()
    has_answer(items)
    return Answer(said, items, stored, withdrawn)
