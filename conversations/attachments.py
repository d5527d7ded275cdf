"""Uploads and files that models made: stored once for each content, and removed when nothing shows them any more."""

import base64
import re
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import User
from common.pools import IMAGES
from common.refusal import Refused
from common.threads import give_back_connection
from conversations.models import Attachment, Item, Response
from files.kinds.images import MAX_MADE_SIDE, PreparedImage, prepare
from files.store import path_for, remove_unused, safe_name, write

MAX_PROMPT_CHARACTERS = 60
"""Of what was asked for, in the name of an image."""
SHOWN = re.compile(r"\.(?:png|jpe?g|webp)$", re.IGNORECASE)
"""The names of files that are shown as images, if they are some. Others would lose something: a GIF its movement."""
UNKNOWN_TYPE = "application/octet-stream"
"""Of files that aren't images: a browser that opens one shows nothing of it."""
UNSENT_RETENTION = timedelta(days=1)

MAX_UNSENT_MESSAGES = 5
"""How many full messages a person's unsent images may be enough for. The oldest ones make room."""


def store(upload: "UploadedFile[bytes]", user: User) -> Attachment:
    """Check an uploaded image and keep it, for its uploader alone until it is sent. Raise `Refused` if it can't be."""
    if (upload.size or 0) > settings.MAX_IMAGE_BYTES:
        raise Refused(
            "too_large",
            _("The file is larger than %(most)s MB. Make the image smaller.")
            % {"most": number_format(f"{settings.MAX_IMAGE_BYTES / 1e6:.3g}")},
            status=413,
        )
    give_back_connection()
    with IMAGES.turn(user.pk):
        image = prepare(upload.read())
    attachment = keep(image, safe_name(upload.name or "", default="image"), user.pk)
    forget_unsent(user)
    return attachment


def forget_unsent(user: User) -> None:
    """Delete everybody's images that were never sent within their retention, and this person's surplus.

    Every upload calls this, so unsent images are bounded: nothing grows while nobody uploads.
    """
    unsent = Attachment.objects.filter(conversation=None)
    newest_first = unsent.filter(user=user).order_by("-created_at", "-pk")
    surplus = newest_first.values("pk")[MAX_UNSENT_MESSAGES * settings.MAX_IMAGES :]
    is_old = Q(created_at__lt=timezone.now() - UNSENT_RETENTION)
    with transaction.atomic():
        # Rows that are being sent at this moment are locked, and skipped.
        for attachment in unsent.filter(is_old | Q(pk__in=surplus)).select_for_update(skip_locked=True):
            attachment.delete()


def data_url(attachment: Attachment) -> str:
    """Return the stored image as a `data:` URL. Raise `FileNotFoundError` if its file is gone."""
    with attachment.file.open("rb") as file:
        content = base64.b64encode(file.read()).decode("ascii")
    return f"data:{attachment.media_type};base64,{content}"


def keep_made(made: PreparedImage | bytes, name: str, response: Response, source: str = "") -> Attachment:
    """Store what the model of a response made, as a part of its conversation: an image, or any other file.

    `source` says what it is at the provider.
    """
    if isinstance(made, PreparedImage):
        return _keep_image(made, _made_by(response, safe_name(name, default="image"), source))
    return _keep_file(made, _made_by(response, safe_name(name, default="file"), source))


def _made_by(response: Response, name: str, source: str) -> Attachment:
    return Attachment(
        user_id=response.user_id,
        conversation_id=response.conversation_id,
        made_by_id=response.pk,
        name=name,
        source=source,
    )


def as_kept(content: bytes, name: str) -> PreparedImage | bytes:
    """Return a file that a model made as it is kept: as it is, or made anew if it is an image that may be shown."""
    if SHOWN.search(name):
        with suppress(Refused):
            return prepare(content, max_side=MAX_MADE_SIDE)
    return content


def name_of_image(call: Item) -> str:
    """Return a name for the file of an image that was made: the beginning of what was asked for."""
    prompt = call.get("revised_prompt")
    words = re.sub(r"[/\\.]", " ", prompt[:MAX_PROMPT_CHARACTERS]).strip() if isinstance(prompt, str) else ""
    return f"{words or 'image'}.png"


def keep_file(content: bytes, name: str, user_id: UUID, conversation_id: UUID) -> Attachment:
    """Store a file that is no image, as a part of a conversation of its person."""
    return _keep_file(content, Attachment(user_id=user_id, conversation_id=conversation_id, name=name))


def keep(image: PreparedImage, name: str, user_id: UUID, conversation_id: UUID | None = None) -> Attachment:
    """Store an image, for its person alone or as a part of a conversation of theirs."""
    return _keep_image(image, Attachment(user_id=user_id, conversation_id=conversation_id, name=name))


@transaction.atomic
def _keep_image(image: PreparedImage, attachment: Attachment) -> Attachment:
    path = path_for(image.data, "images")
    file, thumbnail = f"{path}{image.suffix}", f"{path}-thumbnail.webp"
    write({file: image.data, thumbnail: image.thumbnail})
    attachment.file, attachment.thumbnail = file, thumbnail
    attachment.media_type, attachment.size = image.media_type, len(image.data)
    attachment.width, attachment.height = image.width, image.height
    attachment.save(force_insert=True)
    return attachment


@transaction.atomic
def _keep_file(content: bytes, attachment: Attachment) -> Attachment:
    file = path_for(content, "files")
    write({file: content})
    attachment.file = file
    attachment.media_type, attachment.size = UNKNOWN_TYPE, len(content)
    attachment.save(force_insert=True)
    return attachment


def forget_files(attachment: Attachment) -> None:
    """Remove the files of a row that is gone, unless another row shows the same image."""
    remove_unused(*filter(None, (str(attachment.file), str(attachment.thumbnail))), is_used=_is_used)


@receiver(post_delete, sender=Attachment)
def _forget_files(instance: Attachment, **_kwargs: Any) -> None:
    # Robust, because a failing disk must not fail a deletion that is already done.
    transaction.on_commit(partial(forget_files, instance), robust=True)


def _is_used(file: str) -> bool:
    return Attachment.objects.filter(file=file).exists()
