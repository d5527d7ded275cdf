"""A transcript: the order of its turns, what each of them shows, and that hostile content does no harm."""

import json
import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from conversations.attachments import hide, store
from conversations.models import Attachment, Compaction, Conversation, Item, Response
from conversations.models.attachment import sent_ids
from conversations.representations.files import drawn_files
from conversations.templatetags.output import as_template
from conversations.turns import TurnTree
from review.parts import Part, parts
from review.transcript import MAX_DEPTH, MAX_JSON_CHARACTERS, Transcript, reading_order
from tests.support.conversations import finish, queue_message
from tests.support.page_elements import PageElements

HOSTILE = "</pre></details><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


@pytest.fixture
def page(client, hopper, conversation):
    """Return a function that loads the transcript as an admin."""
    client.force_login(hopper)

    def get() -> str:
        response = client.get(f"/admin/conversations/conversation/{conversation.pk}/change/")
        assert response.status_code == 200
        return str(response.content, "utf-8")

    return get


def question(text: str, *more: Item) -> list[Item]:
    return [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}, *more]}]


def answer(text: str) -> Item:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


def drawn_by_modules(html: str) -> list[Any]:
    """Return the items that the page's modules draw, for each message and answer that has some."""
    return [json.loads(found) for found in re.findall("<template>([^<]*)</template>", html)]


def answered(
    conversation: Conversation, text: str = "How high?", *output: Item, status: str = "completed", **fields: Any
) -> Response:
    previous = fields.pop("previous", None)
    response, _ = queue_message(conversation, user=conversation.user, input=question(text), previous=previous)
    assert finish(response, status, output=list(output) or [answer("Two metres.")], sequence_number=1, **fields)
    return response


# The order of turns


def test_main_branch_ends_with_the_newest_response(conversation):
    root = answered(conversation)
    first = answered(conversation, "A", previous=root)
    again = answered(conversation, "A", previous=root)
    aside = answered(conversation, "B", previous=first)
    edited = answered(conversation, "C", previous=root)
    last = answered(conversation, "D", previous=edited)

    turns = Transcript(conversation).turns
    assert [(turn.response, turn.depth) for turn in turns] == [
        (root, 0),
        (first, 1),
        (aside, 1),
        (again, 1),
        (edited, 0),
        (last, 0),
    ]
    assert [turn.number for turn in turns] == [1, 2, 4, 3, 5, 6]
    assert [turn.continues for turn in turns] == [None, None, None, 1, 1, None]
    assert [(turn.place, turn.places) for turn in turns] == [(1, 1), (1, 3), (1, 1), (2, 3), (3, 3), (1, 1)]
    assert [turn.edited for turn in turns if turn.place > 1] == [False, True]


def test_summaries_of_earlier_messages_are_shown_also_those_taken_back(conversation, page):
    response = queue_message(conversation, user=conversation.user, input=question("How high?"))[0]
    Compaction.objects.create(response=response, kind="summary", summary=HOSTILE, model="cheap")
    Compaction.objects.create(response=response, kind="items", taken_back_at=response.created_at)
    shown = page()
    assert "alert(1)" in shown
    assert "<script>alert" not in shown
    assert shown.count("Earlier messages are summarized for the model") == 2
    assert shown.count("taken back") == 1


def test_repeated_first_message_is_a_branch(conversation):
    first, again = answered(conversation), answered(conversation)
    assert [(turn.response, turn.depth) for turn in Transcript(conversation).turns] == [(first, 1), (again, 0)]


@given(st.lists(st.integers(min_value=-1), max_size=40))
def test_every_tree_is_shown_whole_and_in_order(choices):
    responses: list[Response] = []
    for number, choice in enumerate(choices):
        previous = responses[choice % number].pk if number and choice >= 0 else None
        responses.append(Response(pk=uuid.UUID(int=number), previous_id=previous))

    order = list(reading_order(TurnTree((response.pk, response.previous_id, None) for response in responses)))
    depths: dict[uuid.UUID | None, int] = {None: 0, **dict(order)}
    place = {pk: index for index, (pk, _) in enumerate(order)}

    assert sorted(place) == [response.pk for response in responses]
    for response in responses:
        if response.previous_id:
            assert place[response.previous_id] < place[response.pk]
            assert depths[response.pk] - depths[response.previous_id] in (0, 1)
    for previous in {response.previous_id for response in responses}:
        following = [response for response in responses if response.previous_id == previous]
        main_branch = [response for response in following if depths[response.pk] == depths[previous]]
        assert len(main_branch) == 1
        assert max(following, key=lambda response: place[response.pk]) == main_branch[0]
    if responses:
        assert order[-1][0] == responses[-1].pk
        assert order[-1][1] == 0


def test_indentation_of_branches_is_limited(conversation, page):
    chain = [answered(conversation)]
    for _ in range(8):
        chain.append(answered(conversation, previous=chain[-1]))
    for response in reversed(chain):
        answered(conversation, "Again", previous=response)
    assert max(turn.depth for turn in Transcript(conversation).turns) == MAX_DEPTH
    assert "depth-4" in page()


# What a turn shows


