"""Files of messages: asked, shown, shared, copied, exported and imported; and what a deleted one leaves."""

import base64
import io
import json
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from assistants.choices import Choices
from common.refusal import Refused
from conversations import branches
from conversations.answering.ask import Asked, ask
from conversations.attachments import hide, keep_made, store
from conversations.messages import NewMessage
from conversations.models import Attachment, Conversation, Response, Share
from conversations.models.attachment import load_attachments
from conversations.representations import ended, first, queued
from conversations.representations.files import drawn_files, made_file
from conversations.retention import temporary
from files.models import Document
from tests.support import documents
from tests.support.clients import client_of
from tests.support.conversations import answer, call_tool, called, finish, text
from tests.support.exported import chatgpt, export_json, export_markdown, export_zip, import_counts, said, zipped
from tests.support.images import encoded, image
from tests.support.socket import image_part, question

pytestmark = pytest.mark.django_db(transaction=True)

TIDES = b"High tide at seven."
NAME = "Gezeiten <i> in Brest.txt"


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def keep(user: User, content: bytes = TIDES, name: str = NAME) -> Attachment:
    return store(SimpleUploadedFile(name, content), user)


def part_of(attachment: Attachment) -> dict[str, Any]:
    return {"type": "input_file", "file_id": str(attachment.pk)}


def send(user: User, words: str, *attachments: Attachment, **fields: Any) -> Response:
    [outcome] = outcomes(user, words, *map(part_of, attachments), **fields)
    assert not isinstance(outcome, Refused)
    return outcome.response


def outcomes(user: User, words: str, *parts: dict[str, Any], **fields: Any) -> list[Any]:
    command = question(words, *parts, **fields)
    del command["type"]
    return ask([Asked(user.pk, msgspec.convert(command, NewMessage))], Choices())


def stored(response_id: UUID) -> Response:
    response = branches.stored(response_id)
    assert response is not None
    return response


def page(user: User, response: Response) -> str:
    return client_of(user).get(response.conversation.get_absolute_url()).content.decode()


def test_message_with_only_a_file_is_titled_by_its_name(ada):
    attachment = keep(ada)
    response = send(ada, "", attachment)

    assert response.conversation.title == NAME
    assert response.input[0]["content"] == [part_of(attachment)]
    attachment.refresh_from_db()
    assert attachment.conversation == response.conversation


def test_first_event_says_what_is_attached(ada):
    response = send(ada, "When?", keep(ada))
    expected = {"name": NAME, "kind": "text", "type": "input_file", "size": len(TIDES)}

    for event in (queued(response), first(stored(response.pk))):
        [attached] = event["response"]["attachments"]
        assert {name: attached[name] for name in expected} == expected


def test_event_of_a_message_without_files_asks_for_none(ada, django_assert_num_queries):
    response = send(ada, "When?")
    with django_assert_num_queries(0):
        assert queued(response)["response"]["attachments"] == []


@pytest.mark.parametrize("kind", ["input_file", "input_image"])
def test_file_is_sent_as_what_it_is(ada, kind):
    wrong = keep(ada, encoded(image()), "harbour.png") if kind == "input_file" else keep(ada)
    part = part_of(wrong) if kind == "input_file" else image_part(file_id=str(wrong.pk))

    assert [each.code for each in outcomes(ada, "What is this?", part)] == ["invalid_request"]


def test_file_of_somebody_else_is_not_sent(ada, mallory):
    assert [each.code for each in outcomes(mallory, "Mine", part_of(keep(ada)))] == ["attachment_not_found"]


def test_deleted_file_is_not_sent_again(ada):
    attachment = keep(ada)
    response = send(ada, "When?", attachment)
    hide(Attachment.objects.get(pk=attachment.pk))

    again = outcomes(ada, "And now?", part_of(attachment), conversation=str(response.conversation_id))
    assert [each.code for each in again] == ["attachment_not_found"]


