"""Copies of shared conversations, for readers who go on with one as their own."""

from collections.abc import Mapping, Sequence, Set
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from conversations.batches import first_batch
from conversations.models import Attachment, Compaction, Conversation, Response, Share, ToolCall
from conversations.models.tool_call import calls_of
from conversations.transfers.attached import with_attachments, with_files
from providers.items import item_parts

MAX_BATCH = 100
MAX_BATCH_BYTES = 2_000_000
"""Of responses that are in memory at once, unless a single one has more."""


@transaction.atomic
def own_copy(share: Share, user: User) -> Conversation:
    """Return the person's copy of what a share shows, which is made if there is none. A deleted one is restored."""
    now = timezone.now()
    copy, is_new = Conversation.objects.get_or_create(
        pk=uuid5(user.pk, f"share {share.pk}"),
        defaults={
            "user": user,
            "title": share.conversation.title,
            # So that no model replaces the title.
            "titled_by": Conversation.TitledBy.PERSON,
            "imported_from": Conversation.Source.SHARE,
            "imported_at": now,
        },
    )
    if is_new:
        _fill(copy, share.response.path_ids())
    elif copy.deleted_at:
        copy.deleted_at = None
        copy.save(update_fields=["deleted_at"])
    return copy


def _fill(copy: Conversation, ids: Sequence[UUID]) -> None:
    attachments: dict[str, Attachment] = {}
    while ids:
        responses, ids = first_batch(Response.objects.all(), ids, most=MAX_BATCH, max_bytes=MAX_BATCH_BYTES)
        attachments |= _attach(copy, responses, attachments.keys())
        Response.objects.bulk_create(_copied(response, copy, attachments) for response in responses)
        ToolCall.objects.bulk_create(
            _copied_call(call, copy, attachments) for response in responses for call in calls_of(response)
        )
        copy.is_compacted |= bool(
            Compaction.objects.bulk_create(
                _copied_compaction(each, copy)
                for response in responses
                for each in response.compactions.all()
                if each.summary and each.taken_back_at is None
            )
        )
    copy.save(update_fields=["is_compacted"])


def _attach(copy: Conversation, responses: Sequence[Response], known: Set[str]) -> dict[str, Attachment]:
    """Return attachments of the copy with the same files, by the ids of the original ones.

    These are what was sent and what tools put out, apart from those that are known, and what the models made.
    """
    parts = (part for response in responses for item in response.input for part in item_parts(item))
    sent = {part["file_id"] for part in parts if "file_id" in part} - known
    attachments = {}
    known_files = Attachment.objects.filter(Q(pk__in=sent) | Q(made_by__in=responses), deleted_at=None)
    for attachment in known_files.select_related("document"):
        original = str(attachment.pk)
        attachment.pk = uuid5(copy.pk, original)
        attachment.user, attachment.conversation = copy.user, copy
        if attachment.made_by_id:
            attachment.made_by_id = uuid5(copy.pk, str(attachment.made_by_id))
        attachment.save(force_insert=True)
        attachments[original] = attachment
    return attachments


def _copied(response: Response, copy: Conversation, attachments: Mapping[str, Attachment]) -> Response:
    """Return a response of the copy.

    It has no counts of tokens, because nothing was used for it, and no instructions: they may say who asked, and how
    that person wants to be answered.
    """
    return Response(
        pk=uuid5(copy.pk, str(response.pk)),
        conversation=copy,
        previous_id=uuid5(copy.pk, str(response.previous_id)) if response.previous_id else None,
        turn_id=uuid5(copy.pk, str(response.turn_id)) if response.turn_id else None,
        user=copy.user,
        status=response.status,
        model=response.model,
        imported_from=response.imported_from or Conversation.Source.SHARE,
        # The format says how the answer is drawn.
        settings={name: response.settings[name] for name in ("format",) if name in response.settings},
        format_problems=response.format_problems,
        input=[with_attachments(item, attachments) for item in response.input],
        output=with_files(response.output, attachments),
        error=response.error,
        incomplete_details=response.incomplete_details,
        sequence_number=response.sequence_number,
        created_at=response.created_at,
        completed_at=response.completed_at,
    )


def _copied_compaction(compaction: Compaction, copy: Conversation) -> Compaction:
    """Return a summary of the copy. Nothing was used for it, and nobody there asked for it."""
    return Compaction(
        pk=uuid5(copy.pk, str(compaction.pk)),
        response_id=uuid5(copy.pk, str(compaction.response_id)),
        kind=compaction.kind,
        summary=compaction.summary,
        model=compaction.model,
        created_at=compaction.created_at,
    )


def _copied_call(call: ToolCall, copy: Conversation, attachments: Mapping[str, Attachment]) -> ToolCall:
    """Return a call of the copy, without who decided about it and what they said."""
    return ToolCall(
        pk=uuid5(copy.pk, str(call.pk)),
        response_id=uuid5(copy.pk, str(call.response_id)),
        place=call.place,
        call_id=call.call_id,
        kind=call.kind,
        tool=call.tool,
        arguments=call.arguments,
        status=call.status,
        output=with_files(call.output, attachments),
        attempts=call.attempts,
        created_at=call.created_at,
        started_at=call.started_at,
        ended_at=call.ended_at,
    )
