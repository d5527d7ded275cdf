"""What an admin reads: the tree in order, questions and answers as they were meant, and all of it harmless."""

import json
import uuid
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from chatsite.environment import BASE_DIR
from conversations.answering import ownership
from conversations.models import Attachment, Conversation, Item, Response
from providers.sources import Shown, shown
from review.markdown import to_html
from review.parts import parts
from review.transcript import DEEPEST, LONGEST_JSON, Transcript, reading_order

ITEMS: list[dict[str, Any]] = json.loads((BASE_DIR / "tests/support/items.json").read_text())["items"]
HOSTILE = "</pre></details><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


@pytest.fixture
def page(client, hopper, conversation):
    """The transcript as an admin gets it."""
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


def answered(
    conversation: Conversation, text: str = "How high?", *output: Item, status: str = "completed", **fields: Any
) -> Response:
    previous = fields.pop("previous", None)
    response, _ = Response.objects.ask(conversation, user=conversation.user, input=question(text), previous=previous)
    assert ownership.finish(
        response, status, output=list(output) or [answer("Two metres.")], sequence_number=1, **fields
    )
    return response


# The order of a tree


def test_the_main_line_ends_with_the_newest_and_branches_stand_aside_before_it(conversation):
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


def test_a_first_question_that_was_asked_again_is_a_branch_too(conversation):
    first, again = answered(conversation), answered(conversation)
    assert [(turn.response, turn.depth) for turn in Transcript(conversation).turns] == [(first, 1), (again, 0)]


@given(st.lists(st.integers(min_value=-1), max_size=40))
def test_every_tree_is_read_whole_and_in_order(choices):
    responses: list[Response] = []
    for number, choice in enumerate(choices):
        previous = responses[choice % number].pk if number and choice >= 0 else None
        responses.append(Response(pk=uuid.UUID(int=number), previous_id=previous))

    order = list(reading_order(responses))
    depths: dict[uuid.UUID | None, int] = {None: 0, **{response.pk: depth for response, depth in order}}
    place = {response.pk: index for index, (response, _) in enumerate(order)}

    assert sorted(place) == [response.pk for response in responses]
    for response in responses:
        if response.previous_id:
            assert place[response.previous_id] < place[response.pk]
            assert depths[response.pk] - depths[response.previous_id] in (0, 1)
    for previous in {response.previous_id for response in responses}:
        following = [response for response in responses if response.previous_id == previous]
        on_the_line = [response for response in following if depths[response.pk] == depths[previous]]
        assert len(on_the_line) == 1
        assert max(following, key=lambda response: place[response.pk]) == on_the_line[0]
    if responses:
        assert order[-1][0] == responses[-1]
        assert order[-1][1] == 0


def test_a_chain_of_a_thousand_turns_is_shown(conversation, page):
    previous = None
    for number in range(1_000):
        response = Response(conversation=conversation, user=conversation.user, previous=previous, model="standin")
        response.input, response.output = question(f"Question {number}."), [answer(f"Answer **{number}**.")]
        response.save()
        previous = response
    html = page()
    assert html.count('<li class="turn depth-0"') == 1_000
    assert "Answer <strong>999</strong>." in html


def test_branches_of_branches_stop_moving_to_the_right(conversation, page):
    chain = [answered(conversation)]
    for _ in range(8):
        chain.append(answered(conversation, previous=chain[-1]))
    for response in reversed(chain):
        answered(conversation, "Again", previous=response)
    assert max(turn.depth for turn in Transcript(conversation).turns) == DEEPEST
    assert "depth-4" in page()


# What a turn shows


def test_a_turn_shows_question_answer_and_what_it_took(conversation, page):
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


