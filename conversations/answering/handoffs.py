"""Handing a conversation over: the step after an answer is made with another assistant, which goes on with it."""

import json
from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

from django.db.models import Q
from django.utils.translation import override

from assistants.choices import Choices, Wish, default_tools
from common.refusal import Refused
from conversations.answering.people import answering, language_of, person_of
from conversations.models import Response, ToolCall

MAX_OF_TURN = 3
"""Handoffs of one turn: assistants might hand a message around for ever."""
IGNORED = "Multiple handoffs detected, ignoring this one."


def hand_over(response: Response, calls: Sequence[ToolCall], step: Response, choices: Choices) -> None:
    """Make the step after a response with the assistant that the first of its handoffs names.

    The calls that ask for handoffs end. What isn't possible is said to the model, which goes on as before.
    """
    offered = response.settings.get("handoffs") or {}
    asked = [call for call in calls if call.tool in offered]
    for call in asked:
        if call.has_ended:
            continue
        if any(each.status == ToolCall.Status.DONE for each in asked):
            call.end(ToolCall.Status.FAILED, IGNORED)
            continue
        try:
            _change(step, response, UUID(offered[call.tool]["assistant"]), choices)
        except Refused as refused:
            call.end(ToolCall.Status.FAILED, f"{offered[call.tool]['name']} can't take over. {refused.message}")
        else:
            call.end(ToolCall.Status.DONE, json.dumps({"assistant": offered[call.tool]["name"]}, ensure_ascii=False))


def _change(step: Response, before: Response, assistant: UUID, choices: Choices) -> None:
    """Let an assistant answer a step. Raise `Refused` if the person may not use it, or its model, at this moment."""
    person, wish = (
        person_of(step.user_id),
        Wish(assistant, tools=_switched_off(before, choices), collections=_switched_collections(before)),
    )
    with override(language_of(step.user_id)):
        fields = answering(choices.choose(person, wish), person, step.conversation)
    back = before.assistant_version.assistant_id if before.assistant_version else None
    further = fields["settings"].pop("handoffs", {})
    if _made(before) + 1 < MAX_OF_TURN:
        others = {name: each for name, each in further.items() if each["assistant"] != str(back)}
        fields["settings"] |= {"handoffs": others} if others else {}
    for name, value in fields.items():
        setattr(step, name, value)


def _switched_off(response: Response, choices: Choices) -> dict[str, bool]:
    """Return the tools that the person has switched off for their message: no assistant of the turn gets them.

    Only the first one to have a tool knows that it is off: others between may not have it at all.
    """
    rows = Response.objects.select_related("assistant_version").defer("input", "output")
    branch = [response, *rows.filter(pk__in=[pk for pk, _ in _branch(response)[1:]])]
    return {name: False for each in branch for name in _off(each, choices)}


def _off(response: Response, choices: Choices) -> list[str]:
    """Return the tools of the assistant of a response that the response doesn't have."""
    version, on = response.assistant_version, response.settings.get("tools") or {}
    had = version.settings.get("tools") if version else None
    if had is None:
        provider = response.provider_id
        model = choices.snapshot().by_name.get((provider, response.model)) if provider else None
        had = default_tools(model, response.user_id)
    return [name for name in had if name not in on]


def _switched_collections(response: Response) -> dict[UUID, bool]:
    """Return the collections that the person has switched for their message: any assistant of the turn has them so."""
    rows = Response.objects.select_related("assistant_version").only("settings", "assistant_version")
    first = rows.get(pk=response.turn_id) if response.turn_id else response
    version, on = first.assistant_version, first.settings.get("collections") or []
    had = (version.settings.get("collections") or []) if version else []
    return {UUID(each): each in on for each in {*had, *on} if (each in on) != (each in had)}


def _made(response: Response) -> int:
    """Return how many handoffs led to a response in its turn."""
    branch = _branch(response)
    return sum(later != earlier for (_, later), (_, earlier) in pairwise(branch))


def _branch(response: Response) -> list[tuple[UUID, UUID | None]]:
    """Return the responses of a turn from this one back to the first, each with its assistant."""
    first = response.turn_id or response.pk
    steps = Response.objects.filter(Q(pk=first) | Q(turn_id=first))
    found = {pk: row for pk, *row in steps.values_list("pk", "previous_id", "assistant_version__assistant_id")}
    branch: list[tuple[UUID, UUID | None]] = [(response.pk, found[response.pk][1])]
    at = response.pk
    while at != first:
        at = found[at][0]
        branch.append((at, found[at][1]))
    return branch