def test_turn_shows_message_answer_and_cost(conversation, page):
    first = answered(
        conversation,
        "How <high>?\n  And when?",
        answer("**Two** metres."),
        usage={
            "input_tokens": 1_500,
            "input_tokens_details": {"cached_tokens": 1_024},
            "output_tokens": 70,
            "output_tokens_details": {"reasoning_tokens": 64},
            "total_tokens": 1_570,
        },
    )
    Response.objects.filter(pk=first.pk).update(response_id="resp_68b1", model="gpt-5.5")
    html = page()
    for words in (
        "How &lt;high&gt;?\n  And when?",
        "<strong>Two</strong> metres.",
        "1,500 input · 1,024 cached · 70 output · 64 reasoning · 1,570 total tokens",
        "resp_68b1",
        "gpt-5.5",
        "Completed",
        str(first.pk),
        f"{first.created_at:%Y-%m-%d %H:%M:%S} UTC",
    ):
        assert words in html


def test_failed_and_incomplete_answers_say_why(conversation, page):
    error = {"code": "rate_limited", "message": "Too many at once.", "detail": "429 from upstream"}
    answered(conversation, status="failed", error=error)
    answered(conversation, status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    html = page()
    for words in ("rate_limited", "Too many at once.", "429 from upstream", "Incomplete: max_output_tokens"):
        assert words in html


def test_uploads_are_shown_and_image_urls_are_links(conversation, page):
    image = Attachment.objects.create(
        user=conversation.user,
        conversation=conversation,
        name="harbour.png",
        file="harbour.png",
        thumbnail="harbour.webp",
        media_type="image/png",
        width=1,
        height=1,
        size=1,
    )
    queue_message(
        conversation,
        user=conversation.user,
        input=question(
            "What is this?",
            {"type": "input_image", "file_id": str(image.pk)},
            {"type": "input_image", "image_url": "https://example.org/harbour.png"},
        ),
    )
    elements = PageElements(page()).found
    assert ("img", f"/attachments/{image.pk}/thumbnail/") in elements
    assert ("a", f"/attachments/{image.pk}/") in elements
    assert ("a", "https://example.org/harbour.png") in elements
    assert ("img", "https://example.org/harbour.png") not in elements


def test_files_are_cards_and_deleted_ones_leave_a_word(conversation, page, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    kept = [store(SimpleUploadedFile(name, b"High tide."), conversation.user) for name in ("<b>.txt", "Gone.txt")]
    Attachment.objects.update(conversation=conversation)
    hide(kept[1])
    parts = [{"type": "input_file", "file_id": str(each.pk)} for each in kept]
    queue_message(conversation, user=conversation.user, input=question("?", *parts))

    shown = page()
    assert f"/attachments/{kept[0].pk}/" in shown
    assert "&lt;b&gt;.txt" in shown
    assert "<b>.txt" not in shown
    assert "This file was deleted" in shown
    assert "Gone.txt" not in shown


def test_image_of_another_conversation_is_not_shown(conversation, page, grace):
    elsewhere = Conversation.objects.create(user=grace)
    image = Attachment.objects.create(
        user=grace, conversation=elsewhere, name="x", file="x", thumbnail="x", width=1, height=1, size=1
    )
    queue_message(
        conversation, user=conversation.user, input=question("?", {"type": "input_image", "file_id": str(image.pk)})
    )
    assert f"/attachments/{image.pk}/" not in page()


@pytest.mark.parametrize(
    ("item", "kind", "title", "words"),
    [
        ({"role": "user", "content": "words alone"}, "text", "", "words alone"),
        ({"role": "user", "content": [{"type": "input_text", "text": "hello"}]}, "text", "", "hello"),
        (
            {"type": "message", "content": [{"type": "refusal", "refusal": "I can't help with that."}]},
            "text",
            "Refusal",
            "I can't help with that.",
        ),
    ],
)
def test_texts_of_a_message_are_shown(item, kind, title, words):
    found = parts([item], {})
    assert found.shown == [Part(0, 0, kind, words, title)]
    assert not found.page_items


UNKNOWN_CONTENT = {"type": "input_image", "image_url": "http://example.org/"}


@pytest.mark.parametrize(
    ("item", "drawn"),
    [
        ({"type": "message", "content": [UNKNOWN_CONTENT]}, UNKNOWN_CONTENT),
        ({"type": "message", "content": 6}, {"type": "message", "content": 6}),
        ({"type": ["odd"], "content": 6}, {"type": ["odd"], "content": 6}),
        ("no item at all", {"item": "no item at all"}),
        ({"type": "reasoning", "summary": []}, {"type": "reasoning", "summary": []}),
    ],
)
def test_unknown_parts_are_left_to_the_page(item, drawn):
    found = parts([item], {})
    assert {part.kind for part in found.shown} <= {"item"}
    assert found.page_items.items == [{"output_index": 0, "content_index": 0, "item": drawn}]


def test_items_keep_their_places_in_input_and_output(conversation, page):
    given = {"type": "function_call_output", "call_id": "call_1", "output": "6 m"}
    cited: dict[str, Any] = answer("Two metres.")
    cited["content"][0]["annotations"] = [{"type": "url_citation", "url": "https://example.org/tides"}]
    response = answered(conversation, "?", {"type": "web_search_call", "action": {"query": "tide"}}, cited)
    Response.objects.filter(pk=response.pk).update(input=[given, *question("And now?")])
    (turn,) = Transcript(conversation).turns
    assert [(part.output_index, part.kind) for part in turn.message.shown] == [(0, "item"), (1, "text")]
    assert [(part.output_index, part.kind) for part in turn.answers[0][1].shown] == [(0, "item"), (1, "markdown")]

    in_question, in_answer = drawn_by_modules(page())
    assert in_question["items"] == [{"output_index": 0, "content_index": 0, "item": given}]
    assert [entry["output_index"] for entry in in_answer["items"]] == [0]
    assert in_answer["annotations"] == cited["content"][0]["annotations"]


def test_only_running_answers_are_busy(conversation, page):
    answered(conversation)
    assert "aria-busy" not in page()
    queue_message(conversation, user=conversation.user, input=question("And now?"))
    # The answer, and its output.
    assert page().count('aria-busy="true"') == 2


def test_transcript_runs_only_our_modules(conversation, client, hopper):
    answered(conversation)
    client.force_login(hopper)
    response = client.get(f"/admin/conversations/conversation/{conversation.pk}/change/")
    policy = response.headers["Content-Security-Policy"]
    assert "require-trusted-types-for 'script'" in policy
    assert "trusted-types chat-worker" in policy
    nonces = re.findall(r'<script type="module"[^>]* nonce="([^"]+)"', response.text)
    assert len(nonces) == 1
    assert all(f"'nonce-{nonce}'" in policy for nonce in nonces)


def test_long_stored_record_is_truncated(conversation, page):
    answered(conversation, "?", {"type": "future_call", "result": "A" * 3 * MAX_JSON_CHARACTERS})
    _, _, record = page().partition('<details class="record">')
    assert "characters more" in record
    assert len(record) < 2 * MAX_JSON_CHARACTERS


# Hostile content


def test_hostile_content_is_inert(conversation, page, client):
    Conversation.objects.filter(pk=conversation.pk).update(title=HOSTILE)
    image = Attachment.objects.create(
        user=conversation.user,
        conversation=conversation,
        name=HOSTILE,
        file="x",
        thumbnail="x",
        width=1,
        height=1,
        size=1,
    )
    response, _ = queue_message(
        conversation,
        user=conversation.user,
        input=question(
            HOSTILE,
            {"type": "input_image", "file_id": str(image.pk)},
            {"type": "input_image", "image_url": f"https://{HOSTILE}"},
            {"type": HOSTILE},
        ),
    )
    Response.objects.filter(pk=response.pk).update(
        model=HOSTILE,
        instructions=HOSTILE,
        response_id=HOSTILE,
        status="failed",
        output=[
            answer(HOSTILE),
            answer(f"[x](javascript:alert(1)) ```{HOSTILE}``` ![x](x {HOSTILE})"),
            {"type": "message", "content": [{"type": "refusal", "refusal": HOSTILE}]},
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": HOSTILE}]},
            {"type": "function_call", "name": HOSTILE, "arguments": HOSTILE},
            {"type": "web_search_call", "action": {"query": HOSTILE, "url": f"https://{HOSTILE}"}},
            {"type": "image_generation_call", "result": HOSTILE, "output_format": HOSTILE, "status": HOSTILE},
            {"type": "mcp_call", "name": HOSTILE, "server_label": HOSTILE, "error": HOSTILE, "output": HOSTILE},
            {"type": HOSTILE, HOSTILE: HOSTILE},
        ],
        error={"code": HOSTILE, "message": HOSTILE, "detail": HOSTILE},
        incomplete_details={"reason": HOSTILE},
        completed_at=response.created_at,
    )
    for html in (page(), client.get("/admin/conversations/conversation/").content.decode()):
        assert "<script>alert" not in html
        assert PageElements(html).found


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
kinds = st.sampled_from(
    ["message", "reasoning", "function_call", "function_call_output", "input_text", "output_text", "input_image"]
)
names = st.sampled_from(["role", "content", "summary", "name", "arguments", "output", "text", "file_id", "image_url"])
items = st.builds(
    lambda kind, fields: {"type": kind, **fields}, kinds | values, st.dictionaries(names, values, max_size=4)
)


@pytest.mark.slow
@given(st.lists(items | values, max_size=4))
def test_item_of_any_shape_is_shown_or_left_to_the_page(given_items):
    found = parts(given_items, {})
    places = [part.output_index for part in found.shown] + [entry["output_index"] for entry in found.page_items.items]
    for index, item in enumerate(given_items):
        assert index in places or item.get("content") == []
    as_template(found.page_items)


@pytest.mark.slow
@given(st.lists(items | values, max_size=4))
def test_files_of_a_message_of_any_shape_are_found(given_items):
    response = Response(input=given_items)
    assert len(sent_ids(response)) <= len(json.dumps(given_items))
    assert not any(each.file for each in drawn_files(response))
