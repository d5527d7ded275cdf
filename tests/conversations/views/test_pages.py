"""The chat page as the server draws it: whose it is, what stands in it, and how much it asks the database."""

import re
import uuid

import pytest
from django.utils import timezone

from accounts.models import User
from conversations.branches import PAGE_SIZE
from conversations.models import Conversation, Response
from providers.models import Model
from tests.support.assistants import make_model
from tests.support.conversations import QUESTION, answer, ask, text

ANSWER = "Two metres **at noon**."


@pytest.fixture
def conversation(ada) -> Conversation:
    return Conversation.objects.create(user=ada, title="Tides")


@pytest.fixture
def page(client, ada):
    """Opens an address as ada and returns its HTML."""
    client.force_login(ada)

    def open_page(address: str) -> str:
        response = client.get(address)
        assert response.status_code == 200
        return response.text

    return open_page


def test_visitor_must_sign_in(client, conversation):
    for address in ("/", conversation.get_absolute_url()):
        response = client.get(address)
        assert (response.status_code, response.url) == (302, f"/sign-in/?next={address}")


def test_conversation_page_is_visible_to_its_owner_only(client, conversation, grace, mallory, hopper):
    for other in (grace, mallory, hopper):
        client.force_login(other)
        assert client.get(conversation.get_absolute_url()).status_code == 404
        assert "Tides" not in client.get("/").text


def test_missing_conversation_page_is_not_found(client, ada):
    client.force_login(ada)
    assert client.get(f"/conversations/{uuid.uuid4()}/").status_code == 404


def test_newest_branch_is_shown_with_its_messages(page, conversation):
    first = ask(conversation)
    answer(first, text(ANSWER))
    ask(conversation, first)

    html = page(conversation.get_absolute_url())
    assert "<title>Tides · Chat</title>" in html
    assert html.count(f'<p class="words" dir="auto">{QUESTION}</p>') == 2
    # The message is the second item of the output, and its source is drawn by the browser.
    assert f'<markdown-text dir="auto" data-output-index="1" data-content-index="0">{ANSWER}</markdown-text>' in html
    drawn, _, _ = html.partition("<template id=")
    # The answer, and its output.
    assert drawn.count('aria-busy="true"') == 2


def test_branch_of_a_named_response_links_its_versions(page, conversation):
    root = ask(conversation)
    answer(root, text("The root."))
    first, second = ask(conversation, root), ask(conversation, root)
    answer(first, text("The first."))
    answer(second, text("The second."))

    address = conversation.get_absolute_url()
    html = page(f"{address}?response={first.pk}")
    assert "The root." in html
    assert "The first." in html
    assert "The second." not in html
    assert '<span class="place">1 / 2</span>' in html
    assert f'aria-label="Next version" title="Next version" href="{address}?response={second.pk}"' in html
    assert 'aria-label="Previous version" title="Previous version" role="link" aria-disabled="true"' in html

    html = page(address)
    assert "The second." in html
    assert "The first." not in html
    assert '<span class="place">2 / 2</span>' in html
    assert f'aria-label="Previous version" title="Previous version" href="{address}?response={first.pk}"' in html


@pytest.mark.parametrize("named", ["", "nonsense", str(uuid.UUID(int=0))])
def test_branch_through_an_unknown_response_is_not_found(client, ada, conversation, named):
    ask(conversation)
    client.force_login(ada)
    assert client.get(conversation.get_absolute_url(), {"response": named}).status_code == 404


def test_branch_through_a_foreign_response_is_not_found(client, ada, conversation, mallory):
    client.force_login(ada)
    for other in (ada, mallory):
        elsewhere = ask(Conversation.objects.create(user=other))
        assert client.get(conversation.get_absolute_url(), {"response": elsewhere.pk}).status_code == 404


def test_branch_is_visible_to_its_owner_only(client, conversation, grace, mallory):
    response = ask(conversation)
    for other in (grace, mallory):
        client.force_login(other)
        assert client.get(conversation.get_absolute_url(), {"response": response.pk}).status_code == 404


