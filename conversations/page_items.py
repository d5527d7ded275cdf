"""What of an answer the page's modules draw, because its HTML holds only text and images."""

from dataclasses import dataclass, field
from typing import Any

from providers.items import Item, dicts, item_parts


@dataclass
class PageItems:
    """The items and citations that a page's modules draw, because its HTML holds only text and images.

    They are read by static/chat/answer/output.js.
    """

    items: list[dict[str, Any]] = field(default_factory=list)
    """Each with its place in the output."""
    annotations: list[Any] = field(default_factory=list)
    """The citations of the messages."""
    text: dict[str, Any] = field(default_factory=dict)
    """The format of the texts, if they aren't Markdown, and what is wrong with them."""
    calls: list[dict[str, Any]] = field(default_factory=list)
    """The calls of tools that are among the items, each with its place in the output."""

    def __bool__(self) -> bool:
        return bool(self.items or self.annotations or self.text)

    def add(self, item: Any, output_index: int, content_index: int = 0) -> None:
        """Add an item, or a part of a message, without what no reader may see."""
        shown = _without_secrets(item) if isinstance(item, dict) else {"item": item}
        self.items.append({"output_index": output_index, "content_index": content_index, "item": shown})

    def cite(self, content: Any) -> None:
        """Add the citations of a part of a message."""
        if isinstance(content, dict):
            self.annotations.extend(dicts(content.get("annotations")))


def page_items(
    output: list[Any], text: dict[str, Any] | None = None, calls: list[dict[str, Any]] | None = None
) -> PageItems:
    """Return the items and citations of an output that the page's modules draw. `text` is its format."""
    found = PageItems(text=text or {}, calls=calls or [])
    for index, item in enumerate(output):
        if not isinstance(item, dict) or item.get("type") != "message":
            found.add(item, index)
        else:
            for part in item_parts(item):
                found.cite(part)
    return found


def has_content(item: Any) -> bool:
    """Return whether an item that isn't a message has something to show; reasoning may have no text."""
    return (
        not isinstance(item, dict)
        or item.get("type") != "reasoning"
        or bool(item.get("summary") or item.get("content"))
    )


def _without_secrets(item: Item) -> Item:
    """Return an item without its encrypted content, and without the environment variables of a command."""
    shown = {name: value for name, value in item.items() if name != "encrypted_content"}
    if isinstance(action := shown.get("action"), dict):
        shown["action"] = {name: value for name, value in action.items() if name != "env"}
    return shown
