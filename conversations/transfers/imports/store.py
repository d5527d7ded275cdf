"""Store imported conversations: each completely or not at all, and once.

A conversation may have so many rows and images that it can't be stored in one short piece of work. Until it is stored
completely it is a temporary one, which nobody else sees, and which is removed if the process dies meanwhile.
"""

import base64
import io
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common.pools import IMAGES
from common.refusal import Refused
from conversations.attachments import as_kept, keep, keep_file, name_of_image, store
from conversations.models import Attachment, Compaction, Conversation, Item, Response, ToolCall
from conversations.representations import MISSING_IMAGE
from conversations.representations.files import made_file
from conversations.transfers.attached import with_attachments, with_files
from conversations.transfers.imports.tree import (
    Call,
    Elsewhere,
    SourceFile,
    SourceImage,
    Steps,
    Summary,
    Tree,
    Turn,
    Unreadable,
    answer,
)
from files.kinds.images import MAX_MADE_SIDE, prepare
from files.sniffing import HEAD_BYTES, is_image
from files.store import safe_name

BATCH_SIZE = 50
"""Responses that one statement writes."""
BATCH_BYTES = 2_000_000
"""That one statement writes, unless a single response has more."""
LEASE = timedelta(minutes=5)
"""After the last step, what is stored only in part is left alone for as long. A step takes much less."""


def store_tree(user: User, tree: Tree) -> Steps[bool]:
    """Store the conversation as the person's own. Return False if they have it already; a deleted one is restored.

    Raise `Unreadable` if it is being imported elsewhere.
    """
    pk = uuid5(user.pk, f"{tree.source} {tree.id}")
    if _is_known(user, pk, tree):
        return False
    conversation = _begin(user, pk, tree)
    try:
        yield
        attachments = yield from _attach(conversation, tree.attached)
        yield from _respond(conversation, tree, attachments)
        _link_made_files(conversation, tree, attachments)
        _show(conversation)
    except BaseException:
        _remove(conversation)
        raise
    return True


def _is_known(user: User, pk: UUID, tree: Tree) -> bool:
    """Return whether the conversation was imported before, or begun on this site. Restore it if it was deleted."""
    own = Conversation.objects.kept_for(user)
    if own.filter(pk=pk).exclude(deleted_at=None).update(deleted_at=None):
        return True
    is_from_here = tree.source == Conversation.Source.CHATSITE and own.filter(pk=tree.id, deleted_at=None).exists()
    return is_from_here or own.filter(pk=pk, is_temporary=False).exists()


def _begin(user: User, pk: UUID, tree: Tree) -> Conversation:
    try:
        with transaction.atomic():
            return Conversation.objects.create(
                pk=pk,
                user=user,
                title=tree.title,
                # So that no model replaces the title.
                titled_by=Conversation.TitledBy.PERSON,
                is_temporary=True,
                seen_at=timezone.now() + LEASE,
                imported_from=tree.first_source,
                imported_at=timezone.now(),
                created_at=tree.created_at,
                updated_at=tree.updated_at,
            )
    except IntegrityError:
        raise Unreadable(_("it is being imported already. Wait a few minutes, and import the file again.")) from None


def _show(conversation: Conversation) -> None:
    """End the import of a conversation: from now on it is like any other."""
    hidden = Conversation.objects.filter(pk=conversation.pk, is_temporary=True)
    if not hidden.update(is_temporary=False, seen_at=None, is_compacted=conversation.is_compacted):
        raise Unreadable(_("it couldn't be stored. Import the file again."))


def _keep(conversation: Conversation) -> None:
    """Keep a conversation that is stored only in part for another while."""
    if conversation.seen_at is not None and conversation.seen_at < timezone.now() + LEASE / 2:
        conversation.seen_at = timezone.now() + LEASE
        Conversation.objects.filter(pk=conversation.pk, is_temporary=True).update(seen_at=conversation.seen_at)


@transaction.atomic
def _remove(conversation: Conversation) -> None:
    """Remove what was stored of a conversation, with its files."""
    Conversation.objects.filter(pk=conversation.pk, is_temporary=True).delete()


def _attach(conversation: Conversation, files: Mapping[str, SourceImage]) -> Steps[dict[str, Attachment]]:
    """Store the files that the person sent, and those that models made. Return the attachments, by `file_id`."""
    attachments: dict[str, Attachment] = {}
    for file_id, source in files.items():
        if not (content := source.read()):
            continue
        if isinstance(source, SourceFile) and source.made_by:
            attachment = _made_file(conversation, source.name, content)
        elif is_image(content[:HEAD_BYTES]):
            attachment = _attachment(conversation.user, source.name, content)
        elif isinstance(source, SourceFile):
            _keep(conversation)
            reading = Elsewhere(partial(_attachment, conversation.user, source.name, content))
            yield reading
            attachment = reading.result()
        else:
            attachment = None
        if attachment:
            attachments[file_id] = attachment
            Attachment.objects.filter(pk=attachment.pk).update(conversation=conversation)
        _keep(conversation)
        yield
    return attachments


