"""What was read of files: kept once for each content, whoever uploaded it."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import F, Func
from django.utils import timezone

from files.passages import MAX_LABEL_CHARACTERS
from files.store import path_of

DOCUMENTS = "documents"
"""The folder of their files in the storage."""


def path_of_document(digest: str) -> str:
    """Return the path in the storage of the file whose content has this SHA-256."""
    return path_of(digest, DOCUMENTS)


class Document(models.Model):
    """The content of a file that isn't an image, and what is known of it. The file itself is in the storage."""

    digest = models.CharField(primary_key=True, max_length=64, help_text="SHA-256 of the content, as hexadecimal")
    kind = models.CharField(max_length=20, help_text="its name in files/registry.py")
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="bytes")
    pages = models.PositiveIntegerField(null=True, blank=True, help_text="pages, slides or sheets, if it has some")
    rows = models.PositiveIntegerField(null=True, blank=True, help_text="of its longest table, if it is a spreadsheet")
    characters = models.PositiveIntegerField(default=0, help_text="of its text")
    tokens = models.PositiveIntegerField(default=0, help_text="roughly how many its text has")
    is_truncated = models.BooleanField(default=False, help_text="whether it has more text than is kept")
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}"

    @property
    def path(self) -> str:
        """The path of its file in the storage."""
        return path_of_document(self.digest)

    def open(self) -> "File[bytes]":
        """Open its file. Raise `FileNotFoundError` if it is gone."""
        return default_storage.open(self.path)


class Passage(models.Model):
    """A piece of a document's text, in the order of the document. It never crosses the end of a page."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="passages", db_index=False)
    number = models.PositiveIntegerField(help_text="its place in the document, from 0 on")
    page = models.PositiveIntegerField(null=True, blank=True, help_text="the page, slide or sheet, from 1 on")
    label = models.CharField(max_length=MAX_LABEL_CHARACTERS, blank=True, help_text="a sheet's name, or a heading")
    text = models.TextField()
    search = models.GeneratedField(
        expression=Func(F("label"), F("text"), function="files_passage_search"),
        output_field=SearchVectorField(),
        db_persist=True,
        help_text="its words as they are, and their English and German stems",
    )

    class Meta:
        ordering = ["document", "number"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="passage_of_document")]
        indexes = [GinIndex(fields=["search"], name="passage_search")]

    def __str__(self) -> str:
        return f"{self.document_id[:12]} {self.number}"
