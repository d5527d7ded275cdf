"""Files that no answer shows: removed, and no others."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from common.threads import in_thread
from conversations.attachments import keep_made
from conversations.models import Attachment, Conversation, Response
from conversations.retention.unnamed import RETENTION, remove_unnamed
from tests.support.conversations import ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def response(ada, settings, tmp_path) -> Response:
    settings.MEDIA_ROOT = tmp_path
    response = ask(Conversation.objects.create(user=ada))
    response.status, response.completed_at = "failed", timezone.now()
    response.save()
    return response


def make(response: Response, content: bytes, age: timedelta = 2 * RETENTION) -> Attachment:
    made = keep_made(content, "tides.csv", response)
    made.created_at = timezone.now() - age
    made.save()
    return made


async def left() -> set[UUID]:
    await remove_unnamed()
    return await in_thread(lambda: {*Attachment.objects.values_list("pk", flat=True)})()


async def test_file_that_was_stored_as_its_process_was_killed_is_removed(response, tmp_path):
    shown, late, lost = [
        await in_thread(make)(response, content, age)
        for content, age in ((b"shown", 2 * RETENTION), (b"late", RETENTION / 2), (b"lost", 2 * RETENTION))
    ]
    response.output = [{"type": "code_interpreter_call", "files": [{"file_id": str(shown.pk)}]}]
    await in_thread(response.save)()
    assert await left() == {shown.pk, late.pk}
    assert not (tmp_path / lost.file.name).exists()
    assert (tmp_path / shown.file.name).exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "in_progress", "completed_at": None},
        {"imported_from": "chatgpt"},
    ],
)
async def test_file_of_an_answer_that_may_show_it_yet_or_was_imported_stays(response, fields):
    lost = await in_thread(make)(response, b"lost")
    await in_thread(Response.objects.filter(pk=response.pk).update)(**fields)
    assert await left() == {lost.pk}
