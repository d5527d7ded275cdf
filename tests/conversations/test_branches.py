"""The branch of a conversation that is shown, and what else stands at each place of it."""

import itertools
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.branches import PAGE_SIZE, TURNS_BEFORE, Branch
from conversations.models import Conversation, Response
from conversations.models.tool_call import calls_of
from conversations.turns import TurnTree
from tests.support.conversations import answer, call_tool, called, queue_message, text


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


def ask(conversation: Conversation, previous: Response | None = None) -> Response:
    return queue_message(conversation, user=conversation.user, input=[], previous=previous)[0]


def shown(conversation: Conversation, through: Response | None = None) -> list[Response]:
    return [turn.response for turn in Branch(conversation, through.pk if through else None).turns]


def test_empty_conversation_has_an_empty_branch(conversation):
    branch = Branch(conversation)
    assert (branch.newest, branch.turns) == (None, [])


def test_branch_leads_through_a_response_to_its_newest_leaf(conversation):
    root = ask(conversation)
    left, right = ask(conversation, root), ask(conversation, root)
    left_leaf, left_newest_leaf = ask(conversation, left), ask(conversation, left)
    other_root = ask(conversation)

    assert shown(conversation) == [other_root]
    assert shown(conversation, root) == [root, left, left_newest_leaf]
    assert shown(conversation, left) == [root, left, left_newest_leaf]
    assert shown(conversation, left_leaf) == [root, left, left_leaf]
    assert shown(conversation, right) == [root, right]
    assert Branch(conversation, right.pk).newest == other_root.pk


def test_each_turn_knows_its_versions(conversation):
    root = ask(conversation)
    first, second, third = (ask(conversation, root) for _ in range(3))
    ask(conversation, first)

    lone, turn = Branch(conversation, second.pk).turns
    assert (lone.versions, lone.place, lone.earlier, lone.later) == ([root.pk], 1, None, None)
    assert turn.versions == [first.pk, second.pk, third.pk]
    assert (turn.place, turn.earlier, turn.later) == (2, first.pk, third.pk)


def test_each_turn_knows_whether_its_versions_answer_the_same_message(conversation):
    def say(text: str, previous: Response | None = None) -> Response:
        message = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}]
        return queue_message(conversation, user=conversation.user, input=message, previous=previous)[0]

    root, _again = say("When?"), say("When?")
    edited, _other = say("Where?", root), say("Why?", root)
    lone = say("How high?", edited)
    turns = Branch(conversation, lone.pk).turns
    assert [(len(turn.versions), turn.is_edited) for turn in turns] == [(2, False), (2, True), (1, False)]


def test_responses_of_other_conversations_are_not_found(conversation, ada, mallory):
    ask(conversation)
    for other in (ada, mallory):
        elsewhere = ask(Conversation.objects.create(user=other))
        with pytest.raises(Response.DoesNotExist):
            Branch(conversation, elsewhere.pk)
    with pytest.raises(Response.DoesNotExist):
        Branch(conversation, uuid.uuid4())


def chain(conversation: Conversation, turns: int) -> list[Response]:
    # All at one moment: what continues what does not depend on the clock.
    now = timezone.now()
    responses = [Response(conversation=conversation, user=conversation.user, created_at=now) for _ in range(turns)]
    for before, response in itertools.pairwise(responses):
        response.previous = before
    return Response.objects.bulk_create(responses)


def test_thousand_turns_take_two_queries(conversation, django_assert_num_queries):
    responses = chain(conversation, 1000)
    with django_assert_num_queries(2):
        turns = Branch(conversation).turns
    assert [turn.response for turn in turns] == responses
    with django_assert_num_queries(2):
        Branch(conversation).last_page()


def test_long_branch_is_read_page_by_page_from_its_end(conversation):
    responses = chain(conversation, 2 * PAGE_SIZE + 3)
    branch = Branch(conversation)
    read: list[Response] = []
    page = branch.last_page()
    assert (page.after, page.end) == (None, responses[-1].pk)
    while True:
        read = [turn.response for turn in page.turns] + read
        if page.before is None:
            break
        first = page.turns[0].response
        assert page.before == first.previous_id
        page = branch.page_before(first.pk)
        assert page.after == first.pk
    assert read == responses


