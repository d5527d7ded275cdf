"""A deleted conversation is removed for good after its retention, with all that belongs to it and nothing else."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from conversations.attachments import store
from conversations.models import Attachment, Conversation, Feedback, Response, Share
from conversations.retention.deleted import RETENTION, remove_one
from tests.support.conversations import finish, queue_message
from tests.support.images import encoded, image


@pytest.fixture
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def begun(user: User, *, deleted: timedelta | None, size: tuple[int, int] = (40, 30)) -> Conversation:
    """Return a conversation with an image and two branches, one of them shared and rated as good."""
    deleted_at = timezone.now() - deleted if deleted is not None else None
    conversation = Conversation.objects.create(user=user, title="Tides", deleted_at=deleted_at)
    sent = store(SimpleUploadedFile("harbour.png", encoded(image(*size))), user)
    Attachment.objects.filter(pk=sent.pk).update(conversation=conversation)
    root = asked(conversation)
    asked(conversation, asked(conversation, root))
    leaf = asked(conversation, asked(conversation, root))
    Share.objects.create(conversation=conversation, response=leaf)
    Feedback.objects.create(response=leaf, user=user, rating="up")
    return conversation


def asked(conversation: Conversation, previous: Response | None = None) -> Response:
    response, _ = queue_message(
        conversation, user=conversation.user, input=[], previous=previous, client_message_id=uuid.uuid4()
    )
    finish(response, "completed", output=[], sequence_number=1)
    return response


def files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_conversation_deleted_long_ago_is_removed_completely(media, ada, django_capture_on_commit_callbacks):
    begun(ada, deleted=RETENTION + timedelta(minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_one()
    for model in (Conversation, Response, Attachment, Share, Feedback):
        assert not model.objects.exists()
    assert files(media) == 0
    assert not remove_one()


@pytest.mark.parametrize("deleted", [None, timedelta(0), RETENTION - timedelta(minutes=1)])
def test_conversation_not_deleted_or_deleted_recently_stays(media, ada, deleted):
    begun(ada, deleted=deleted)
    assert not remove_one()
    assert Response.objects.count() == 5


def test_image_that_another_conversation_shows_stays(media, ada, grace, django_capture_on_commit_callbacks):
    kept = begun(grace, deleted=None)
    begun(ada, deleted=2 * RETENTION)
    before = files(media)
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_one()
    assert Conversation.objects.get() == kept
    assert files(media) == before
    assert (media / kept.attachments.get().file.name).exists()
