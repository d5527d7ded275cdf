"""Summaries in place of earlier messages, in exports, imports, shares and copies."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from conversations.answering.requests import build
from conversations.models import Compaction, Conversation, Response, Share
from tests.support.conversations import answer, ask, text
from tests.support.exported import export_json, export_markdown, import_counts

pytestmark = pytest.mark.django_db(transaction=True)

SUMMARY = "They asked for *tides*."


@pytest.fixture
def first(ada) -> Response:
    conversation = Conversation.objects.create(user=ada, title="Tides", is_compacted=True)
    first = ask(conversation)
    answer(first, text("Two metres."))
    Compaction.objects.create(response=first, kind="summary", summary="Too early.", taken_back_at=timezone.now())
    Compaction.objects.create(response=first, kind="items", items=[{"type": "compaction", "encrypted_content": "x"}])
    Compaction.objects.create(response=first, kind="summary", summary=SUMMARY, model="cheap")
    return first


def test_export_has_all_and_an_import_keeps_what_can_be_read(first, grace):
    exported = export_json(first.conversation)
    [row] = json.loads(exported)["responses"]
    assert [(each["kind"], each["summary"], bool(each["taken_back_at"])) for each in row["compactions"]] == [
        ("summary", "Too early.", True),
        ("items", "", False),
        ("summary", SUMMARY, False),
    ]
    assert "encrypted_content" not in json.dumps(row["compactions"])

    assert import_counts(grace, exported) == (1, 0, 0)
    imported = grace.conversations.get()
    kept = Compaction.objects.filter(response__conversation=imported)
    assert [(each.summary, bool(each.taken_back_at)) for each in kept] == [("Too early.", True), (SUMMARY, False)]
    asked = ask(imported, imported.responses.get())
    asked.conversation = imported
    assert build(asked)["input"][0]["content"].endswith(SUMMARY)


def test_markdown_has_the_summary_after_its_turn(first):
    assert r"> They asked for \*tides\*." in export_markdown(first.conversation)


def test_readers_of_a_share_see_it_and_their_copy_has_it(first, grace):
    share = Share.objects.create(conversation=first.conversation, response=first)
    client = Client()
    client.force_login(grace)
    page = client.get(share.get_absolute_url()).content.decode()
    assert SUMMARY in page
    assert "Undo" not in page
    client.post(f"{share.get_absolute_url()}continue/")
    copy = grace.conversations.get()
    [kept] = Compaction.objects.filter(response__conversation=copy)
    assert (copy.is_compacted, kept.summary, kept.user_id) == (True, SUMMARY, None)