def test_link_to_older_conversations_keeps_the_branch(page, ada, conversation):
    response = ask(conversation)
    Conversation.objects.bulk_create(Conversation(user=ada) for _ in range(60))
    html = page(f"{conversation.get_absolute_url()}?response={response.pk}")
    assert f'href="?response={response.pk}&amp;before=' in html


def test_words_and_urls_are_escaped(page, ada):
    evil = "<img src=x onerror=alert(1)>"
    conversation = Conversation.objects.create(user=ada, title=evil)
    picture = {"type": "input_image", "detail": "auto", "image_url": f'https://example.org/"{evil}'}
    response = ask(conversation, None, {"type": "input_text", "text": evil}, picture)
    answer(response, text(evil), {"type": "refusal", "refusal": evil}, status="failed", error={"message": evil})

    html = page(conversation.get_absolute_url())
    assert "<img src=x" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") >= 6


def test_failed_answer_shows_its_sentence(page, conversation):
    answer(ask(conversation), status="failed", error={"code": "server_error", "message": "The model is overloaded."})

    html = page(conversation.get_absolute_url())
    assert '<p class="error" role="alert">The model is overloaded.</p>' in html
    assert 'data-status="failed"' in html


def test_list_has_the_newest_activity_first(page, ada, conversation):
    Conversation.objects.create(user=ada, title="Newer")
    html = page("/")
    assert html.index(">Newer<") < html.index(">Tides<")

    ask(conversation)
    html = page("/")
    assert html.index(">Tides<") < html.index(">Newer<")


def test_older_conversations_follow_without_gaps(page, ada):
    # All at one moment: then the id alone decides.
    now = timezone.now()
    made = Conversation.objects.bulk_create(
        Conversation(user=ada, title=f"Conversation {number}.", updated_at=now) for number in range(120)
    )
    seen, html = [], page("/")
    while True:
        seen.append([c.title for c in made if f">{c.title}<" in html])
        _, more, rest = html.partition('href="?before=')
        if not more:
            break
        html = page(f"/?before={rest.partition(chr(34))[0]}")

    assert [len(titles) for titles in seen] == [50, 50, 20]
    assert sorted(title for titles in seen for title in titles) == sorted(c.title for c in made)


@pytest.mark.parametrize("before", ["nonsense", "2026-11-21T12:00:00Z_", f"soon_{uuid.UUID(int=0)}"])
def test_invalid_list_place_is_not_found(client, ada, before):
    client.force_login(ada)
    assert client.get("/", {"before": before}).status_code == 404


