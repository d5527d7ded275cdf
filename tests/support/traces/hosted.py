"""Traces of tools that the provider runs."""

import json

from tests.support.traces.events import Event, event, item, text

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
FERRY = "https://ferry.example.no/moskenes"


def url_citation(url: str, title: str, start: int = 0, end: int = 0) -> Event:
    return {"type": "url_citation", "start_index": start, "end_index": end, "url": url, "title": title}


def search(at: int, action: Event, status: str = "completed") -> list[Event]:
    """Return the events of a search, a visit of a page, or a search in one. What is looked for comes last."""
    name = f"ws_{at}"
    unknown: dict[str, Event] = {
        "search": {"query": "", "queries": []},
        "open_page": {"url": None},
        "find_in_page": {"url": "", "pattern": ""},
    }
    begun = {"id": name, "type": "web_search_call", "status": "in_progress"}
    return item(
        at,
        begun | {"action": {"type": action["type"], **unknown[action["type"]]}},
        {"status": status, "action": action},
        event("web_search_call.in_progress", at, name),
        *([event("web_search_call.searching", at, name)] if action["type"] == "search" else []),
        event("web_search_call.completed", at, name),
    )


QUERIES = ["ferry Bodø Moskenes winter", "Bodø Moskenes timetable"]
WEB_SEARCH = [
    *search(
        0,
        {
            "type": "search",
            "query": QUERIES[0],
            "queries": QUERIES,
            "sources": [{"type": "url", "url": FERRY}, {"type": "url", "url": "https://www.example.org/tides"}],
        },
    ),
    *search(1, {"type": "open_page", "url": FERRY}),
    *search(2, {"type": "find_in_page", "url": FERRY, "pattern": "winter"}),
    *search(3, {"type": "search", "query": "ice on the fjord", "queries": ["ice on the fjord"]}, "failed"),
    *text(
        4,
        f"Three crossings a day ([ferry.example.no]({FERRY})). "
        f"[The tide tables](https://www.example.org/tides) agree, and so does "
        f"the page again ([ferry.example.no]({FERRY})).",
        url_citation(FERRY, "Winter timetable", 22, 76),
        url_citation("https://www.example.org/tides", "Tides", 78, 127),
        url_citation(FERRY, "Winter timetable", 160, 214),
        url_citation("https://pilots.example.com/", "Notes of the pilots", 0, 5),
    ),
]

FILE_SEARCH = [
    *item(
        0,
        {"id": "fs_1", "type": "file_search_call", "status": "in_progress", "queries": [], "results": None},
        {
            "status": "completed",
            "queries": ["parental leave weeks"],
            "results": [
                {
                    "file_id": "file-hr7",
                    "filename": "handbook.pdf",
                    "score": 0.83,
                    "text": "Employees may take 49 weeks.",
                    "attributes": {"team": "hr", "year": 2026},
                }
            ],
        },
        event("file_search_call.in_progress", 0, "fs_1"),
        event("file_search_call.searching", 0, "fs_1"),
        event("file_search_call.completed", 0, "fs_1"),
    ),
    *text(
        1,
        "You may take 49 weeks of leave.",
        {"type": "file_citation", "index": 31, "file_id": "file-hr7", "filename": "handbook.pdf"},
    ),
]

CODE = "import pandas as pd\nprint(len(pd.read_csv('trips.csv')))\n"
TABLE = "trips.csv"
CODE_INTERPRETER = [
    *item(
        0,
        {
            "id": "ci_1",
            "type": "code_interpreter_call",
            "container_id": "cntr_1",
            "status": "in_progress",
            "code": "",
            "outputs": None,
        },
        {"status": "completed", "code": CODE, "outputs": [{"type": "logs", "logs": "rows 412\n"}]},
        event("code_interpreter_call.in_progress", 0, "ci_1"),
        event("code_interpreter_call_code.delta", 0, "ci_1", delta=CODE[:20]),
        event("code_interpreter_call_code.delta", 0, "ci_1", delta=CODE[20:]),
        event("code_interpreter_call_code.done", 0, "ci_1", code=CODE),
        event("code_interpreter_call.interpreting", 0, "ci_1"),
        event("code_interpreter_call.completed", 0, "ci_1"),
    ),
    *text(
        1,
        f"There were 412 trips: [the table](sandbox:/mnt/data/{TABLE}).",
        {
            "type": "container_file_citation",
            "container_id": "cntr_1",
            "file_id": "cfile_9",
            "filename": TABLE,
            "start_index": 0,
            "end_index": 0,
        },
    ),
]
"""Its file is in the container: a test must put it there."""

DRAWN = {"size": "1024x1024", "quality": "medium", "background": "opaque", "output_format": "png"}
BLOCKED = {
    "code": "moderation_blocked",
    "message": "Your request was rejected by the safety system.",
    "type": "image_generation_user_error",
}


