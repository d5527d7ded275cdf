"""The pages that are measured: who asks for which addresses."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count

from accounts.models import User
from bench.data.filling import ADMIN, CURRENT_MODEL, LONG_TURNS, RARE_MODEL, RETIRED_MODEL
from bench.data.requests import Request
from bench.data.texts import COMMON_WORD, RARE_WORD
from conversations.models import Conversation, Response, Share
from conversations.views.list import Place
from review.places import NEWEST_FIRST, PERSON, backwards, place_of

REVIEW = "/admin/conversations/conversation/"
ORDERS = {"-8": NEWEST_FIRST, "8": backwards(NEWEST_FIRST), "1": [PERSON, *NEWEST_FIRST]}
"""Orders of the list, by its parameter."""
SHORT_TURNS = 12


@dataclass(frozen=True)
class Page:
    """A kind of page, and the requests that it is measured with in turn."""

    name: str
    requests: list[Request]


FEW_PASS = "If less than a page of the newest conversations pass a filter or a search, all that pass are looked up."
RETIRED = "A model that was retired is one of them, with a third of all responses."
WORDS = "An index has the words of everybody. Whose they are is compared before any response is read."
FEEDBACK = "Few responses have any: to read all takes less time than to look up those of 1,000 responses."
ALLOWED = {
    ("search:", "reads much of response_search"): WORDS,
    ("search:", "reads much of response_of_user"): WORDS,
    ("search:", "reads much of conversation_title_words"): WORDS,
    ("review:", "reads many rows of conversations_response"): FEW_PASS,
    ("review:", "reads many rows of conversations_conversation"): FEW_PASS,
    ("review:", "reads much of conversations_conversation_pkey"): RETIRED,
    ("review:", "sorts many rows"): RETIRED,
    ("a long transcript", "reads all of conversations_feedback"): FEEDBACK,
    ("its further pages", "reads all of conversations_feedback"): FEEDBACK,
}
"""What the plans of pages whose names begin like this may do, although it grows with the data, and why."""


def is_allowed(page: Page, oddity: str) -> bool:
    return any(page.name.startswith(begin) and oddity == allowed for begin, allowed in ALLOWED)


def pages() -> Iterator[Page]:
    """Yield all pages of the database that is filled."""
    # The one with most conversations, one with many, and one with few.
    people = list(User.objects.exclude(username=ADMIN).order_by("username"))
    chosen = [people[0], people[len(people) // 20], people[-1]]
    yield from _chat(chosen)
    yield from _conversations(people[0])
    yield from _searches(chosen)
    yield from _review()
    yield from _transcripts(people[0])


def _chat(people: list[User]) -> Iterator[Page]:
    yield Page("the page at the start", [Request(person.username, "/") for person in people])
    yield Page("side list: first page", [Request(person.username, "/conversations/") for person in people])
    further = []
    for person in people:
        own = Conversation.objects.listed(person).filter(archived_at=None, pinned_at=None)
        for part in (0.1, 0.5, 0.9):
            place = own[int(own.count() * part)]
            further.append(Request(person.username, _with("/conversations/", before=str(Place.after(place)))))
    yield Page("side list: further pages", further)
    yield Page("side list: archived", [Request(person.username, "/conversations/?archived") for person in people])


def _conversations(person: User) -> Iterator[Page]:
    short, long = (_of_length(person, turns) for turns in (SHORT_TURNS, LONG_TURNS))
    yield Page("a short conversation", [Request(person.username, row.get_absolute_url()) for row in short])
    yield Page("a long conversation", [Request(person.username, row.get_absolute_url()) for row in long])
    earlier = []
    for row in long:
        middle = row.responses.order_by("created_at")[row.responses.count() // 2]
        earlier.append(Request(person.username, _with(f"{row.get_absolute_url()}turns/", before=str(middle.pk))))
    yield Page("its earlier turns", earlier)
    shares = Share.objects.filter(conversation__deleted_at=None)[:5]
    yield Page("one's own shares", [Request(person.username, "/shares/")])
    yield Page("a shared conversation", [Request(person.username, share.get_absolute_url()) for share in shares])


SEARCHES = {
    "a rare word": [RARE_WORD, "ticket 123456"],
    "a common word": [COMMON_WORD, "the "],
    "one letter": ["w", "b", "x"],
    "two words": [f"{COMMON_WORD} plan", '"coffee machine"'],
    "no result": ["unheardof", "-the -and nothingness"],
}


def _searches(people: list[User]) -> Iterator[Page]:
    for name, searches in SEARCHES.items():
        requests = [Request(who.username, _with("/search/", q=words)) for words in searches for who in people]
        yield Page(f"search: {name}", requests)


def _review() -> Iterator[Page]:
    yield Page("review: first page", _reviewed([{}]))
    newest = Conversation.objects.filter(is_temporary=False).order_by("-updated_at", "-id")
    middle = newest[newest.count() // 2]
    places = {order: place_of(middle, fields) for order, fields in ORDERS.items()}
    yield Page("review: further pages", _reviewed({"o": "-8", way: places["-8"]} for way in ("after", "before")))
    yield Page("review: oldest first", _reviewed([{"o": "8"}, {"o": "8", "after": places["8"]}]))
    yield Page("review: by person", _reviewed([{"o": "1"}, {"o": "1", "after": places["1"]}]))
    for name, values in {
        "person": ["person000", "person100"],
        "model": [CURRENT_MODEL, RETIRED_MODEL, RARE_MODEL],
        "status": list(Response.Status.values),
        "feedback": ["up", "down"],
        "images": ["yes", "no"],
        "imported": ["yes", "no"],
        "deleted": ["yes", "no"],
    }.items():
        yield Page(f"review: filter by {name}", _reviewed([{name: value} for value in values]))
    yield Page("review: several filters", _reviewed([{"status": "failed", "images": "yes", "model": CURRENT_MODEL}]))
    for name, searches in SEARCHES.items():
        yield Page(f"review: search for {name}", _reviewed([{"q": words} for words in searches]))
    both = [{"q": COMMON_WORD, "status": "failed"}, {"q": RARE_WORD, "model": RETIRED_MODEL}]
    yield Page("review: search and filter", _reviewed(both))


def _transcripts(person: User) -> Iterator[Page]:
    short, long = (_of_length(person, turns) for turns in (SHORT_TURNS, LONG_TURNS))
    yield Page("a short transcript", [Request(ADMIN, f"{REVIEW}{row.pk}/change/") for row in short])
    yield Page("a long transcript", [Request(ADMIN, f"{REVIEW}{row.pk}/change/") for row in long])
    middles = [f"{row.pk}/change/?from={row.responses.count() // 2}" for row in long]
    yield Page("its further pages", [Request(ADMIN, f"{REVIEW}{middle}") for middle in middles])


def _reviewed(parameters: Iterable[dict[str, str]]) -> list[Request]:
    return [Request(ADMIN, _with(REVIEW, **each)) for each in parameters]


def _of_length(person: User, turns: int) -> list[Conversation]:
    """Return some conversations of about so many turns; in a small database, the longest."""
    own = Conversation.objects.listed(person).annotate(turns=Count("responses")).order_by("-turns")
    found = own.filter(turns__lte=turns)
    return list(found[:3])


def _with(address: str, **parameters: str) -> str:
    return f"{address}?{urlencode(parameters)}" if parameters else address
