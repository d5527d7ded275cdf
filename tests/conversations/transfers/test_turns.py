"""Turns of many responses, and their calls of tools, in exports, imports and copies of what is shared."""

import json
from typing import Any

import pytest
from django.utils import timezone

from conversations.branches import Branch
from conversations.models import Conversation, Response, Share, ToolCall
from conversations.models.tool_call import calls_of
from conversations.representations.calls import tool_call
from conversations.transfers.copies import own_copy
from tests.support.assistants import make_assistant
from tests.support.conversations import answer, ask, call_tool, called, text
from tests.support.exported import export_json, export_markdown, import_counts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


def asked_with_tools(conversation: Conversation, previous: Response | None = None) -> Response:
    """Store a turn of three responses; return the last one."""
    now = timezone.now()
    first = ask(conversation, previous)
    tide = called("get_tide", '{"port": "Brest"}', "1.8 m", started_at=now, ended_at=now)
    step = call_tool(first, tide, words="I look it up.")
    refused = called("send_mail", "{}", "Not allowed.", "refused", note="Never.", decision="no", decided_by=first.user)
    last = call_tool(step, called("get_moon", output=[{"type": "input_text", "text": "Full"}]), refused)
    answer(last, text("High tide is at noon."))
    return last


def said(conversation: Conversation) -> list[Any]:
    """Return what each turn of the branch has: the answers of its responses, and their calls."""
    return [
        [
            (
                each.answer(),
                [(call.tool, call.place, call.arguments, call.output, call.status) for call in calls_of(each)],
            )
            for each in turn.responses
        ]
        for turn in Branch(conversation).turns
    ]


def test_export_and_import_keep_turns_and_calls(conversation, grace):
    asked_with_tools(conversation, asked_with_tools(conversation))
    exported = export_json(conversation)
    first = json.loads(exported)["responses"][0]
    assert [call["tool"] for call in first["calls"]] == ["get_tide"]
    assert import_counts(grace, exported) == (1, 0, 0)
    copy = Conversation.objects.get(user=grace)
    assert said(copy) == said(conversation)
    [turn, _] = Branch(copy).turns
    [_, refused] = calls_of(turn.steps[0])
    assert (refused.decided_by, refused.note) == (None, "")
    # What tools put out is in the calls; the inputs of steps would say it again.
    assert [step.input for step in turn.steps] == [[], []]


def test_import_ends_what_had_not_ended(conversation, grace):
    step = call_tool(ask(conversation), called("send_mail", status="waiting"))
    Response.objects.filter(pk=step.pk).update(status="waiting")
    assert import_counts(grace, export_json(conversation)) == (1, 0, 0)
    [turn] = Branch(Conversation.objects.get(user=grace)).turns
    assert turn.last.status == "cancelled"
    assert [(call.status, call.output) for call in calls_of(turn.response)] == [("cancelled", "")]


def test_import_believes_no_step_of_another_turn_and_no_call_without_its_item(conversation, grace):
    asked_with_tools(conversation, asked_with_tools(conversation))
    export = json.loads(export_json(conversation))
    first, step, last, second, *_ = export["responses"]
    first["turn"] = last["id"]
    step["turn"] = second["id"]
    last["calls"] = [{"place": place, "call_id": "x", "tool": "y"} for place in (0, 1, 900)]
    second["calls"] *= 2
    second["calls"][0]["status"] = "owned"
    assert import_counts(grace, json.dumps(export).encode()) == (1, 0, 0)
    turns = Branch(Conversation.objects.get(user=grace)).turns
    assert [len(turn.responses) for turn in turns] == [1, 1, 1, 3]
    assert [calls_of(turn.last) for turn in turns[:3]] == [calls_of(turns[0].last), calls_of(turns[1].last), []]
    assert len(calls_of(turns[3].response)) == 1


def test_markdown_has_one_answer_of_a_turn(conversation):
    asked_with_tools(conversation)
    markdown = export_markdown(conversation)
    assert markdown.count("## Message") == markdown.count("## Answer") == 1
    assert "I look it up.\n\nHigh tide is at noon.\n" in markdown


def test_copy_of_a_shared_turn_has_its_steps_and_calls(conversation, grace):
    last = asked_with_tools(conversation)
    share = Share.objects.create(conversation=conversation, response=last)
    copy = own_copy(share, grace)
    assert said(copy) == said(conversation)
    assert not ToolCall.objects.filter(response__conversation=copy).exclude(decided_by=None, note="").exists()


def test_handoff_is_said_in_markdown_and_kept_in_imports(conversation, ada, grace):
    desk, billing = (make_assistant(ada, name=name).versions.get() for name in ("Desk", "*Billing*"))
    first = ask(conversation)
    handed = called("transfer_to_billing", '{"reason": "An invoice."}', '{"assistant": "*Billing*"}')
    step = call_tool(first, handed)
    Response.objects.filter(pk=first.pk).update(assistant_version=desk)
    Response.objects.filter(pk=step.pk).update(assistant_version=billing, model="other-1")
    answer(step, text("On its way."))
    written = export_markdown(conversation)
    assert "other-1" in written.splitlines()[2]
    assert written.index(", Desk") < written.index("*(\\*Billing\\* took over)*") < written.index("On its way.")
    import_counts(grace, export_json(conversation))
    [turn] = Branch(Conversation.objects.get(user=grace)).turns
    assert [tool_call(call)["handoff"] for call in calls_of(turn.response)] == ["*Billing*"]
