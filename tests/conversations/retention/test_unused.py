"""Documents that a killed process left, which nothing uses: removed, and no others."""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from common.threads import in_thread
from conversations.attachments import store
from conversations.models import Attachment
from conversations.retention.unused import RETENTION, remove_unused
from files import documents
from files.models import Document, Passage, path_of_document
from knowledge import content as knowledge
from tests.support.knowledge import make_collection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def left_by_an_upload(_user: User) -> str:
    return documents.keep(BytesIO(b"lost"), "ada").pk


def left_by_writing(_user: User) -> str:
    return documents.store(BytesIO(b"lost"))[0]


def left_by_a_deletion(user: User) -> str:
    # As it is between the commit and the removal.
    attachment = store(SimpleUploadedFile("lost.txt", b"lost"), user)
    Attachment.objects.filter(pk=attachment.pk)._raw_delete(Attachment.objects.db)
    return str(attachment.document_id)


def attached(user: User) -> str:
    return str(store(SimpleUploadedFile("kept.txt", b"kept"), user).document_id)


def collected(user: User) -> str:
    return knowledge.add(make_collection(user), SimpleUploadedFile("kept.txt", b"kept"), user).digest


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def left(user: User, make: Callable[[User], str], age: float, media: Path) -> list[str]:
    """Return the files that are left of what was made some hours ago."""
    digest = await in_thread(make)(user)
    then = timezone.now() - age * RETENTION
    await in_thread(Document.objects.update)(read_at=then)
    os.utime(media / path_of_document(digest), (then.timestamp(), then.timestamp()))
    await remove_unused()
    assert await in_thread(Passage.objects.count)() == await in_thread(Document.objects.count)()
    return names_in(media)


@pytest.mark.parametrize("make", [left_by_an_upload, left_by_writing, left_by_a_deletion])
async def test_document_that_a_killed_process_left_is_removed(ada, media, make):
    assert not await left(ada, make, 2, media)
    assert not await in_thread(Document.objects.exists)()


@pytest.mark.parametrize(("make", "age"), [(attached, 2), (collected, 2), (left_by_an_upload, 0.5)])
async def test_document_that_is_used_or_may_be_about_to_be_stays(ada, media, make, age):
    assert len(await left(ada, make, age, media)) == 1
