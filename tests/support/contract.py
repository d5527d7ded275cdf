"""Checks of requests, events and responses against the API's contract.

The contract is the installed SDK's types, and the published OpenAPI document if it lies beside the repository. Both
accept two things that the API refuses and these checks do, too: a request without model or input, and unknown keys.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

from jsonschema import Draft202012Validator
from openai import BaseModel
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.completion_create_params import (
    CompletionCreateParamsNonStreaming,
    CompletionCreateParamsStreaming,
)
from openai.types.responses import CompactedResponse, Response, ResponseStreamEvent
from openai.types.responses.response_create_params import (
    ResponseCreateParamsNonStreaming,
    ResponseCreateParamsStreaming,
)
from pydantic import TypeAdapter

DOCUMENT = Path(__file__).parents[3] / "shared" / "openai" / "openapi-subset.json"
STREAM_EVENT = "ResponseStreamEvent"
UNTYPED = {"response.function_call_arguments.done": {"name"}}
"""Fields of the document that the SDK does not type."""
RENAMED = {"async"}
"""Keys that the SDK's types spell differently, because Python reserves them."""
NAMELESS = {"id": "rs_0"}
"""If nothing is stored, the API accepts reasoning without its id. The types require one."""
EXTENSIONS = {"chat_template_kwargs", "thinking"}
"""Parameters of chat completions that only other servers have."""
REASONING_DELTAS = {"choices.delta.reasoning_content"}
REASONING_MESSAGES = {"choices.message.reasoning_content"}
"""Where other servers send what was thought."""
PADDING = {"obfuscation"}
"""Fields of delta events that the SDK does not type."""


def check_event(event: dict[str, Any]) -> None:
    """Raise unless the event is one of the API's, in type and in content."""
    models, schemas = event_models(), event_schemas()
    assert event.get("type") in models, f"unknown event type {event.get('type')!r}"
    allowed = PADDING if event["type"].endswith(".delta") else UNTYPED.get(event["type"])
    check_model(models[event["type"]], event, allowed)
    # The document is older than the SDK: it lacks response.compaction.compacting.
    if event["type"] in schemas:
        check_schema(schemas[event["type"]], event)


def check_response(response: dict[str, Any]) -> None:
    """Raise unless the object is a response."""
    check_model(Response, response)
    check_schema("Response", response)


def check_compacted(compacted: dict[str, Any]) -> None:
    """Raise unless the object is what `POST /responses/compact` answers."""
    # The SDK's items are those of an answer; the document's have the messages of people, too.
    check_model(CompactedResponse, compacted | {"output": []})
    check_schema("CompactResource", compacted)


def check_request(body: dict[str, Any]) -> None:
    """Raise unless the body is one that `POST /responses` accepts."""
    for key in ("model", "input"):
        assert body.get(key) is not None, f"a request without {key}"
    if isinstance(body["input"], list):
        body = body | {
            "input": [NAMELESS | item if item.get("type") == "reasoning" else item for item in body["input"]]
        }
    kind = ResponseCreateParamsStreaming if body.get("stream") else ResponseCreateParamsNonStreaming
    dropped = list(difference(body, adapter(kind).validate_python(body, strict=True)))
    assert not dropped, f"the API knows no {', '.join(dropped)}"
    check_schema("CreateResponse", body)


def check_chat_request(body: dict[str, Any]) -> None:
    """Raise unless the body is one that `POST /chat/completions` accepts."""
    kind = CompletionCreateParamsStreaming if body.get("stream") else CompletionCreateParamsNonStreaming
    extra = {name: value for name, value in body.items() if name not in EXTENSIONS}
    dropped = list(difference(extra, adapter(kind).validate_python(extra, strict=True)))
    assert not dropped, f"the API knows no {', '.join(dropped)}"
    check_schema("CreateChatCompletionRequest", extra)


def check_chunk(chunk: dict[str, Any]) -> None:
    """Raise unless the object is a chunk of a chat completion."""
    check_model(ChatCompletionChunk, chunk, REASONING_DELTAS)
    # The document lacks the null that all chunks but the last one have.
    check_schema(
        "CreateChatCompletionStreamResponse", {name: value for name, value in chunk.items() if value is not None}
    )


def check_completion(completion: dict[str, Any]) -> None:
    """Raise unless the object is a chat completion."""
    check_model(ChatCompletion, completion, REASONING_MESSAGES)
    check_schema("CreateChatCompletionResponse", completion)


def check_model(model: type[BaseModel], value: dict[str, Any], allowed: set[str] | None = None) -> None:
    parsed = model.model_validate(value)
    unknown = set(extras(parsed)) - (allowed or set())
    assert not unknown, f"{value.get('type', 'the response')} has unknown fields {sorted(unknown)}"


def extras(value: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of the fields that the SDK's models kept without knowing them."""
    if isinstance(value, BaseModel):
        yield from (f"{path}{name}" for name in value.model_extra or ())
        for name in value.model_fields_set & type(value).model_fields.keys():
            yield from extras(getattr(value, name), f"{path}{name}.")
    elif isinstance(value, list):
        for inner in value:
            yield from extras(inner, path)


def difference(sent: Any, kept: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of the keys that validation dropped because no type knows them."""
    if isinstance(sent, dict):
        for name, inner in sent.items():
            if name in kept:
                yield from difference(inner, kept[name], f"{path}.{name}".lstrip("."))
            elif name not in RENAMED:
                yield f"{path}.{name}".lstrip(".")
    elif isinstance(sent, list):
        # Fields typed as Iterable are validated only while they are read.
        for index, (inner, of_kept) in enumerate(zip(sent, kept, strict=True)):
            yield from difference(inner, of_kept, f"{path}[{index}]")


def check_schema(name: str, value: dict[str, Any]) -> None:
    if document() is not None:
        validator(name).validate(value)


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


@cache
def event_models() -> dict[str, type[BaseModel]]:
    """Return the SDK's event models by type; validating against the whole union takes far longer."""
    union = get_args(get_args(ResponseStreamEvent)[0])
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in union}


@cache
def event_schemas() -> dict[str, str]:
    """Return the names of the document's event schemas by type."""
    published = document()
    if published is None:
        return {}
    schemas = published["components"]["schemas"]
    names = [branch["$ref"].rpartition("/")[2] for branch in schemas[STREAM_EVENT]["anyOf"]]
    return {schemas[name]["properties"]["type"]["enum"][0]: name for name in names}


@cache
def document() -> dict[str, Any] | None:
    return json.loads(DOCUMENT.read_text(), object_hook=with_null) if DOCUMENT.exists() else None


def with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that takes null if it says so in the words of OpenAPI 3.0, which JSON Schema doesn't know."""
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        schema = schema | {"type": [schema["type"], "null"]}
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return schema


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({**(document() or {}), "$ref": f"#/components/schemas/{name}"})
