"""Images from upload to deletion: who may see them, and that each is stored once."""

import base64
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.pools import IMAGES
from conversations.attachments import data_url, store
from conversations.models import Attachment, Conversation
from files.kinds.images import PreparedImage, prepare
from tests.support.clients import client_of
from tests.support.images import encoded, exif, image, opened

IMAGE = encoded(image())
OTHER_IMAGE = encoded(image(32, 32))


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def reviewer(db) -> User:
    user = User.objects.create_user("reviewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_attachment"))
    return user


def keep(user: User, content: bytes = IMAGE, name: str = "harbour.png") -> Attachment:
    return store(SimpleUploadedFile(name, content), user)


def send(attachment: Attachment) -> None:
    attachment.conversation = Conversation.objects.create(user=attachment.user)
    attachment.save()


def upload(user: User, content: bytes = IMAGE, name: str = "harbour.png"):
    return client_of(user).post("/attachments/", {"file": SimpleUploadedFile(name, content)})


@pytest.mark.django_db(transaction=True)
def test_waiting_upload_holds_no_database_connection(ada):
    has_connected = threading.Event()

    def keep_connected() -> Attachment:
        connection.ensure_connection()
        has_connected.set()
        try:
            return keep(ada)
        finally:
            connection.close()

    connection.close()
    with ThreadPoolExecutor(1) as threads:
        with IMAGES.turn("mallory"), IMAGES.turn("grace"):
            kept = threads.submit(keep_connected)
            has_connected.wait(10)
            until = time.monotonic() + 10
            pool: Any = connection.pool  # type: ignore[attr-defined]
            while (lent := pool.get_stats())["pool_available"] < lent["pool_size"]:
                assert time.monotonic() < until
                time.sleep(0.01)
            assert not kept.done()
        assert kept.result(10).user == ada


@pytest.mark.django_db(transaction=True)
def test_one_image_of_a_person_is_decoded_at_a_time(ada, mallory, monkeypatch):
    decoded: Queue[bytes] = Queue()
    may_end = threading.Event()

    def decode(content: bytes) -> PreparedImage:
        decoded.put(content)
        may_end.wait(10)
        return prepare(content)

    def keep_apart(user: User, content: bytes) -> None:
        try:
            keep(user, content)
        finally:
            connection.close()

    monkeypatch.setattr("conversations.attachments.prepare", decode)
    theirs, own = encoded(image(8, 8)), encoded(image(9, 9))
    with ThreadPoolExecutor(6) as threads:
        kept = [threads.submit(keep_apart, mallory, theirs) for _ in range(5)]
        assert decoded.get(timeout=60) == theirs
        kept.append(threads.submit(keep_apart, ada, own))
        assert decoded.get(timeout=60) == own
        assert decoded.empty()
        may_end.set()
        for each in kept:
            each.result(10)


def address(attachment: Attachment) -> str:
    return f"/attachments/{attachment.pk}/"


def both(attachment: Attachment) -> list[str]:
    return [address(attachment), f"{address(attachment)}thumbnail/"]


def stored(attachment: Attachment) -> bytes:
    return Path(attachment.file.path).read_bytes()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_upload_answers_with_the_image(ada):
    response = upload(ada, encoded(image(64, 32), "JPEG", exif=exif(6)), "My harbour.jpeg")

    attachment = Attachment.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": str(attachment.pk),
        "type": "input_image",
        "name": "My harbour.jpeg",
        "kind": "image",
        "media_type": "image/jpeg",
        "size": attachment.size,
        "pages": None,
        "rows": None,
        "tokens": 800,
        "width": 32,
        "height": 64,
    }
    assert (attachment.user, attachment.conversation, attachment.media_type) == (ada, None, "image/jpeg")
    assert attachment.size == len(stored(attachment))


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "empty"),
        (b"MZ" + bytes(100), 415, "program"),
        (IMAGE[:80], 400, "damaged"),
    ],
)
def test_file_that_cannot_be_read_is_refused(ada, media, content, status, code):
    response = upload(ada, content)

    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    assert not Attachment.objects.exists()
    assert not files(media)


def test_too_large_file_is_refused_unread(ada, settings):
    settings.MAX_IMAGE_BYTES = len(IMAGE) - 1
    response = upload(ada)

    assert response.status_code == 413
    assert response.json()["error"]["code"] == "too_large"
    settings.MAX_IMAGE_BYTES = len(IMAGE)
    assert upload(ada).status_code == 201


def test_upload_without_a_file_is_refused(ada):
    response = client_of(ada).post("/attachments/", {"file": "words"})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "no_file")


def test_who_is_signed_out_gets_a_sentence(client, db):
    response = client.post("/attachments/", {"file": SimpleUploadedFile("harbour.png", IMAGE)})
    assert (response.status_code, response.json()["error"]["code"]) == (401, "unauthenticated")


