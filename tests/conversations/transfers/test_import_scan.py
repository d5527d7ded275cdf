"""Conversations found in JSON without decoding it: the right ones, however it is cut, and bombs are refused early."""

import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.transfers.imports import scan
from conversations.transfers.imports.scan import Span, spans_in
from conversations.transfers.imports.tree import Unreadable

PIECE = 1 << 16

texts = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(['"', "\\", '\\"', "[{", "}],", "\\\\"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def cut(content: bytes, *sizes: int) -> Iterator[bytes]:
    """Yield the content in pieces of these sizes, again and again."""
    place = number = 0
    while place < len(content):
        size = sizes[number % len(sizes)]
        yield content[place : place + size]
        place, number = place + size, number + 1


def found(pieces: Iterator[bytes]) -> list[Span]:
    return [span for span in spans_in(pieces) if span]


@given(
    st.lists(values, max_size=5) | st.dictionaries(texts, values, max_size=3),
    st.booleans(),
    st.sampled_from([None, 1]),
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_any_document_is_split_into_its_conversations(value, ascii_only, indent, sizes):
    content = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    spans = found(cut(content, *sizes))
    assert not any(span.problem for span in spans)
    expected = value if isinstance(value, list) else [value]
    assert [json.loads(content[span.start : span.end]) for span in spans] == expected


@given(
    st.lists(st.sampled_from([b"[", b"]", b"{", b"}", b",", b'"', b"\\", b"\\u00e4", b"1", b" ", b"\xff", b'"a":'])),
    st.lists(st.integers(1, 5), min_size=1, max_size=3),
)
def test_any_bytes_are_split_or_refused(content, sizes):
    whole = b"".join(content)
    try:
        spans = found(cut(whole, *sizes))
    except Unreadable:
        return
    assert all(0 <= span.start <= span.end <= len(whole) for span in spans)


def bomb(head: bytes, body: bytes, times: int, tail: bytes) -> Iterator[bytes]:
    """Yield a document that is never whole in memory."""
    yield head
    block = body * (PIECE // len(body))
    for _ in range(times * len(body) // len(block)):
        yield block
    yield tail


FEW = 50
"""Pieces, of hundreds or thousands."""


@pytest.mark.parametrize(
    ("head", "body", "times", "tail"),
    [
        (b"[", b"{},", 33_000_000, b"{}]"),
        (b'[{"title": "T", "mapping": [', b"{},", 33_000_000, b"{}]}]"),
        (b"", b"[", 90_000_000, b""),
        (b"", b'{"a":', 18_000_000, b""),
        (b"", b"9", 50_000_000, b""),
        (b'"', b"x", 90_000_000, b'"'),
    ],
    ids=["empty objects", "values", "lists in lists", "objects in objects", "number", "string"],
)
def test_bomb_is_refused_early(monkeypatch, head, body, times, tail):
    monkeypatch.setattr(scan, "MAX_FILE_VALUES", 1_000_000)
    read = 0

    def counted() -> Iterator[bytes]:
        nonlocal read
        for read, piece in enumerate(bomb(head, body, times, tail), 1):  # noqa: B007  counted for the caller
            yield piece

    with pytest.raises(Unreadable, match=r"\.$"):
        found(counted())
    assert read < FEW


@pytest.mark.parametrize(
    ("head", "body", "times", "tail"),
    [
        (b'["', b"x", 90_000_000, b'"]'),
        (b'[{"title": "T", "text": "', b"\\u00e4", 8_000_000, b'"}]'),
        (b'[{"title": "T", "id": ', b"9", 50_000_000, b"}]"),
        (b'[{"title": "T", "mapping": [', b"{},", 1_100_000, b"{}]}]"),
        (b'[{"title": "T", "mapping": [', b'"\xf0\x9f\x8c\x8a ",', 4_000_000, b"1]}]"),
    ],
    ids=["string", "text", "number", "objects", "wide texts"],
)
def test_too_large_conversation_is_skipped_without_being_kept(settings, head, body, times, tail):
    settings.MAX_IMAGE_BYTES = 20_000_000
    small = b'[{"title": "Small"},' + head[1:]
    tracemalloc.start()
    try:
        first, large = found(bomb(small, body, times, tail))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (first.problem, bool(large.problem)) == ("", True)
    assert large.title == ("T" if b"title" in head else "")
    assert peak < 20 * PIECE


@pytest.mark.parametrize(("character", "is_wide"), [("\n", False), ("\u0001", True), ("ä", True)])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("size", [2, 7, 1000])
def test_only_wide_characters_make_a_text_large(monkeypatch, character, is_wide, ascii_only, size):
    content = json.dumps([{"text": character * 500}], ensure_ascii=ascii_only).encode()
    monkeypatch.setattr(scan, "MAX_DECODED_BYTES", 2 * len(content))
    (span,) = found(cut(content, size))
    assert bool(span.problem) == is_wide


def test_too_many_conversations_are_refused_across_documents(monkeypatch):
    monkeypatch.setattr(scan, "MAX_CONVERSATIONS", 3)
    assert len(found(cut(b"[1, 2, 3]", 2))) == 3
    with pytest.raises(Unreadable, match="Split it"):
        list(spans_in(cut(b"[1, 2]", 2), count=2))


@pytest.mark.parametrize(
    "content", [b"", b" ", b"[", b"[1", b'["a', b"[1] 2", b"{} {}", b"nothing", b"[]]", b"\xef\xbb"]
)
def test_document_that_is_not_complete_json_is_refused(content):
    with pytest.raises(Unreadable):
        found(cut(content, 2))


def test_empty_list_has_no_conversations():
    assert found(cut(b"\xef\xbb\xbf [ \n ]\n", 6)) == []
