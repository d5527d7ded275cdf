"""Every address of the site, whoever added it: strangers sign in first, and outsiders find nothing."""

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from conversations.attachments import store
from conversations.models import Conversation, Response, Share
from tests.support.images import encoded, image

OPEN_TO_ALL = {"sign-in", "sign-out", "first-run", "health", "manifest", "diagram"}
OPEN_TO_PEOPLE = {"home", "attachments", "conversations", "password", "preferences", "search", "import"}
OPEN_TO_READERS = {"share"}
TO_BE_DELETED = {"temporary"}
# Django's own pages; tests/review/test_admin.py is about what is behind them.
ADMIN = "admin/"
# They are not read; tests/conversations/views/test_feedback.py is about who may write them.
WRITTEN_ONLY = {"feedback"}


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), pattern


PAGES = {str(pattern.name) for route, pattern in routes(get_resolver()) if not route.startswith(ADMIN)} - WRITTEN_ONLY
REVIEW = [route for route, _ in routes(get_resolver()) if route.startswith(ADMIN)]


@pytest.fixture
def ids(ada, settings, tmp_path) -> dict[str, object]:
    """Of something of ada's for each page that is about one thing."""
    settings.MEDIA_ROOT = tmp_path
    conversation = Conversation.objects.create(user=ada)
    picture = store(SimpleUploadedFile("harbour.png", encoded(image())), ada)
    picture.conversation = conversation
    picture.save()
    share = Share.objects.create(
        conversation=conversation, response=Response.objects.ask(conversation, user=ada, input=[])[0]
    )
    return {
        **dict.fromkeys(("conversation", "turns", "shares", "temporary"), conversation.pk),
        **dict.fromkeys(("export-markdown", "export-json"), conversation.pk),
        **dict.fromkeys(("attachment", "attachment-thumbnail"), picture.pk),
        "share": share.pk,
    }


@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize("page", sorted(PAGES - OPEN_TO_ALL))
def test_strangers_sign_in_first(client, ids, page, method):
    answer = getattr(client, method)(reverse(page, args=[ids[page]] if page in ids else []))
    if page == "attachments":
        # It is the page's script that asks.
        assert answer.status_code in {401, 405}
    else:
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("sign-in"))


@pytest.mark.parametrize("page", sorted(PAGES - OPEN_TO_ALL - OPEN_TO_PEOPLE - OPEN_TO_READERS - TO_BE_DELETED))
def test_outsiders_find_nothing_and_owners_do(ids, ada, mallory, page):
    address = reverse(page, args=[ids[page]])
    for person, status in ((mallory, 404), (ada, 200)):
        client = Client()
        client.force_login(person)
        assert client.get(address).status_code == status


@pytest.mark.parametrize("route", REVIEW)
def test_the_review_is_for_admins(ada, route):
    client = Client()
    client.force_login(ada)
    address = "/" + route.replace("<path:object_id>", str(ada.pk)).replace("<id>", str(ada.pk))
    assert client.get(address).status_code in {302, 403, 404}
