"""The items that a model would be given: those of the chain and those of the request, checked as the API does."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from standin import file_inputs, images, tokens
from standin.compaction import after_compaction, unsealed
from standin.documents import Document
from standin.errors import ApiError, Json, context_length_exceeded
from standin.images import Image
from standin.steps import SEAL

CONTEXT_WINDOW = 400_000
CALLS = {"function_call": "function_call_output", "custom_tool_call": "custom_tool_call_output"}
OUTPUTS = {output: call for call, output in CALLS.items()}
NEEDS_OUTPUT = {
    **CALLS,
    "apply_patch_call": "apply_patch_call_output",
    "computer_call": "computer_call_output",
    "local_shell_call": "local_shell_call_output",
    "shell_call": "shell_call_output",
}
"""Besides, those that only programs with a machine of their own answer; a hosted shell answers itself."""
ANSWERS = {output: call for call, output in NEEDS_OUTPUT.items()}
ID_PREFIXES = {"message": "msg", "reasoning": "rs", "function_call": "fc", "function_call_output": "fco"}


@dataclass
class Context:
    """The whole context of one request."""

    body: Json
    chain: list[Json]
    """The items that come through `previous_response_id`."""
    new: list[Json]
    """The items of the request itself, each with an id."""
    images: dict[str, Image] = field(default_factory=dict)
    """The images of the request itself, by data URL."""
    reasons: dict[str, str] = field(default_factory=dict)
    """The ids of the reasoning items that led to stored items, by the ids of these."""
    documents: dict[str, Document] = field(default_factory=dict)
    """What was read in the files of all items, by what names them (`key_of`)."""

    @property
    def items(self) -> list[Json]:
        return self.chain + self.new

    @property
    def given(self) -> list[Json]:
        """The items that a model is given: nothing that a compaction stands for."""
        return after_compaction(self.items)

    @property
    def input_tokens(self) -> int:
        parts = (part for _, part in file_inputs.parts_with_paths(self.given))
        read = (self.documents.get(file_inputs.key_of(part)) for part in parts)
        files = sum(document.tokens for document in read if document)
        return tokens.count(self.body.get("instructions") or "") + sum(map(tokens.of_item, self.given)) + files

    def files(self, items: list[Json]) -> Iterator[Document]:
        """Yield the files of messages, also those that were sent as text."""
        for item in user_messages(items):
            for part in item["content"]:
                if document := file_inputs.of_part(part, self.documents):
                    yield document

    @property
    def cached_tokens(self) -> int:
        return tokens.cached(sum(map(tokens.of_item, after_compaction(self.chain))))

    @property
    def question(self) -> str:
        """The text of the last message, or of a tool's output if that comes last."""
        for item in reversed(self.new):
            if item.get("role") == "user":
                return asked_in(item)
            if item["type"] in OUTPUTS:
                return text_of(item)
        return ""


def text_of(item: Json) -> str:
    """Return the text of a message or of a tool's output."""
    content = item["output"] if item["type"] in OUTPUTS else item.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content or [] if "text" in part)


def asked_in(message: Json) -> str:
    """Return what a person wrote in a message, without the files that were sent as text."""
    said = (part for part in message["content"] if "text" in part and not file_inputs.is_file_text(part))
    return "\n".join(part["text"] for part in said)


def user_messages(items: list[Json]) -> list[Json]:
    return [item for item in items if item.get("role") == "user"]


def with_ids(items: str | list[Json]) -> list[Json]:
    """Return the input as `input_items` lists it: messages have parts, and everything has an id."""
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    return [with_id(item) for item in items]


def with_id(item: Json) -> Json:
    item = {"type": "message", **item}
    if item["type"] == "message":
        item = {"status": "completed", **item, "content": parts_of(item)}
    elif item["type"] in OUTPUTS:
        item = {"status": "completed", **item}
    return {**item, "id": item.get("id") or f"{ID_PREFIXES.get(item['type'], 'item')}_{secrets.token_hex(24)}"}


