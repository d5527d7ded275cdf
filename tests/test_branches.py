"""The branch of a conversation that is shown, and what else stands at each place of it."""

import itertools
import uuid

import pytest
from django.utils import timezone

from conversations.branches import Branch
from conversations.models import Conversation, Response


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


def ask(conversation: Conversation, previous: Response | None = None) -> Response:
    return conversation.ask(user=conversation.user, input=[], previous=previous)[0]


def shown(conversation: Conversation, through: Response | None = None) -> list[Response]:
    return [turn.response for turn in Branch(conversation, through.pk if through else None).turns]


def test_an_empty_conversation_has_an_empty_branch(conversation):
    branch = Branch(conversation)
    assert (branch.newest, branch.turns) == (None, [])


def test_a_branch_leads_through_the_named_response_to_the_newest_leaf_below_it(conversation):
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


def test_each_turn_knows_the_versions_beside_it(conversation):
    root = ask(conversation)
    first, second, third = (ask(conversation, root) for _ in range(3))
    ask(conversation, first)

    lone, turn = Branch(conversation, second.pk).turns
    assert (lone.versions, lone.place, lone.earlier, lone.later) == ([root.pk], 1, None, None)
    assert turn.versions == [first.pk, second.pk, third.pk]
    assert (turn.place, turn.earlier, turn.later) == (2, first.pk, third.pk)


def test_responses_of_other_conversations_are_not_there(conversation, ada, mallory):
    ask(conversation)
    for other in (ada, mallory):
        elsewhere = ask(Conversation.objects.create(user=other))
        with pytest.raises(Response.DoesNotExist):
            Branch(conversation, elsewhere.pk)
    with pytest.raises(Response.DoesNotExist):
        Branch(conversation, uuid.uuid4())


def test_a_thousand_turns_take_two_queries(conversation, django_assert_num_queries):
    # All at one moment: what continues what does not depend on the clock.
    now = timezone.now()
    responses = [Response(conversation=conversation, user=conversation.user, created_at=now) for _ in range(1000)]
    for before, response in itertools.pairwise(responses):
        response.previous = before
    Response.objects.bulk_create(responses)

    with django_assert_num_queries(2):
        branch = Branch(conversation)
    assert [turn.response for turn in branch.turns] == responses
