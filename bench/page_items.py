"""The part of `python -m bench.page` that measures an answer with many tool items. See docs/performance.md."""

import json
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page

from bench.page_answers import measure_answer, print_head
from bench.texts import mixed

ITEMS = 200
WORDS_AFTER = 4
"""After how many items there is some text."""
DELTA_SECONDS = 0.005
THOUGHT = "**Looking at tide {number}**\n\nThe tables say one thing, the water another. Let me search once more. "
CODE = "import tides\n\nfor hour in range(12):\n    print(hour, tides.height('Brest', hour))\n"


def measure(tab: Page, upstream: str) -> Iterator[str]:
    """Measure and print an answer of `ITEMS` items with text between them; yield a sentence for each missed target."""
    print_head()
    tab.goto("/")
    yield from measure_answer(tab, upstream, f"{ITEMS} tool items", steps=[*steps()])


def steps() -> Iterator[dict[str, Any]]:
    """Yield the stand-in's steps of the answer."""
    kinds = [reasoning, web_search, function_call, code_interpreter]
    yield {"event": {"type": "response.created", "response": "$response"}}
    output: list[dict[str, Any]] = []
    for number in range(ITEMS):
        yield from kinds[number % len(kinds)](number, output)
        if number % WORDS_AFTER == WORDS_AFTER - 1:
            yield from words(number, output)
    yield {"event": {"type": "response.completed", "response": {"$response": {"output": output}}}}


def reasoning(number: int, output: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    text = THOUGHT.format(number=number) * 3
    item = {"id": f"rs_{number}", "type": "reasoning", "summary": [{"type": "summary_text", "text": text}]}
    yield from streamed(item, {"summary": []}, output, "reasoning_summary_text", text, summary_index=0)


def web_search(number: int, output: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    sources = [{"type": "url", "url": f"https://example.org/tides/{number}/{source}"} for source in range(8)]
    action = {"type": "search", "query": f"tide at Brest in hour {number}", "sources": sources}
    item = {"id": f"ws_{number}", "type": "web_search_call", "status": "completed", "action": action}
    at = {"output_index": len(output), "item_id": item["id"]}
    yield added({**item, "status": "in_progress", "action": None}, output)
    for status in ("in_progress", "searching", "completed"):
        yield {"pause": DELTA_SECONDS, "event": {"type": f"response.web_search_call.{status}", **at}}
    yield done(item, output)


def function_call(number: int, output: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    arguments = json.dumps({"place": "Brest", "hours": list(range(number, number + 40))})
    item = {"id": f"fc_{number}", "type": "function_call", "call_id": f"call_{number}", "name": "height_of_tide"}
    whole = {**item, "arguments": arguments, "status": "completed"}
    yield from streamed(whole, {"arguments": ""}, output, "function_call_arguments", arguments)


def code_interpreter(number: int, output: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    code = CODE * 5
    logs = [{"type": "logs", "logs": "\n".join(f"{hour} {number}.{hour} m" for hour in range(12))}]
    item = {"id": f"ci_{number}", "type": "code_interpreter_call", "status": "completed", "container_id": "cntr_1"}
    whole = {**item, "code": code, "outputs": logs}
    yield from streamed(whole, {"code": "", "outputs": None}, output, "code_interpreter_call_code", code)


def words(number: int, output: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    text = mixed(1)
    part = {"type": "output_text", "text": text, "annotations": []}
    item = {"id": f"msg_{number}", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    yield from streamed(item, {"content": []}, output, "output_text", text, content_index=0)


def streamed(
    item: dict[str, Any], empty: dict[str, Any], output: list[dict[str, Any]], event: str, text: str, **at: int
) -> Iterator[dict[str, Any]]:
    """Yield the steps of an item whose text comes in deltas."""
    place = {"output_index": len(output), "item_id": item["id"], **at}
    yield added({**item, "status": "in_progress", **empty}, output)
    for start in range(0, len(text), 40):
        delta = text[start : start + 40]
        yield {"pause": DELTA_SECONDS, "event": {"type": f"response.{event}.delta", **place, "delta": delta}}
    yield done(item, output)


def added(item: dict[str, Any], output: list[dict[str, Any]]) -> dict[str, Any]:
    return {"event": {"type": "response.output_item.added", "output_index": len(output), "item": item}}


def done(item: dict[str, Any], output: list[dict[str, Any]]) -> dict[str, Any]:
    output.append(item)
    return {"event": {"type": "response.output_item.done", "output_index": len(output) - 1, "item": item}}
