"""A body of `responses.create` as the body of a chat completion.

https://platform.openai.com/docs/api-reference/chat/create
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from providers.chat_completions.servers import DEEPSEEK, QWEN, Server
from providers.families import family_of
from providers.items import CALLS, Item, dicts, said_to_tool
from providers.parameters import EFFORT, without
from providers.refusals import CHAIN, COMPACT, COUNT, EARLIER_CALLS, IMAGES
from providers.tool_parts import tool_parts

DEVELOPER, SYSTEM = "developer", "system"
JSON_SCHEMA, JSON_OBJECT = "json_schema", "json_object"
STREAM_OPTIONS = "stream_options"
LIMITS = ("max_completion_tokens", "max_tokens")
"""The names of `max_output_tokens`: OpenAI's first, then that of other servers."""

UNSUPPORTED = frozenset(
    {"background", COMPACT, "context_management", "conversation", COUNT, CHAIN, "include", "truncation"}
)
"""What a request for a completion can't say."""

SAME = ("temperature", "top_p", "stop", "frequency_penalty", "presence_penalty", "seed", "logit_bias")
"""Parameters that have the same name and meaning wherever they are taken."""
OPENAI_ONLY = (
    "metadata",
    "moderation",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "store",
)
NAMES = {
    "reasoning_effort": EFFORT,
    "chat_template_kwargs": EFFORT,
    "thinking": EFFORT,
    "verbosity": "text.verbosity",
}
"""The parts of a Responses request, by their names here if those differ."""
ESSENTIAL = {"messages", "model", "response_format", "stream", "tools"}
"""What can't be left out by its name alone."""

NOT_SENT = {
    "input_image": "[an image that can't be sent]",
    "input_file": "[a file that can't be sent]",
}
NO_OUTPUT = "[no output]"
"""Each call must have an output."""
IN_SCHEMA = "Answer with nothing but JSON that is valid against this JSON schema:"
IN_JSON = "Answer with nothing but a JSON object."


def to_chat(body: dict[str, Any], server: Server, omitted: Collection[str] = ()) -> dict[str, Any]:
    """Return the request for a streamed chat completion, without the parts in `omitted` (`parts_of`).

    What a server can't be told is left out: the memory of the provider, hosted tools, and for others than OpenAI what
    they refuse.
    """
    body = without(body, omitted)
    model = str(body.get("model"))
    tools = [tool for tool in map(_Tools(server).converted, dicts(body.get("tools"))) if tool]
    answer_format = _response_format(body, server, omitted)
    passes_reasoning = server.is_deepseek or DEEPSEEK.search(model) is not None
    messages = _Messages(server, passes_reasoning=passes_reasoning)
    messages.instruct(body.get("instructions"))
    messages.instruct(_said_format(body, answer_format))
    messages.add(body.get("input"))
    request = {
        "model": model,
        "messages": messages.finished(_role(server, model, omitted)),
        "stream": True,
        STREAM_OPTIONS: {"include_usage": True},
        **{name: body[name] for name in SAME if name in body},
        **_effort(body, server, model),
        **_limit(body, server, omitted),
    }
    if server.is_openai:
        request |= {name: body[name] for name in OPENAI_ONLY if name in body}
        if not body.get("store"):
            # OpenAI takes it only with what it stores.
            request.pop("metadata", None)
    if verbosity := _object(body, "text").get("verbosity"):
        request["verbosity"] = verbosity
    if answer_format:
        request["response_format"] = answer_format
    if tools:
        request["tools"] = tools
        if "parallel_tool_calls" in body:
            request["parallel_tool_calls"] = body["parallel_tool_calls"]
        if choice := _Tools(server).choice(body.get("tool_choice")):
            request["tool_choice"] = choice
    return {name: value for name, value in request.items() if name in ESSENTIAL or NAMES.get(name, name) not in omitted}


def parts_of(request: dict[str, Any]) -> set[str]:
    """Return the parts of a request for a chat completion without which the same can be asked.

    What a Responses request has too is called as it is there.
    """
    parts = {NAMES.get(name, name) for name in request if name not in ESSENTIAL} | tool_parts(request.get("tools", ()))
    if request["messages"] and (role := request["messages"][0]["role"]) in {DEVELOPER, SYSTEM}:
        parts.add(role)
    if any(part.get("type") == "image_url" for message in request["messages"] for part in dicts(message["content"])):
        parts.add(IMAGES)
    if any("tool_calls" in message for message in request["messages"]):
        parts.add(EARLIER_CALLS)
    if answer_format := request.get("response_format"):
        parts.add(answer_format["type"])
    return parts


@dataclass
class _Turn:
    """What an assistant said and called, up to the next message of somebody else."""

    texts: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    calls: list[Item] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.texts or self.refusals or self.calls)


