"""The calls of tools of an answer, as they are stored: with its end, and each change before it is shown.

As in ownership.py, a process writes only what belongs to a response that it owns. The conversation is locked before its
responses and calls, so that decisions of its person, which come from anywhere, can't miss what happens meanwhile.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from assistants.request_settings import TOOL_LIMITS
from conversations.answering import ownership
from conversations.answering.ownership import Ending, OwnershipLost
from conversations.answering.pairing import as_output
from conversations.models import Conversation, Response, ToolCall, ToolGrant
from conversations.models.tool_call import calls_before
from providers.items import APPROVAL, SAID, Item, call_id_of, calls_in
from tools import registry
from tools.functions import knowledge, memory
from tools.mcp.names import function_name
from tools.tool import LocalTool

MAX_ATTEMPTS = 2
"""Of a call whose tool may be repeated: one that kills its process must not do so for ever."""
MAX_NAME = 200

INTERRUPTED = "This call was interrupted; it may have happened."
CANCELLED = "This call was cancelled before it ran."
UNKNOWN = "There is no such tool."
LIMIT = "Not run: the limit of {limit} for one answer was reached. Answer without calling tools."

Step = Response
"""A response that goes on after the calls of the one before it."""


def requested(response: Response, output: Sequence[Item]) -> list[ToolCall]:
    """Return the calls in the output of a response, not stored yet."""
    return [_requested(response, place, item) for place, item in calls_in(output)]


def _requested(response: Response, place: int, item: Item) -> ToolCall:
    name, call_id, said = item.get("name"), call_id_of(item), item.get(SAID[item["type"]], "")
    if item["type"] == APPROVAL:
        name = function_name(str(item.get("server_label")), str(name))
    call = ToolCall(
        response=response,
        place=place,
        kind=item["type"],
        call_id=call_id if isinstance(call_id, str) else "",
        tool=name[:MAX_NAME] if isinstance(name, str) else "",
        arguments=said if isinstance(said, str) else json.dumps(said),
    )
    if call.tool in (response.settings.get("handoffs") or {}):
        # Nothing of it is run: it ends with its response (handoffs.py).
        return call
    tool = offered(response, call.tool)
    if tool is None or tool.is_approval != (call.kind == APPROVAL):
        call.end(ToolCall.Status.FAILED, UNKNOWN)
    elif tool.needs_approval:
        call.status = ToolCall.Status.WAITING
    return call


def offered(response: Response, name: str) -> LocalTool | None:
    """Return the tool of ours that a response may call by this name; None if there is none."""
    if name in memory.FUNCTIONS:
        return memory.FUNCTIONS[name] if response.settings.get("memory") else None
    if name in knowledge.FUNCTIONS:
        return knowledge.FUNCTIONS[name] if response.settings.get("collections") else None
    return registry.called(response.settings.get("tools", {}), name, response.user_id)


def may_go_on(response: Response) -> bool:
    """Return whether an answer may go on after calls of tools: not if it had none, or was to finish without them.

    Some servers know no `tool_choice`, and their models call tools all the same.
    """
    has_tools = any(response.settings.get(name) for name in ("tools", "handoffs", "collections", "memory"))
    return has_tools and response.settings.get("tool_choice") != "none"


def step_after(response: Response) -> Step:
    """Return the step that goes on after the calls of a response. This process answers it, too."""
    return Response(
        conversation=response.conversation,
        # Not the response itself, which doesn't know its own output.
        previous_id=response.pk,
        turn_id=response.turn_id or response.pk,
        user_id=response.user_id,
        provider_id=response.provider_id,
        model=response.model,
        assistant_version=response.assistant_version,
        settings=response.settings,
        instructions=response.instructions,
        omitted_turns=response.omitted_turns,
        compaction=response.compaction,
        process=response.process,
    )


@transaction.atomic
def finish(ending: Ending, calls: Sequence[ToolCall], step: Step | None) -> Conversation | None:
    """Store the end of an answer with its calls, and with the step that goes on after them.

    A step that ends without having been asked leaves none of its own calls open. Return the conversation, or None if
    the end isn't stored. Storing the same twice succeeds.
    """
    response = ending.response
    locked = _lock_conversation(response)
    unseen_at = locked.unseen_at
    # The step has it, too, and must not continue what knows a file that was deleted meanwhile.
    response.conversation.files_changed_at = locked.files_changed_at
    if is_running_calls(response) and ownership.owned(response).exists():
        _cancel_open(response)
        provide(response)
    [conversation] = ownership.finish([ending])
    if conversation is None:
        return None
    if step:
        # The answer goes on.
        Conversation.objects.filter(pk=conversation.pk).update(unseen_at=unseen_at)
        conversation.unseen_at = unseen_at
        conversation.is_running = True
        _grant(calls)
        if _limit(response, calls):
            step.settings = {**step.settings, "tool_choice": "none"}
    else:
        for call in calls:
            call.end(ToolCall.Status.CANCELLED, CANCELLED)
    ToolCall.objects.bulk_create(calls, ignore_conflicts=True)
    if step:
        Response.objects.bulk_create([step], ignore_conflicts=True)
    return conversation


def is_running_calls(response: Response) -> bool:
    """Return whether a response is a step whose calls have not all put out something yet."""
    return response.turn_id is not None and not response.input


@transaction.atomic
def recover(step: Step) -> Response:
    """Decide on the calls that ran when their process was killed. Return the response that made the calls of a step.

    Its tools are theirs: after a handoff, the step has those of another assistant.
    """
    _lock(step)
    caller = Response.objects.only("user_id", "settings").get(continuations=step.pk)
    for call in ToolCall.objects.before(step).filter(status=ToolCall.Status.RUNNING):
        tool = offered(caller, call.tool)
        if tool and tool.is_repeatable and call.attempts < MAX_ATTEMPTS:
            call.status = ToolCall.Status.REQUESTED
        else:
            call.end(ToolCall.Status.INTERRUPTED, INTERRUPTED)
        call.save(update_fields=["status", "output", "ended_at"])
    return caller


@transaction.atomic
def begin(step: Step, call: ToolCall) -> None:
    """Store that a call is begun. Raise `OwnershipLost` if another process owns the step."""
    _lock(step)
    call.status, call.attempts, call.started_at = ToolCall.Status.RUNNING, call.attempts + 1, timezone.now()
    call.save(update_fields=["status", "attempts", "started_at"])


@transaction.atomic
def end(step: Step, call: ToolCall) -> None:
    """Store how a call that ran has ended. Raise `OwnershipLost` if another process owns the step."""
    _lock(step)
    call.save(update_fields=["status", "output", "ended_at"])


@transaction.atomic
def provide(step: Step) -> list[Item]:
    """Make what the calls put out the input of their step, and return it. Raise `OwnershipLost` as above."""
    outputs = [as_output(call.kind, call.call_id, call.output) for call in calls_before(step)]
    if not ownership.owned(step).update(input=outputs):
        raise OwnershipLost
    return outputs


@transaction.atomic
def park(step: Step, sequence_number: int) -> Conversation | None:
    """Let a step wait for its person: no process has it then. Return the conversation as it is then.

    Return None if it needn't wait any more. `sequence_number` is that of the last event in its log.
    """
    conversation = _lock_conversation(step)
    mine = Response.objects.filter(pk=step.pk, status=Response.Status.WAITING, sequence_number=sequence_number)
    if not mine.exists():
        _lock(step)
        statuses = {call.status for call in calls_before(step)}
        if ToolCall.Status.WAITING not in statuses or statuses & {ToolCall.Status.REQUESTED, ToolCall.Status.RUNNING}:
            return None
        ownership.owned(step).update(status=Response.Status.WAITING, process=None, sequence_number=sequence_number)
        if conversation.waiting_at is None:
            conversation.waiting_at = timezone.now()
            conversation.save(update_fields=["waiting_at"])
    # Here, because whoever shows it may not ask the database.
    conversation.is_running = conversation.responses.running().exists()
    return conversation


def asked_at(step: Step) -> datetime:
    """Return when a step was asked, after its calls had ended: they may have waited for days."""
    ended_at: datetime | None = ToolCall.objects.before(step).aggregate(at=Max("ended_at"))["at"]
    return ended_at or step.created_at


def _lock_conversation(response: Response) -> Conversation:
    # Not for its key: a message that is stored meanwhile refers to it.
    locked = Conversation.objects.select_for_update(no_key=True).filter(pk=response.conversation_id).first()
    if locked is None:
        raise OwnershipLost
    return locked


def _lock(step: Step) -> None:
    if not ownership.owned(step).select_for_update(no_key=True).exists():
        raise OwnershipLost


def _cancel_open(step: Step) -> None:
    """End the calls of a step that are left, because it was stopped."""
    for call in ToolCall.objects.before(step).filter(status__in=ToolCall.OPEN):
        is_begun = call.status == ToolCall.Status.RUNNING
        call.end(ToolCall.Status.CANCELLED, INTERRUPTED if is_begun else CANCELLED)
        call.save(update_fields=["status", "output", "ended_at"])


def _grant(calls: Sequence[ToolCall]) -> None:
    """Let calls run whose tools their person has allowed in the conversation."""
    waiting = [call for call in calls if call.status == ToolCall.Status.WAITING]
    if not waiting:
        return
    grants = ToolGrant.objects.filter(conversation_id=waiting[0].response.conversation_id)
    granted = {grant.tool: grant for grant in grants.filter(tool__in={call.tool for call in waiting})}
    for call in waiting:
        tool = offered(call.response, call.tool)
        grant = granted.get(call.tool)
        if grant and tool and (tool.changed_at is None or tool.changed_at <= grant.created_at):
            call.status, call.decision = ToolCall.Status.REQUESTED, ToolCall.Decision.CONVERSATION
            call.decided_by_id, call.decided_at = grant.granted_by_id, grant.created_at


def _limit(response: Response, calls: Sequence[ToolCall]) -> bool:
    """End the calls that are over a limit of the turn. Return whether the model must finish without tools."""
    first = response.turn_id or response.pk
    of_turn = Response.objects.filter(Q(pk=first) | Q(turn_id=first))
    # Its own calls are there already if this is stored a second time.
    before = ToolCall.objects.filter(response__in=of_turn).exclude(response=response).order_by()
    rounds = before.values("response_id").distinct().count()
    most_calls, most_rounds, most_minutes = (_most(response, name) for name in TOOL_LIMITS)
    room = max(0, int(most_calls) - before.count())
    words = f"{most_calls} calls of tools"
    if rounds >= most_rounds:
        room, words = 0, f"{most_rounds} rounds of tools"
    elif _worked(first, before) > timedelta(minutes=most_minutes):
        room, words = 0, f"{most_minutes:g} minutes"
    left = [call for call in calls if not call.has_ended][room:]
    for call in left:
        call.end(ToolCall.Status.FAILED, LIMIT.format(limit=words))
    # Calls of tools that don't exist count, too: a model that goes on inventing them would go on for ever.
    return room == 0 or bool(left)


def _most(response: Response, limit: str) -> float:
    """Return a limit for the turn: the site's, or that of the assistant if it is lower."""
    of_site: float = getattr(settings, limit.upper())
    own: float = response.settings.get(limit, of_site)
    return min(of_site, own)


def _worked(first: Any, before: Any) -> timedelta:
    """Return for how long a turn has gone on, without the time in which it waited for its person."""
    asked = Response.objects.values_list("created_at", flat=True).get(pk=first)
    waited: dict[Any, timedelta] = {}
    for response, created_at, decided_at in before.exclude(decided_at=None).values_list(
        "response_id", "created_at", "decided_at"
    ):
        waited[response] = max(waited.get(response, timedelta()), decided_at - created_at)
    return timezone.now() - asked - sum(waited.values(), timedelta())
