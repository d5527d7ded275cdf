"""What a viewer gets of a row: the API's shapes with our ids, and nothing internal."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.refusal import Refused
from common.threads import in_thread
from conversations import formats
from conversations.models import Conversation, Response, Share
from conversations.models.attachment import attachments_of, sent_ids
from conversations.models.tool_call import calls_of, load_calls
from conversations.representations.calls import tool_call
from conversations.representations.files import sent, without_deleted
from conversations.search import Hit
from providers.items import Item, Part, item_text, replace_parts
from providers.parameters import SETTINGS
from providers.refusals import COMPACTION, IMAGES
from providers.tool_parts import is_tool_part

MISSING_IMAGE = gettext_noop("[image]")
MISSING_FILE = gettext_noop("[file]")
"""Stand for what an imported file didn't have. They are stored in English, and translated where they are shown."""
MISSING = {MISSING_IMAGE, MISSING_FILE}
# Instructions, tools, the provider's ids and the like stay on the server.
FIELDS = ("object", "status", "output", "usage", "error", "incomplete_details")
NOT_APPLIED = {*SETTINGS, "collections", "knowledge"}
"""Of what a response goes without, what somebody chose (answering/knowledge.py has the last two)."""
NOISE = {"obfuscation", "logprobs"}


def public(event: dict[str, Any], response: Response) -> dict[str, Any]:
    """Return a provider's event as viewers of this response get it."""
    shown = {name: value for name, value in event.items() if name not in NOISE}
    if isinstance(theirs := event.get("response"), dict):
        fields = {name: theirs[name] for name in FIELDS if name in theirs}
        if "error" in fields:
            fields["error"] = public_error(fields["error"])
        if isinstance(fields.get("output"), list):
            fields["output"] = [*map(_unsealed, fields["output"])]
        shown["response"] = fields | _ours(response)
    elif "item" in shown:
        shown["item"] = _unsealed(shown["item"])
    return shown


def _unsealed(item: Any) -> Any:
    """Return an item without a compaction that only the provider can read: it may have megabytes."""
    if not isinstance(item, dict) or item.get("type") != COMPACTION:
        return item
    return {name: value for name, value in item.items() if name != "encrypted_content"}


def queued(response: Response, versions: list[UUID] | None = None) -> dict[str, Any]:
    """Return the first event of every log: the message is stored.

    `versions` are the ids of all versions at its place, if viewers may not know them.
    """
    return {
        "type": "response.queued",
        "response": {
            **_described(response),
            "status": "queued",
            "input": response.input,
            "attachments": sent(response),
            "output": [],
            "completed_at": None,
            "usage": None,
            "error": None,
            "incomplete_details": None,
            "metadata": {"client_message_id": str(response.client_message_id) if response.client_message_id else None},
            **_versions(versions),
        },
    }


def first(response: Response) -> dict[str, Any]:
    """Return the first event as the log numbers it, for viewers of a log that another process began."""
    return {**queued(response), "response_id": str(response.pk), "sequence_number": 0}


def resumed(response: Response) -> dict[str, Any]:
    """Return the event with which an answer continues that another process began: it has all that is stored."""
    return {"type": "response.in_progress", "response": _described(response)}


def waiting(response: Response) -> dict[str, Any]:
    """Return the event with which a log closes because the response waits for its person."""
    return {"type": "response.waiting", "response": {**_described(response), "status": Response.Status.WAITING}}


def ended(response: Response, versions: list[UUID] | None = None, *, after: int = -1) -> dict[str, Any]:
    """Return the event that closed the log of a response, from its row. `versions` is as for `queued`.

    It is the terminal one, or says that the response waits for its person.
    The row of a dead process may be behind what a page has seen, which is `after`, and the page ignores older numbers.
    One that waits isn't: its number is what a page has seen, and what goes on has the next one.
    """
    is_waiting = response.status == Response.Status.WAITING
    return {
        "type": f"response.{response.status}",
        "response_id": str(response.pk),
        "sequence_number": response.sequence_number if is_waiting else max(response.sequence_number, after + 1),
        "response": _described(response) | _versions(versions),
    }


async def find_ends(response_ids: Collection[str]) -> list[dict[str, Any]]:
    """Return the last events of those of the responses that don't run."""

    def find() -> list[Response]:
        found = Response.objects.whole().filter(pk__in=response_ids)
        return load_calls(found.exclude(status__in=Response.RUNNING))

    return [ended(response) for response in await in_thread(find)()]


def refusal(refused: Refused, client_message_id: UUID | None = None) -> dict[str, Any]:
    """Return the event that says why a command changed nothing. `client_message_id` is that of a message."""
    event = {"type": "error", "code": refused.code, "message": refused.message, "param": refused.param}
    return event | ({"client_message_id": str(client_message_id)} if client_message_id else {})


def _described(response: Response) -> dict[str, Any]:
    """Return the API's response object, with our ids."""
    return {
        **_ours(response),
        "object": "response",
        "status": response.status,
        "output": without_deleted([*map(_unsealed, response.output)], response),
        "usage": response.usage,
        "error": public_error(response.error),
        "incomplete_details": response.incomplete_details,
    }


def _ours(response: Response) -> dict[str, Any]:
    """Return the fields of a response object that are ours, whatever the provider says."""
    return {
        "id": str(response.pk),
        "created_at": int(response.created_at.timestamp()),
        "completed_at": int(response.completed_at.timestamp()) if response.completed_at else None,
        "model": model_name(response),
        "provider": str(response.provider_id) if response.provider_id else None,
        "assistant": assistant(response),
        "reasoning": {"effort": response.settings.get("effort")},
        "text": {"verbosity": response.settings.get("verbosity")} | formats.described(response),
        "comparison": str(response.comparison) if response.comparison else None,
        "conversation": {"id": str(response.conversation_id), "title": response.conversation.title},
        "previous_response_id": str(response.previous_id) if response.previous_id else None,
        "turn": str(response.turn_id) if response.turn_id else None,
        "calls": tool_calls(response),
        "omitted_turns": response.omitted_turns,
        "omitted_images": IMAGES in response.refused,
        "file_notes": file_notes(response),
        "not_applied": not_applied(response),
        "tools": tools_on(response),
        "collections": response.settings.get("collections"),
    }


