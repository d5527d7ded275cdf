"""The API's input and output items, as they are stored."""

from collections.abc import Iterable, Iterator
from typing import Any

Item = dict[str, Any]
"""An input or output item in the API's own shape."""

STEPS = {"reasoning", "web_search_call", "file_search_call"}


def item_text(items: Iterable[Item]) -> str:
    """Return the text of the messages, with a blank line between two parts."""
    parts = (
        part if isinstance(part, dict) else {}
        for item in items
        if item.get("type", "message") == "message"
        for part in (
            item["content"] if isinstance(item.get("content"), list) else [{"text": item.get("content") or ""}]
        )
    )
    texts = (part.get("text") or part.get("refusal") for part in parts)
    return "\n\n".join(text for text in texts if text and isinstance(text, str))


def dicts(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a list; nothing if it is none, or has none."""
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())


def has_answer(output: Iterable[Item]) -> bool:
    """Return whether there is more in an output than thoughts and searches, which lead to an answer but are none."""
    kinds = ((item, str(item.get("type"))) for item in output)
    return any(item_text([item]) if kind == "message" else kind not in STEPS for item, kind in kinds)
