"""Steps of a script for the stand-in: an answer that says one thing."""


def said_as(text: str, kind: str, key: str) -> list[dict]:
    """Return the steps of an answer with this text, in a part of that type, up to its end."""
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    part: dict[str, object] = {"type": kind, key: ""} | ({"annotations": []} if kind == "output_text" else {})
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    done = {**item, "status": "completed", "content": [{**part, key: text}]}
    return [
        {"event": event}
        for event in (
            {"type": "response.created", "response": "$response"},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.content_part.added", **place, "part": part},
            {"type": f"response.{kind}.delta", **place, "delta": text},
            {"type": f"response.{kind}.done", **place, key: text},
            {"type": "response.content_part.done", **place, "part": {**part, key: text}},
            {"type": "response.output_item.done", "output_index": 0, "item": done},
        )
    ]
