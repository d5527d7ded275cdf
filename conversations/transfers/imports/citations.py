"""What a text from ChatGPT cites: invisible marks in the text, and their meaning in the message's metadata.

OpenAI doesn't document either; this is what its exports contain.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from conversations.transfers.imports.tree import clean
from providers.citations import is_citation
from providers.items import dicts

MARK = re.compile("\ue200[^\ue200\ue201]*(?:\ue201|\\Z)|[\ue200-\ue206]|【\\d+(?::\\d+)?†[^【】]*】")
"""A mark is from U+E200 to U+E201, or to the end if the answer was cut off; single ones up to U+E206 frame words.

Until 2024 a mark was 【4†source】.
"""

Annotation = dict[str, Any]


def cited(text: str, metadata: dict[str, Any]) -> tuple[str, list[Annotation]]:
    """Return the text as ChatGPT showed it, and annotations of the Responses API for what it cites.

    Each source is cited once, where it was cited first; at the end, if no mark cites it.
    """
    references: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for reference in dicts(metadata.get("content_references")):
        matched = reference.get("matched_text")
        references[matched if isinstance(matched, str) else ""].append(reference)
    annotations: dict[str, Annotation] = {}
    pieces: list[str] = []
    length = end = 0
    for mark in MARK.finditer(text):
        piece = text[end : mark.start()] + _replacement(mark[0])
        end = mark.end()
        # A mark follows a space, which would be left over before a full stop.
        if len(mark[0]) > 1 and not text[end : end + 1].isalnum():
            piece = piece.rstrip(" ")
        pieces.append(piece)
        length += len(piece)
        for reference in references.pop(mark[0], ()):
            _cite(annotations, reference, length)
    pieces.append(text[end:])
    length += len(pieces[-1])
    for reference in (each for left in references.values() for each in left):
        _cite(annotations, reference, length)
    for citation in dicts(metadata.get("citations")):
        if isinstance(source := citation.get("metadata"), dict):
            _cite(annotations, source, length)
    return "".join(pieces), list(annotations.values())


def _replacement(mark: str) -> str:
    """Return what is shown instead of a mark: the name of a place or a product, or else nothing."""
    kind, _, value = mark[1:-1].partition("\ue202")
    if kind not in {"entity", "product_entity"}:
        return ""
    try:
        match msgspec.json.decode(value):
            case [_, str(name), *_]:
                return name
    except msgspec.DecodeError:
        pass
    return ""


def _cite(annotations: dict[str, Annotation], reference: dict[str, Any], place: int) -> None:
    """Add the sources that a reference names, unless they are cited already."""
    position = {"start_index": place, "end_index": place}
    match reference:
        case {"type": "file", "name": str(name)}:
            file_id = reference.get("id")
            known = {"file_id": clean(file_id) if isinstance(file_id, str) else "", "filename": clean(name)}
            annotation = {"type": "file_citation", **known, "index": place}
            annotations.setdefault(f"file {name}", annotation)
            return
    for address, title in _pages(reference):
        annotation = {"type": "url_citation", "url": clean(address), "title": clean(title), **position}
        if is_citation(annotation):
            annotations.setdefault(address, annotation)


def _pages(reference: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the address and the title of each page that the reference names, or else of each of its `safe_urls`."""
    named = [reference, *(page for name in ("items", "sources") for page in dicts(reference.get(name)))]
    named += [each for page in named for each in dicts(page.get("supporting_websites"))]
    pages = [(page["url"], page.get("title")) for page in named if isinstance(page.get("url"), str)]
    safe = reference.get("safe_urls")
    if not pages and isinstance(safe, list):
        pages = [(address, "") for address in safe if isinstance(address, str)]
    return ((address, title if isinstance(title, str) else "") for address, title in pages)