def test_number_of_files_is_bounded(ada, settings):
    settings.MAX_FILES = 1
    parts = [part_of(keep(ada)) for _ in range(2)]

    assert [each.code for each in outcomes(ada, "Compare", *parts)] == ["too_many_files"]


def test_page_shows_files_as_cards_and_names_as_text(ada):
    attachment = keep(ada)
    shown = page(ada, send(ada, "When?", attachment))

    assert f'data-file-id="{attachment.pk}"' in shown
    assert "Gezeiten &lt;i&gt; in" in shown
    assert NAME not in shown


def test_deleted_file_leaves_a_word_on_the_page(ada):
    attachment, harbour = keep(ada), keep(ada, encoded(image()), "harbour.png")
    [outcome] = outcomes(ada, "When?", part_of(attachment), image_part(file_id=str(harbour.pk)))
    for each in (attachment, harbour):
        hide(Attachment.objects.get(pk=each.pk))
    shown = page(ada, outcome.response)

    assert "This file was deleted" in shown
    assert "This image was deleted" in shown
    assert "Gezeiten" not in shown
    assert str(attachment.pk) not in shown
    assert str(harbour.pk) not in shown
    assert queued(stored(outcome.response.pk))["response"]["attachments"] == [
        {"id": str(attachment.pk)},
        {"id": str(harbour.pk)},
    ]


def test_deleted_files_that_a_model_made_leave_a_word(ada):
    response = send(ada, "Draw the tides.")
    kept, gone = (keep_made(b"port,tide", name, response) for name in ("kept.csv", "gone.csv"))
    put_out = keep(ada, encoded(image()), "tide.png")
    Attachment.objects.filter(pk=put_out.pk).update(conversation=response.conversation)
    program = {"type": "code_interpreter_call", "code": "1", "files": [made_file(each) for each in (kept, gone)]}
    step = call_tool(response, called("draw", output=[image_part(file_id=str(put_out.pk))]))
    finish(step, "completed", output=[program], sequence_number=9)
    for each in (gone, put_out):
        hide(Attachment.objects.get(pk=each.pk))

    for shown in (page(ada, response), json.dumps([ended(stored(each.pk)) for each in (response, step)])):
        assert str(kept.pk) in shown
        assert str(gone.pk) not in shown
        assert str(put_out.pk) not in shown
        assert "This file was deleted." in shown
        assert "This image was deleted" in shown


def test_files_of_many_messages_are_read_at_once(ada, django_assert_num_queries):
    sent = [send(ada, "When?", *(keep(ada, b"%d-%d" % (place, each)) for each in range(3))) for place in range(3)]
    rows = list(Response.objects.filter(pk__in=[each.pk for each in sent]))
    with django_assert_num_queries(1):
        load_attachments(rows)
        shown = [file.details for row in rows for file in drawn_files(row)]
    assert shown == ["3 bytes"] * 9


