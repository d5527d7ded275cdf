"""Files that can't be read or mean harm, as a person uploads them."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.models import Attachment
from files.models import Document
from files.refusals import refusal
from tests.support import documents, documents_hostile

REFUSED = {
    # Images are decoded instead.
    name: (content, code)
    for name, (content, code) in documents_hostile.refused().items()
    if code != "image"
}
ODD = documents_hostile.odd()

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def ada_client(ada) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def upload(client: Client, name: str, content: bytes):
    return client.post("/attachments/", {"file": SimpleUploadedFile(name, content)})


@pytest.mark.parametrize("name", REFUSED)
def test_upload_is_refused_with_a_sentence_and_leaves_nothing(ada_client, media, name):
    content, code = REFUSED[name]
    answer = upload(ada_client, name, content)
    expected = refusal(code)
    assert answer.status_code == expected.status
    assert answer.json() == {"error": {"code": code, "message": expected.message}}
    assert not Attachment.objects.exists()
    assert not Document.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ODD)
def test_odd_file_is_only_downloaded_as_it_is(ada_client, name):
    content, words = ODD[name]
    answer = upload(ada_client, name, content)
    assert answer.status_code == 201
    file = ada_client.get(f"/attachments/{answer.json()['id']}/")
    assert file.content == content
    assert file["Content-Disposition"].startswith("attachment")
    assert "sandbox" in file["Content-Security-Policy"]
    passages = ada_client.get(f"/attachments/{answer.json()['id']}/passages/").json()["passages"]
    assert words[:1000] in "".join(passage["text"] for passage in passages)


@pytest.mark.parametrize(
    "name",
    ["Ж" * 300 + ".pdf", "港" * 300, "🚢.pdf", "\u202efdp.exe", "a\tb\n.pdf", "con", ".pdf", "'; DROP TABLE x;--.pdf"],
)
def test_file_with_any_name_is_kept(ada_client, name):
    answer = upload(ada_client, name, documents.pdf())
    assert answer.status_code == 201
    kept = Attachment.objects.get()
    assert 0 < len(kept.name.encode()) <= 255
    assert kept.name.isprintable()
    assert "/" not in kept.name
    assert answer.json()["kind"] == "pdf"
    assert ada_client.get(f"/attachments/{kept.pk}/").status_code == 200
