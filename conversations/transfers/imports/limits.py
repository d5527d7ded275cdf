"""What a conversation that is imported may have: more would take everybody's time whenever it is shown or exported."""

from collections.abc import Iterator
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from conversations.models import Item
from conversations.transfers.imports.tree import Turn, Unreadable

MAX_TEXT_BYTES = 1_000_000
"""In a message, in an answer, and in each text of an item that isn't a message."""
MAX_CONVERSATION_BYTES = 20_000_000
"""In all texts."""
MAX_PARTS = 20_000
"""Texts, images, citations and items."""
MAX_IMAGES = 200
"""Those that are stored, with other files that people attached. An image that is only named by its address is a part
like a text."""
MAX_MADE_FILES = 1000
"""Files that models made."""


class Limits:
    """What a conversation has up to now. It is counted turn by turn, so that too much is never read to its end."""

    def __init__(self) -> None:
        self._parts = self._bytes = self._generated = 0
        self._attached: set[str] = set()

    def add(self, turn: Turn) -> None:
        """Count a turn, and note its size in it. Raise `Unreadable` if there is too much of anything."""
        answers = [item for item in turn.output if item.get("type") == "message"]
        others = [item for item in turn.output if item.get("type") != "message"]
        inner = (size(text) for item in others for text in _texts(item))
        summed = (size(summary.text) for summary in turn.summaries)
        called = (size(text) for call in turn.calls for text in _texts([call.arguments, call.output]))
        texts = [_text_bytes(turn.input), _text_bytes(answers), *inner, *called, *summed]
        if max(texts) > MAX_TEXT_BYTES:
            raise Unreadable(
                _("a message or an answer in it is longer than %(most)s MB. Shorten it in the file.")
                % {"most": MAX_TEXT_BYTES // 1_000_000}
            )
        images = [item for item in others if item.get("type") == "image_generation_call"]
        turn.size = sum(texts) + sum(len(item.get("result") or "") for item in images)
        self._bytes += sum(texts)
        if self._bytes > MAX_CONVERSATION_BYTES:
            raise Unreadable(
                _("its texts are longer than %(most)s MB. Shorten them in the file.")
                % {"most": MAX_CONVERSATION_BYTES // 1_000_000}
            )
        self._parts += len(others) + len(turn.calls) + sum(map(_parts, (*turn.input, *answers)))
        if self._parts > MAX_PARTS:
            raise Unreadable(
                _("it has more than %(most)s texts, images and citations. Remove some from the file.")
                % {"most": number_format(MAX_PARTS, force_grouping=True)}
            )
        self._generated += len(images)
        self._attached.update(part["file_id"] for item in turn.input for part in item["content"] if "file_id" in part)
        check_images(len(self._attached) + self._generated)


def check_images(count: int) -> None:
    """Raise `Unreadable` if a conversation has too many images and files that people attached."""
    if count > MAX_IMAGES:
        raise Unreadable(
            _(
                "it has more than %(most)s images and files. Remove some from the file, or import it without them: "
                "choose conversations.json instead of the zip."
            )
            % {"most": MAX_IMAGES}
        )


def check_made_files(count: int) -> None:
    """Raise `Unreadable` if a conversation has too many files that models made."""
    if count > MAX_MADE_FILES:
        raise Unreadable(
            _("it has more than %(most)s files. Remove some from the file.")
            % {"most": number_format(MAX_MADE_FILES, force_grouping=True)}
        )


def size(text: Any) -> int:
    """Return the bytes of a text in UTF-8, and 0 for anything else."""
    if not isinstance(text, str):
        return 0
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _text_bytes(messages: list[Item]) -> int:
    return sum(size(part.get("text") or part.get("refusal")) for item in messages for part in item["content"])


def _parts(message: Item) -> int:
    return sum(1 + len(part.get("annotations") or ()) for part in message["content"])


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in an item, except for the image that a model made."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        is_image = value.get("type") == "image_generation_call"
        for name, each in value.items():
            yield name
            if not (is_image and name == "result"):
                yield from _texts(each)
