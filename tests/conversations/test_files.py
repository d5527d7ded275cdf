"""Files from upload to deletion: what is told of them, who may read them, and that each content is kept once."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from conversations.attachments import hide, keep_made, restore, store
from conversations.models import Attachment, Conversation
from conversations.retention.deleted import FILE_RETENTION, remove_file
from files import documents as stored_documents
from files.models import Document, Passage
from knowledge.models import Collection, CollectionFile
from providers.models import Provider, UploadedFile
from providers.uploads import LIFETIME
from tests.support import documents
from tests.support.clients import client_of
from tests.support.conversations import queue_message

NAME = "Häfen — 港.txt"


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def keep(user: User, content: bytes = b"High tide at seven.", name: str = NAME) -> Attachment:
    return store(SimpleUploadedFile(name, content), user)


def sent(user: User, **kept: Any) -> Attachment:
    attachment = keep(user, **kept)
    attachment.conversation = Conversation.objects.create(user=user)
    attachment.save()
    return attachment


def read(user: User, attachment: Attachment, start: int = 0):
    return client_of(user).get(f"/attachments/{attachment.pk}/passages/?from={start}")


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_upload_answers_with_what_was_read(ada):
    content = documents.pdf("High tide at seven.", "Low tide at one.")
    answer = client_of(ada).post("/attachments/", {"file": SimpleUploadedFile("Tides.pdf", content)})

    attachment = Attachment.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": str(attachment.pk),
        "type": "input_file",
        "name": "Tides.pdf",
        "kind": "pdf",
        "media_type": "application/pdf",
        "size": len(content),
        "pages": 2,
        "rows": None,
        "tokens": attachment.document.tokens,
        "width": None,
        "height": None,
    }
    assert Path(attachment.file.path).read_bytes() == content


def test_file_is_downloaded_and_never_shown(ada):
    attachment = keep(ada, b"Tides: alert(1)", "Tides.html")
    answer = client_of(ada).get(f"/attachments/{attachment.pk}/")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="Tides.html"'
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_passages_are_read_piece_by_piece(ada, monkeypatch):
    monkeypatch.setattr("conversations.representations.files.PASSAGES", 1)
    attachment = keep(ada, documents.pdf("High tide at seven.", "Low tide at one."), "Tides.pdf")
    first, second = read(ada, attachment).json(), read(ada, attachment, 1).json()

    assert [each["text"].strip() for each in (*first["passages"], *second["passages"])] == [
        "High tide at seven.",
        "Low tide at one.",
    ]
    assert [first["next"], second["next"]] == [1, None]
    assert (first["name"], first["kind"], first["pages"]) == ("Tides.pdf", "pdf", 2)


def test_code_says_its_language(ada):
    assert read(ada, keep(ada, b"print(1)\n", "tide.py")).json()["language"] == "python"


@pytest.mark.parametrize("start", ["-1", "x", "1" * 20, "²"])
def test_passages_from_nowhere_are_not_found(ada, start):
    assert read(ada, keep(ada), start).status_code == 404


def test_passages_have_the_access_of_the_file(ada, grace):
    attachment = sent(ada)
    reviewer = User.objects.create_user("reviewer", is_staff=True)
    reviewer.user_permissions.set(Permission.objects.filter(codename="view_attachment"))

    assert [read(user, attachment).status_code for user in (ada, reviewer, grace)] == [200, 200, 404]


def test_deleted_file_is_gone_until_it_is_restored(ada):
    attachment = sent(ada)
    addresses = [f"/attachments/{attachment.pk}/", f"/attachments/{attachment.pk}/passages/"]

    assert client_of(ada).delete(f"/files/{attachment.pk}/").status_code == 204
    assert [client_of(ada).get(address).status_code for address in addresses] == [404, 404]
    assert client_of(ada).patch(f"/files/{attachment.pk}/").status_code == 204
    assert [client_of(ada).get(address).status_code for address in addresses] == [200, 200]


def test_deleted_file_is_removed_for_good_later(ada, media, django_capture_on_commit_callbacks):
    attachment = sent(ada)
    hide(attachment)
    assert not remove_file()

    Attachment.objects.update(deleted_at=timezone.now() - FILE_RETENTION - timedelta(minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_file()
    assert not remove_file()
    assert not Attachment.objects.exists()
    assert not Document.objects.exists()
    assert not Passage.objects.exists()
    assert not stored(media)


def test_restored_file_is_not_removed(ada):
    attachment = sent(ada)
    hide(attachment)
    Attachment.objects.update(deleted_at=timezone.now() - FILE_RETENTION * 2)
    restore(attachment)

    assert not remove_file()


def test_same_file_of_two_people_is_kept_until_both_delete_it(ada, grace, media, django_capture_on_commit_callbacks):
    mine, theirs = keep(ada), keep(grace, name="Tides.txt")
    assert mine.document == theirs.document
    assert len(stored(media)) == 1

    with django_capture_on_commit_callbacks(execute=True):
        assert client_of(ada).delete(f"/attachments/{mine.pk}/").status_code == 204
    assert read(grace, theirs).json()["passages"][0]["text"].strip() == "High tide at seven."
    assert len(stored(media)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert client_of(grace).delete(f"/attachments/{theirs.pk}/").status_code == 204
    assert not Document.objects.exists()
    assert not stored(media)


def test_file_whose_content_is_removed_at_this_moment_is_kept_again(ada, monkeypatch):
    kept = stored_documents.keep
    lost: list[Document] = []

    def keep_and_lose(*given: Any) -> Document:
        document = kept(*given)
        if not lost:
            lost.append(document)
            stored_documents.remove_unused(document.pk)
        return document

    monkeypatch.setattr(stored_documents, "keep", keep_and_lose)
    attachment = keep(ada)

    assert lost
    assert Path(attachment.file.path).read_bytes() == b"High tide at seven."


def test_sent_file_is_not_deleted_as_an_upload(ada):
    assert client_of(ada).delete(f"/attachments/{sent(ada).pk}/").status_code == 409


@pytest.mark.parametrize("content", [b"", documents.pdf("x")[:60]])
def test_refused_file_leaves_nothing(ada, media, content):
    answer = client_of(ada).post("/attachments/", {"file": SimpleUploadedFile("Tides.pdf", content)})

    assert answer.status_code in {400, 415}
    assert not Attachment.objects.exists()
    assert not stored(media)


def test_unsent_files_are_bounded_in_bytes(ada, settings, monkeypatch):
    settings.MAX_FILE_BYTES = 20
    monkeypatch.setattr("conversations.attachments.MAX_UNSENT_BYTES", 50)
    settings.MAX_FILES = 2
    kept = [keep(ada, b"%d high tides" % number) for number in range(9)]

    assert set(Attachment.objects.all()) == {*kept[-4:]}


def made(user: User, content: bytes, name: str) -> Attachment:
    response = queue_message(Conversation.objects.create(user=user), user=user, input=[])[0]
    return keep_made(content, name, response)


def test_made_file_is_read_when_somebody_looks_at_it(ada, media):
    attachment = made(ada, b"High tide at seven.", "tides.txt")
    assert attachment.kind == "file"

    assert read(ada, attachment).json()["kind"] == "text"
    attachment.refresh_from_db()
    assert attachment.kind == "text"
    assert Path(attachment.file.path).read_bytes() == b"High tide at seven."
    assert len(stored(media)) == 1


def test_made_file_that_cannot_be_read_says_so_and_stays(ada):
    attachment = made(ada, b"MZ" + bytes(100), "tide.exe")
    answer = read(ada, attachment)

    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "program")
    assert client_of(ada).get(f"/attachments/{attachment.pk}/").status_code == 200


def test_made_file_is_read_in_the_turn_of_who_looks_at_it(ada, monkeypatch):
    attachment = made(ada, b"High tide at seven.", "tides.txt")
    reviewer = User.objects.create_user("reviewer", is_staff=True)
    reviewer.user_permissions.set(Permission.objects.filter(codename="view_attachment"))
    kept, persons = stored_documents.keep, []

    def keep_for(file: Path, person: Any) -> Document:
        persons.append(person)
        return kept(file, person)

    monkeypatch.setattr(stored_documents, "keep", keep_for)
    assert read(reviewer, attachment).status_code == 200
    assert persons == [reviewer.pk]


def read_while(monkeypatch, meanwhile: Callable[[], Any]) -> None:
    """Let something happen while a file is read."""
    kept = stored_documents.keep

    def keep_slowly(*given: Any) -> Document:
        document = kept(*given)
        meanwhile()
        return document

    monkeypatch.setattr(stored_documents, "keep", keep_slowly)


def test_made_file_that_is_deleted_while_it_is_read_stays_deleted(ada, monkeypatch):
    attachment = made(ada, b"High tide at seven.", "tides.txt")
    read_while(monkeypatch, lambda: hide(Attachment.objects.get()))
    read(ada, attachment)

    attachment.refresh_from_db()
    assert attachment.deleted_at
    assert attachment.kind == "text"


def test_made_file_that_is_removed_while_it_is_read_is_not_found(ada, media, monkeypatch):
    attachment = made(ada, b"High tide at seven.", "tides.txt")
    read_while(monkeypatch, Attachment.objects.all().delete)

    assert read(ada, attachment).status_code == 404
    assert not Attachment.objects.exists()
    assert not Document.objects.exists()
    assert not stored(media)


def test_own_files_are_those_that_are_listed(ada, grace):
    mine, unsent, deleted = sent(ada), keep(ada), sent(ada)
    hide(deleted)
    sent(grace)
    temporary, gone = sent(ada), sent(ada)
    Conversation.objects.filter(attachments=temporary).update(is_temporary=True, seen_at=timezone.now())
    Conversation.objects.filter(attachments=gone).update(deleted_at=timezone.now())

    assert set(Attachment.objects.own(ada)) == {mine, unsent, deleted}


@pytest.fixture
def at_provider(ada) -> Attachment:
    """Return a file that was sent, and that a provider has."""
    attachment = sent(ada)
    UploadedFile.objects.create(
        provider=Provider.objects.create(name="Elsewhere", base_url="https://example.org/v1"),
        account="a",
        digest=str(attachment.document_id),
        file_id="file-1",
        expires_at=timezone.now() + LIFETIME,
    )
    return attachment


def is_kept_at_provider() -> bool:
    return UploadedFile.objects.filter(deleted_at=None).exists()


def test_file_is_deleted_at_providers_when_its_person_deletes_it(at_provider):
    hide(at_provider)
    assert not is_kept_at_provider()


def test_file_is_deleted_at_providers_with_its_conversation(ada, at_provider):
    answer = client_of(ada).delete(f"/conversations/{at_provider.conversation_id}/")
    assert answer.status_code == 204
    assert not is_kept_at_provider()


def test_file_stays_at_providers_while_another_person_has_it(grace, at_provider):
    theirs = sent(grace, name="Theirs.txt")
    hide(at_provider)
    assert is_kept_at_provider()
    hide(theirs)
    assert not is_kept_at_provider()


def test_file_stays_at_providers_while_a_collection_has_it(ada, at_provider):
    collected = CollectionFile.objects.create(
        collection=Collection.objects.create(owner=ada, name="Tides"),
        document=at_provider.document,
        digest=at_provider.document_id,
        name="Tides.txt",
        size=1,
        added_by=ada,
    )
    hide(at_provider)
    assert collected.document
    assert is_kept_at_provider()


@pytest.mark.django_db
def test_whether_a_file_is_used_is_found_by_an_index():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Attachment.objects.filter(file="files/ab/abc").explain()
    assert "attachment_file" in plan