def test_pictures_of_the_conversation_are_shown_and_addresses_are_links_that_nothing_fetches(conversation, page):
    picture = Attachment.objects.create(
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
    Response.objects.ask(
        conversation,
        user=conversation.user,
        input=question(
            "What is this?",
            {"type": "input_image", "file_id": str(picture.pk)},
            {"type": "input_image", "image_url": "https://example.org/harbour.png"},
        ),
    )
    elements = Elements(page()).found
    assert ("img", f"/attachments/{picture.pk}/thumbnail/") in elements
    assert ("a", f"/attachments/{picture.pk}/") in elements
    assert ("a", "https://example.org/harbour.png") in elements
    assert ("img", "https://example.org/harbour.png") not in elements


def test_another_conversations_picture_is_not_shown(conversation, page, grace):
    elsewhere = Conversation.objects.create(user=grace)
    picture = Attachment.objects.create(
        user=grace, conversation=elsewhere, name="x", file="x", thumbnail="x", width=1, height=1, size=1
    )
    Response.objects.ask(
        conversation, user=conversation.user, input=question("?", {"type": "input_image", "file_id": str(picture.pk)})
    )
    assert f"/attachments/{picture.pk}/" not in page()


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
def test_the_words_of_a_message_are_shown(item, kind, title, words):
    (part,) = parts([item], {})
    assert (part.kind, part.title, part.content) == (kind, title, words)


@pytest.mark.parametrize(
    ("item", "title", "words"),
    [
        (
            {"type": "message", "content": [{"type": "input_image", "image_url": "http://example.org/"}]},
            "Input image",
            "http://example.org/",
        ),
        ({"type": "message", "content": 6}, "Message", "6"),
        ({"type": ["odd"], "content": 6}, "Unknown item", "6"),
        ("no item at all", "Unknown item", "no item at all"),
    ],
)
def test_what_nobody_knows_is_shown_as_what_it_is(item, title, words):
    (part,) = parts([item], {})
    assert isinstance(part.content, Shown)
    assert (part.kind, part.content.title) == ("item", title)
    assert words in part.content.blocks[0].content


@pytest.mark.parametrize(
    "item", [pytest.param(case["item"], id=case["name"]) for case in ITEMS if shown(case["item"], is_over=True)]
)
def test_what_tools_did_is_read_as_the_person_read_it(conversation, page, item):
    response = answered(conversation, "?", item)
    # PostgreSQL has an order of its own for what is in an object.
    response.refresh_from_db(fields=["output"])
    found = shown(response.output[0], is_over=True)
    assert found
    html = page().partition('<details class="record">')[0]
    for words in (found.title, found.note, *(block.label for block in found.blocks)):
        assert escape(words) in html
    for block in found.blocks:
        assert (to_html if block.format == "markdown" else escape)(block.content) in html


def test_thoughts_and_sources_are_folded_and_a_thought_without_words_is_none(conversation, page):
    thought = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "**Looking**"}]}
    cited: dict[str, Any] = answer("Two metres.")
    cited["content"][0]["annotations"] = [
        {"type": "url_citation", "url": "https://example.org/tides", "title": "Tides", "start_index": 0, "end_index": 3}
    ]
    answered(conversation, "?", thought, {"type": "reasoning", "summary": []}, cited)
    html = page()
    assert html.count('<details class="item">') == 2
    assert "<strong>Looking</strong>" in html
    assert ("a", "https://example.org/tides") in Elements(html).found


def test_what_was_cut_off_while_it_ran_runs_no_more():
    (part,) = parts([{"type": "web_search_call", "status": "searching"}], {})
    assert part.content.state == ""


def test_a_long_record_is_cut(conversation, page):
    answered(conversation, "?", {"type": "future_call", "result": "A" * 3 * LONGEST_JSON})
    html = page()
    assert "characters more" in html
    assert len(html) < 2 * LONGEST_JSON


# Whatever is stored, the page stands and runs nothing


class Elements(HTMLParser):
    """The elements of a page, each with where it leads or what it loads, and no script or handler of anybody else's."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.found.append((tag, attributes.get("src") or attributes.get("href")))
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if tag in ("script", "img", "iframe", "link"):
            assert (self.found[-1][1] or "").startswith(("/static/", "/attachments/", "/admin/jsi18n/", "data:image/"))


def test_hostile_content_comes_out_inert(conversation, page, client):
    Conversation.objects.filter(pk=conversation.pk).update(title=HOSTILE)
    picture = Attachment.objects.create(
        user=conversation.user,
        conversation=conversation,
        name=HOSTILE,
        file="x",
        thumbnail="x",
        width=1,
        height=1,
        size=1,
    )
    response, _ = Response.objects.ask(
        conversation,
        user=conversation.user,
        input=question(
            HOSTILE,
            {"type": "input_image", "file_id": str(picture.pk)},
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
        assert Elements(html).found


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


@given(st.lists(items | values, max_size=4))
def test_an_item_of_any_shape_has_something_to_show(given_items):
    assert len(list(parts(given_items, {}))) >= sum(not isinstance(item, dict) for item in given_items)
