"""An exported conversation is the same when it is imported, whatever its tree and its answers are."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from chatsite.environment import BASE_DIR
from common.text import one_line
from conversations.models import Conversation, Item, Response
from tests.support.exported import export_json, import_counts

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ENCRYPTED = "encrypted_content"
TOOLS: list[Item] = [
    {name: value for name, value in case["item"].items() if name != ENCRYPTED}
    for case in json.loads((BASE_DIR / "tests/support/items.json").read_text())["items"]
    # An image in base64 becomes a file.
    if isinstance(case["item"].get("type"), str) and case["name"] != "image of an earlier version, in base64"
]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
unknown = st.dictionaries(texts.filter(lambda name: name != ENCRYPTED), values, max_size=3).map(
    lambda fields: {**fields, "type": "future_call"}
)
places = {"start_index": st.integers(0, 9), "end_index": st.integers(0, 9)}
files = {"file_id": st.just("file-9"), "filename": texts}
pages = st.sampled_from(["https://example.org/tides", "http://example.org/tides?at=noon#now", "HTTPS://EXAMPLE.ORG"])
citations = st.one_of(
    st.fixed_dictionaries({"type": st.just("url_citation"), "url": pages, "title": texts, **places}),
    st.fixed_dictionaries({"type": st.just("url_citation"), "url": pages}),
    st.fixed_dictionaries({"type": st.just("file_citation"), **files, "index": st.integers(0, 9)}),
    st.fixed_dictionaries({"type": st.just("container_file_citation"), "container_id": texts, **files, **places}),
    st.fixed_dictionaries(
        {"type": st.just("file_path"), "file_id": st.just("file-9")}, optional={"index": st.integers(0, 9)}
    ),
    unknown.map(lambda fields: {**fields, "filename": "tides.pdf"}),
)
parts = st.builds(
    lambda text, cited: {"type": "output_text", "text": text, "annotations": cited},
    texts,
    st.lists(citations, max_size=2),
) | texts.map(lambda text: {"type": "refusal", "refusal": text})
messages = st.builds(
    lambda content, status: {"type": "message", "id": "msg_1", "role": "assistant", "content": content, **status},
    st.lists(parts, max_size=2),
    st.sampled_from([{}, {"status": "completed"}, {"status": "incomplete"}]),
)
tokens = st.integers(0, 2**40)
counts = st.fixed_dictionaries(
    {"input_tokens": tokens, "total_tokens": tokens},
    optional={
        "input_tokens_details": st.fixed_dictionaries({"cached_tokens": tokens}),
        "output_tokens_details": st.fixed_dictionaries({"reasoning_tokens": tokens}),
    },
)


@dataclass(frozen=True)
class Turn:
    """`previous` is the place of an earlier turn. If there is no earlier turn at that place, the turn is a root."""

    previous: int
    message: str
    output: list[Item]
    status: str
    usage: dict[str, Any] | None


turns = st.builds(
    Turn,
    previous=st.integers(-1, 8),
    message=texts,
    output=st.lists(messages | unknown | st.sampled_from(TOOLS), max_size=4),
    status=st.sampled_from(["completed", "incomplete", "failed", "cancelled"]),
    usage=st.none() | counts,
)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(title=texts, grown=st.lists(turns, min_size=1, max_size=8))
def test_any_tree_survives_export_and_import(ada, grace, title, grown):
    conversation = planted(ada, one_line(title), grown)
    exported = export_json(conversation)
    assert import_counts(grace, exported) == (1, 0, 0)
    copy = Conversation.objects.get(user=grace)
    assert without_ids(export_json(copy)) == without_ids(exported)
    Conversation.objects.all().delete()


def planted(user: User, title: str, grown: list[Turn]) -> Conversation:
    conversation = Conversation.objects.create(user=user, title=title, created_at=BEGAN, updated_at=BEGAN)
    responses: list[Response] = []
    for place, turn in enumerate(grown):
        content = [{"type": "input_text", "text": turn.message}]
        moment = BEGAN + timedelta(seconds=place)
        response = Response(
            conversation=conversation,
            user=user,
            previous=responses[turn.previous] if 0 <= turn.previous < place else None,
            status=turn.status,
            model="gpt-5.5",
            input=[{"type": "message", "role": "user", "content": content}],
            output=turn.output,
            usage=turn.usage,
            error={"code": "unfit", "message": "Not that one."} if turn.status == "failed" else None,
            incomplete_details={"reason": "content_filter"} if turn.status == "incomplete" else None,
            created_at=moment,
            completed_at=moment + timedelta(microseconds=1),
        )
        response.save(force_insert=True)
        responses.append(response)
    return conversation


def without_ids(exported: bytes) -> dict[str, Any]:
    """Return the export with places instead of ids, without what an import must change.

    These are when it was made, the conversation's id, and whether it was imported.
    """
    export: dict[str, Any] = json.loads(exported)
    places = {row["id"]: place for place, row in enumerate(export["responses"])}
    for row in export["responses"]:
        del row["imported_from"]
        row["id"] = places[row["id"]]
        row["previous_response_id"] = places.get(row["previous_response_id"])
    for name in ("id", "imported_from", "imported_at"):
        del export["conversation"][name]
    del export["exported_at"]
    return export
