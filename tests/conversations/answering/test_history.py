"""What is sent of a branch that was compacted: to whom, where, and until when."""

from typing import Any

import msgspec
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.answering.calls import provide
from conversations.answering.history import NO_IMAGE, SUMMARY, as_compaction_items
from conversations.answering.requests import build, is_at_hand, truncate_history
from conversations.models import Compaction, Conversation, Item, Response
from providers import catalog
from providers.models import Provider
from providers.refusals import CHAIN, COMPACTION
from tests.support.contract import check_request
from tests.support.conversations import begin, call_tool, called, finish, queue_message, text

SEALED: Item = {"type": "compaction", "encrypted_content": "c2VhbGVk"}
Kind = Compaction.Kind


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada)


def ask(conversation: Conversation, words: str, previous: Response | None = None) -> Response:
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]}
    response = queue_message(conversation, user=conversation.user, input=[message], previous=previous)[0]
    # As when it is asked: it knows its conversation as it is then.
    response.conversation = Conversation.objects.get(pk=conversation.pk)
    return response


def answer(response: Response, words: str, *before: Item) -> Response:
    begin(response, f"resp_{response.pk}")
    message = {"type": "message", "id": "msg_1", "role": "assistant", "content": [text(words)]}
    finish(response, "completed", output=[*before, message], sequence_number=9)
    response.refresh_from_db()
    return response


def turn(conversation: Conversation, words: str, previous: Response | None = None, *before: Item) -> Response:
    response = ask(conversation, words, previous)
    build(response)
    return answer(response, words.upper(), *before)


def compact(response: Response, kind: Kind = Kind.SUMMARY, **fields: Any) -> Compaction:
    Conversation.objects.filter(pk=response.conversation_id).update(is_compacted=True)
    if kind == Kind.SUMMARY:
        fields = {"summary": f"up to {response.message()}"} | fields
    return Compaction.objects.create(response=response, kind=kind, **fields)


def said(body: dict[str, Any]) -> list[str]:
    """Return the words of each item that is sent; those of a summary without their introduction."""
    check_request(body)
    words = []
    for item in body["input"]:
        content = item.get("content", item.get("encrypted_content", item.get("call_id")))
        words.append(content if isinstance(content, str) else content[0]["text"])
    return [each.removeprefix(f"{SUMMARY}\n\n") for each in words]


def test_summary_stands_for_the_turns_before_it(conversation):
    first = turn(conversation, "one")
    second = turn(conversation, "two", first)
    compact(second)
    third = ask(conversation, "three", second)
    assert not is_at_hand(third, set())

    body = build(third)

    assert said(body) == ["up to two", "three"]
    assert CHAIN not in body
    assert body["input"][0]["role"] == "user"


def test_chain_goes_on_after_a_rebuilt_request(conversation):
    first = turn(conversation, "one")
    compaction = compact(first)
    second = turn(conversation, "two", first)
    assert second.compaction == compaction.pk

    third = ask(conversation, "three", second)

    assert said(build(third)) == ["three"]
    assert build(third)["previous_response_id"] == second.response_id
    assert said(build(third, {CHAIN})) == ["up to one", "two", "TWO", "three"]


def test_other_branches_and_edits_above_do_not_see_it(conversation):
    first = turn(conversation, "one")
    second = turn(conversation, "two", first)
    compact(second)
    compact(turn(conversation, "beside", first))

    assert said(build(ask(conversation, "edited", first), {CHAIN})) == ["one", "ONE", "edited"]
    assert said(build(ask(conversation, "three", second))) == ["up to two", "three"]


def test_branch_that_was_asked_before_is_rebuilt_with_it(conversation):
    first = turn(conversation, "one")
    second = turn(conversation, "two", first)
    compact(first)

    body = build(ask(conversation, "three", second))

    assert CHAIN not in body
    assert said(body) == ["up to one", "two", "TWO", "three"]


def test_after_it_is_taken_back_all_is_sent_again(conversation):
    first = turn(conversation, "one")
    compaction = compact(first)
    second = turn(conversation, "two", first)
    compaction.taken_back_at = timezone.now()
    compaction.save()

    third = ask(conversation, "three", second)

    assert said(build(third)) == ["one", "ONE", "two", "TWO", "three"]
    assert third.compaction is None
    answer(third, "THREE")
    assert build(ask(conversation, "four", third))[CHAIN] == third.response_id


