"""Traces of calls that whoever sent the request must answer, and of the search for their tools."""

import json
from typing import Any

from tests.support.traces.events import Event, event, item, text


def function_call(at: int, name: str, arguments: Event, **fields: Any) -> list[Event]:
    written, item_id = json.dumps(arguments, ensure_ascii=False), f"fc_{at}"
    middle = len(written) // 2
    begun = {"id": item_id, "type": "function_call", "call_id": f"call_{at}", "name": name, "arguments": "", **fields}
    return item(
        at,
        begun | {"status": "in_progress"},
        {"status": "completed", "arguments": written},
        event("function_call_arguments.delta", at, item_id, delta=written[:middle]),
        event("function_call_arguments.delta", at, item_id, delta=written[middle:]),
        event("function_call_arguments.done", at, item_id, name=name, arguments=written),
    )


FUNCTIONS = [*function_call(0, "get_tide", {"port": "Bodø"}), *function_call(1, "get_tide", {"port": "Oslo"})]

CUSTOM = item(
    0,
    {"id": "ctc_1", "type": "custom_tool_call", "call_id": "call_C", "name": "sql", "input": ""},
    {"input": "SELECT count(*) FROM trips"},
    event("custom_tool_call_input.delta", 0, "ctc_1", delta="SELECT count(*)"),
    event("custom_tool_call_input.delta", 0, "ctc_1", delta=" FROM trips"),
    event("custom_tool_call_input.done", 0, "ctc_1", input="SELECT count(*) FROM trips"),
)


def patch(at: int, operation: Event) -> list[Event]:
    begun = {"id": f"apc_{at}", "type": "apply_patch_call", "call_id": f"call_{at}", "operation": operation}
    return item(at, begun | {"status": "in_progress"}, {"status": "completed"})


APPLY_PATCH = [
    *patch(0, {"type": "create_file", "path": "notes/ferries.md", "diff": "+# Ferries\n+\n+Three a day."}),
    *patch(1, {"type": "update_file", "path": "tides.py", "diff": "@@\n-height = 5\n+height = 6"}),
    *patch(2, {"type": "delete_file", "path": "old/tides.txt"}),
    *text(3, "Three files would change."),
]

COMPUTER = [
    *item(
        0,
        {
            "id": "cu_1",
            "type": "computer_call",
            "call_id": "call_G",
            "status": "in_progress",
            "actions": [],
            "pending_safety_checks": [],
        },
        {
            "status": "completed",
            "actions": [
                {"type": "screenshot"},
                {"type": "click", "button": "left", "x": 412, "y": 88},
                {"type": "type", "text": "tide table"},
                {"type": "keypress", "keys": ["CTRL", "ENTER"]},
                {"type": "scroll", "x": 400, "y": 300, "scroll_x": 0, "scroll_y": 250},
                {"type": "drag", "path": [{"x": 1, "y": 2}, {"x": 30, "y": 40}]},
                {"type": "wait"},
            ],
            "pending_safety_checks": [
                {"id": "sc_1", "code": "malicious_instructions", "message": "The page gives instructions."}
            ],
        },
    ),
    *text(1, "I would look there."),
]

CRM = {
    "type": "namespace",
    "name": "crm",
    "description": "Customers",
    "tools": [
        {
            "type": "function",
            "name": "find_customer",
            "description": "Find a customer by name",
            "parameters": {"type": "object", "properties": {"q": {"type": "string"}}},
            "strict": False,
            "defer_loading": True,
        }
    ],
}
TOOL_SEARCH = [
    *item(
        0,
        {"id": "tsc_1", "type": "tool_search_call", "call_id": None, "execution": "server", "status": "in_progress"}
        | {"arguments": {}},
        {"status": "completed", "arguments": {"paths": ["crm"]}},
    ),
    *item(
        1,
        {"id": "tso_1", "type": "tool_search_output", "call_id": None, "execution": "server", "tools": []}
        | {"status": "in_progress"},
        {"status": "completed", "tools": [CRM]},
    ),
    *function_call(2, "find_customer", {"q": "Nordlys"}, namespace="crm"),
]

PROGRAM = [
    *item(
        0,
        {"id": "pg_1", "type": "program", "call_id": "call_P", "code": "", "fingerprint": "f1"},
        {"code": "const tide = await get_tide({port: 'Bodø'});\nreturn tide;"},
    ),
    *function_call(1, "get_tide", {"port": "Bodø"}, caller={"type": "program", "caller_id": "call_P"}),
]
