"""Output items that are no messages, as a reader wants to see them; whatever is unknown is shown as what it is.

static/chat/items/kinds/ says the same for items that stream; tests/support/items.json has both.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from providers.items import Item

LONGEST_JSON = 20_000
"""A picture that a model made is megabytes of base64."""


@dataclass(frozen=True)
class Block:
    """A piece of an item: `format` says how it is shown, and by its `name` what streams finds it."""

    name: str
    format: str
    content: str
    label: str = ""


@dataclass(frozen=True)
class Shown:
    """What there is to see of an item: folded, where `is_open` does not say otherwise."""

    type: str
    title: str
    note: str = ""
    blocks: list[Block] = field(default_factory=list)
    state: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class Source:
    """What an answer cites; a file has no address."""

    title: str
    address: str = ""
    host: str = ""


def shown(item: Item, *, is_over: bool = False) -> Shown | None:
    """None where there is nothing to see: a message, which is shown by its parts, or a thought without words.

    What was cut off does not run any more where the answer `is_over`.
    """
    kind = _text(item.get("type")) or "unknown"
    if kind == "message":
        return None
    title, note, blocks = TYPES.get(kind, _unknown)(item)
    blocks = [block for block in blocks if block.content]
    state = _state(_text(item.get("status")))
    if is_over and state == "running":
        state = ""
    if kind == "reasoning" and state == "running":
        title = _("Thinking")
    elif kind == "reasoning" and not blocks:
        return None
    return Shown(kind, title, note, blocks, state, is_open=kind == "image_generation_call")


def as_it_is(value: Any) -> Shown:
    """What stands where nobody knows it."""
    title, note, blocks = _unknown(value if isinstance(value, dict) else {"item": value})
    return Shown("unknown", title, note, blocks)


def sources(output: Any) -> list[Source]:
    """What the answer cites, each once, in the order of citing."""
    found: dict[tuple[str, str], Source] = {}
    for item in dicts(output):
        for part in dicts(item.get("content")):
            for annotation in dicts(part.get("annotations")):
                if source := source_of(annotation):
                    found.setdefault((source.address, "" if source.address else source.title), source)
    return list(found.values())


Described = tuple[str, str, list[Block]]


def _reasoning(item: Item) -> Described:
    parts = [(f"summary-{n}", part) for n, part in enumerate(dicts(item.get("summary")))]
    parts += [(f"content-{n}", part) for n, part in enumerate(dicts(item.get("content")))]
    return _("Thought"), "", [Block(name, "markdown", _text(part.get("text"))) for name, part in parts]


def _web_search(item: Item) -> Described:
    action = _dict(item.get("action"))
    pages = [action.get("url"), *(source.get("url") for source in dicts(action.get("sources")))]
    note = _text(action.get("query")) or _list_of_words(action.get("queries")) or _text(action.get("pattern"))
    return _("Web search"), note, [Block("page", "link", page) for page in map(_web_address, pages)]


def _file_search(item: Item) -> Described:
    results = [
        Block("result", "text", _text(result.get("text")), _text(result.get("filename")))
        for result in dicts(item.get("results"))
    ]
    return _("File search"), _list_of_words(item.get("queries")), results


def _code_interpreter(item: Item) -> Described:
    blocks = [Block("code", "code", _text(item.get("code")))]
    for output in dicts(item.get("outputs")):
        blocks.append(Block("output", "code", _text(output.get("logs")), _("Output")))
        blocks.append(_picture(_text(output.get("url"))))
    return _("Code"), "", blocks


def _function_call(item: Item) -> Described:
    return _("Function call"), _text(item.get("name")), [_pretty("arguments", item.get("arguments"))]


def _output(item: Item) -> Described:
    return _("Result"), _text(item.get("name")), [_pretty("output", item.get("output"))]


def _custom_tool_call(item: Item) -> Described:
    return _("Tool call"), _text(item.get("name")), [Block("input", "code", _text(item.get("input")))]


def _mcp_call(item: Item) -> Described:
    blocks = [
        _pretty("arguments", item.get("arguments")),
        _pretty("output", item.get("output"), _("Result")),
        _pretty("error", item.get("error"), _("Error")),
    ]
    return _("Tool call"), _joined(item.get("server_label"), item.get("name")), blocks


def _mcp_tools(item: Item) -> Described:
    tools = [
        Block("tool", "text", _text(tool.get("description")) or _text(tool.get("name")), _text(tool.get("name")))
        for tool in dicts(item.get("tools"))
    ]
    return _("Tools"), _text(item.get("server_label")), [*tools, _pretty("error", item.get("error"), _("Error"))]


def _approval(item: Item) -> Described:
    note = _joined(item.get("server_label"), item.get("name"))
    return _("Asks for approval"), note, [_pretty("arguments", item.get("arguments"))]


def _image(item: Item) -> Described:
    result = _text(item.get("result"))
    kind = _text(item.get("output_format")) or "png"
    blocks = [
        _picture(f"data:image/{kind};base64,{result}" if result else ""),
        Block("prompt", "text", _text(item.get("revised_prompt"))),
        _pretty("error", item.get("error"), _("Error")),
    ]
    return _("Picture"), "", blocks


def _computer_call(item: Item) -> Described:
    action = item.get("action") or item.get("actions")
    checks = [
        Block("check", "text", _text(check.get("message")) or _text(check.get("code")), _("Safety check"))
        for check in dicts(item.get("pending_safety_checks"))
    ]
    return _("Computer"), _text(_dict(action).get("type")), [_pretty("action", action), *checks]


def _computer_output(item: Item) -> Described:
    output = _dict(item.get("output"))
    return _("Screen"), "", [_picture(_text(output.get("image_url")))]


def _shell_call(item: Item) -> Described:
    action = _dict(item.get("action"))
    commands = _list(action.get("commands")) or [" ".join(map(_text, _list(action.get("command"))))]
    return _("Command"), "", [Block("command", "code", "\n".join(map(_text, commands)))]


def _shell_output(item: Item) -> Described:
    output = item.get("output")
    runs = list(dicts(output))
    streams = [_text(run.get(name)) for run in runs for name in ("stdout", "stderr")]
    note = _joined(*(_failure(_dict(run.get("outcome"))) for run in runs))
    return _("Result"), note, [Block("output", "code", "\n".join(filter(None, streams)) or _text(output))]


def _failure(outcome: dict[str, Any]) -> str:
    """How a command failed; empty where it did not."""
    if outcome.get("type") == "timeout":
        return _("Timed out")
    code = outcome.get("exit_code")
    return _("Exit code %(code)s") % {"code": code} if type(code) is int and code else ""


def _patch(item: Item) -> Described:
    operation = _dict(item.get("operation"))
    return _("Patch"), _text(operation.get("path")), [Block("patch", "code", _text(operation.get("diff")))]


def _program(item: Item) -> Described:
    return _("Code"), "", [Block("code", "code", _text(item.get("code")))]


def _unknown(item: Item) -> Described:
    kind = _text(item.get("type")) or _("Unknown item")
    rest = {name: value for name, value in item.items() if name not in {"type", "id", "encrypted_content"}}
    return kind.replace("_", " ").capitalize(), "", [_pretty("item", rest)]


TYPES: dict[str, Callable[[Item], Described]] = {
    "reasoning": _reasoning,
    "web_search_call": _web_search,
    "file_search_call": _file_search,
    "code_interpreter_call": _code_interpreter,
    "function_call": _function_call,
    "function_call_output": _output,
    "custom_tool_call": _custom_tool_call,
    "custom_tool_call_output": _output,
    "mcp_call": _mcp_call,
    "mcp_list_tools": _mcp_tools,
    "mcp_approval_request": _approval,
    "image_generation_call": _image,
    "computer_call": _computer_call,
    "computer_call_output": _computer_output,
    "local_shell_call": _shell_call,
    "local_shell_call_output": _shell_output,
    "shell_call": _shell_call,
    "shell_call_output": _shell_output,
    "apply_patch_call": _patch,
    "apply_patch_call_output": _output,
    "program": _program,
}


def _state(status: str) -> str:
    if status == "failed":
        return "failed"
    return "running" if status in {"in_progress", "searching", "interpreting", "generating", "calling"} else ""


def source_of(annotation: dict[str, Any]) -> Source | None:
    """What a citation leads to."""
    if annotation.get("type") == "url_citation":
        address = _web_address(annotation.get("url"))
        host = (urlsplit(address).hostname or "").removeprefix("www.") if address else ""
        return Source(_text(annotation.get("title")) or host, address, host) if address else None
    name = _text(annotation.get("filename")) or _text(annotation.get("file_id"))
    return Source(name) if name else None


def _web_address(address: Any) -> str:
    try:
        parts = urlsplit(address) if isinstance(address, str) else None
    except ValueError:
        return ""
    return address if parts and parts.scheme in {"http", "https"} and parts.hostname else ""


def _picture(address: str) -> Block:
    """One that is there; a picture elsewhere would tell that server who reads this, so it is linked."""
    if address.startswith("data:image/"):
        return Block("image", "image", address)
    return Block("image", "link", _web_address(address))


def _pretty(name: str, value: Any, label: str = "") -> Block:
    """JSON, or a text that may be JSON, indented."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return Block(name, "code", value, label)
    text = json.dumps(value, ensure_ascii=False, indent=2) if value not in (None, "") else ""
    return Block(name, "code", text if len(text) <= LONGEST_JSON else f"{text[:LONGEST_JSON]}…", label)


def _joined(*words: Any) -> str:
    return " · ".join(filter(None, map(_text, words)))


def _list_of_words(value: Any) -> str:
    return ", ".join(filter(None, map(_text, _list(value))))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def dicts(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a list; nothing where it is none, or has none."""
    return (entry for entry in _list(value) if isinstance(entry, dict))