class _Messages:
    """The messages of a chat, made of input items.

    No two of the same role follow each other: many models' templates refuse that. The outputs of calls follow the
    message that made them.
    """

    def __init__(self, server: Server, *, passes_reasoning: bool) -> None:
        self._server = server
        self._passes_reasoning = passes_reasoning
        self._instructions: list[str] = []
        self._messages: list[dict[str, Any]] = []
        self._turn = _Turn()
        self._outputs: dict[Any, Item] = {}

    def instruct(self, text: Any) -> None:
        """Add to the first message: there is only one of the system."""
        if isinstance(text, str) and text:
            self._instructions.append(text)

    def add(self, items: Any) -> None:
        """Add a text of the user, or input items."""
        if isinstance(items, str):
            self._say([{"type": "text", "text": items}])
            return
        self._outputs = {item.get("call_id"): item for item in dicts(items) if item.get("type") in CALLS.values()}
        for item in dicts(items):
            kind = item.get("type", "message")
            if kind == "message" and item.get("role") == "assistant":
                self._answer(item.get("content"))
            elif kind == "message":
                self._message(item)
            elif kind == "reasoning":
                texts = (part.get("text") for part in dicts(item.get("content")))
                self._turn.thoughts += [text for text in texts if isinstance(text, str)]
            elif kind in CALLS and (kind == "function_call" or self._server.is_openai):
                self._turn.calls.append(item)
            elif kind in CALLS.values():
                self._close()

    def finished(self, role: str | None) -> list[dict[str, Any]]:
        """Return the messages. The first one has the instructions, in this role; without one, it is the user's."""
        self._close()
        if not self._instructions:
            return [*map(_plain, self._messages)]
        texts = "\n\n".join(self._instructions)
        if role is None:
            first, *rest = (
                self._messages if self._is_users_first() else [{"role": "user", "content": []}, *self._messages]
            )
            first = {**first, "content": [{"type": "text", "text": texts}, *first["content"]]}
            return [*map(_plain, [first, *rest])]
        return [{"role": role, "content": texts}, *map(_plain, self._messages)]

    def _is_users_first(self) -> bool:
        return bool(self._messages) and self._messages[0]["role"] == "user"

    def _message(self, item: Item) -> None:
        parts = list(_parts(item.get("content"), self._server))
        if item.get("role") in {SYSTEM, DEVELOPER}:
            for part in parts:
                self.instruct(part.get("text"))
        else:
            self._close()
            self._say(parts)

    def _answer(self, content: Any) -> None:
        if isinstance(content, str):
            content = [{"type": "output_text", "text": content}]
        for part in dicts(content):
            if text := part.get("text"):
                self._turn.texts.append(text)
            elif refusal := part.get("refusal"):
                # Others than OpenAI may refuse the field.
                (self._turn.refusals if self._server.is_openai else self._turn.texts).append(refusal)

    def _say(self, parts: list[dict[str, Any]]) -> None:
        if self._messages and self._messages[-1]["role"] == "user":
            self._messages[-1]["content"] += parts
        elif parts:
            self._messages.append({"role": "user", "content": parts})

    def _close(self) -> None:
        """End the turn of the assistant, with the outputs of its calls."""
        turn, self._turn = self._turn, _Turn()
        if not turn:
            return
        message: dict[str, Any] = {"role": "assistant", "content": "\n\n".join(turn.texts) or None}
        if turn.refusals:
            message["refusal"] = "\n\n".join(turn.refusals)
        if turn.calls:
            message["tool_calls"] = [_call(item) for item in turn.calls]
            if self._passes_reasoning and turn.thoughts:
                message["reasoning_content"] = "\n\n".join(turn.thoughts)
        self._messages.append(message)
        images: list[dict[str, Any]] = []
        for item in turn.calls:
            parts = list(_parts(self._outputs.get(item.get("call_id"), {}).get("output"), self._server))
            texts = [part["text"] for part in parts if part["type"] == "text"]
            images += [part for part in parts if part["type"] != "text"]
            output = "\n\n".join(texts) or NO_OUTPUT
            self._messages.append({"role": "tool", "tool_call_id": item.get("call_id"), "content": output})
        if images:
            self._say(images)


class _Tools:
    """The tools of a request, as far as a server takes them."""

    def __init__(self, server: Server) -> None:
        self._is_openai = server.is_openai

    def converted(self, tool: dict[str, Any]) -> dict[str, Any] | None:
        """Return the tool; None for a hosted one."""
        if tool.get("type") == "custom" and self._is_openai:
            return {"type": "custom", "custom": {name: value for name, value in tool.items() if name != "type"}}
        if tool.get("type") != "function":
            return None
        # Here functions are loose unless they say otherwise, and others than OpenAI may refuse the word.
        names = ("name", "description", "parameters", *(("strict",) if self._is_openai else ()))
        return {"type": "function", "function": {name: tool[name] for name in names if tool.get(name) is not None}}

    def choice(self, choice: Any) -> Any:
        """Return which tool is to be called; None if that can't be said."""
        if not isinstance(choice, dict):
            return choice
        kind = choice.get("type")
        if kind == "allowed_tools":
            return choice.get("mode")
        if kind == "function" or (kind == "custom" and self._is_openai):
            return {"type": kind, kind: {"name": choice.get("name")}}
        return None