class TestShared:
    """Files of a shared conversation, and of a reader's copy of it."""

    def shared(self, user: User, attachment: Attachment) -> str:
        answer(response := send(user, "When?", attachment), text("At seven."))
        return Share.objects.create(conversation=response.conversation, response=response).get_absolute_url()

    def test_readers_of_a_share_see_its_files_until_they_are_deleted(self, ada, grace):
        attachment = keep(ada)
        addresses = [f"/attachments/{attachment.pk}/{more}" for more in ("", "passages/")]
        client = client_of(grace)
        assert [client.get(each).status_code for each in addresses] == [404, 404]
        share = self.shared(ada, attachment)
        assert f'data-file-id="{attachment.pk}"' in client.get(share).content.decode()
        assert [client.get(each).status_code for each in addresses] == [200, 200]
        assert client.delete(f"/files/{attachment.pk}/").status_code == 404

        hide(Attachment.objects.get(pk=attachment.pk))
        assert [client.get(each).status_code for each in addresses] == [404, 404]
        assert "This file was deleted" in client.get(share).content.decode()

    def test_share_of_a_message_without_a_text_is_listed_by_its_file(self, ada, django_assert_num_queries):
        attachment = keep(ada)
        [outcome] = outcomes(ada, "", part_of(attachment))
        answer(outcome.response, text("At seven."))
        conversation = outcome.response.conversation
        Share.objects.create(conversation=conversation, response=outcome.response)
        address = f"/conversations/{conversation.pk}/shares/"

        def listed() -> str:
            [share] = client_of(ada).get(address).json()["shares"]
            return share["message"]

        assert listed() == NAME
        hide(Attachment.objects.get(pk=attachment.pk))
        assert listed() == "This file was deleted"
        shares = list(Share.objects.select_related("response__turn").defer("response__output"))
        with django_assert_num_queries(1):
            load_attachments([share.response for share in shares])

    def test_copy_keeps_the_file_when_its_sharer_deletes_it(self, ada, grace):
        attachment = keep(ada)
        share = self.shared(ada, attachment)
        opened = client_of(grace).post(share + "continue/")
        [copied] = Attachment.objects.filter(user=grace)
        Attachment.objects.filter(pk=attachment.pk).delete()

        assert copied.document_id == attachment.document_id
        assert client_of(grace).get(f"/attachments/{copied.pk}/").content == TIDES
        assert f'data-file-id="{copied.pk}"' in client_of(grace).get(opened["Location"]).content.decode()

    def test_deleted_file_is_not_copied(self, ada, grace):
        attachment = keep(ada)
        share = self.shared(ada, attachment)
        hide(Attachment.objects.get(pk=attachment.pk))
        client_of(grace).post(share + "continue/")
        [response] = Response.objects.filter(user=grace)

        assert not Attachment.objects.filter(user=grace).exists()
        assert response.input[0]["content"][1] == {"type": "input_text", "text": "[file]"}


