"""How a response ended, in whatever words a server says it."""

from typing import Any

from providers.responses_api.events import DONES, TERMINAL

ENDS = TERMINAL | {
    "response.done": "completed",
    "response.canceled": "cancelled",
    "response.error": "failed",
}
"""The events that end a response, and its status if the response itself says nothing else."""

ENDED = {status: status for status in TERMINAL.values()} | {"canceled": "cancelled"}
"""The statuses of a response that has ended, as servers spell them, and as we do."""


def is_end(event: dict[str, Any]) -> bool:
    """Return whether the event ends its response."""
    kind = event.get("type")
    return isinstance(kind, str) and kind in ENDS


def ends_text(event: dict[str, Any]) -> bool:
    """Return whether the event ends a text, or the whole response."""
    kind = event.get("type")
    return isinstance(kind, str) and (kind in DONES or kind in ENDS)


def end_of_object(response: dict[str, Any]) -> dict[str, Any] | None:
    """Return the event that ends a response, from the whole response; None if it is still running."""
    status = response.get("status", "completed")
    if not isinstance(status, str) or status not in ENDED:
        return None
    return {"type": f"response.{ENDED[status]}", "response": response}


def end_of(event: dict[str, Any]) -> dict[str, Any]:
    """Return the terminal event of ours that says what this end says.

    Its response has a status that agrees with its type, and only fields in the API's shape: what has another shape is
    emptied.
    """
    inner = event.get("response")
    response = {**(inner if isinstance(inner, dict) else event)}
    response["error"] = _error(response.get("error") or event.get("error"))
    for name in ("usage", "incomplete_details"):
        if not isinstance(response.get(name), dict):
            response[name] = None
    response["status"] = status = _status(ENDS[event["type"]], response)
    return {**event, "type": f"response.{status}", "response": response}


def is_withdrawn(response: dict[str, Any]) -> bool:
    """Return whether the provider has taken back words that it had streamed."""
    return (response.get("incomplete_details") or {}).get("reason") == "content_filter"


def _status(status: str, response: dict[str, Any]) -> str:
    """Return the status after an end: a server may call it complete although its response says that it isn't."""
    if status != "completed":
        return status
    if response["error"]:
        return "failed"
    said = response.get("status")
    status = ENDED.get(said, status) if isinstance(said, str) else status
    is_cut = status == "completed" and (response["incomplete_details"] or {}).get("reason")
    return "incomplete" if is_cut else status


def _error(error: Any) -> dict[str, Any] | None:
    if isinstance(error, str) and error:
        error = {"message": error}
    if not isinstance(error, dict) or not error:
        return None
    return {name: error.get(name) for name in ("code", "type", "message", "param")}
