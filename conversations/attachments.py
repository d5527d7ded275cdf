"""Uploads and files that models made: stored once for each content, and removed when nothing shows them any more."""

import base64
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, Q, Sum, Window
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import User
from common.pools import IMAGES
from common.refusal import Refused
from common.threads import give_back_connection
from conversations.models import Attachment, Conversation, Item, Response
from files import documents
from files.kinds.images import MAX_MADE_SIDE, PreparedImage, prepare
from files.models import Document, path_of_document
from files.sniffing import HEAD_BYTES, is_image
from files.store import lock, path_for, remove_unused, safe_name, write
from knowledge.models import CollectionFile
from providers import uploads

MAX_PROMPT_CHARACTERS = 60
"""Of what was asked for, in the name of an image."""
SHOWN = re.compile(r"\.(?:png|jpe?g|webp)$", re.IGNORECASE)
"""The names of files that are shown as images, if they are some. Others would lose something: a GIF its movement."""
UNKNOWN_TYPE = "application/octet-stream"
"""Of files that aren't images: a browser that opens one shows nothing of it."""
UNSENT_RETENTION = timedelta(days=1)
MAX_UNSENT_BYTES = 1_000_000_000
"""Of a person's unsent files, unless a single message may have more."""
MAX_ATTEMPTS = 3
"""To keep a document whose last other use goes away at the same moment, each time."""

MAX_UNSENT_MESSAGES = 5
"""How many full messages a person's unsent files may be enough for. The oldest ones make room."""


def store(upload: "UploadedFile[bytes]", user: User) -> Attachment:
    """Check an uploaded file and keep it, for its uploader alone until it is sent. Raise `Refused` if it can't be."""
    give_back_connection()
    head = upload.read(HEAD_BYTES)
    upload.seek(0)
    attachment = _store_image(upload, user) if is_image(head) else _store_document(upload, user)
    forget_unsent(user)
    return attachment


def _store_image(upload: "UploadedFile[bytes]", user: User) -> Attachment:
    if (upload.size or 0) > settings.MAX_IMAGE_BYTES:
        raise Refused(
            "too_large",
            _("The file is larger than %(most)s MB. Make the image smaller.")
            % {"most": number_format(f"{settings.MAX_IMAGE_BYTES / 1e6:.3g}")},
            status=413,
        )
    with IMAGES.turn(user.pk):
        image = prepare(upload.read())
    return keep(image, safe_name(upload.name or "", default="image"), user.pk)


def _store_document(upload: "UploadedFile[bytes]", user: User) -> Attachment:
    name = safe_name(upload.name or "", default="file")
    attachment = Attachment(user_id=user.pk, name=name)
    keep_document(upload, attachment, user.pk)
    return attachment


def forget_unsent(user: User) -> None:
    """Delete everybody's files that were never sent within their retention, and this person's surplus.

    Every upload calls this, so unsent files are bounded: nothing grows while nobody uploads.
    """
    unsent = Attachment.objects.filter(conversation=None)
    own = unsent.filter(user=user).order_by("-created_at", "-pk")
    surplus = own.values("pk")[MAX_UNSENT_MESSAGES * (settings.MAX_IMAGES + settings.MAX_FILES) :]
    newer = Window(Sum("size"), order_by=[F("created_at").desc(), F("pk").desc()])
    most = max(MAX_UNSENT_BYTES, settings.MAX_FILES * settings.MAX_FILE_BYTES)
    too_large = own.annotate(bytes_up_to_it=newer).filter(bytes_up_to_it__gt=most).values("pk")
    is_old = Q(created_at__lt=timezone.now() - UNSENT_RETENTION)
    superfluous = unsent.filter(is_old | Q(pk__in=surplus) | Q(pk__in=too_large))
    with transaction.atomic():
        # Rows that are being sent at this moment are locked, and skipped.
        for attachment in superfluous.select_for_update(of=("self",), skip_locked=True):
            attachment.delete()


