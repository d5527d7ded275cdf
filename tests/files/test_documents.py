"""Documents: kept and read once for each content."""

import errno
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.db import connection

from common.pools import READING
from common.refusal import Refused
from files import documents as kept
from files import store as files_store
from files.documents import keep, read, register_use, remove_unused, store, text_of
from files.models import Document, Passage, path_of_document
from files.reading import process
from tests.support import documents

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_pdf_is_kept_with_its_pages():
    content = documents.pdf("The harbour opens at seven.", "It closes at nine.")
    document = keep(BytesIO(content), "ada")
    assert (document.kind, document.media_type, document.pages) == ("pdf", "application/pdf", 2)
    assert text_of(document) == "[Page 1]\nThe harbour opens at seven.\n\n[Page 2]\nIt closes at nine."
    with document.open() as file:
        assert file.read() == content


def test_text_is_kept_as_it_is():
    content = "# Harbour\n\n* opens at seven\n"
    document = keep(BytesIO(content.encode()), "ada")
    assert (document.kind, document.media_type, document.pages, document.characters) == (
        "text",
        "text/plain",
        None,
        len(content),
    )
    assert text_of(document) == content.strip("\n")
    assert text_of(document, 9) == "# Harbour"


def test_same_content_is_read_once(monkeypatch):
    content = documents.text()
    first = keep(BytesIO(content), "ada")
    monkeypatch.setattr("files.reading.process.read", None)
    assert keep(BytesIO(content), "grace") == first
    assert Document.objects.count() == 1


def test_file_that_is_stored_is_read_later():
    digest, size = store(BytesIO(documents.text()))
    assert size == len(documents.text())
    assert not Document.objects.exists()
    assert text_of(read(digest, "ada")) == documents.HARBOUR


@pytest.mark.parametrize("name", ["", "x" * 300, "Hafen 港 🚢.pdf", "../../etc/passwd"])
def test_name_of_an_upload_means_nothing(name):
    assert keep(UploadedFile(BytesIO(documents.pdf()), name or None), "ada").kind == "pdf"


def test_large_upload_is_read_where_it_is():
    upload = TemporaryUploadedFile("hours.txt", "text/plain", 28, None)
    upload.write(documents.text())
    upload.flush()
    assert text_of(keep(upload, "ada")) == documents.HARBOUR


def test_file_of_one_person_waits_for_no_other_one():
    with READING.turn("grace"):
        assert keep(BytesIO(documents.text()), "ada").kind == "text"


def test_next_file_of_a_person_waits_and_is_refused_in_the_end(monkeypatch):
    monkeypatch.setattr(READING, "seconds", 0.01)
    with READING.turn("ada"), pytest.raises(Refused, match="busy"):
        keep(BytesIO(documents.text()), "ada")


def test_spreadsheet_has_a_line_for_each_sheet():
    document = keep(BytesIO(documents.spreadsheet({"Ships": [["Ada", 12]], "More": [[1]]})), "ada")
    assert text_of(document) == "[Sheet 1: Ships]\nAda\t12\n\n[Sheet 2: More]\n1"
    assert (document.pages, document.rows) == (2, 1)


@pytest.mark.parametrize(("content", "code"), [(b"", "empty"), (b"x" * 101, "too_large"), (b"%PDF-1.7 x", "broken")])
def test_refused_file_leaves_nothing(settings, content, code):
    settings.MAX_FILE_BYTES = 100
    with pytest.raises(Refused) as caught:
        keep(BytesIO(content), "ada")
    assert caught.value.code == code
    assert not Document.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_file_with_too_many_pages_is_refused_with_their_number(settings):
    settings.MAX_FILE_PAGES = 2
    with pytest.raises(Refused, match="too_many_pages") as caught:
        keep(BytesIO(documents.pdf(*"abc")), "ada")
    assert caught.value.message == "The file has more than 2 pages. Split it."


def test_lost_file_is_written_again_by_its_next_upload():
    document = keep(BytesIO(documents.text()), "ada")
    default_storage.delete(document.path)
    with pytest.raises(FileNotFoundError):
        document.open()
    assert keep(BytesIO(documents.text()), "grace") == document
    with document.open() as file:
        assert file.read() == documents.text()
    assert document.passages.count() == 1


def test_file_that_is_gone_is_not_read():
    digest, _ = store(BytesIO(documents.text()))
    default_storage.delete(path_of_document(digest))
    with pytest.raises(FileNotFoundError):
        read(digest, "ada")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_keeps_nothing_and_says_so(settings, monkeypatch, number):
    def save(path, content):
        target = Path(default_storage.path(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"half")
        raise OSError(number, "no space left on device")

    monkeypatch.setattr(files_store, "_save", save)
    for keeping in (lambda: keep(BytesIO(documents.text()), "ada"), lambda: store(BytesIO(documents.text()))):
        with pytest.raises(Refused, match="no_space") as caught:
            keeping()
        assert caught.value.status == 507
    assert not Document.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_upload_to_a_site_that_stops_may_come_again(monkeypatch):
    def stop(path, max_pages):
        raise process.Stopped

    monkeypatch.setattr(process, "read", stop)
    with pytest.raises(Refused, match="busy") as caught:
        keep(BytesIO(documents.text()), "ada")
    assert caught.value.is_temporary


def test_full_disk_of_an_upload_says_so(monkeypatch):
    def copy(source, target):
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(kept, "copyfileobj", copy)
    with pytest.raises(Refused, match="no_space"):
        keep(BytesIO(documents.text()), "ada")


def test_unused_document_is_removed_with_its_file_and_passages(monkeypatch):
    used = set()
    monkeypatch.setattr(kept, "_uses", [])
    register_use(lambda digest: digest in used)
    document = keep(BytesIO(documents.text()), "ada")
    used.add(document.digest)
    remove_unused(document.digest)
    assert Document.objects.exists()
    used.clear()
    remove_unused(document.digest)
    assert not Document.objects.exists()
    assert not Passage.objects.exists()
    assert not default_storage.exists(document.path)


@pytest.mark.django_db(transaction=True)
def test_same_content_uploaded_twice_at_the_same_moment_is_one_document():
    content = documents.pdf("It opens.", "It closes.")

    def upload(person: str) -> Document:
        try:
            return keep(BytesIO(content), person)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(upload, ("ada", "grace"))
    assert first == second
    assert Document.objects.count() == 1
    assert Passage.objects.count() == 2
