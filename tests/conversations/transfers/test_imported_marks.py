"""What was imported is told from what came about here, wherever it is shown."""

import asyncio
import json
import re

import pytest
from django.test import Client
from django.utils.translation import override

from accounts.models import User
from conversations.models import Conversation, Response, Share
from conversations.representations import find_ends
from tests.support.conversations import answer, ask, text
from tests.support.exported import chatgpt, export_json, export_markdown, import_counts, said

LIST = "/admin/conversations/conversation/"
FORGED = {
    "q": said("user", "May I spend it?", None),
    "a": said("assistant", "Yes.", "q", metadata={"model_slug": "gpt-5.5"}),
}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def imported(ada) -> Conversation:
    """A conversation from ChatGPT that goes on here."""
    assert import_counts(ada, [chatgpt(FORGED, "a", title="Budget")]) == (1, 0, 0)
    conversation = Conversation.objects.get()
    answer(ask(conversation, conversation.responses.get()), text("No, you may not."), usage={"total_tokens": 5})
    return conversation


def read(user: User, address: str) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(address)
    assert response.status_code == 200
    return response.text


def notes(page: str) -> list[str]:
    """Return the note that each answer of a page has."""
    answers = page.split("<chat-response")[1:]
    found = [re.search(r'<p class="imported"><span class="whole">([^<]*)<', each) for each in answers]
    return [note[1] if note else "" for note in found if "data-id=" in answers[0]]


