"""What an export has of a row (docs/export.md)."""

from typing import Any

from conversations import formats
from conversations.models import Attachment, Compaction, Conversation, Response, ToolCall
from conversations.models.tool_call import calls_of
from conversations.representations import assistant, public_error
from conversations.representations.calls import tool_call


def exported_conversation(conversation: Conversation) -> dict[str, Any]:
    """Return a conversation as its owner's export has it (docs/export.md)."""
    return {
        "id": conversation.pk,
        "title": conversation.title,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "imported_from": conversation.imported_from or None,
        "imported_at": conversation.imported_at,
    }


def exported_response(response: Response) -> dict[str, Any]:
    """Return a response as its owner's export has it.

    Its times are to the microsecond, because they order the versions.
    """
    return {
        "id": response.pk,
        "previous_response_id": response.previous_id,
        "turn": response.turn_id,
        "created_at": response.created_at,
        "completed_at": response.completed_at,
        "status": response.status,
        "model": response.model,
        "assistant": assistant(response),
        "settings": response.settings,
        "imported_from": response.imported_from or None,
        "input": response.input,
        "output": response.output,
        "calls": [_exported_call(call) for call in calls_of(response)],
        "usage": response.usage,
        "error": public_error(response.error),
        "incomplete_details": response.incomplete_details,
        "format_problems": formats.problems(response),
        "compactions": [exported_compaction(each) for each in response.compactions.all()],
    }


def exported_compaction(compaction: Compaction) -> dict[str, Any]:
    """Return a compaction as its owner's export has it, without what only the provider can read."""
    return {
        "kind": compaction.kind,
        "model": compaction.model,
        "summary": compaction.summary,
        "created_at": compaction.created_at,
        "taken_back_at": compaction.taken_back_at,
    }


def _exported_call(call: ToolCall) -> dict[str, Any]:
    """Return a call of a tool as its owner's export has it: as on a page, with all that it put out."""
    return {**tool_call(call), "output": call.output}


def exported_attachment(attachment: Attachment, content: dict[str, str]) -> dict[str, Any]:
    """Return a file as its owner's export has it, with where its content is, or the beginning of it, at the end."""
    made_by = {"made_by": attachment.made_by_id} if attachment.made_by_id else {}
    return {"id": attachment.pk, "name": attachment.name, **made_by, **content}
