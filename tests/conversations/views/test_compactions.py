"""Where a page shows that earlier messages are summarized, and who takes that back."""

import pytest

from conversations.models import Compaction, Conversation
from tests.support.conversations import answer, ask, text

pytestmark = pytest.mark.django_db


def test_page_has_the_newest_one_that_was_not_taken_back(client, ada):
    conversation = Conversation.objects.create(user=ada, is_compacted=True)
    first = ask(conversation)
    answer(first, text("Two metres."))
    second = ask(conversation, first)
    answer(second, text("Three."))
    for words in ("of the ebb", "of the flood"):
        newest = Compaction.objects.create(response=first, kind="summary", summary=words)
    client.force_login(ada)

    page = client.get(conversation.get_absolute_url()).content.decode()
    assert page.count("of the flood") == 1
    assert "of the ebb" not in page

    assert client.delete(f"/compactions/{newest.pk}/").status_code == 204
    page = client.get(conversation.get_absolute_url()).content.decode()
    assert "of the ebb" in page
    newest.refresh_from_db()
    assert (newest.summary, newest.taken_back_by) == ("of the flood", ada)
