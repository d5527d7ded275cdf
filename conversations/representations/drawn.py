"""What a page's templates may show of a turn: its message, what was answered, and the versions at its place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.utils.timezone import now

from conversations import formats
from conversations.branches import Turn
from conversations.models import Compaction, Feedback, Response
from conversations.page_items import PageItems, page_items
from conversations.representations import (
    assistant,
    file_notes,
    imported_note,
    model_name,
    not_applied,
    public_error,
    shown_input,
    shown_output,
    tool_calls,
    tools_on,
)
from conversations.representations.files import DrawnFile, drawn_files
from conversations.token_counts import counted
from providers.items import Item, item_text
from providers.refusals import IMAGES


@dataclass(frozen=True)
class DrawnOutput:
    """The output of one response of a turn, as a page draws it."""

    pk: UUID
    status: str
    is_running: bool
    sequence_number: int
    items: list[Item]
    page_items: PageItems
    usage: str
    """The counts of tokens that the page adds up, as JSON; empty if there are none."""


@dataclass(frozen=True)
class DrawnResponse:
    """What a page's templates may show of a turn: its first response, and what its steps add to it."""

    pk: UUID
    conversation_id: UUID
    previous_id: UUID | None
    client_message_id: UUID | None
    status: str
    is_running: bool
    seconds: int
    """How long ago it was asked, by the server's clock."""
    model: str
    provider_id: UUID | None
    assistant: dict[str, Any] | None
    effort: str
    verbosity: str
    comparison: UUID | None
    created_at: datetime
    completed_at: datetime | None
    omitted_turns: int
    omitted_images: bool
    file_notes: tuple[str, ...]
    not_applied: str
    tools: list[str] | None
    collections: list[str] | None
    attached: list[DrawnFile]
    outputs: list[DrawnOutput]
    has_sources: bool
    imported: str
    imported_from: str
    message: str
    error: dict[str, Any] | None
    incomplete_details: dict[str, Any] | None
    feedback: dict[str, str] | None
    compaction: Compaction | None


@dataclass(frozen=True)
class DrawnTurn:
    """A turn on a page, and the versions at its place."""

    response: DrawnResponse
    versions: list[UUID]
    is_edited: bool
    place: int
    earlier: UUID | None
    later: UUID | None


def drawn(turn: Turn, feedback: Feedback | None = None) -> DrawnTurn:
    """Return a turn as a page draws it. `feedback` is the viewer's own."""
    # If it was handed over, the last response says what answers now.
    row, last = turn.response, turn.last
    message = shown_input(row)
    outputs = [_drawn_output(response) for response in turn.responses]
    response = DrawnResponse(
        pk=row.pk,
        conversation_id=row.conversation_id,
        previous_id=row.previous_id,
        client_message_id=row.client_message_id,
        status=last.status,
        is_running=last.is_running,
        seconds=int((now() - row.created_at).total_seconds()),
        model=model_name(last),
        provider_id=last.provider_id,
        assistant=assistant(last),
        effort=last.settings.get("effort") or "",
        verbosity=last.settings.get("verbosity") or "",
        comparison=row.comparison,
        created_at=row.created_at,
        completed_at=last.completed_at,
        omitted_turns=max(each.omitted_turns for each in turn.responses),
        omitted_images=any(IMAGES in each.refused for each in turn.responses),
        file_notes=tuple(note for each in turn.responses for note in file_notes(each)),
        not_applied=" ".join(dict.fromkeys(name for each in turn.responses for name in not_applied(each))),
        tools=tools_on(last),
        collections=last.settings.get("collections"),
        attached=drawn_files(row),
        outputs=outputs,
        has_sources=any(output.page_items.annotations for output in outputs),
        imported=imported_note(row),
        imported_from=row.imported_from,
        message=item_text(message),
        error=public_error(last.error),
        incomplete_details=last.incomplete_details,
        feedback={"rating": feedback.rating, "comment": feedback.comment} if feedback else None,
        compaction=turn.compaction,
    )
    return DrawnTurn(response, turn.versions, turn.is_edited, turn.place, turn.earlier, turn.later)


def _drawn_output(row: Response) -> DrawnOutput:
    output = shown_output(row)
    usage = counted(row.usage)
    return DrawnOutput(
        pk=row.pk,
        status=row.status,
        is_running=row.is_running,
        sequence_number=row.sequence_number,
        items=output,
        page_items=page_items(output, formats.described(row), tool_calls(row)),
        usage=msgspec.json.encode(usage).decode() if usage else "",
    )