def test_one_that_stands_for_more_is_sent_then_the_newer_one(conversation):
    first = turn(conversation, "one")
    second = turn(conversation, "two", first)
    compact(second, summary="of two, older")
    compact(second, summary="of two")
    compact(first, summary="of one, the newest")

    assert said(build(ask(conversation, "three", second))) == ["of two", "three"]


def test_image_that_the_provider_knows_by_its_own_id_goes_back_as_it_is(conversation):
    image = {"type": "input_image", "detail": "auto", "image_url": "https://a.example/tide.png"}
    first = turn(conversation, "first")
    for file_id in (None, "file-abc"):
        items = [{"type": "message", "role": "user", "content": [{**image, "file_id": file_id}]}, SEALED]
        compact(first, Kind.ITEMS, items=items)
        assert items[0] in build(ask(conversation, "second", first))["input"]


def test_items_are_for_the_provider_that_made_them(conversation):
    first = turn(conversation, "one")
    second = turn(conversation, "two", first)
    compact(first, summary="for anybody")
    compact(second, Kind.ITEMS, items=[SEALED])

    third = ask(conversation, "three", second)
    assert said(build(third)) == ["c2VhbGVk", "three"]
    third.provider = Provider.objects.create(name="Other", base_url="https://other.example.org/v1")
    catalog.refresh()
    assert said(build(third)) == ["for anybody", "two", "TWO", "three"]


@pytest.mark.parametrize("is_known_before", [True, False])
def test_items_that_were_refused_are_not_sent_again(conversation, is_known_before):
    first = turn(conversation, "one")
    compact(first, Kind.ITEMS, items=[SEALED])
    second = ask(conversation, "two", first)
    second.refused = [COMPACTION]
    third = second
    if is_known_before:
        third = ask(conversation, "three", answer(second, "TWO"))

    assert "c2VhbGVk" not in said(build(third, {CHAIN}))
    assert said(build(third, {CHAIN}))[:2] == ["one", "ONE"]


def test_what_the_provider_compacts_while_it_answers_stays_in_its_chain(conversation):
    first = turn(conversation, "one")
    second = turn(conversation, "two", first, {"id": "cmp_1", **SEALED})
    compaction = compact(second, Kind.OUTPUT)

    third = ask(conversation, "three", second)
    assert build(third)[CHAIN] == second.response_id
    assert said(build(third, {CHAIN})) == ["c2VhbGVk", "TWO", "three"]
    assert third.compaction == compaction.pk
    answer(third, "THREE")
    fourth = ask(conversation, "four", third)
    assert build(fourth)[CHAIN] == third.response_id

    compaction.taken_back_at = timezone.now()
    compaction.save()
    for previous in (second, third):
        body = build(ask(conversation, "again", previous))
        assert CHAIN not in body
        assert said(body)[:3] == ["one", "ONE", "two"]


def test_announced_compaction_that_never_came_is_none(conversation):
    """The process may die after it has noted the compaction, and the answer comes once more without one."""
    first = turn(conversation, "one")
    compact(first, Kind.OUTPUT)
    assert said(build(ask(conversation, "two", first), {CHAIN})) == ["one", "ONE", "two"]


def test_turns_after_it_are_omitted_if_they_are_too_long(conversation):
    last = None
    for words in ("one", "two", "three", "four", "five"):
        last = turn(conversation, words, last)
        if words == "two":
            compact(last)
    asked = ask(conversation, "six", last)

    sent = []
    while truncate_history(asked):
        sent.append(said(build(asked, {CHAIN})))
    assert sent == [["up to two", "five", "FIVE", "six"], ["up to two", "six"]]


def step_after(response: Response, *before: Item) -> Response:
    """Let a response call a tool, after these items, and return the step that goes on."""
    step = call_tool(response, called("get_tide", output="Two metres."))
    response.refresh_from_db(fields=["output"])
    Response.objects.filter(pk=response.pk).update(output=[*before, *response.output])
    step.input = provide(step)
    return step


def kinds(body: dict[str, Any]) -> list[str]:
    check_request(body)
    return [item["type"] for item in body["input"]]


PAIR = ["function_call", "function_call_output"]


@pytest.mark.parametrize("is_compacted", [False, True])
def test_step_is_never_sent_without_the_message_that_it_answers(conversation, is_compacted):
    """Its turns may have been omitted before there was a compaction, or another one."""
    second = turn(conversation, "two", turn(conversation, "one"))
    if is_compacted:
        compact(second)
    step = step_after(step_after(ask(conversation, "three", second)))
    step.omitted_turns = 4

    assert kinds(build(step, {CHAIN})) == ["message"] * (1 + is_compacted) + 2 * PAIR
    assert not truncate_history(step)


