"""Answers of models that run programs in containers, and the files in those."""

import base64
import uuid
from typing import Any

from providers.items import Item


def file(file_id: str, path: str, content: bytes = b"a,b\r\n1,2\r\n", **fields: Any) -> dict[str, Any]:
    return {"id": file_id, "path": f"/mnt/data/{path}", "content": base64.b64encode(content).decode(), **fields}


def interpreted(*outputs: Item, container: str = "cntr_1") -> Item:
    return {
        "id": f"ci_{uuid.uuid4().hex}",
        "type": "code_interpreter_call",
        "container_id": container,
        "status": "completed",
        "code": "plot()",
        "outputs": [*outputs],
    }


def said(text: str, *cited: tuple[str, str], container: str = "cntr_1") -> Item:
    annotations = [
        {
            "type": "container_file_citation",
            "container_id": container,
            "file_id": file_id,
            "filename": name,
            "start_index": 0,
            "end_index": 0,
        }
        for file_id, name in cited
    ]
    part = {"type": "output_text", "text": text, "annotations": annotations, "logprobs": []}
    return {
        "id": f"msg_{uuid.uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def steps(*items: Item) -> list[dict[str, Any]]:
    """Return the steps of an answer with these items."""
    done = [
        {"type": "response.output_item.done", "output_index": index, "item": item} for index, item in enumerate(items)
    ]
    events = [{"type": "response.created", "response": "$response"}, *done]
    return [{"event": event} for event in [*events, {"type": "response.completed", "response": "$response"}]]
