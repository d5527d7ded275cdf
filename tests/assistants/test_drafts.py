"""Drafts: tried by their owner alone, and removed after a while."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from assistants.choices import Choices, Person, Wish
from assistants.drafts import MAX_DRAFTS, RETENTION, draft, remove_old
from assistants.models import Assistant
from common.refusal import Refused
from common.threads import in_thread
from conversations.models import Conversation
from tests.support.assistants import make_assistant, make_model
from tests.support.conversations import queue_message

FORM = {"name": "Tides", "instructions": "Be brief.", "visibility": "private", "base": "0"}


@pytest.fixture
def editor(client, ada):
    client.force_login(ada)
    return client


def tried(editor, **fields) -> Assistant:
    return Assistant.objects.get(pk=editor.post("/assistants/try/", FORM | fields).json()["draft"])


def test_form_becomes_a_draft_that_its_owner_alone_may_use(editor, ada, grace):
    made = tried(editor)
    person = Person(ada.pk, "ada", frozenset())
    assert Choices().choose(person, Wish(assistant=made.pk)).instructions == "Be brief."
    with pytest.raises(Refused):
        Choices().choose(Person(grace.pk, "grace", frozenset()), Wish(assistant=made.pk))


def test_draft_is_listed_and_offered_nowhere(editor, ada, hopper):
    made = tried(editor)
    for user in (ada, hopper):
        assert not Assistant.objects.visible_to(user).exists()
        assert not Assistant.objects.editable_by(user).exists()
    assert editor.get(f"/assistants/{made.pk}/").status_code == 404
    assert str(made.pk) not in editor.get("/").text


def test_next_try_replaces_the_draft(editor):
    made = tried(editor)
    again = tried(editor, draft=str(made.pk), instructions="Be long.")
    assert again == made
    assert (again.newest.number, again.newest.instructions) == (2, "Be long.")


def test_draft_of_somebody_else_is_not_replaced(editor, grace):
    theirs = draft(grace, None, {"name": "Theirs"})
    assert tried(editor, draft=str(theirs.pk)) != theirs
    theirs.refresh_from_db()
    assert theirs.newest.name == "Theirs"


def test_assistant_is_not_replaced_by_a_draft(editor, ada):
    saved = make_assistant(ada, name="Saved")
    assert tried(editor, draft=str(saved.pk), assistant=str(saved.pk)) != saved
    saved.refresh_from_db()
    assert saved.newest.name == "Saved"


def test_drafts_of_a_person_are_bounded(ada):
    found = {draft(ada, None, {"name": f"Try {number}"}).pk for number in range(MAX_DRAFTS + 3)}
    assert len(found) == MAX_DRAFTS


def test_tries_of_a_draft_are_bounded(editor, monkeypatch):
    monkeypatch.setattr("assistants.models.assistant.MAX_VERSIONS", 1)
    made = tried(editor)
    assert tried(editor, draft=str(made.pk)) == made
    answer = editor.post("/assistants/try/", FORM | {"draft": str(made.pk), "instructions": "Be long."})
    assert answer.json()["error"] == {
        "code": "too_many_versions",
        "message": "You've tried this 1 times. Save it first, or wait an hour.",
    }


def test_what_the_form_refuses_is_not_tried(editor, ada, grace):
    answer = editor.post("/assistants/try/", FORM | {"icon": "AB"})
    assert answer.json()["error"]["message"] == "Icon: Use one emoji, or leave it empty."
    assert editor.post("/assistants/try/", FORM | {"draft": "x"}).status_code == 400
    assert editor.post("/assistants/try/", FORM | {"assistant": str(uuid.uuid4())}).status_code == 404
    other = make_assistant(grace, visibility=Assistant.Visibility.EVERYBODY)
    assert editor.post("/assistants/try/", FORM | {"assistant": str(other.pk)}).status_code == 404
    secret = make_model("gone", is_enabled=False)
    assert "error" in editor.post("/assistants/try/", FORM | {"model": str(secret.pk)}).json()
    assert not Assistant.objects.exclude(draft_at=None).exists()


def test_chat_beside_the_form_is_temporary_and_may_be_framed_by_the_site_alone(editor, client, ada, grace):
    made = tried(editor)
    page = editor.get(f"/drafts/{made.pk}/")
    assert 'data-state="chosen"' in page.text
    assert [each["id"] for each in page.context["offer"]["assistants"]] == [str(made.pk)]
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
    saved = make_assistant(ada)
    assert editor.get(f"/drafts/{saved.pk}/").status_code == 404
    client.force_login(grace)
    assert client.get(f"/drafts/{made.pk}/").status_code == 404


async def test_old_drafts_are_removed_unless_a_conversation_has_them(transactional_db, ada):
    def prepare() -> dict[str, Assistant]:
        made = {name: draft(ada, None, {"name": name}) for name in ("old", "used", "new")}
        response, _ = queue_message(Conversation.objects.create(user=ada), user=ada, input=[])
        response.assistant_version = made["used"].newest
        response.save()
        make_assistant(ada, name="saved")
        old = [made["old"].pk, made["used"].pk]
        Assistant.objects.filter(pk__in=old).update(draft_at=timezone.now() - RETENTION - timedelta(minutes=1))
        return made

    await in_thread(prepare)()
    await remove_old()
    names = await in_thread(lambda: {str(each) for each in Assistant.objects.select_related("newest")})()
    assert names == {"used", "new", "saved"}
    await remove_old()
