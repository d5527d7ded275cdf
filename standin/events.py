"""An answer as the API's sequence of events.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from standin import tokens
from standin.drawing import Drawing, drawing
from standin.errors import Json
from standin.steps import RESPONSE, SEAL, Step

WORD = re.compile(r"\s*\S+|\s+")


@dataclass(frozen=True)
class Reasoning:
    summary: str


@dataclass(frozen=True)
class Text:
    text: str
    annotations: tuple[Json, ...] = ()


@dataclass(frozen=True)
class Call:
    name: str
    arguments: str
    call_id: str | None = None


@dataclass(frozen=True)
class Program:
    """A call of the code interpreter."""

    container_id: str
    code: str
    outputs: tuple[Json, ...] | None
    """None if the request doesn't ask for them."""


@dataclass(frozen=True)
class FileSearch:
    """A search in vector stores."""

    queries: tuple[str, ...]
    results: tuple[Json, ...] | None
    """None if the request doesn't ask for them."""


Part = Reasoning | Text | Call | Drawing | Program | FileSearch


@dataclass(frozen=True)
class Delivery:
    """How the events of one response are sent, as the request or a script says."""

    background: bool
    limit: int | None
    """`max_output_tokens` of the request."""
    obfuscation: bool
    delay: float
    deltas: int | None = None

    def split(self, text: str) -> list[str]:
        if self.deltas is None:
            return WORD.findall(text)
        edges = [len(text) * number // self.deltas for number in range(self.deltas + 1)]
        return [text[start:end] for start, end in pairwise(edges)]

    def delta(self, event: Json) -> Step:
        # The padding hides the length of a token from an eavesdropper (`stream_options.include_obfuscation`).
        padding = {"obfuscation": secrets.token_urlsafe(8)} if self.obfuscation else {}
        return Step(pause=self.delay, event={**event, **padding})


def steps(parts: list[Part], delivery: Delivery, before: Iterable[Step] = ()) -> Iterator[Step]:
    """Return all steps of a response. `before` are those of an item that stands before the parts."""
    yield Step(event={"type": "response.created", "response": RESPONSE})
    if delivery.background:
        yield Step(event={"type": "response.queued", "response": RESPONSE})
    yield Step(event={"type": "response.in_progress", "response": RESPONSE})
    complete = True
    first = [*before]
    yield from first
    for index, part in enumerate(parts, start=int(bool(first))):
        if isinstance(part, Reasoning):
            yield from reasoning(part, index, delivery)
        elif isinstance(part, Call):
            yield from function_call(part, index, delivery)
        elif isinstance(part, Drawing):
            yield from drawing(part, index, new_id("ig"), delivery.delay)
        elif isinstance(part, Program):
            yield from program(part, index, delivery)
        elif isinstance(part, FileSearch):
            yield from file_search(part, index)
        else:
            text = part.text if delivery.limit is None else tokens.truncate(part.text, delivery.limit)
            complete = text == part.text
            status = "completed" if complete else "incomplete"
            yield from message(text, index, delivery, status=status, annotations=part.annotations)
    if complete:
        yield Step(event={"type": "response.completed", "response": RESPONSE})
    else:
        details = {"incomplete_details": {"reason": "max_output_tokens"}}
        yield Step(event={"type": "response.incomplete", "response": {RESPONSE: details}})


def message(
    text: str, index: int, delivery: Delivery, *, status: str, annotations: tuple[Json, ...] = ()
) -> Iterator[Step]:
    item = {"id": new_id("msg"), "type": "message", "role": "assistant", "status": status, "content": []}
    position = {"item_id": item["id"], "output_index": index, "content_index": 0}
    part: Json = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    yield added(index, {**item, "status": "in_progress"})
    yield Step(event={"type": "response.content_part.added", **position, "part": part})
    for delta in delivery.split(text):
        yield delivery.delta({"type": "response.output_text.delta", **position, "delta": delta, "logprobs": []})
    for number, annotation in enumerate(annotations):
        cited = {"annotation_index": number, "annotation": annotation}
        yield Step(event={"type": "response.output_text.annotation.added", **position, **cited})
    part = {**part, "text": text, "annotations": [*annotations]}
    yield Step(event={"type": "response.output_text.done", **position, "text": text, "logprobs": []})
    yield Step(event={"type": "response.content_part.done", **position, "part": part})
    yield done(index, {**item, "content": [part]})


def reasoning(part: Reasoning, index: int, delivery: Delivery) -> Iterator[Step]:
    item: Json = {"id": new_id("rs"), "type": "reasoning", "summary": []}
    position = {"item_id": item["id"], "output_index": index, "summary_index": 0}
    yield added(index, item)
    yield summary_part("added", position, "")
    for delta in WORD.findall(part.summary):
        yield delivery.delta({"type": "response.reasoning_summary_text.delta", **position, "delta": delta})
    yield Step(event={"type": "response.reasoning_summary_text.done", **position, "text": part.summary})
    yield summary_part("done", position, part.summary)
    summary = [{"type": "summary_text", "text": part.summary}]
    yield done(index, {**item, "summary": summary, "encrypted_content": SEAL + secrets.token_urlsafe(24)})


def summary_part(what: str, position: Json, text: str) -> Step:
    part = {"type": "summary_text", "text": text}
    return Step(event={"type": f"response.reasoning_summary_part.{what}", **position, "part": part})


def function_call(call: Call, index: int, delivery: Delivery) -> Iterator[Step]:
    item = {
        "id": new_id("fc"),
        "type": "function_call",
        "call_id": call.call_id or f"call_{secrets.token_urlsafe(18)}",
        "name": call.name,
    }
    position = {"item_id": item["id"], "output_index": index}
    arguments = {"arguments": call.arguments}
    yield added(index, {**item, "arguments": "", "status": "in_progress"})
    for delta in WORD.findall(call.arguments):
        yield delivery.delta({"type": "response.function_call_arguments.delta", **position, "delta": delta})
    yield Step(event={"type": "response.function_call_arguments.done", **position, "name": call.name, **arguments})
    yield done(index, {**item, **arguments, "status": "completed"})


def program(part: Program, index: int, delivery: Delivery) -> Iterator[Step]:
    kind = "code_interpreter_call"
    item = {"id": new_id("ci"), "type": kind, "container_id": part.container_id}
    position = {"item_id": item["id"], "output_index": index}
    yield added(index, {**item, "status": "in_progress", "code": "", "outputs": None})
    yield Step(event={"type": f"response.{kind}.in_progress", **position})
    for delta in WORD.findall(part.code):
        yield delivery.delta({"type": f"response.{kind}_code.delta", **position, "delta": delta})
    yield Step(event={"type": f"response.{kind}_code.done", **position, "code": part.code})
    yield Step(event={"type": f"response.{kind}.interpreting", **position})
    yield Step(event={"type": f"response.{kind}.completed", **position})
    outputs = None if part.outputs is None else [*part.outputs]
    yield done(index, {**item, "status": "completed", "code": part.code, "outputs": outputs})


def file_search(part: FileSearch, index: int) -> Iterator[Step]:
    kind = "file_search_call"
    item = {"id": new_id("fs"), "type": kind}
    position = {"item_id": item["id"], "output_index": index}
    yield added(index, {**item, "status": "in_progress", "queries": [], "results": None})
    for state in ("in_progress", "searching", "completed"):
        yield Step(event={"type": f"response.{kind}.{state}", **position})
    results = None if part.results is None else [*part.results]
    yield done(index, {**item, "status": "completed", "queries": [*part.queries], "results": results})


def added(index: int, item: Json) -> Step:
    return Step(event={"type": "response.output_item.added", "output_index": index, "item": item})


def done(index: int, item: Json) -> Step:
    return Step(event={"type": "response.output_item.done", "output_index": index, "item": item})


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(24)}"
