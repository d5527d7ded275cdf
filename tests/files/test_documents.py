"""Documents: kept and read once for each content."""

from io import BytesIO

import pytest

from files.documents import keep, read, store, text_of
from files.models import Document
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
