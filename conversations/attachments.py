"""Uploaded pictures: kept once for each content, and forgotten when nothing shows them any more."""

import base64
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import User
from common.refusal import Refused
from conversations.models import Attachment
from files.kinds.images import Picture, prepare
from files.store import path_for, remove_unused, safe_name, write

KEPT_UNSENT = timedelta(days=1)

QUESTIONS_UNSENT = 5
"""For how many full questions a person may have pictures that are not sent yet; older ones make room."""


def store(upload: "UploadedFile[bytes]", user: User) -> Attachment:
    """Check an uploaded image and keep it, for its uploader alone until it is sent. Raise `Refused` if it can't be."""
    if (upload.size or 0) > settings.MAX_IMAGE_BYTES:
        raise Refused(
            "too_large",
            _("The file is larger than %(most)s MB. Make the image smaller.")
            % {"most": number_format(f"{settings.MAX_IMAGE_BYTES / 1e6:.3g}")},
            status=413,
        )
    content = upload.read()
    # The pool has ten connections, and ten pictures may wait long for their turn.
    if not connection.in_atomic_block:
        connection.close()
    picture = prepare(content)
    attachment = _keep(picture, safe_name(upload.name or "", otherwise="picture"), user)
    forget_unsent(user)
    return attachment


def forget_unsent(user: User) -> None:
    """Delete what anybody uploaded more than a day ago and never sent, and what this person has too much of.

    Each upload does this: what waits is bounded, and nothing can grow while nobody uploads.
    """
    unsent = Attachment.objects.filter(conversation=None)
    newest_first = unsent.filter(user=user).order_by("-created_at", "-pk")
    surplus = newest_first.values("pk")[QUESTIONS_UNSENT * settings.MAX_IMAGES :]
    is_old = Q(created_at__lt=timezone.now() - KEPT_UNSENT)
    with transaction.atomic():
        # The lock keeps those out that are being sent at this moment.
        for attachment in unsent.filter(is_old | Q(pk__in=surplus)).select_for_update(skip_locked=True):
            attachment.delete()


def data_url(attachment: Attachment) -> str:
    """The stored picture as a `data:` address. Raises FileNotFoundError."""
    with attachment.file.open("rb") as file:
        content = base64.b64encode(file.read()).decode("ascii")
    return f"data:{attachment.media_type};base64,{content}"


@transaction.atomic
def _keep(picture: Picture, name: str, user: User) -> Attachment:
    path = path_for(picture.data, "images")
    file, thumbnail = f"{path}{picture.suffix}", f"{path}-thumbnail.webp"
    write({file: picture.data, thumbnail: picture.thumbnail})
    return Attachment.objects.create(
        user=user,
        name=name,
        file=file,
        thumbnail=thumbnail,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        size=len(picture.data),
    )


def forget_files(attachment: Attachment) -> None:
    """Remove what was stored for a row that isn't there, unless another one shows the same image."""
    remove_unused(str(attachment.file), str(attachment.thumbnail), is_used=_is_used)


@receiver(post_delete, sender=Attachment)
def _forget_files(instance: Attachment, **_kwargs: Any) -> None:
    # Robust: a disk that fails now must not fail a deletion that is already done.
    transaction.on_commit(partial(forget_files, instance), robust=True)


def _is_used(file: str) -> bool:
    return Attachment.objects.filter(file=file).exists()
