"""The one place that pairs calls of tools with their outputs, just before a request is sent.

The API refuses a request with a call that has no output, or an output that has no call, and would do so in every later
request of the conversation. https://platform.openai.com/docs/guides/function-calling
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from providers.items import APPROVAL, APPROVED, CALLS, IDS, SAID, Item, call_id_of, said_to_tool

MAX_CALL_ID = 64
MAX_NAME = 64
"""Of both dialects, the shorter one."""

NO_OUTPUT = "This call was cancelled: it has no output."
ANSWERED = {output: call for call, output in CALLS.items()}
_OF_APPROVAL = ("id", "server_label", "name", "arguments")


def paired(items: Iterable[Item]) -> list[Item]:
    """Return the items with exactly one output for each call, after it and before the next message of the user.

    A call without an output gets one that says so; an output without a call is left out. The ids are unique, although
    providers may give the same one again.
    """
    return [*_paired(items)]


def _paired(items: Iterable[Item]) -> Iterator[Item]:
    used: set[str] = set()
    # Those that wait for their output, each with its kind and the provider's id. Calls side by side may have one id.
    open_calls: list[tuple[tuple[Any, Any], Item]] = []
    for item in items:
        kind = item.get("type", "message")
        if kind in CALLS:
            call = _with_id(item, _unique(call_id_of(item), used))
            open_calls.append(((kind, call_id_of(item)), call))
            yield call
        elif kind in ANSWERED:
            key = (ANSWERED[kind], call_id_of(item))
            if (place := next((at for at, (each, _) in enumerate(open_calls) if each == key), None)) is not None:
                _, called = open_calls.pop(place)
                yield _with_id(item, call_id_of(called))
        else:
            if kind == "message" and item.get("role") != "assistant":
                yield from (_missing(call) for _, call in open_calls)
                open_calls = []
            yield item
    yield from (_missing(call) for _, call in open_calls)


def chained(calls: Iterable[Item], items: Iterable[Item]) -> list[Item]:
    """Return the items that follow calls which the provider knows: an output for each of them first, and no others."""
    left = [*calls]
    outputs: list[Item] = []
    others: list[Item] = []
    for item in items:
        kind = item.get("type", "message")
        if kind not in ANSWERED:
            others.append(item)
            continue
        key = (ANSWERED[kind], call_id_of(item))
        if (called := next((call for call in left if (call["type"], call_id_of(call)) == key), None)) is not None:
            left.remove(called)
            outputs.append(item)
    return [*outputs, *map(_missing, left), *others]


def as_call(item: Item) -> Item:
    """Return a call as an input item, without an id that the provider would have to know, as any provider takes it."""
    if item["type"] == APPROVAL:
        # Its id pairs it, and only the provider that made it gets it.
        return {"type": APPROVAL} | {name: str(item.get(name) or "") for name in _OF_APPROVAL}
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", str(item.get("name") or "unknown"))[:MAX_NAME]
    call_id = item.get("call_id")
    return {
        "type": item["type"],
        "call_id": call_id if isinstance(call_id, str) else "",
        "name": name,
        SAID[item["type"]]: said_to_tool(item),
    }


def as_output(kind: str, call_id: str, output: Any) -> Item:
    """Return what goes back for a call of this kind."""
    if kind == APPROVAL:
        is_approved = output == APPROVED
        reason = {} if is_approved else {"reason": str(output)}
        return {"type": CALLS[kind], IDS[CALLS[kind]]: call_id, "approve": is_approved, **reason}
    return {"type": CALLS[kind], "call_id": call_id, "output": output}


def _missing(call: Item) -> Item:
    return as_output(call["type"], call_id_of(call), NO_OUTPUT)


def _with_id(item: Item, call_id: Any) -> Item:
    return {**item, IDS.get(item["type"], "call_id"): call_id}


def _unique(call_id: Any, used: set[str]) -> str:
    wanted = call_id if isinstance(call_id, str) and 0 < len(call_id) <= MAX_CALL_ID else "call"
    unique, number = wanted, 1
    while unique in used:
        number += 1
        unique = f"{wanted[: MAX_CALL_ID - 8]}_{number}"
    used.add(unique)
    return unique