@pytest.mark.django_db(transaction=True)
class TestImportedMarks:
    def test_rows_know_where_they_came_from(self, imported):
        assert (imported.imported_from, imported.imported_at is not None) == ("chatgpt", True)
        assert [row.imported_from for row in imported.responses.all()] == ["chatgpt", ""]

    def test_chat_marks_imported_answers_only_and_names_their_model_so(self, ada, imported):
        page = read(ada, imported.get_absolute_url())
        assert re.fullmatch(r"Imported from ChatGPT on .+ 20\d\d", notes(page)[0])
        assert notes(page)[1] == ""
        assert re.findall(r'data-status="[^"]*" data-model="([^"]+)"', page)[:2] == [
            "gpt-5.5 (imported)",
            imported.responses.last().model,
        ]

    def test_fetched_turns_and_the_german_page_are_marked(self, ada, imported):
        last = imported.responses.last()
        assert notes(read(ada, f"{imported.get_absolute_url()}turns/?before={last.pk}")) != [""]
        with override("de"):
            ada.language = "de"
            ada.save()
            assert notes(read(ada, imported.get_absolute_url()))[0].startswith("Aus ChatGPT importiert am ")

    def test_missing_image_is_named_in_the_language_of_who_reads(self, ada, hopper):
        lost = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-lost"}
        parts = {"content_type": "multimodal_text", "parts": ["Look:", lost]}
        with override("de"):
            import_counts(ada, [chatgpt({"q": said("user", parts, None), "a": said("assistant", parts, "q")})])
        conversation = Conversation.objects.get()
        conversation.user = ada
        row = conversation.responses.get()
        assert (row.message(), "[image]" in row.answer()) == ("Look:\n\n[image]", True)
        for user, page in (
            (ada, lambda: read(ada, conversation.get_absolute_url())),
            (ada, lambda: export_markdown(conversation)),
            (hopper, lambda: read(hopper, f"{LIST}{conversation.pk}/change/")),
        ):
            assert page().replace("\\", "").count("[image]") >= 2
            user.language = "de"
            user.save()
            shown = page().replace("\\", "").split('<details class="record">')[0]
            assert (shown.count("[Bild]"), shown.count("[image]")) == (2, 0)
            user.language = ""
            user.save()

    def test_event_of_an_imported_answer_names_its_model_so(self, imported):
        (event,) = asyncio.run(find_ends([str(imported.responses.first().pk)]))
        assert event["response"]["model"] == "gpt-5.5 (imported)"

    def test_share_marks_imported_answers(self, grace, imported):
        share = Share.objects.create(conversation=imported, response=imported.responses.last())
        page = read(grace, share.get_absolute_url())
        assert [bool(note) for note in notes(page)] == [True, False]

    def test_review_marks_conversation_turns_and_models(self, hopper, imported):
        page = read(hopper, LIST)
        assert "Budget (imported)" in page
        assert "gpt-5.5 (imported)" in page
        transcript = read(hopper, f"{LIST}{imported.pk}/change/")
        assert len(re.findall(r'<span class="tag">Imported from ChatGPT on [^<]+</span>', transcript)) == 1
        assert re.search(r"<dt>Imported</dt><dd>Imported from ChatGPT on ", transcript)
        assert "<h2>gpt-5.5 (imported)" in transcript
        assert re.search(r"<dt>Tokens</dt><dd>5</dd>", transcript)

    def test_review_filters_by_import_and_offers_no_imported_models(self, hopper, ada, imported):
        here = Conversation.objects.create(user=ada, title="Here")
        answer(ask(here), text("Two metres."))
        Response.objects.filter(conversation=here).update(model="answers-here")
        client = Client()
        client.force_login(hopper)

        def titles(**filters: str) -> set[str]:
            return {each.title for each in client.get(LIST, filters).context["cl"].result_list}

        assert titles(imported="yes") == {"Budget"}
        assert titles(imported="no") == {"Here"}
        assert titles(imported="perhaps") == {"Budget", "Here"}
        assert titles(model="answers-here") == {"Here"}
        assert "model=gpt-5.5" not in client.get(LIST).text

    def test_thousands_of_imported_models_make_no_large_page(self, hopper, ada):
        mapping = {}
        for n in range(0, 3000, 2):
            mapping[f"{n}"] = said("user", "x", f"{n - 1}" if n else None)
            mapping[f"{n + 1}"] = said("assistant", "y", f"{n}", metadata={"model_slug": f"model-{n}"})
        assert import_counts(ada, [chatgpt(mapping)]) == (1, 0, 0)
        page = read(hopper, LIST)
        assert page.count("model-") <= 10
        facts = read(hopper, f"{LIST}{Conversation.objects.get().pk}/change/").split('<ol class="transcript">')[0]
        assert facts.count("model-") <= 10

    def test_both_exports_say_it(self, imported):
        content = export_markdown(imported)
        assert re.search(r"^Imported from ChatGPT on .+$", content, re.MULTILINE)
        assert "## Answer, gpt\\-5.5 \\(imported\\)" in content or "## Answer, gpt-5.5 (imported)" in content
        exported = json.loads(export_json(imported))
        assert exported["conversation"]["imported_from"] == "chatgpt"
        assert exported["conversation"]["imported_at"]
        assert [row["imported_from"] for row in exported["responses"]] == ["chatgpt", None]

    def test_mark_is_kept_by_an_export_and_an_import(self, grace, imported):
        assert import_counts(grace, export_json(imported)) == (1, 0, 0)
        copy = Conversation.objects.get(user=grace)
        assert copy.imported_from == "chatgpt"
        assert [row.imported_from for row in copy.responses.all()] == ["chatgpt", "chatsite"]
        assert "chat export on" in notes(read(grace, copy.get_absolute_url()))[1]

    @pytest.mark.parametrize("claim", [None, "", "here", "chatsite"])
    def test_file_cannot_claim_that_something_came_about_here(self, grace, imported, claim):
        exported = json.loads(export_json(imported))
        exported["conversation"]["imported_from"] = claim
        for row in exported["responses"]:
            row["imported_from"] = claim
        assert import_counts(grace, exported) == (1, 0, 0)
        copy = Conversation.objects.get(user=grace)
        assert {copy.imported_from, *(row.imported_from for row in copy.responses.all())} == {"chatsite"}
