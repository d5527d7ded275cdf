"""The requests for chat completions: validated by the installed SDK's types, and read as those for responses are.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_type_hints

from openai.types.chat.chat_completion_content_part_param import ChatCompletionContentPartParam
from openai.types.chat.chat_completion_message_param import ChatCompletionMessageParam
from openai.types.chat.chat_completion_tool_union_param import ChatCompletionToolUnionParam
from openai.types.chat.completion_create_params import CompletionCreateParamsBase

from standin.errors import ApiError, Json, invalid_type, invalid_value, missing_parameter
from standin.file_inputs import split_text
from standin.limits import FUNCTION_NAME, check_metadata, check_number
from standin.validation import by_type, check, each_object, join_path, literals, members

NUMBERS: dict[str, tuple[float, float]] = {
    "frequency_penalty": (-2, 2),
    "max_completion_tokens": (1, float("inf")),
    "max_tokens": (1, float("inf")),
    "n": (1, 1),
    "presence_penalty": (-2, 2),
    "temperature": (0, 2),
    "top_logprobs": (0, 20),
    "top_p": (0, 1),
}
MAX_STOPS = 4
INSTRUCTING = {"system", "developer"}


def validate(body: object) -> Json:
    """Return the body of a `POST /chat/completions`. Raise the API's error if it is invalid."""
    if not isinstance(body, dict):
        raise invalid_type("body", "expected an object")
    for key in ("model", "messages"):
        if body.get(key) is None:
            raise missing_parameter(key)
    messages, tools = body["messages"], body.get("tools") or []
    if not isinstance(messages, list) or not messages:
        raise invalid_type("messages", "expected an array of messages, at least one")
    if not isinstance(tools, list):
        raise invalid_type("tools", "expected an array of objects")
    for path, message in each_object(messages, "messages"):
        check_message(message, path)
    for path, tool in each_object(tools, "tools"):
        check(by_type(tool, members(ChatCompletionToolUnionParam), path), tool, path)
    rest = {key: body[key] for key in body.keys() - {"stream", "messages", "tools"}}
    check(CompletionCreateParamsBase, {**rest, "messages": []}, "")
    check_limits(body)
    check_calls(messages)
    return body


def check_message(message: Json, path: str) -> None:
    role = message.get("role")
    if role is None:
        raise missing_parameter(join_path(path, "role"))
    if role not in roles():
        raise invalid_value(join_path(path, "role"), role, ", ".join(map(repr, roles())))
    if role == "user" and isinstance(message.get("content"), list):
        for part_path, part in each_object(message["content"], join_path(path, "content")):
            check(by_type(part, members(ChatCompletionContentPartParam), part_path), part, part_path)
    check(roles()[role], message, path)


@cache
def roles() -> dict[str, type]:
    """Return the types of the messages by the roles that they may have."""
    return {
        role: member
        for member in get_args(ChatCompletionMessageParam)
        for role in literals(get_type_hints(member)["role"])
    }


def check_limits(body: Json) -> None:
    """Raise the API's error for the first limit that a body of the right types exceeds."""
    for name, (minimum, maximum) in NUMBERS.items():
        check_number(name, body.get(name), minimum, maximum)
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        raise ApiError("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
    if body.get("stream_options") is not None and not body.get("stream"):
        raise ApiError(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )
    if body.get("metadata") is not None and not body.get("store"):
        raise ApiError("The 'metadata' parameter is only allowed when 'store' is enabled.", param="metadata")
    check_metadata(body.get("metadata") or {})
    if isinstance(stops := body.get("stop"), list) and len(stops) > MAX_STOPS:
        raise ApiError(f"Invalid 'stop': expected at most {MAX_STOPS} strings.", param="stop")
    if not body.get("tools"):
        for name in ("tool_choice", "parallel_tool_calls"):
            if name in body:
                raise ApiError(f"'{name}' is only allowed when 'tools' are specified.", param=name)
    for path, tool in each_object(body.get("tools") or [], "tools"):
        if tool["type"] == "function" and not FUNCTION_NAME.fullmatch(tool["function"]["name"]):
            raise ApiError(f"Invalid '{path}.function.name'.", param=f"{path}.function.name", code="invalid_value")
    is_json = (body.get("response_format") or {}).get("type") == "json_object"
    if is_json and not any(re.search("json", text_of(message), re.IGNORECASE) for message in body["messages"]):
        raise ApiError(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            param="messages",
        )


def check_calls(messages: list[Json]) -> None:
    """Raise the API's error unless the outputs of calls directly follow the message that made them."""
    open_calls: set[str] = set()
    for index, message in enumerate([*messages, {"role": "end"}]):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                raise ApiError(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceding message with "
                    "'tool_calls'.",
                    param=f"messages[{index}].role",
                )
            open_calls.remove(message["tool_call_id"])
        elif open_calls:
            raise ApiError(
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                "'tool_call_id'. The following tool_call_ids did not have response messages: "
                f"{', '.join(sorted(open_calls))}",
                param="messages",
            )
        else:
            open_calls = {call["id"] for call in message.get("tool_calls") or []}


def as_response_request(body: Json) -> Json:
    """Return what the request asks for as a request for a response, which the rest of the stand-in reads."""
    instructions = [text_of(message) for message in body["messages"] if message["role"] in INSTRUCTING]
    tools = [{"type": "function", **tool["function"]} for tool in body.get("tools") or [] if tool["type"] == "function"]
    wanted = body.get("response_format") or {"type": "text"}
    return {
        "model": body["model"],
        "instructions": "\n\n".join(instructions),
        "input": [item for message in body["messages"] for item in items_of(message)],
        "tools": tools,
        "text": {"format": {"type": wanted["type"], **wanted.get("json_schema", {})}},
    }


def items_of(message: Json) -> Iterator[Json]:
    """Yield the input items that say the same as a message."""
    role = message["role"]
    if role == "tool":
        yield {"type": "function_call_output", "call_id": message["tool_call_id"], "output": text_of(message)}
    elif role == "user":
        yield {"type": "message", "role": role, "content": [each for part in parts(message) for each in parts_of(part)]}
    elif role == "assistant":
        if text := text_of(message):
            yield {"type": "message", "role": role, "content": text}
        for call in message.get("tool_calls") or []:
            if call["type"] == "function":
                yield {"type": "function_call", "call_id": call["id"], **call["function"]}


def parts_of(part: Json) -> Iterator[Json]:
    if part["type"] == "image_url":
        image: Json = part["image_url"]
        yield {"type": "input_image", "image_url": image["url"], "detail": image.get("detail", "auto")}
    elif part["type"] == "file":
        yield {"type": "input_file", **part["file"]}
    else:
        yield from ({"type": "input_text", "text": text} for text in split_text(part.get("text", "")))


def parts(message: Json) -> list[Json]:
    content: Any = message.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else content or []


def text_of(message: Json) -> str:
    return "\n".join(part["text"] for part in parts(message) if "text" in part)