def _attachment(user: User, name: str, content: bytes) -> Attachment | None:
    """Store a file as an attachment. Return None if an upload of it would be refused."""
    upload = InMemoryUploadedFile(io.BytesIO(content), "file", name or "file", None, len(content), None)
    try:
        return store(upload, user)
    except Refused as refused:
        if refused.is_temporary:
            raise
        return None


def _made_file(conversation: Conversation, name: str, content: bytes) -> Attachment | None:
    """Store a file that a model made. Return None if one that was made here wouldn't be kept."""
    if len(content) > settings.MAX_MADE_FILE_BYTES:
        return None
    name, person = safe_name(name, default="file"), conversation.user_id
    with IMAGES.turn(person):
        kept = as_kept(content, name)
    if isinstance(kept, bytes):
        return keep_file(kept, name, person, conversation.pk)
    return keep(kept, name, person, conversation.pk)


def _link_made_files(conversation: Conversation, tree: Tree, attachments: Mapping[str, Attachment]) -> None:
    """Note which responses made files, now that they are stored."""
    keys = {turn.key for turn in tree.turns}
    for file_id, source in tree.attached.items():
        if isinstance(source, SourceFile) and source.made_by in keys and file_id in attachments:
            made = Attachment.objects.filter(pk=attachments[file_id].pk)
            made.update(made_by=uuid5(conversation.pk, source.made_by))


def _respond(conversation: Conversation, tree: Tree, attachments: dict[str, Attachment]) -> Steps[None]:
    """Write the responses, in batches that are neither too many rows nor too large."""
    batch: list[Response] = []
    calls: list[ToolCall] = []
    compactions: list[Compaction] = []
    made: dict[Any, str] = {}
    waiting = 0
    for turn in tree.turns:
        output = []
        for item in turn.output:
            output.append(_with_image(conversation, item, tree.generated))
            if output[-1] is not item:
                made[output[-1].get("file_id")] = turn.key
                _keep(conversation)
                yield
        batch.append(_response(conversation, turn, attachments, output))
        calls.extend(_call(batch[-1], call, attachments) for call in turn.calls)
        compactions.extend(_compaction(batch[-1], summary) for summary in turn.summaries)
        conversation.is_compacted |= bool(turn.summaries)
        waiting += turn.size
        if len(batch) >= BATCH_SIZE or waiting >= BATCH_BYTES:
            _create(batch, calls, compactions)
            batch, calls, compactions, waiting = [], [], [], 0
            _keep(conversation)
            yield
    _create(batch, calls, compactions)
    for file_id, key in made.items():
        Attachment.objects.filter(pk=file_id).update(made_by=uuid5(conversation.pk, key))


def _create(responses: list[Response], calls: list[ToolCall], compactions: list[Compaction]) -> None:
    with transaction.atomic():
        Response.objects.bulk_create(responses)
        ToolCall.objects.bulk_create(calls)
        Compaction.objects.bulk_create(compactions)


def _compaction(response: Response, summary: Summary) -> Compaction:
    return Compaction(
        response=response,
        kind=Compaction.Kind.SUMMARY,
        summary=summary.text,
        model=summary.model,
        created_at=summary.created_at,
        taken_back_at=summary.taken_back_at,
    )


def _call(response: Response, call: Call, attachments: Mapping[str, Attachment]) -> ToolCall:
    return ToolCall(
        pk=uuid5(response.pk, str(call.place)),
        response=response,
        place=call.place,
        kind=call.kind,
        call_id=call.call_id,
        tool=call.tool,
        arguments=call.arguments,
        status=call.status,
        output=with_files(call.output, attachments),
        created_at=response.completed_at or response.created_at,
        started_at=call.started_at,
        ended_at=call.ended_at,
    )


def _response(
    conversation: Conversation, turn: Turn, attachments: dict[str, Attachment], output: list[Item]
) -> Response:
    return Response(
        pk=uuid5(conversation.pk, turn.key),
        conversation=conversation,
        previous_id=uuid5(conversation.pk, turn.previous) if turn.previous else None,
        turn_id=uuid5(conversation.pk, turn.first) if turn.first else None,
        user=conversation.user,
        status=turn.status,
        model=turn.model,
        imported_from=turn.source,
        input=[with_attachments(item, attachments) for item in turn.input],
        output=[with_files(item, attachments) for item in output],
        created_at=turn.created_at,
        completed_at=turn.completed_at,
        **turn.fields,
    )


def _with_image(conversation: Conversation, item: Item, generated: Mapping[str, SourceImage]) -> Item:
    """Return an output item with the image that a model made as a file, checked as those are that people send."""
    given = item.get("result") if item.get("type") == "image_generation_call" else None
    if not isinstance(given, str) or not given:
        return item
    try:
        with IMAGES.turn(conversation.user_id):
            content = generated[given].read() if given in generated else base64.b64decode(given)
            image = prepare(content or b"", max_side=MAX_MADE_SIDE)
    except ValueError:
        return answer(MISSING_IMAGE)
    except Refused as refused:
        if refused.is_temporary:
            raise
        return answer(MISSING_IMAGE)
    name = safe_name(name_of_image(item), default="image")
    kept = keep(image, name, conversation.user_id, conversation.pk)
    return {name: value for name, value in item.items() if name != "result"} | made_file(kept)
