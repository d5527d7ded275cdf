"""Is this body a request that the API accepts? The installed SDK's own parameter types decide."""

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
from standin.limits import check_limits

RENAMED = {"async"}
"""Keys that the SDK's types spell differently, because Python reserves them."""


def validate(body: object) -> Json:
    """Returns the body of `POST /responses`, or raises the error that the API answers with."""
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
    return body


def check_tools(tools: object) -> None:
    if not isinstance(tools, list):
        raise invalid_type("tools", "expected an array of objects")
    for path, tool in each(tools, "tools"):
        check(by_type(tool, members(ToolParam), path), tool, path)


def check_input(items: object) -> None:
    if isinstance(items, str):
        return
    if not isinstance(items, list):
        raise invalid_type("input", "expected one of an array of input items or string")
    for path, item in each(items, "input"):
        if item.get("type", "message") == "message" and "role" in item:
            check_message(item, path)
        elif item.get("type") == "reasoning" and item.get("encrypted_content"):
            # It says all by itself: the API asks for no id then, although the SDK's types do.
            check(by_type(item, members(ResponseInputItemParam), path), {"id": "rs_0", **item}, path)
        else:
            check(by_type(item, members(ResponseInputItemParam), path), item, path)


def check_message(message: Json, path: str) -> None:
    written_by_model = message["role"] == "assistant"
    content = message.get("content")
    if isinstance(content, list):
        parts = members(OutputContent) if written_by_model else members(ResponseInputContentParam)
        for part_path, part in each(content, joined(path, "content")):
            check(by_type(part, parts, part_path), part, part_path)
    if written_by_model and isinstance(content, list):
        check(ResponseOutputMessageParam, message, path)
    elif "status" in message:
        check(Message, message, path)
    else:
        check(EasyInputMessageParam, message, path)


def each(values: list[Any], path: str) -> Iterator[tuple[str, Json]]:
    for index, value in enumerate(values):
        if not isinstance(value, dict):
            raise invalid_type(joined(path, index), "expected an object")
        yield joined(path, index), value


def by_type(value: Json, types: Mapping[str, type], path: str) -> type:
    if "type" not in value:
        raise missing_parameter(joined(path, "type"))
    if not isinstance(value["type"], str) or value["type"] not in types:
        supported = ", ".join(f"'{name}'" for name in types)
        raise invalid_value(joined(path, "type"), value["type"], supported)
    return types[value["type"]]


@cache
def members(union: Any) -> dict[str, type]:
    """The union's TypedDicts by the words that their `type` may say."""
    table: dict[str, type] = {}
    for member in get_args(union):
        for word in literals(get_type_hints(member)["type"]):
            table.setdefault(word, member)
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
    """Reads everything: what is typed as Iterable is validated only then, and unknown keys are not there any more."""
    if isinstance(validated, dict):
        for key in sent.keys() - validated.keys() - RENAMED:
            raise unknown_parameter(joined(path, key))
        for key, inner in validated.items():
            exhaust(inner, sent[key], joined(path, key))
    elif not isinstance(validated, str) and hasattr(validated, "__iter__"):
        try:
            inners = list(validated)
        except ValidationError as error:
            raise as_api_error(error, sent, path) from None
        for index, inner in enumerate(inners):
            exhaust(inner, sent[index], joined(path, index))


def as_api_error(error: ValidationError, value: Any, path: str) -> ApiError:
    # Alternatives of a union are all reported: the one that came furthest is what was meant.
    problem = max(error.errors(), key=lambda each: len(each["loc"]))
    param, found = walk(problem["loc"], value, path)
    if problem["type"] == "missing":
        return missing_parameter(joined(param, problem["loc"][-1]))
    if problem["type"] == "literal_error":
        return invalid_value(param, found, problem["ctx"]["expected"])
    return invalid_type(param, problem["msg"][0].lower() + problem["msg"][1:])


def walk(location: tuple[int | str, ...], value: Any, path: str) -> tuple[str, Any]:
    """Where in the sent value a pydantic location is; names of union members in between are left out."""
    for step in location:
        if step in (range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ()):
            path, value = joined(path, step), value[step]
    return path, value


def joined(path: str, step: int | str) -> str:
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step}" if path else step