def test_steps_after_a_compaction_within_their_turn_are_all_sent(conversation):
    first = ask(conversation, "two", turn(conversation, "one"))
    step = step_after(step_after(first, SEALED))
    compact(first, Kind.OUTPUT)
    step.conversation = Conversation.objects.get(pk=conversation.pk)
    step.omitted_turns = 2

    assert kinds(build(step, {CHAIN})) == ["compaction", *PAIR, *PAIR]
    assert not truncate_history(step)


def test_step_omits_nothing_of_what_a_compaction_leaves_that_came_meanwhile(conversation):
    last = None
    for words in ("one", "two", "three", "four"):
        last = turn(conversation, words, last)
    asked = ask(conversation, "five", last)
    assert truncate_history(asked)
    assert said(build(asked, {CHAIN})) == ["three", "THREE", "four", "FOUR", "five"]
    begin(asked, f"resp_{asked.pk}")
    step = step_after(asked)
    # As calls.step_after makes it.
    step.omitted_turns, step.compaction = asked.omitted_turns, asked.compaction
    compact(Response.objects.get(pk=last.previous_id or ""))
    step.conversation = Conversation.objects.get(pk=conversation.pk)

    assert said(build(step, {CHAIN}))[:3] == ["up to three", "four", "FOUR"]
    assert step.omitted_turns == 0


def test_output_of_a_call_after_a_compaction_in_its_answer_is_looked_up(conversation):
    """As after an answer whose step was deleted, or never asked."""
    first = ask(conversation, "one")
    begin(first, f"resp_{first.pk}")
    step_after(first, SEALED)
    compact(first, Kind.OUTPUT)

    body = build(ask(conversation, "two", first), {CHAIN})

    assert kinds(body) == ["compaction", *PAIR, "message"]
    assert body["input"][2]["output"] == "Two metres."


def test_compacted_items_are_sent_without_ids_and_image_data():
    image = {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,AAAA"}
    there = {"type": "input_image", "detail": "auto", "image_url": "https://example.org/a.png"}
    words = {"type": "input_text", "text": "Look"}
    output: list[Item] = [
        {"id": "msg_1", "type": "message", "role": "user", "status": "completed", "content": [words, image]},
        {"id": "msg_2", "type": "message", "role": "user", "status": "completed", "content": [words, there]},
        {"id": "msg_3", "type": "message", "role": "assistant", "status": "completed", "content": [text("I see.")]},
        {"id": "ws_1", "type": "web_search_call", "status": "completed"},
        {"id": "cmp_1", "created_by": "me", **SEALED},
        {"id": "cmp_2", "type": "compaction", "encrypted_content": None},
    ]
    items = as_compaction_items(output)
    assert items == [
        {"type": "message", "role": "user", "content": [words, {"type": "input_text", "text": NO_IMAGE}]},
        {"type": "message", "role": "user", "content": [words, there]},
        {"type": "message", "role": "assistant", "content": "I see."},
        SEALED,
    ]
    check_request({"model": "standin", "input": items})


STEPS = st.tuples(st.sampled_from(["ask", "ask", "ask", "compact", "take back"]), st.integers(0, 9))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_request_begins_with_the_one_before_as_long_as_the_compaction_stays(conversation, settings, steps):
    settings.STORE = False
    responses = [turn(conversation, "0")]
    sent = {responses[0].pk: beginning(build(ask(conversation, "0")))}
    for number, (step, place) in enumerate(steps, start=1):
        at = responses[place % len(responses)]
        if step == "ask":
            asked = ask(conversation, str(number), at)
            sent[asked.pk] = beginning(build(asked))
            asked = answer(asked, "Yes")
            if asked.compaction == at.compaction:
                assert sent[asked.pk].startswith(sent[at.pk])
            responses.append(asked)
        elif step == "compact":
            compact(at)
        else:
            Compaction.objects.filter(response=at).update(taken_back_at=timezone.now())


def beginning(body: dict[str, Any]) -> bytes:
    """Return the bytes of a request up to the end of its input."""
    names = [*body]
    kept = {name: body[name] for name in names[: names.index("input") + 1]}
    return msgspec.json.encode(kept).removesuffix(b"]}")
