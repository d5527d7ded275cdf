"""What the model may read of conversations: those of the person who asks."""

import msgspec
import pytest

from conversations.models import Conversation
from conversations.tools import search_conversations
from tests.support.conversations import finish, queue_message
from tools.tool import Context

pytestmark = pytest.mark.django_db(transaction=True)


def answered(user, title: str, **fields) -> Conversation:
    conversation = Conversation.objects.create(user=user, title=title, **fields)
    message = {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": "At noon in the harbour?"}],
    }
    response, _ = queue_message(conversation, user=user, input=[message])
    finish(response, "completed", output=[], sequence_number=1)
    return conversation


def search(user, conversation, words: str) -> list[str]:
    found = search_conversations(Context(user_id=user.pk, conversation_id=conversation.pk), words=words)
    return [each["title"] for each in found]


def test_only_own_conversations_are_found(ada, mallory):
    own = answered(ada, "Tides")
    answered(mallory, "Theirs")
    answered(ada, "Passing", is_temporary=True)
    assert search(ada, own, "harbour") == ["Tides"]
    assert search(ada, own, "Theirs OR Passing") == []


@pytest.mark.parametrize("words", ["", " ", "\0", '"', "-", "a" * 100_000, "' OR 1=1 --", "\ud800"])
async def test_any_words_can_be_searched_for(ada, words):
    context = Context(user_id=ada.pk, conversation_id=ada.pk)
    result = await search_conversations.run(
        context, msgspec.json.encode({"words": words.replace("\ud800", "?")}).decode()
    )
    assert (result.text, result.has_failed) == ("[]", False)