@transaction.atomic
def hide(attachment: Attachment) -> None:
    """Delete a file for its person: it is gone from everywhere at once, and can be restored for a while.

    Providers lose it now. If it is restored, they get it again when it is sent.
    """
    attachment.deleted_at = attachment.deleted_at or timezone.now()
    attachment.save(update_fields=["deleted_at"])
    _note_change(attachment)
    forget_at_providers(filter(None, [attachment.document_id]))


@transaction.atomic
def restore(attachment: Attachment) -> None:
    """Undo the deletion of a file."""
    attachment.deleted_at = None
    attachment.save(update_fields=["deleted_at"])
    _note_change(attachment)


def _note_change(attachment: Attachment) -> None:
    """Let no request continue an answer by its id that the provider knows with other files than there are now."""
    Conversation.objects.filter(attachments=attachment).update(files_changed_at=timezone.now())


def forget_at_providers(digests: Iterable[str]) -> None:
    """Have those of these documents deleted at providers that nobody can open here any more.

    Call it in the transaction that takes them away.
    """
    if gone := {*digests}:
        sent = Attachment.objects.filter(document__in=gone, deleted_at=None).exclude(
            conversation__deleted_at__isnull=False
        )
        collected = CollectionFile.objects.filter(document__in=gone, deleted_at=None, collection__deleted_at=None)
        for used in (sent, collected):
            gone -= {*used.order_by().values_list("document", flat=True).distinct()}
        uploads.forget(gone)


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


def keep_document(file: "UploadedFile[bytes] | Path", attachment: Attachment, person: UUID) -> Document:
    """Read a file that is no image in a turn of a person, and store an attachment that has it.

    Raise `Refused` if it can't be read.
    """
    for _attempt in range(MAX_ATTEMPTS):
        document = documents.keep(file, person)
        if _keep_document(document, attachment):
            return document
    raise RuntimeError("the document was removed again and again")


@transaction.atomic
def _keep_document(document: Document, attachment: Attachment) -> bool:
    """Store an attachment that has the content of a document. Return False if that was removed meanwhile.

    Raise `Attachment.DoesNotExist` if it was stored before, and was removed meanwhile.
    """
    path = path_of_document(document.pk)
    lock(path)
    if not Document.objects.filter(pk=document.pk).exists():
        # What used the same content before was deleted in this moment.
        return False
    attachment.document, attachment.file = document, path
    attachment.media_type, attachment.size = document.media_type, document.size
    if attachment._state.adding:
        attachment.save()
        return True
    # Reading takes a while: what else changed in the row stays, and one that was removed meanwhile doesn't come back.
    read = {"document": document, "file": path, "media_type": document.media_type, "size": document.size}
    if not Attachment.objects.filter(pk=attachment.pk).update(**read):
        raise Attachment.DoesNotExist
    return True


def read_made(attachment: Attachment, person: UUID) -> Document:
    """Return what can be read of a file that a model made, which is read the first time somebody wants to see it.

    It is read in a turn of the person who does: readers of what is shared must not take the turns of its owner.

    Raise `Refused` if it can't be read, `FileNotFoundError` if it is gone.
    """
    if attachment.document:
        return attachment.document
    path = str(attachment.file)
    try:
        document = keep_document(Path(attachment.file.path), attachment, person)
    except Attachment.DoesNotExist as error:
        documents.remove_unused(str(attachment.document_id))
        raise FileNotFoundError(path) from error
    finally:
        remove_unused(path, is_used=_is_used)
    return document


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
    """Remove the files of a row that is gone, unless another row has the same content."""
    if attachment.document_id:
        documents.remove_unused(attachment.document_id)
    else:
        remove_unused(*filter(None, (str(attachment.file), str(attachment.thumbnail))), is_used=_is_used)


@receiver(post_delete, sender=Attachment)
def _forget_files(instance: Attachment, **_kwargs: Any) -> None:
    forget_at_providers(filter(None, [instance.document_id]))
    # Robust, because a failing disk must not fail a deletion that is already done.
    transaction.on_commit(partial(forget_files, instance), robust=True)


def _is_used(file: str) -> bool:
    return Attachment.objects.filter(file=file).exists()


def _uses_document(digest: str) -> bool:
    return Attachment.objects.filter(document=digest).exists()


documents.register_use(_uses_document)
