"""Full-text search in conversations: for the admins' list, and for people in the chat."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery, SearchVector
from django.db.models import QuerySet

from accounts.models import User
from common.text import replace_nul
from conversations.models import Conversation, Response

# A word that may still be being typed: nothing follows it, and it belongs to no operator.
LAST_WORD = re.compile(r"(?:^|\s)(\w+)$")
OPERATORS = re.compile(r'"|\bor\b', re.IGNORECASE)

PAGE_SIZE = 20
"""Results."""

MAX_RANKED = 2000
"""Titles, and responses: of more that match, only the newest are ranked."""
TITLE_WEIGHT = 4
MAX_SNIPPET_SOURCE = 100_000
"""Characters of a message and its answer in which a snippet is looked for."""

START, STOP = "\ue000", "\ue001"
"""Mark a match: private-use characters, which are removed from the texts first."""
MARKS = START + STOP
SIGNS = f"{MARKS}*`#|~"
"""Removed from messages and answers, which are Markdown. From titles, only the first two are removed."""
MARKED = f'StartSel="{START}", StopSel="{STOP}"'


@dataclass(frozen=True)
class Hit:
    """A conversation that matches a search.

    `response_id` is the response that matches best, None if only the title matches. The texts are in pieces, of which
    every second one is a match.
    """

    conversation: Conversation
    response_id: uuid.UUID | None
    title: list[str]
    snippet: list[str]


def matching(conversations: QuerySet[Conversation], words: str) -> QuerySet[Conversation]:
    """Return the conversations that have all the words in their title, or in one message and its answer.

    The words may be written as for a search engine: "two words" in a row, -without, this or that. The last one may be
    the beginning of a word. An answer is found when it has ended.
    """
    query = _query(replace_nul(words, " "))
    titled = Conversation.objects.annotate(words=SearchVector("title", config="simple")).filter(words=query)
    said: QuerySet[Response] = Response.objects.filter(search=query)
    # A union, because each half has an index, and an OR of both would use none.
    found = titled.order_by().values("pk").union(said.order_by().values("conversation_id"))
    return conversations.filter(pk__in=found)


HITS = """
WITH own AS NOT MATERIALIZED (
    SELECT *, to_tsvector('simple'::regconfig, COALESCE(title, '')) AS words
    FROM conversations_conversation WHERE user_id = %(user)s AND deleted_at IS NULL AND NOT is_temporary
),
said AS NOT MATERIALIZED (
    SELECT response.id, conversation_id, search, response.created_at
    FROM own JOIN conversations_response response ON response.conversation_id = own.id
),
hit AS (
    SELECT id AS conversation_id, NULL::uuid AS answer_id, %(title_weight)s * ts_rank(words, {query}) AS rank
    FROM (SELECT * FROM own WHERE words @@ {query} ORDER BY updated_at DESC LIMIT %(ranked)s) newest
    UNION ALL
    SELECT conversation_id, id, ts_rank(search, {query})
    FROM (SELECT * FROM said WHERE search @@ {query} ORDER BY created_at DESC LIMIT %(ranked)s) newest
),
best AS (
    SELECT conversation_id, max(rank) AS rank,
        (array_agg(answer_id ORDER BY rank DESC) FILTER (WHERE answer_id IS NOT NULL))[1] AS answer_id
    FROM hit GROUP BY conversation_id
),
shown AS (
    SELECT own.*, rank, answer_id FROM best JOIN own ON own.id = conversation_id
    ORDER BY rank DESC, updated_at DESC, own.id DESC LIMIT %(limit)s OFFSET %(offset)s
)
SELECT shown.*,
    ts_headline('simple', translate(title, %(marks)s, ''), {query}, %(whole)s) AS marked_title,
    ts_headline('simple', translate(left(said.text, %(longest)s), %(signs)s, ''), {query}, %(some)s) AS marked_text
FROM shown
LEFT JOIN conversations_response response ON response.id = answer_id
LEFT JOIN LATERAL (
    SELECT string_agg(text #>> '{{}}', E'\n')
    FROM jsonb_path_query(response.input || response.output, '$[*].content[*].text ? (@.type() == "string")') text
) said (text) ON true
ORDER BY rank DESC, updated_at DESC, shown.id DESC
""".format(query="(websearch_to_tsquery('simple', %(words)s) && to_tsquery('simple', %(beginning)s))")  # noqa: S608  no value is in it


def hits(user: User | AnonymousUser, words: str, offset: int = 0) -> tuple[list[Hit], bool]:
    """Return a page of a person's own conversations that match, best first, and whether there are more.

    One statement does it, and reads the texts only of what it returns.
    """
    complete, beginning = _parts(replace_nul(words, " "))
    found = list(
        Conversation.objects.raw(
            HITS,
            {
                "user": user.pk,
                "words": complete,
                "beginning": beginning,
                "title_weight": TITLE_WEIGHT,
                "ranked": MAX_RANKED,
                "limit": PAGE_SIZE + 1,
                "offset": offset,
                "marks": MARKS,
                "signs": SIGNS,
                "longest": MAX_SNIPPET_SOURCE,
                "whole": f"{MARKED}, HighlightAll=true",
                "some": f'{MARKED}, MaxFragments=1, MinWords=8, MaxWords=24, FragmentDelimiter=" … "',
            },
        )
    )
    return [_hit(row) for row in found[:PAGE_SIZE]], len(found) > PAGE_SIZE


def _hit(row: Any) -> Hit:
    return Hit(row, row.answer_id, _pieces(row.marked_title), _pieces(row.marked_text or ""))


def _pieces(marked: str) -> list[str]:
    """Return a text in pieces, of which every second one was marked."""
    return re.split(f"[{MARKS}]", " ".join(marked.split())) if marked else []


def _parts(words: str) -> tuple[str, str]:
    """Return the complete words of a search, as they were typed, and a query for the word that is only begun."""
    last = LAST_WORD.search(words)
    if last is None or OPERATORS.search(words):
        return words, ""
    return words[: last.start()].strip(), f"'{last[1]}':*"


def _query(words: str) -> SearchQuery | CombinedSearchQuery:
    complete, beginning = _parts(words)
    whole = SearchQuery(complete, search_type="websearch", config="simple")
    if not beginning:
        return whole
    begun = SearchQuery(beginning, search_type="raw", config="simple")
    return whole & begun if complete else begun