def image_call(at: int, ended: Event, *between: Event) -> list[Event]:
    begun = {"id": f"ig_{at}", "type": "image_generation_call", "status": "in_progress", "result": None}
    return item(
        at,
        begun,
        ended,
        event("image_generation_call.in_progress", at, f"ig_{at}"),
        event("image_generation_call.generating", at, f"ig_{at}"),
        *between,
        event("image_generation_call.completed", at, f"ig_{at}"),
    )


PARTIAL = event("image_generation_call.partial_image", 0, "ig_0", partial_image_index=0, partial_image_b64=PNG, **DRAWN)
IMAGE_GENERATION = [
    *image_call(
        0,
        {
            "status": "completed",
            "result": PNG,
            "revised_prompt": "A lighthouse in fog, ink drawing",
            "action": "generate",
            **DRAWN,
        },
        PARTIAL,
    ),
    *image_call(1, {"status": "failed", "error": BLOCKED}),
]

MCP_TOOL = {
    "name": "close_issue",
    "description": "Close an issue",
    "input_schema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
    "annotations": {"readOnlyHint": False},
}
MCP_LIST = item(
    0,
    {"id": "mcpl_1", "type": "mcp_list_tools", "server_label": "tracker", "tools": []},
    {"tools": [MCP_TOOL]},
    event("mcp_list_tools.in_progress", 0, "mcpl_1"),
    event("mcp_list_tools.completed", 0, "mcpl_1"),
)


MCP_APPROVAL = [
    *MCP_LIST,
    *item(
        1,
        {
            "id": "mcpr_1",
            "type": "mcp_approval_request",
            "server_label": "tracker",
            "name": "close_issue",
            "arguments": "",
        },
        {"arguments": json.dumps({"n": 4})},
    ),
]
"""The request that follows says whether it may."""


def mcp_call(at: int, ended: Event, kind: str = "completed") -> list[Event]:
    name, written = f"mcp_{at}", json.dumps({"n": 4 + at})
    begun = {"id": name, "type": "mcp_call", "server_label": "tracker", "name": "close_issue", "arguments": ""}
    return item(
        at,
        begun | {"output": None, "error": None, "status": "in_progress"},
        {"status": kind, "arguments": written, "output": None, "error": None} | ended,
        event("mcp_call.in_progress", at, name),
        event("mcp_call_arguments.delta", at, name, delta=written),
        event("mcp_call_arguments.done", at, name, arguments=written),
        event(f"mcp_call.{kind}", at, name),
    )


MCP_CALLS = [
    *MCP_LIST,
    *mcp_call(1, {"output": "Issue 5 closed"}),
    *mcp_call(2, {"error": {"type": "http_error", "code": 401, "message": "Unauthorized"}}, "failed"),
    *text(3, "One is closed, the other one I may not touch."),
]


def shell(at: int, command: str, output: Event) -> list[Event]:
    """Return the events of a command in the provider's container, and of what it put out."""
    environment = {"type": "container_reference", "container_id": "cntr_1"}
    shared = {"call_id": f"call_{at}"}
    limits = {"timeout_ms": 20000, "max_output_length": 4096}
    middle = len(command) // 2
    begun = {"id": f"sho_{at}", "type": "shell_call_output", **shared, "max_output_length": 4096, "output": []}
    streamed = {name: output[name] for name in ("stdout", "stderr") if output[name]}
    return [
        *item(
            at,
            {
                "id": f"sh_{at}",
                "type": "shell_call",
                **shared,
                "status": "in_progress",
                "action": {"commands": [], "timeout_ms": None, "max_output_length": None},
                "environment": environment,
            },
            {"status": "completed", "action": {"commands": [command], **limits}},
            event("shell_call_command.added", at, command_index=0, command=""),
            event("shell_call_command.delta", at, command_index=0, delta=command[:middle]),
            event("shell_call_command.delta", at, command_index=0, delta=command[middle:]),
            event("shell_call_command.done", at, command_index=0, command=command),
        ),
        *item(
            at + 1,
            begun | {"status": "in_progress"},
            {"status": "completed", "output": [output]},
            event("shell_call_output_content.delta", at + 1, f"sho_{at}", command_index=0, delta=streamed),
            event("shell_call_output_content.done", at + 1, f"sho_{at}", command_index=0, output=[output]),
        ),
    ]


SHELL = [
    *shell(
        0,
        "wc -l /mnt/data/trips.csv",
        {"stdout": "412 /mnt/data/trips.csv\n", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}},
    ),
    *shell(
        2,
        "cat tides.txt",
        {"stdout": "", "stderr": "cat: tides.txt: No such file\n", "outcome": {"type": "exit", "exit_code": 1}},
    ),
    *shell(4, "sleep 60", {"stdout": "", "stderr": "", "outcome": {"type": "timeout"}}),
    *text(6, "The file has 412 lines."),
]