def test_long_conversation_takes_no_more_queries(page, conversation, django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr("assistants.offers.MISS_SECONDS", 60)
    response = None
    for _ in range(20):
        picture = {"type": "input_image", "detail": "auto", "file_id": str(uuid.uuid4())}
        for _ in range(2):
            asked = ask(conversation, response, picture)
            answer(asked, text(ANSWER))
        response = asked
    # What may be chosen is looked up now and then, not for each page.
    page("/")
    with django_assert_max_num_queries(12):
        html = page(conversation.get_absolute_url())
    assert html.count('<span class="place">2 / 2</span>') == 20


def long(conversation: Conversation, turns: int) -> list[Response]:
    responses: list[Response] = []
    for _ in range(turns):
        responses.append(ask(conversation, responses[-1] if responses else None))
    return responses


def drawn(html: str) -> list[str]:
    """The ids of the responses that a page shows."""
    return re.findall(r'<chat-response id="response-([^"]+)"', html)


def ids(responses: list[Response]) -> list[str]:
    return [str(response.pk) for response in responses]


def test_long_conversation_shows_its_end_and_a_link_to_earlier_turns(page, conversation):
    responses = long(conversation, PAGE_SIZE + 5)
    html = page(conversation.get_absolute_url())
    assert drawn(html) == ids(responses[5:])
    assert 'data-end=""' in html

    way = f"?response={responses[-1].pk}&amp;at={responses[4].pk}"
    assert f'<a class="earlier-turns" href="{way}">Show earlier</a>' in html
    html = page(conversation.get_absolute_url() + way.replace("&amp;", "&"))
    assert drawn(html) == ids(responses[:PAGE_SIZE])
    assert f'data-end="{responses[-1].pk}"' in html
    assert f'href="?response={responses[-1].pk}&amp;at={responses[PAGE_SIZE].pk}">Show later</a>' in html


def test_named_response_is_shown_wherever_it_is(page, conversation):
    responses = long(conversation, 3 * PAGE_SIZE)
    for place in (0, PAGE_SIZE, 3 * PAGE_SIZE - 1):
        assert str(responses[place].pk) in drawn(
            page(f"{conversation.get_absolute_url()}?response={responses[place].pk}")
        )


def test_open_page_gets_missing_turns(page, conversation, django_assert_max_num_queries):
    responses = long(conversation, 2 * PAGE_SIZE)
    aside = ask(conversation, responses[0])
    end = responses[-1].pk
    address = f"{conversation.get_absolute_url()}turns/"
    with django_assert_max_num_queries(6):
        assert drawn(page(f"{address}?before={end}")) == ids(responses[-PAGE_SIZE - 1 : -1])
    assert drawn(page(f"{address}?before={responses[0].pk}")) == []
    assert drawn(page(f"{address}?response={end}")) == ids(responses[-PAGE_SIZE:])
    html = page(f"{address}?response={end}&after={responses[0].pk}")
    assert drawn(html) == ids(responses[1 : PAGE_SIZE + 1])
    assert f'data-newest="{aside.pk}" data-end="{end}"' in html
    assert 'data-end=""' in page(f"{address}?response={end}&after={responses[PAGE_SIZE].pk}")
    assert drawn(page(f"{address}?response={aside.pk}")) == ids([responses[0], aside])


@pytest.mark.parametrize("name", ["before", "after", "response"])
def test_turns_are_visible_to_their_owner_only(client, ada, conversation, grace, mallory, name):
    response = ask(conversation)
    address = f"{conversation.get_absolute_url()}turns/"
    for other in (grace, mallory):
        client.force_login(other)
        assert client.get(address, {name: response.pk}).status_code == 404
    client.force_login(ada)
    elsewhere = ask(Conversation.objects.create(user=mallory))
    for nothing in (elsewhere.pk, uuid.uuid4(), "nonsense"):
        assert client.get(address, {name: nothing}).status_code == 404


def test_chat_page_requires_trusted_types(client, ada):
    client.force_login(ada)
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "require-trusted-types-for 'script'" in policy
    assert "trusted-types chat-worker" in policy
    assert "unsafe" not in policy


def test_review_link_is_for_admins_only(client, ada, hopper):
    client.force_login(ada)
    assert 'href="/admin/"' not in client.get("/").text
    client.force_login(hopper)
    assert 'href="/admin/"' in client.get("/").text


@pytest.mark.parametrize(("uses_standin", "notices"), [(True, 1), (False, 0)])
def test_stand_in_is_named_on_the_page(client, ada, settings, uses_standin, notices):
    settings.USES_STANDIN = uses_standin
    client.force_login(ada)
    assert client.get("/").text.count("Demo mode: no model is connected yet.") == notices


def test_admin_is_told_the_first_steps_until_they_are_done(client, hopper, settings):
    def steps() -> list[str]:
        page = client.get("/").text
        return [step for step in ("Add your colleagues", "Connect a model", "Offer more models") if step in page]

    settings.USES_STANDIN = True
    client.force_login(hopper)
    assert steps() == ["Add your colleagues", "Connect a model"]
    make_model("first")
    assert steps() == ["Add your colleagues", "Offer more models"]
    make_model("second")
    assert steps() == ["Add your colleagues"]
    # That of the settings counts, unless it is the stand-in.
    Model.objects.exclude(provider__is_from_environment=True).delete()
    settings.USES_STANDIN = False
    assert steps() == ["Add your colleagues", "Offer more models"]
    ada = User.objects.create_user("ada")
    assert steps() == []

    settings.USES_STANDIN = True
    User.objects.exclude(pk=ada.pk).delete()
    client.force_login(ada)
    assert steps() == []


def test_archived_conversation_stands_in_its_list(page, ada, conversation):
    Conversation.objects.create(user=ada, title="Lunch")
    assert "Lunch" in page(conversation.get_absolute_url())
    conversation.mark(archived=True)
    html = page(conversation.get_absolute_url())
    assert "Lunch" not in html
    assert "All conversations" in html