def test_upload_needs_the_csrf_token(ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.post("/attachments/", {"file": SimpleUploadedFile("harbour.png", IMAGE)}).status_code == 403


def test_unsent_image_is_visible_to_its_uploader_only(ada, grace, mallory, hopper):
    """A reviewer doesn't see it either: it is in no conversation."""
    attachment = keep(ada)
    for url in both(attachment):
        assert client_of(ada).get(url).status_code == 200
        for other in (grace, mallory, hopper):
            assert client_of(other).get(url).status_code == 404


def test_sent_image_is_visible_with_its_conversation(ada, mallory):
    attachment = keep(ada)
    send(attachment)
    for url in both(attachment):
        assert client_of(ada).get(url).status_code == 200
        assert client_of(mallory).get(url).status_code == 404


def test_reviewing_admins_see_every_image_that_was_sent(ada, hopper, reviewer, mallory):
    User.objects.filter(pk=mallory.pk).update(is_staff=True)
    for attachment in (keep(ada), keep(ada, OTHER_IMAGE)):
        send(attachment)
        for url in both(attachment):
            assert client_of(hopper).get(url).status_code == 200
            assert client_of(reviewer).get(url).status_code == 200
            assert client_of(mallory).get(url).status_code == 404
    assert not Attachment.objects.visible_to(reviewer).exists()


def test_images_need_an_account(client, ada):
    for url in both(keep(ada)):
        assert client.get(url).url.startswith("/sign-in/")
        assert client.delete(url).status_code == 302
    assert Attachment.objects.exists()


def test_images_are_served_inert(ada):
    attachment = keep(ada, encoded(image(), "HEIF"), 'IMG "1".HEIC')
    response = client_of(ada).get(address(attachment))

    assert response.content == stored(attachment)
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Disposition"] == r'inline; filename="IMG \"1\".jpg"'
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"

    thumbnail = client_of(ada).get(both(attachment)[1])
    assert thumbnail["Content-Type"] == "image/webp"
    assert opened(thumbnail.content).format == "WEBP"
    assert thumbnail["ETag"] != response["ETag"]


def test_cached_image_is_not_sent_again(ada, mallory):
    attachment = keep(ada)
    tag = client_of(ada).get(address(attachment))["ETag"]

    assert client_of(ada).get(address(attachment), headers={"If-None-Match": tag}).status_code == 304
    assert client_of(mallory).get(address(attachment), headers={"If-None-Match": tag}).status_code == 404


def test_image_with_a_missing_file_is_not_found(ada, caplog):
    attachment = keep(ada)
    Path(attachment.file.path).unlink()

    assert client_of(ada).get(address(attachment)).status_code == 404
    assert f"the file of attachment {attachment.pk} is not there" in caplog.text


def test_unsent_image_is_deleted_by_its_uploader_only(ada, mallory, hopper):
    attachment = keep(ada)
    for other in (mallory, hopper):
        assert client_of(other).delete(address(attachment)).status_code == 404
    assert client_of(ada).delete(address(attachment)).status_code == 204
    assert not Attachment.objects.exists()


def test_sent_image_cannot_be_deleted(ada, mallory):
    attachment = keep(ada)
    send(attachment)

    refused = client_of(ada).delete(address(attachment))
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "already_sent")
    assert client_of(mallory).delete(address(attachment)).status_code == 404
    assert Attachment.objects.exists()


def test_same_image_is_stored_once(ada, grace, media):
    first, second = keep(ada), keep(grace, IMAGE + b"other bytes, same image")

    assert first.file.name == second.file.name
    assert first.pk != second.pk
    assert len(files(media)) == 2  # the image and its thumbnail


def test_files_are_removed_with_the_last_image(ada, grace, media, django_capture_on_commit_callbacks):
    first, second, other = keep(ada), keep(grace), keep(ada, OTHER_IMAGE)

    with django_capture_on_commit_callbacks(execute=True):
        first.delete()
    assert len(files(media)) == 4
    with django_capture_on_commit_callbacks(execute=True):
        second.delete()
    assert {str(path) for path in files(media)} == {other.file.path, other.thumbnail.path}


def test_files_are_removed_with_the_conversation(ada, media, django_capture_on_commit_callbacks):
    attachment = keep(ada)
    send(attachment)
    with django_capture_on_commit_callbacks(execute=True):
        Conversation.objects.all().delete()
    assert not files(media)


def test_half_written_file_is_completed(ada):
    attachment = keep(ada)
    Path(attachment.file.path).write_bytes(b"half")

    assert opened(stored(keep(ada))).size == (64, 32)


def test_concurrent_uploads_and_deletions_keep_files_in_use(transactional_db, media):
    people = [User.objects.create(username=name) for name in ("ada", "grace", "mallory")]

    def come_and_go(user: User) -> None:
        try:
            for _ in range(8):
                attachment = keep(user)
                assert opened(stored(attachment)).size == (64, 32)
                attachment.delete()
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        list(threads.map(come_and_go, people))
    assert not files(media)


def test_unsent_image_is_removed_after_a_day(ada, grace):
    _old, sent, _others, new = keep(ada), keep(ada), keep(grace), keep(ada)
    send(sent)
    Attachment.objects.exclude(pk=new.pk).update(created_at=timezone.now() - timedelta(hours=25))
    fresh = keep(ada)

    assert set(Attachment.objects.all()) == {sent, new, fresh}


def test_oldest_unsent_images_make_room(ada, grace, settings):
    settings.MAX_IMAGES, settings.MAX_FILES = 1, 0
    others, sent = keep(grace), keep(ada)
    send(sent)
    kept = [keep(ada) for _ in range(7)]

    assert set(Attachment.objects.all()) == {others, sent, *kept[2:]}


def test_image_becomes_a_data_url(ada):
    attachment = keep(ada)
    kind, content = data_url(attachment).split(",")

    assert kind == "data:image/png;base64"
    assert base64.b64decode(content) == stored(attachment)


def test_hostile_file_name_is_harmless(ada):
    attachment = keep(ada, name="a\r\nSet-Cookie: x=1;<script>.png")
    disposition = client_of(ada).get(address(attachment))["Content-Disposition"]

    assert attachment.name == "a Set-Cookie: x=1;<script>.png"
    assert disposition == 'inline; filename="a Set-Cookie: x=1;<script>.png"'