def file_notes(response: Response) -> list[str]:
    """Return how the files of a message were sent, if it isn't as they are: see sent_files.py."""
    return [part.removeprefix(Response.FILE_NOTE) for part in response.refused if part.startswith(Response.FILE_NOTE)]


def not_applied(response: Response) -> list[str]:
    """Return the names of the settings that were chosen and that don't apply: mostly, the model doesn't take them."""
    return [SETTINGS.get(part, part) for part in response.refused if part in NOT_APPLIED or is_tool_part(part)]


def tools_on(response: Response) -> list[str] | None:
    """Return the names of the tools that were on; None if nobody chose any."""
    tools = response.settings.get("tools")
    return None if tools is None else sorted(tools)


def public_error(error: Any) -> dict[str, Any] | None:
    """Return an error without its details, which are for admins."""
    if not isinstance(error, dict) or not error:
        return None
    return {"code": error.get("code"), "message": error.get("message")}


def _versions(ids: list[UUID] | None) -> dict[str, Any]:
    return {"versions": [str(pk) for pk in ids]} if ids else {}


def imported_note(row: Conversation | Response) -> str:
    """Return where and when something was imported, in the language that is active; "" if it came about here."""
    conversation = row.conversation if isinstance(row, Response) and row.imported_from else row
    if not row.imported_from or not isinstance(conversation, Conversation) or conversation.imported_at is None:
        return ""
    when = {"when": date_format(localtime(conversation.imported_at), "DATE_FORMAT")}
    if row.imported_from == Conversation.Source.CHATGPT:
        return _("Imported from ChatGPT on %(when)s") % when
    if row.imported_from == Conversation.Source.SHARE:
        return _("Copied from a shared conversation on %(when)s") % when
    return _("Imported from a chat export on %(when)s") % when


def model_name(response: Response) -> str:
    """Return the name of the model as it is shown: an imported one can't pass for one that answered here."""
    return _("%(model)s (imported)") % {"model": response.model} if response.imported_from else response.model


def answered_by(response: Response) -> str:
    """Return what answered, for a heading: the assistant if there is one, the model, and how hard it thought."""
    version, effort = response.assistant_version, response.settings.get("effort")
    return " · ".join(filter(None, [version.name if version else "", model_name(response), effort]))


def assistant(response: Response) -> dict[str, Any] | None:
    """Return the assistant that answered, as it was then."""
    version = response.assistant_version
    if version is None:
        return None
    return {"id": str(version.assistant_id), "name": version.name, "icon": version.icon, "version": version.number}


def shown_input(response: Response) -> list[Item]:
    """Return the input in the language that is active."""
    return _translated(response.input) if response.imported_from else response.input


def shown_output(response: Response) -> list[Item]:
    """Return the output in the language that is active."""
    output = _translated(response.output) if response.imported_from else response.output
    return without_deleted(output, response)


def tool_calls(response: Response) -> list[dict[str, Any]]:
    """Return the calls of tools in an answer as viewers see them."""
    return without_deleted([tool_call(call) for call in calls_of(response)], response)


def _translated(items: list[Item]) -> list[Item]:
    def translated(part: Part) -> Part:
        text = part.get("text")
        return {**part, "text": _(text)} if isinstance(text, str) and text in MISSING else part

    return [replace_parts(item, translated) if item.get("type") == "message" else item for item in items]


def listed(conversation: Conversation) -> dict[str, Any]:
    """Return a conversation as the side list shows it."""
    return {
        "id": str(conversation.pk),
        "title": str(conversation),
        "updated_at": conversation.updated_at.isoformat(),
        "pinned": conversation.pinned_at is not None,
        "archived": conversation.archived_at is not None,
        "running": conversation.is_running,
        "unseen": conversation.unseen_at is not None,
        "waiting": conversation.waiting_at is not None,
        "deleted": conversation.deleted_at is not None,
    }


def updated(conversation: Conversation) -> dict[str, Any]:
    """Return the news that a conversation has changed in its owner's side list. It may ask the database."""
    return {"type": "conversation.updated", "user": str(conversation.user_id), "conversation": listed(conversation)}


def found(hit: Hit) -> dict[str, Any]:
    """Return a conversation that matches a search, as the search shows it."""
    return {
        "conversation": listed(hit.conversation),
        "response_id": str(hit.response_id) if hit.response_id else None,
        "created_at": hit.created_at.isoformat() if hit.created_at else None,
        "title": hit.title or [str(hit.conversation)],
        "snippet": hit.snippet,
    }


def shared(share: Share, url: str) -> dict[str, Any]:
    """Return a share as its owner's list of them shows it. `url` is its whole address.

    The files of a message without a text must be loaded (`load_attachments`).
    """
    return {
        "id": str(share.pk),
        "url": url,
        "created_at": share.created_at.isoformat(),
        "response_id": str(share.response_id),
        "message": _message_in_words(share.response.turn or share.response),
    }


def _message_in_words(response: Response) -> str:
    """Return the text of a message, or the name of its first file if it has none."""
    if text := item_text(shown_input(response)):
        return text
    known, ids = attachments_of(response), sent_ids(response)
    if not ids:
        return ""
    return known[ids[0]].name if ids[0] in known else _("This file was deleted")
