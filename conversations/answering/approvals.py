"""What a person decides on calls of tools that wait for them, from any tab and in any process."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.refusal import Refused
from conversations.answering import calls
from conversations.answering.ownership import Ending
from conversations.messages import refuse_nul
from conversations.models import Conversation, Response, ToolCall, ToolGrant

REFUSED = "The person didn't allow this call."

Decision = ToolCall.Decision


@dataclass
class Decided:
    """What a decision changed: the conversation as it is then, and the steps that this process goes on with now."""

    conversation: Conversation
    steps: list[Response] = field(default_factory=list)


@transaction.atomic
def decide(user_id: UUID, call_id: UUID, decision: str, note: str, process: UUID) -> Decided:
    """Allow a call that waits, or refuse it; all others of its tool in the conversation, too, if that was meant.

    Of several decisions, the first one counts. `process` is the server process that goes on. Raise `Refused` if there
    is no such call for this person, or if it doesn't wait any more.
    """
    refuse_nul([note], "note")
    asked = ToolCall.objects.filter(pk=call_id, response__conversation__user_id=user_id)
    call = asked.filter(response__conversation__deleted_at=None).select_related("response").first()
    if call is None:
        raise Refused(
            "tool_call_not_found",
            _("This call of a tool doesn't exist, or you don't have access to it."),
            "call",
            status=404,
        )
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=call.response.conversation_id)
    waiting = ToolCall.objects.filter(
        response__conversation=conversation, status=ToolCall.Status.WAITING
    ).select_related("response")
    open_steps = {step.previous_id: step for step in conversation.responses.open().filter(turn__isnull=False)}
    decided = [
        each
        for each in waiting
        if each.response_id in open_steps
        and (each.pk == call.pk or (decision == Decision.CONVERSATION and each.tool == call.tool))
    ]
    if call not in decided:
        raise Refused("tool_call_decided", _("This was decided already, or stopped."), "call")
    if decision == Decision.CONVERSATION:
        # Anew, if the tool has changed since it was allowed.
        granted = {"granted_by_id": user_id, "created_at": timezone.now()}
        ToolGrant.objects.update_or_create(conversation=conversation, tool=call.tool, defaults=granted)
    for each in decided:
        _decide(each, user_id, decision, note)
    steps = {open_steps[each.response_id].pk for each in decided}
    return _go_on(conversation, steps, process)


@transaction.atomic
def stop_waiting(response: Response) -> Decided | None:
    """End a step that waits for its person, because they stop it. Return None if it doesn't wait any more."""
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=response.conversation_id)
    # From here on, it is owned by whoever names no process.
    is_waiting = Response.objects.filter(pk=response.pk, status=Response.Status.WAITING)
    if not is_waiting.update(status=Response.Status.QUEUED):
        return None
    step = Response.objects.whole().get(pk=response.pk)
    calls.finish(Ending(step, Response.Status.CANCELLED), [], None)
    return _go_on(conversation, set(), None)


def _decide(call: ToolCall, user_id: UUID, decision: str, note: str) -> None:
    call.decision, call.decided_by_id, call.decided_at, call.note = decision, user_id, timezone.now(), note
    if decision == Decision.NO:
        call.end(ToolCall.Status.REFUSED, f"{REFUSED} They said: {note}" if note else REFUSED)
    else:
        call.status = ToolCall.Status.REQUESTED
    call.save()


def _go_on(conversation: Conversation, steps: Iterable[UUID], process: UUID | None) -> Decided:
    """Queue those of the steps that wait, for this process. Those that run see the decision by themselves."""
    waiting = Response.objects.filter(conversation=conversation, status=Response.Status.WAITING)
    mine = set(waiting.filter(pk__in=steps).values_list("pk", flat=True))
    waiting.filter(pk__in=mine).update(status=Response.Status.QUEUED, process=process)
    if not waiting.exists():
        conversation.waiting_at = None
        conversation.save(update_fields=["waiting_at"])
    # Here, because whoever shows it may not ask the database.
    conversation.is_running = conversation.responses.running().exists()
    return Decided(conversation, list(Response.objects.whole().filter(pk__in=mine)))