@given(turns=st.integers(1, 3 * PAGE_SIZE), place=st.integers(0, 3 * PAGE_SIZE - 1))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_page_around_a_response_leads_to_all_others(ada, turns, place):
    conversation = Conversation.objects.create(user=ada)
    responses = chain(conversation, turns)
    named = responses[place % turns]
    branch = Branch(conversation, named.pk)
    page = branch.page_around(named.pk)
    read = [turn.response for turn in page.turns]
    assert named in read
    assert len(read) >= min(turns, PAGE_SIZE)
    assert read.index(named) <= TURNS_BEFORE or page.after is None
    while page.after:
        page = branch.page_after(read[-1].pk)
        read += [turn.response for turn in page.turns]
    assert read == responses[-len(read) :]
    if len(read) < turns:
        earlier = branch.page_before(read[0].pk)
        assert earlier.turns[-1].response == responses[-len(read) - 1]


def test_pages_stay_on_their_branch(conversation):
    root = ask(conversation)
    shown, aside = ask(conversation, root), ask(conversation, root)
    branch = Branch(conversation, shown.pk)
    assert [turn.response for turn in branch.page_after(root.pk).turns] == [shown]
    for elsewhere in (branch.page_before, branch.page_after, branch.page_around):
        with pytest.raises(Response.DoesNotExist):
            elsewhere(aside.pk)


def test_steps_belong_to_the_turn_of_the_message(conversation):
    root = ask(conversation)
    step = call_tool(root, called("get_tide", output="1.8 m"), words="Looking.")
    last = call_tool(step, called("get_tide", output="2 m"), called("get_moon", output="Full"))
    answer(last, text("High."))
    following = ask(conversation, last)

    first, second = Branch(conversation).turns
    assert (first.response, first.steps, first.last) == (root, [step, last], last)
    assert first.versions == [root.pk]
    assert [[call.tool for call in calls_of(each)] for each in first.responses] == [
        ["get_tide"],
        ["get_tide", "get_moon"],
        [],
    ]
    assert (second.response, second.steps) == (following, [])
    assert Branch(conversation).path == [[root.pk, step.pk, last.pk], [following.pk]]


def test_versions_of_a_turn_are_those_of_its_first_response(conversation):
    root = ask(conversation)
    step = call_tool(root, called("get_tide"))
    again = ask(conversation)
    assert shown(conversation) == [again]
    for through in (root, step):
        [turn] = Branch(conversation, through.pk).turns
        assert (turn.response, turn.versions, turn.steps) == (root, [root.pk, again.pk], [step])
    assert step.versions() == root.versions() == again.versions() == [root.pk, again.pk]


def test_branch_with_the_newest_response_is_shown_even_if_that_is_a_step(conversation):
    root, _again = ask(conversation), ask(conversation)
    step = call_tool(root, called("get_tide"))
    assert shown(conversation) == [root]
    assert Branch(conversation).newest == step.pk
    assert root.last_of_turn() == step.last_of_turn() == step


def test_step_that_was_lost_stands_beside_the_one_that_goes_on(conversation):
    root = ask(conversation)
    step = call_tool(root, called("get_tide", output="1.8 m"))
    lost = Response.objects.create(
        conversation=conversation,
        previous=root,
        turn=root,
        user=root.user,
        status="failed",
        created_at=step.created_at - timedelta(microseconds=1),
        completed_at=timezone.now(),
    )
    [turn] = Branch(conversation).turns
    assert (turn.steps, turn.versions) == ([step], [root.pk])
    assert TurnTree.of(conversation).members(root.pk) == [root.pk, lost.pk, step.pk]


def test_pages_count_turns_and_name_their_ends(conversation):
    previous, firsts, lasts = None, [], []
    for _ in range(PAGE_SIZE + 2):
        first = ask(conversation, previous)
        previous = call_tool(first, called("get_tide", output="1.8 m"))
        answer(previous, text("High."))
        firsts.append(first)
        lasts.append(previous)

    branch = Branch(conversation)
    page = branch.last_page()
    assert [turn.response for turn in page.turns] == firsts[2:]
    assert (page.before, page.after, page.end) == (firsts[1].pk, None, lasts[-1].pk)
    for named in (firsts[2], lasts[2]):
        earlier = branch.page_before(named.pk)
        assert [turn.last for turn in earlier.turns] == lasts[:2]
        assert (earlier.before, earlier.after) == (None, firsts[2].pk)
        assert branch.page_after(named.pk).turns[0].response == firsts[3]


def test_turns_of_many_steps_take_three_queries(conversation, django_assert_num_queries):
    step = ask(conversation)
    for _ in range(20):
        step = call_tool(step, called("get_tide", output="1.8 m"), called("get_moon", output="Full"))
    with django_assert_num_queries(3):
        [turn] = Branch(conversation).turns
        assert [len(calls_of(each)) for each in turn.responses] == [2] * 20 + [0]
