"""The files of a collection: added, listed, deleted and restored by those who may, and read by those who may search."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from accounts.sharing import Visibility
from files.models import Document
from knowledge import content
from knowledge.models import Collection, CollectionFile
from providers.environment import ENVIRONMENT_ID, store_environment
from providers.models import UploadedFile
from tests.support.knowledge import add_read, make_collection

State = CollectionFile.State


@pytest.fixture
def harbour(ada, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return make_collection(ada)


@pytest.fixture
def page(client, ada):
    client.force_login(ada)
    return client


def upload(page, collection, data=b"Tides", name="tides.txt"):
    return page.post(f"/knowledge/{collection.pk}/files/add/", {"file": SimpleUploadedFile(name, data)})


def test_file_that_is_added_waits_to_be_read(page, harbour):
    answer = upload(page, harbour)
    assert answer.status_code == 201
    assert answer.json().items() >= {"name": "tides.txt", "size": 5, "state": "waiting", "problem": ""}.items()
    assert Path(default_storage.path(harbour.files.get().path)).read_bytes() == b"Tides"


def test_same_content_is_in_a_collection_once(page, harbour):
    first = upload(page, harbour).json()
    assert upload(page, harbour, name="other.txt").json()["id"] == first["id"]
    other = make_collection(harbour.owner)
    assert upload(page, other).json()["id"] != first["id"]


def test_file_that_failed_is_read_again_if_it_is_added_again(page, harbour):
    upload(page, harbour)
    harbour.files.update(state=State.FAILED, problem="unreadable")
    assert upload(page, harbour).json()["state"] == "waiting"


@pytest.mark.parametrize("data", [{}, {"file": SimpleUploadedFile("empty.txt", b"")}])
def test_nothing_is_added_without_content(page, harbour, data):
    answer = page.post(f"/knowledge/{harbour.pk}/files/add/", data)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_full_collection_takes_no_more(page, harbour, monkeypatch):
    monkeypatch.setattr("knowledge.permissions.MAX_FILES", 1)
    upload(page, harbour)
    answer = upload(page, harbour, b"More")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_files")


def test_deleted_file_can_be_restored(page, harbour):
    file = add_read(harbour, "Tides")
    assert page.delete(f"/knowledge/files/{file.pk}/change/").status_code == 204
    assert not harbour.files.present()
    assert page.get(f"/knowledge/files/{file.pk}/passages/").status_code == 404
    assert page.patch(f"/knowledge/files/{file.pk}/change/").status_code == 204
    assert harbour.files.present().get() == file


def test_file_that_was_added_again_is_not_restored_beside_itself(page, harbour):
    first = upload(page, harbour).json()
    page.delete(f"/knowledge/files/{first['id']}/change/")
    upload(page, harbour)
    assert page.patch(f"/knowledge/files/{first['id']}/change/").status_code == 409
    assert harbour.files.present().count() == 1


def test_collection_is_emptied_and_filled_again(page, harbour):
    before, kept = add_read(harbour, "Horns"), add_read(harbour, "Tides")
    page.delete(f"/knowledge/files/{before.pk}/change/")
    emptied = page.delete(f"/knowledge/{harbour.pk}/files/").json()
    assert not harbour.files.present()
    answer = page.patch(f"/knowledge/{harbour.pk}/files/", emptied, content_type="application/json")
    assert answer.json() == {"restored": 1}
    assert harbour.files.present().get() == kept


def test_files_are_not_restored_beyond_what_a_collection_may_have(page, harbour, monkeypatch):
    add_read(harbour, "Horns")
    emptied = page.delete(f"/knowledge/{harbour.pk}/files/").json()
    add_read(harbour, "Tides")
    monkeypatch.setattr("knowledge.permissions.MAX_FILES", 1)
    answer = page.patch(f"/knowledge/{harbour.pk}/files/", emptied, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_files")
    assert harbour.files.present().count() == 1


def test_files_that_failed_are_read_again(page, harbour):
    one, other = add_read(harbour, "One"), add_read(harbour, "Other")
    harbour.files.update(state=State.FAILED, problem="unreadable")
    assert page.post(f"/knowledge/files/{one.pk}/change/").json()["state"] == "waiting"
    assert page.post(f"/knowledge/{harbour.pk}/files/read-again/").json() == {"files": 1}
    other.refresh_from_db()
    assert (other.state, other.problem) == ("waiting", "")


def test_deleted_collection_can_be_restored(page, harbour):
    add_read(harbour, "Tides")
    assert page.post(f"/knowledge/{harbour.pk}/delete/").status_code == 204
    assert page.get(f"/knowledge/{harbour.pk}/").status_code == 404
    assert page.post(f"/knowledge/{harbour.pk}/restore/").status_code == 204
    assert page.get(f"/knowledge/{harbour.pk}/").status_code == 200


def test_collection_is_not_restored_beyond_what_its_owner_may_have(page, harbour, monkeypatch):
    monkeypatch.setattr("knowledge.permissions.MAX_COLLECTIONS", 1)
    assert page.post(f"/knowledge/{harbour.pk}/restore/").status_code == 204
    page.post(f"/knowledge/{harbour.pk}/delete/")
    other = make_collection(harbour.owner)
    answer = page.post(f"/knowledge/{harbour.pk}/restore/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_collections")
    page.post(f"/knowledge/{other.pk}/delete/")
    assert page.post(f"/knowledge/{harbour.pk}/restore/").status_code == 204


def test_passages_come_in_pages(page, harbour, monkeypatch):
    monkeypatch.setattr("knowledge.views.reading.PASSAGES", 2)
    file = add_read(harbour, "One", "Two", "Three")
    first = page.get(f"/knowledge/files/{file.pk}/passages/").json()
    assert [each["text"] for each in first["passages"]] == ["One", "Two"]
    rest = page.get(f"/knowledge/files/{file.pk}/passages/", {"from": first["next"]}).json()
    assert [(each["page"], each["text"]) for each in rest["passages"]] == [(3, "Three")]
    assert rest["next"] is None


def test_page_of_a_file_opens_at_what_is_cited(page, harbour):
    file = add_read(harbour, "One", "Two", name="<b>tides</b>.pdf")
    shown = page.get(f"/knowledge/files/{file.pk}/?page=2&passage=1")
    assert shown.context["page"] == 2
    assert shown.context["passage"] == 1
    assert "<b>tides" not in shown.text
    assert f"/knowledge/files/{file.pk}/passages/" in shown.text
    assert page.get(f"/knowledge/files/{file.pk}/?page=x&passage=-1").status_code == 200


def test_content_is_downloaded_and_never_shown(page, harbour):
    upload(page, harbour, b"<script>alert(1)</script>", "page.html")
    answer = page.get(f"/knowledge/files/{harbour.files.get().pk}/content/")
    assert answer.content == b"<script>alert(1)</script>"
    assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_file_whose_content_is_gone_is_not_found(page, harbour):
    assert page.get(f"/knowledge/files/{add_read(harbour, 'Tides').pk}/content/").status_code == 404


@pytest.mark.parametrize("way", ["everybody", "group", "nobody", "group of others"])
def test_files_are_read_by_those_with_whom_the_collection_is_shared(client, harbour, grace, way):
    group = Group.objects.create(name="Pilots")
    if way == "everybody":
        Collection.objects.update(visibility=Visibility.EVERYBODY)
    if way.startswith("group"):
        Collection.objects.update(visibility=Visibility.GROUPS)
        harbour.groups.set([group])
    if way == "group":
        grace.groups.add(group)
    file = add_read(harbour, "Tides")
    client.force_login(grace)
    expected = 200 if way in {"everybody", "group"} else 404
    for address in ("", "passages/"):
        assert client.get(f"/knowledge/files/{file.pk}/{address}").status_code == expected
    assert client.get(f"/knowledge/{harbour.pk}/").status_code == expected
    assert client.delete(f"/knowledge/files/{file.pk}/change/").status_code == 404
    assert upload(client, harbour, b"Mine").status_code == 404
    assert client.post(f"/knowledge/{harbour.pk}/delete/").status_code == 404


def test_shared_collections_are_changed_by_those_who_may(client, harbour, grace):
    grace.user_permissions.add(Permission.objects.get(codename="change_collection"))
    client.force_login(User.objects.get(pk=grace.pk))
    file = add_read(harbour, "Horns")
    opened = [f"/knowledge/{harbour.pk}/", f"/knowledge/files/{file.pk}/", f"/knowledge/files/{file.pk}/passages/"]
    assert upload(client, harbour).status_code == 404
    assert [client.get(each).status_code for each in opened] == [404, 404, 404]
    # They are in none of its groups, and see what they keep in order.
    Collection.objects.update(visibility=Visibility.GROUPS)
    assert upload(client, harbour).status_code == 201
    assert [client.get(each).status_code for each in opened] == [200, 200, 200]
    assert client.get(f"/knowledge/files/{harbour.files.get(state='waiting').pk}/content/").status_code == 200
    Collection.objects.update(deleted_at=timezone.now())
    assert [client.get(each).status_code for each in opened] == [404, 404, 404]


def test_what_was_deleted_long_ago_is_removed(harbour):
    kept, due = add_read(harbour, "Kept"), add_read(harbour, "Due")
    gone = make_collection(harbour.owner)
    add_read(gone, "Gone")
    long_ago = timezone.now() - 2 * content.RETENTION
    CollectionFile.objects.filter(pk=due.pk).update(deleted_at=long_ago)
    Collection.objects.filter(pk=gone.pk).update(deleted_at=long_ago)
    content.remove_due()
    assert CollectionFile.objects.get() == kept
    assert Collection.objects.get() == harbour
    assert Document.objects.get() == kept.document


def test_provider_loses_what_was_sent_to_it_before_with_the_last_collection(harbour):
    store_environment()
    gone, kept = add_read(harbour, "Tides"), add_read(harbour, "Ferries")
    for file in (gone, kept):
        UploadedFile.objects.create(
            provider_id=ENVIRONMENT_ID, account="x", digest=file.digest, file_id=file.name, expires_at=timezone.now()
        )
    CollectionFile.objects.filter(pk=gone.pk).update(deleted_at=timezone.now() - 2 * content.RETENTION)
    content.remove_due()
    assert UploadedFile.objects.get(deleted_at=None).digest == kept.digest
