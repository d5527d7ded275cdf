"""The API's input and output items, as they are stored."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

Item = dict[str, Any]
"""An input or output item in the API's own shape."""
Part = dict[str, Any]
"""A part of a message's content."""

FUNCTION_CALL = "function_call"
APPROVAL = "mcp_approval_request"
CALLS = {
    FUNCTION_CALL: "function_call_output",
    "custom_tool_call": "custom_tool_call_output",
    APPROVAL: "mcp_approval_response",
}
"""The items that ask whoever sent the request to run a tool, or to allow it, each with the item that answers it."""
UNANSWERED = {
    "apply_patch_call": "apply_patch_call_output",
    "computer_call": "computer_call_output",
    "local_shell_call": "local_shell_call_output",
    "shell_call": "shell_call_output",
    "tool_search_call": "tool_search_output",
}
"""The other items that ask for something to be run, each with what the provider puts out if it does that itself."""
APPROVED = "Allowed."
"""What answers `APPROVAL` if the provider may run the tool. Anything else is a reason why it may not."""
IDS = {APPROVAL: "id", "mcp_approval_response": "approval_request_id"}
"""The field that pairs a call with its output, if it isn't `call_id`."""
SAID = {"function_call": "arguments", "custom_tool_call": "input", APPROVAL: "arguments"}
"""The field of a call that has what the model gives to the tool."""
NO_ARGUMENTS = "{}"
STEPS = {"compaction", "reasoning", "web_search_call", "file_search_call"}


def item_text(items: Iterable[Item]) -> str:
    """Return the text of the messages, with a blank line between two parts."""
    return _joined(
        part
        for item in items
        if item.get("type", "message") == "message"
        for part in item_parts(item) or [{"text": item.get("content")}]
    )


def tool_text(item: Item) -> str:
    """Return what a call gives to its tool, or the text of what a tool put out; nothing of another item."""
    kind = item.get("type")
    if kind in CALLS:
        return _joined([{"text": item.get(SAID[kind])}])
    return _joined(item_parts(item) or [{"text": item.get("output")}]) if kind in CALLS.values() else ""


def _joined(parts: Iterable[Part]) -> str:
    texts = (part.get("text") or part.get("refusal") for part in parts)
    return "\n\n".join(text for text in texts if text and isinstance(text, str))


def item_parts(item: Item) -> list[Part]:
    """Return the parts of an item's content, or of a call's output; none if it is a string, or if there is none."""
    return [*dicts(item.get(_content_of(item)))]


def replace_parts(item: Item, replace: Callable[[Part], Part]) -> Item:
    """Return the item with what a function returns for each part of its content."""
    parts = item_parts(item)
    return {**item, _content_of(item): [replace(part) for part in parts]} if parts else item


def _content_of(item: Item) -> str:
    return "output" if item.get("type") in CALLS.values() else "content"


def as_stored(value: Any) -> Any:
    """Return a JSON value with its keys in the order in which PostgreSQL's `jsonb` gives them back.

    What is sent before it is stored has the same bytes as later, so that requests begin alike.
    """
    if isinstance(value, dict):
        return {key: as_stored(value[key]) for key in sorted(value, key=lambda key: (len(key.encode()), key))}
    return [as_stored(inner) for inner in value] if isinstance(value, list) else value


def dicts(value: Any) -> Iterator[dict[str, Any]]:
    """Return the objects in a list; nothing if it is none, or has none."""
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())


def calls_in(output: Iterable[Item]) -> list[tuple[int, Item]]:
    """Return the items that call a tool of ours, each with its place in the output."""
    return [(place, item) for place, item in enumerate(output) if item.get("type") in CALLS]


def has_unanswered(output: Iterable[Item]) -> bool:
    """Return whether an output has calls that nobody answers: its provider refuses whatever continues it."""
    items = [*output]
    answered = {(item.get("type"), _key(item.get("call_id"))) for item in items}
    calls = ((UNANSWERED.get(str(item.get("type"))), item) for item in items)
    return any(
        (kind, _key(item.get("call_id"))) not in answered
        for kind, item in calls
        # A search among tools that the provider runs itself may have no id.
        if kind and (item.get("type") != "tool_search_call" or item.get("execution") == "client")
    )


def _key(call_id: Any) -> str:
    return call_id if isinstance(call_id, str) else ""


def call_id_of(item: Item) -> Any:
    """Return what pairs a call with its output, of either."""
    return item.get(IDS.get(str(item.get("type")), "call_id"))


def said_to_tool(call: Item) -> str:
    """Return what a call gives to its tool, as any server takes it when it is sent back.

    Arguments that were cut or broken are left out: servers that parse the earlier calls refuse whatever is no object.
    """
    said = call.get(SAID[call["type"]])
    said = said if isinstance(said, str) else ""
    return said if call["type"] != "function_call" or _is_object(said) else NO_ARGUMENTS


def _is_object(text: str) -> bool:
    try:
        msgspec.json.decode(text, type=dict[str, Any])
    except (ValueError, RecursionError):
        return False
    return True


def has_answer(output: Iterable[Item]) -> bool:
    """Return whether there is more in an output than thoughts and searches, which lead to an answer but are none."""
    kinds = ((item, str(item.get("type"))) for item in output)
    return any(item_text([item]) if kind == "message" else kind not in STEPS for item, kind in kinds)
