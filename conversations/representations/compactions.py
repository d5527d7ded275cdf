"""What a viewer gets of the compactions of a branch."""

from typing import Any

from conversations.models import Compaction, Response
from providers.failures import Failure

UPDATED = "response.compaction.updated"
"""The event. While an answer waits for it, it stands in the log of that answer."""


def compaction(row: Compaction) -> dict[str, Any]:
    """Return a compaction as viewers see it. What only the provider can read stays on the server."""
    return {
        "id": str(row.pk),
        "response_id": str(row.response_id),
        "status": "taken_back" if row.taken_back_at else "completed",
        "kind": row.kind,
        "model": row.model,
        "summary": row.summary,
        "created_at": int(row.created_at.timestamp()),
    }


def compacting(last: Response) -> dict[str, Any]:
    """Return the event that a branch is being compacted up to a response."""
    return _updated(last, {"status": "in_progress"})


def compacted(row: Compaction) -> dict[str, Any]:
    """Return the event that a branch was compacted, or that this was taken back."""
    return _updated(row.response, compaction(row))


def not_compacted(last: Response, problem: Failure | None = None) -> dict[str, Any]:
    """Return the event that a branch could not be compacted, with a sentence if there is one for it."""
    error = {"code": problem.code, "message": problem.message} if problem else None
    return _updated(last, {"status": "failed", "error": error})


def counted(last: Response, tokens: int) -> dict[str, Any]:
    """Return the event that says how many tokens a model is told of a branch up to a response."""
    return {
        "type": "response.counted",
        "conversation": str(last.conversation_id),
        "response_id": str(last.pk),
        "tokens": tokens,
    }


def _updated(last: Response, fields: dict[str, Any]) -> dict[str, Any]:
    described = {"response_id": str(last.pk), **fields}
    return {"type": UPDATED, "conversation": str(last.conversation_id), "compaction": described}