def parts_of(message: Json) -> list[Json]:
    content = message["content"]
    if not isinstance(content, str):
        return [{"detail": "auto", **part} if part["type"] == "input_image" else part for part in content]
    if message["role"] == "assistant":
        return [{"type": "output_text", "text": content, "annotations": [], "logprobs": []}]
    return [{"type": "input_text", "text": content}]


def check_context(context: Context, *, checks_window: bool = True) -> None:
    """Raise the API's error if the items don't fit each other, or are too many for the context window."""
    check_duplicates(context.items)
    check_calls(context.items)
    check_reasoning(context.new)
    check_reasons(context)
    unsealed(context.items)
    if checks_window and context.input_tokens > CONTEXT_WINDOW and context.body.get("truncation") != "auto":
        raise context_length_exceeded()


def check_duplicates(items: list[Json]) -> None:
    seen: set[str] = set()
    for item in items:
        if item["id"] in seen:
            raise ApiError(
                f"Duplicate item found with id {item['id']}. Remove duplicate items from your input and try again.",
                param="input",
            )
        seen.add(item["id"])


def check_calls(items: list[Json]) -> None:
    called = {(item["type"], item["call_id"]) for item in items if item["type"] in NEEDS_OUTPUT}
    answered = {(ANSWERS[item["type"]], item.get("call_id")) for item in items if item["type"] in ANSWERS}
    for kind, call_id in called - answered:
        raise ApiError(f"No tool output found for {kind.replace('_', ' ')} {call_id}.", param="input")
    for kind, call_id in answered - called:
        raise ApiError(f"No tool call found for {kind.replace('_', ' ')} output with call_id {call_id}.", param="input")


def check_reasoning(items: list[Json]) -> None:
    for index, item in enumerate(items):
        if item["type"] != "reasoning":
            continue
        encrypted = item.get("encrypted_content")
        if encrypted is not None and not encrypted.startswith(SEAL):
            raise ApiError(
                f"The encrypted content for item {item['id']} could not be verified.",
                code="invalid_encrypted_content",
            )
        following = items[index + 1] if index + 1 < len(items) else None
        if following is None or following.get("role") == "user" or following["type"] in OUTPUTS:
            raise ApiError(
                f"Item '{item['id']}' of type 'reasoning' was provided without its required following item.",
                param="input",
            )


def check_reasons(context: Context) -> None:
    """Raise the API's error if an item is sent with its id but without the reasoning that led to it."""
    sent = {item["id"] for item in context.items}
    for before, item in pairwise([{"type": None}, *context.new]):
        reason = context.reasons.get(item["id"])
        # With its encrypted content, the API requires no id.
        if reason and reason not in sent and before["type"] != "reasoning":
            raise ApiError(
                f"Item '{item['id']}' of type '{item['type']}' was provided without its required 'reasoning' item: "
                f"'{reason}'.",
                param="input",
            )


def measure_images(body_input: Any) -> dict[str, Image]:
    """Measure every image that the request carries as a data URL. Other addresses are never fetched."""
    found: dict[str, Image] = {}
    if isinstance(body_input, str):
        return found
    for index, item in enumerate(body_input):
        content = item.get("content")
        for part_index, part in enumerate(content if isinstance(content, list) else []):
            if part["type"] != "input_image":
                continue
            param = f"input[{index}].content[{part_index}].image_url"
            url = part.get("image_url")
            if url is None:
                raise missing_image(part, param)
            if url.startswith("data:") and url not in found:
                found[url] = images.measure(url, param)
    return found


def missing_image(part: Json, param: str) -> ApiError:
    if part.get("file_id"):
        return ApiError(f"No such File object: {part['file_id']}", status=404, param="id")
    return ApiError(
        "Missing required parameter: either 'image_url' or 'file_id'.",
        param=param,
        code="missing_required_parameter",
    )