class TestTransferred:
    """Files in exports and imports."""

    def test_markdown_links_files_and_says_which_are_gone(self, ada):
        kept, gone = keep(ada), keep(ada, b"Low tide.", "Gone.txt")
        response = send(ada, "When?", kept, gone)
        hide(Attachment.objects.get(pk=gone.pk))
        content = export_markdown(Conversation.objects.select_related("user").get(pk=response.conversation_id))

        assert f"\\<i\\> in Brest.txt](http://127.0.0.1/attachments/{kept.pk}/) (19 bytes)" in content
        assert "*(a file that is no longer there)*" in content
        assert "Gone.txt" not in content

    def test_json_has_the_original_in_pieces(self, ada, monkeypatch):
        monkeypatch.setattr("conversations.transfers.exports.as_json.PIECE_BYTES", 6)
        response = send(ada, "When?", keep(ada))
        [exported] = json.loads(export_json(response.conversation))["attachments"]

        assert exported["name"] == NAME
        assert exported["data_url"] == f"data:text/plain;base64,{base64.b64encode(TIDES).decode()}"

    def test_export_is_imported_with_its_files(self, ada, grace):
        content = documents.pdf("High tide at seven.")
        response = send(ada, "When?", keep(ada, content, "Tides.pdf"), keep(ada))
        exported = export_json(response.conversation)
        Conversation.objects.all().delete()

        assert import_counts(grace, json.loads(exported)) == (1, 0, 0)
        plain, pdf = Attachment.objects.filter(user=grace).order_by("name")
        imported = Response.objects.get()
        assert imported.input[0]["content"][1:] == [part_of(pdf), part_of(plain)]
        assert (pdf.name, pdf.kind, pdf.document.pages) == ("Tides.pdf", "pdf", 1)
        assert Path(pdf.file.path).read_bytes() == content
        assert {pdf.conversation, plain.conversation} == {imported.conversation}

    def test_zip_has_the_originals_and_is_imported(self, ada, grace, monkeypatch):
        monkeypatch.setattr("conversations.transfers.exports.as_zip.PIECE_BYTES", 6)
        content = documents.pdf("High tide at seven.")
        # Both have the same name.
        response = send(ada, "When?", keep(ada, content, "Tides.pdf"), keep(ada, TIDES, "Tides.pdf"))
        keep_made(b"port,tide", "made.csv", response)
        packed = export_zip(response.conversation)

        with ZipFile(io.BytesIO(packed)) as opened:
            assert opened.testzip() is None
            assert opened.namelist() == [
                "conversations.json",
                "files/001-Tides.pdf",
                "files/002-Tides.pdf",
                "files/003-made.csv",
            ]
            assert opened.read("files/001-Tides.pdf") == content
        Conversation.objects.all().delete()
        assert import_counts(grace, packed) == (1, 0, 0)
        kept = Attachment.objects.filter(user=grace).order_by("created_at")
        imported = [Path(each.file.path).read_bytes() for each in kept]
        assert imported == [content, TIDES, b"port,tide"]

    def test_zip_leaves_out_a_file_that_is_lost(self, ada, grace):
        response = send(ada, "When?", keep(ada))
        Path(Attachment.objects.get().file.path).unlink()
        packed = export_zip(response.conversation)

        assert import_counts(grace, packed) == (1, 0, 0)
        [imported] = Response.objects.filter(user=grace)
        assert imported.input[0]["content"][1] == {"type": "input_text", "text": "[file]"}

    def test_imported_file_that_cannot_be_read_leaves_a_word(self, ada, grace):
        response = send(ada, "When?", keep(ada))
        exported = json.loads(export_json(response.conversation))
        exported["attachments"][0]["data_url"] = (
            f"data:text/plain;base64,{base64.b64encode(b'MZ' + bytes(99)).decode()}"
        )

        assert import_counts(grace, exported) == (1, 0, 0)
        [imported] = Response.objects.filter(user=grace)
        assert imported.input[0]["content"][1] == {"type": "input_text", "text": "[file]"}

    def test_files_of_chatgpt_are_read_from_the_zip(self, ada):
        attached = [
            {"id": "file-abc", "name": "Tides of Brest.pdf", "mime_type": "application/pdf"},
            {"id": "file-lost", "name": "Lost.pdf"},
            {"id": "file-img", "name": "harbour.png"},
            {"name": "Nameless.pdf"},
            "nothing",
        ]
        parts = [{"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-img"}, "When?"]
        words = {"content_type": "multimodal_text", "parts": parts}
        mapping = {"q": said("user", words, None, metadata={"attachments": attached})}
        files = {"file-abc-Tides.pdf": documents.pdf("High tide."), "file-img-harbour.png": encoded(image())}

        assert import_counts(ada, zipped([chatgpt(mapping)], **files)) == (1, 0, 0)
        content = Response.objects.get().input[0]["content"]
        by_name = {each.name: each for each in Attachment.objects.all()}
        assert [part["type"] for part in content] == ["input_image", "input_text", "input_file", "input_text"]
        assert content[2] == part_of(by_name["Tides of Brest.pdf"])
        assert content[3]["text"] == "[file]"

    def test_message_of_chatgpt_with_only_a_file_is_kept(self, ada):
        attached = [{"id": "file-abc", "name": "Tides.txt"}]
        mapping = {"q": said("user", "", None, metadata={"attachments": attached})}

        assert import_counts(ada, zipped([chatgpt(mapping)], **{"file-abc-Tides.txt": TIDES})) == (1, 0, 0)
        assert Response.objects.get().input[0]["content"] == [part_of(Attachment.objects.get())]


def test_files_of_a_temporary_conversation_go_with_it(ada, media):
    response = send(ada, "When?", keep(ada), temporary=True)
    assert response.conversation.title == ""
    Conversation.objects.update(seen_at=timezone.now() - temporary.RETENTION * 2)
    temporary._delete(Q(pk=response.conversation_id))

    assert not Document.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]
