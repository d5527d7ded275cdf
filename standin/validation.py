"""The validation of requests, by the parameter types of the installed SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_type_hints

from openai.types.responses.easy_input_message_param import EasyInputMessageParam
from openai.types.responses.response_create_params import ResponseCreateParamsBase
from openai.types.responses.response_input_item_param import Message, ResponseInputItemParam
from openai.types.responses.response_input_message_content_list_param import ResponseInputContentParam
from openai.types.responses.response_output_message_param import Content as OutputContent
from openai.types.responses.response_output_message_param import ResponseOutputMessageParam
from openai.types.responses.tool_param import ToolParam
from pydantic import TypeAdapter, ValidationError

from standin.errors import (
    ApiError,
    Json,
    invalid_type,
    invalid_value,
    missing_parameter,
    unknown_parameter,
)
from standin.formats import check_format
from standin.limits import check_limits

RENAMED = {"async"}
"""Keys that are spelled otherwise in the SDK's types, because they are reserved words of Python."""


def validate(body: object) -> Json:
    """Return the body of a `POST /responses`. Raise the API's error if it is invalid."""
    if not isinstance(body, dict):
        raise invalid_type("body", "expected an object")
    for key in ("model", "input"):
        if body.get(key) is None:
            raise missing_parameter(key)
    stream = body.get("stream")
    if stream is not None and not isinstance(stream, bool):
        raise invalid_type("stream", "expected a boolean")
    check_tools(body.get("tools", []))
    check_input(body["input"])
    check(ResponseCreateParamsBase, {key: body[key] for key in body.keys() - {"stream", "input", "tools"}}, "")
    check_limits(body)
    check_format(body)
    return body


def validate_of(typed_dict: type, body: object) -> Json:
    """Return the body of a request about a conversation, such as `POST /responses/compact`, with an input."""
    if not isinstance(body, dict):
        raise invalid_type("body", "expected an object")
    if body.get("model") is None:
        raise missing_parameter("model")
    body = body | {"input": body.get("input") or []}
    check_input(body["input"])
    check_tools(body.get("tools") or [])
    check(typed_dict, {key: body[key] for key in body.keys() - {"input", "tools"}}, "")
    return body


def check_tools(tools: object) -> None:
    if not isinstance(tools, list):
        raise invalid_type("tools", "expected an array of objects")
    for path, tool in each_object(tools, "tools"):
        check(by_type(tool, members(ToolParam), path), tool, path)


def check_input(items: object) -> None:
    if isinstance(items, str):
        return
    if not isinstance(items, list):
        raise invalid_type("input", "expected one of an array of input items or string")
    for path, item in each_object(items, "input"):
        if item.get("type", "message") == "message" and "role" in item:
            check_message(item, path)
        elif item.get("type") == "reasoning" and item.get("encrypted_content"):
            # With its encrypted content, the API requires no id, although the SDK's types do.
            check(by_type(item, members(ResponseInputItemParam), path), {"id": "rs_0", **item}, path)
        else:
            check(by_type(item, members(ResponseInputItemParam), path), item, path)


def check_message(message: Json, path: str) -> None:
    is_from_assistant = message["role"] == "assistant"
    content = message.get("content")
    if isinstance(content, list):
        parts = members(OutputContent) if is_from_assistant else members(ResponseInputContentParam)
        for part_path, part in each_object(content, join_path(path, "content")):
            check(by_type(part, parts, part_path), part, part_path)
    if is_from_assistant and isinstance(content, list):
        check(ResponseOutputMessageParam, message, path)
    elif "status" in message:
        check(Message, message, path)
    else:
        check(EasyInputMessageParam, message, path)


def each_object(values: list[Any], path: str) -> Iterator[tuple[str, Json]]:
    for index, value in enumerate(values):
        if not isinstance(value, dict):
            raise invalid_type(join_path(path, index), "expected an object")
        yield join_path(path, index), value


def by_type(value: Json, types: Mapping[str, type], path: str) -> type:
    if "type" not in value:
        raise missing_parameter(join_path(path, "type"))
    if not isinstance(value["type"], str) or value["type"] not in types:
        supported = ", ".join(f"'{name}'" for name in types)
        raise invalid_value(join_path(path, "type"), value["type"], supported)
    return types[value["type"]]


@cache
def members(union: Any) -> dict[str, type]:
    """Return the TypedDicts of a union by the values that their `type` may have."""
    table: dict[str, type] = {}
    for member in get_args(union):
        for value in literals(get_type_hints(member)["type"]):
            table.setdefault(value, member)
    return table


def literals(hint: Any) -> Iterator[str]:
    for argument in get_args(hint):
        if isinstance(argument, str):
            yield argument
        else:
            yield from literals(argument)


@cache
def adapter(typed_dict: type) -> TypeAdapter[Any]:
    return TypeAdapter(typed_dict)


def check(typed_dict: type, value: Json, path: str) -> None:
    try:
        validated = adapter(typed_dict).validate_python(value, strict=True)
    except ValidationError as error:
        raise as_api_error(error, value, path) from None
    exhaust(validated, value, path)


def exhaust(validated: Any, sent: Any, path: str) -> None:
    """Raise the API's error for unknown keys, and for what is invalid in fields that are typed as Iterable.

    Pydantic drops unknown keys, and validates an Iterable only while it is read.
    """
    if isinstance(validated, dict):
        for key in sent.keys() - validated.keys() - RENAMED:
            raise unknown_parameter(join_path(path, key))
        for key, inner in validated.items():
            exhaust(inner, sent[key], join_path(path, key))
    elif not isinstance(validated, str) and hasattr(validated, "__iter__"):
        try:
            inners = list(validated)
        except ValidationError as error:
            raise as_api_error(error, sent, path) from None
        for index, inner in enumerate(inners):
            exhaust(inner, sent[index], join_path(path, index))


def as_api_error(error: ValidationError, value: Any, path: str) -> ApiError:
    # Pydantic reports every alternative of a union. The one that matched furthest is the one that was meant.
    problem = max(error.errors(), key=lambda each: len(each["loc"]))
    param, found = locate(problem["loc"], value, path)
    if problem["type"] == "missing":
        return missing_parameter(join_path(param, problem["loc"][-1]))
    if problem["type"] == "literal_error":
        return invalid_value(param, found, problem["ctx"]["expected"])
    return invalid_type(param, problem["msg"][0].lower() + problem["msg"][1:])


def locate(location: tuple[int | str, ...], value: Any, path: str) -> tuple[str, Any]:
    """Return the path and the value at a location that pydantic reports, without the names of union members in it."""
    for step in location:
        if step in (range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ()):
            path, value = join_path(path, step), value[step]
    return path, value


def join_path(path: str, step: int | str) -> str:
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step}" if path else step
