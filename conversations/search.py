"""Conversations by the words in them, for the admins' list and for the chat alike."""

import re

from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery, SearchVector
from django.db.models import QuerySet

from conversations.models import Conversation, Response

# A word that somebody may still be typing: nothing after it, and no operator that it belongs to.
LAST_WORD = re.compile(r"(?:^|\s)(\w+)$")
OPERATORS = re.compile(r'"|\bor\b', re.IGNORECASE)


def matching(conversations: QuerySet[Conversation], words: str) -> QuerySet[Conversation]:
    """Those of the conversations that have all the words in their title, or in one question and its answer.

    Understood as people write in search engines: "two words" in a row, -without, this or that. The last word may be
    the beginning of one. An answer is found once it has ended.
    """
    query = _query(words.replace("\x00", " "))
    titled = Conversation.objects.annotate(words=SearchVector("title", config="simple")).filter(words=query)
    said: QuerySet[Response] = Response.objects.filter(search=query)
    # A union, because an index serves each half of it, and none would serve the two joined by OR.
    found = titled.order_by().values("pk").union(said.order_by().values("conversation_id"))
    return conversations.filter(pk__in=found)


def _query(words: str) -> SearchQuery | CombinedSearchQuery:
    last = LAST_WORD.search(words)
    if last is None or OPERATORS.search(words):
        return SearchQuery(words, search_type="websearch", config="simple")
    beginning = SearchQuery(f"'{last[1]}':*", search_type="raw", config="simple")
    before = words[: last.start()].strip()
    return SearchQuery(before, search_type="websearch", config="simple") & beginning if before else beginning