def _call(item: Item) -> dict[str, Any]:
    kind = item["type"].removesuffix("_call")
    said = said_to_tool(item)
    if kind == "function":
        return {
            "id": item.get("call_id"),
            "type": "function",
            "function": {"name": item.get("name"), "arguments": said},
        }
    return {"id": item.get("call_id"), "type": "custom", "custom": {"name": item.get("name"), "input": said}}


def _parts(content: Any, server: Server) -> Iterator[dict[str, Any]]:
    """Yield the parts of a message's content, or of a call's output."""
    if isinstance(content, str):
        content = [{"type": "input_text", "text": content}]
    for part in dicts(content):
        kind = part.get("type")
        if isinstance(part.get("text"), str):
            if part["text"]:
                yield {"type": "text", "text": part["text"]}
        elif kind == "input_image" and part.get("image_url"):
            yield {"type": "image_url", "image_url": _image(part)}
        elif kind == "input_file" and (file := _file(part, server)):
            yield {"type": "file", "file": file}
        elif kind == "input_audio":
            yield {"type": "input_audio", "input_audio": part.get("input_audio")}
        elif kind in NOT_SENT:
            yield {"type": "text", "text": NOT_SENT[kind]}


def _image(part: dict[str, Any]) -> dict[str, Any]:
    detail = part.get("detail")
    detail = "high" if detail == "original" else detail
    return {"url": part["image_url"], **({"detail": detail} if detail else {})}


def _file(part: dict[str, Any], server: Server) -> dict[str, Any] | None:
    names = ("filename", "file_data", *(("file_id",) if server.is_openai else ()))
    file = {name: part[name] for name in names if part.get(name)}
    return file if file.keys() & {"file_data", "file_id"} else None


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message whose content is a text if it has nothing else: that is what all servers take."""
    content = message["content"]
    if isinstance(content, list) and all(part["type"] == "text" for part in content):
        return {**message, "content": "\n\n".join(part["text"] for part in content)}
    return message


def _role(server: Server, model: str, omitted: Collection[str]) -> str | None:
    """Return the role of the instructions; None if the server takes none but the user's."""
    if server.is_openai and family_of(model).efforts and DEVELOPER not in omitted:
        return DEVELOPER
    return SYSTEM if SYSTEM not in omitted else None


def _limit(body: dict[str, Any], server: Server, omitted: Collection[str]) -> dict[str, Any]:
    names: Iterable[str] = LIMITS if server.is_openai else reversed(LIMITS)
    name = next((name for name in names if name not in omitted), None)
    return {name: body["max_output_tokens"]} if name and body.get("max_output_tokens") is not None else {}


def _effort(body: dict[str, Any], server: Server, model: str) -> dict[str, Any]:
    """Return how hard the model is to think, in the server's own words."""
    effort = _object(body, "reasoning").get("effort")
    if not effort:
        return {}
    if server.is_deepseek:
        if effort == "none":
            return {"thinking": {"type": "disabled"}}
        return {"thinking": {"type": "enabled"}, "reasoning_effort": "max" if effort in {"xhigh", "max"} else "high"}
    if QWEN.search(model) and not server.is_openai:
        return {"chat_template_kwargs": {"enable_thinking": effort != "none"}}
    return {"reasoning_effort": effort}


def _response_format(body: dict[str, Any], server: Server, omitted: Collection[str]) -> dict[str, Any] | None:
    """Return the strictest format that the server takes: a schema, else any JSON object, else a text."""
    wanted = _object(_object(body, "text"), "format")
    kind = wanted.get("type")
    if kind == JSON_SCHEMA and JSON_SCHEMA not in omitted and not server.is_deepseek:
        names = ("name", "description", "schema", "strict")
        return {"type": kind, kind: {name: wanted[name] for name in names if wanted.get(name) is not None}}
    return {"type": JSON_OBJECT} if kind in {JSON_SCHEMA, JSON_OBJECT} and JSON_OBJECT not in omitted else None


def _said_format(body: dict[str, Any], answer_format: dict[str, Any] | None) -> str:
    """Return what must be said in words of the format, because the parameter doesn't say it or needs the word JSON."""
    wanted = _object(_object(body, "text"), "format")
    if wanted.get("type") == JSON_SCHEMA and (answer_format or {}).get("type") != JSON_SCHEMA:
        return f"{IN_SCHEMA}\n{json.dumps(wanted.get('schema'), ensure_ascii=False)}"
    return IN_JSON if wanted.get("type") == JSON_OBJECT else ""


def _object(owner: dict[str, Any], name: str) -> dict[str, Any]:
    value = owner.get(name)
    return value if isinstance(value, dict) else {}
