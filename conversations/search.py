"""Conversations by the words in them: for the admins' list, and for people in the chat."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery, SearchVector
from django.db.models import QuerySet

from accounts.models import User
from conversations.models import Conversation, Response

# A word that somebody may still be typing: nothing after it, and no operator that it belongs to.
LAST_WORD = re.compile(r"(?:^|\s)(\w+)$")
OPERATORS = re.compile(r'"|\bor\b', re.IGNORECASE)

FOUND = 20
"""How many results are given at a time."""

RANKED = 2000
"""Of very many titles, or answers, that have the words, the newest are ranked."""
TITLE_WEIGHT = 4
LONGEST_TEXT = 100_000
"""Characters of a question and its answer in which the words are looked up to be shown."""

START, STOP = "\ue000", "\ue001"
"""Around a word that was searched for: characters that mean nothing to anybody, and are taken out of the texts."""
MARKS = START + STOP
SIGNS = f"{MARKS}*`#|~"
"""What is left out of a question or an answer, which are Markdown; of a title only the first two."""
MARKED = f'StartSel="{START}", StopSel="{STOP}"'


@dataclass(frozen=True)
class Hit:
    """A conversation that was found. `response_id` is of the one whose words fit best, none where only the title does.

    The texts are in pieces: every second one is what was searched for.
    """

    conversation: Conversation
    response_id: uuid.UUID | None
    title: list[str]
    snippet: list[str]


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
    """What of a person's own has the words, best first, from that place on; and whether there is more.

    In one statement, which looks at the texts of no more than it returns.
    """
    complete, beginning = _parts(words.replace("\x00", " "))
    found = list(
        Conversation.objects.raw(
            HITS,
            {
                "user": user.pk,
                "words": complete,
                "beginning": beginning,
                "title_weight": TITLE_WEIGHT,
                "ranked": RANKED,
                "limit": FOUND + 1,
                "offset": offset,
                "marks": MARKS,
                "signs": SIGNS,
                "longest": LONGEST_TEXT,
                "whole": f"{MARKED}, HighlightAll=true",
                "some": f'{MARKED}, MaxFragments=1, MinWords=8, MaxWords=24, FragmentDelimiter=" … "',
            },
        )
    )
    return [_hit(row) for row in found[:FOUND]], len(found) > FOUND


def _hit(row: Any) -> Hit:
    return Hit(row, row.answer_id, _pieces(row.marked_title), _pieces(row.marked_text or ""))


def _pieces(marked: str) -> list[str]:
    """A text in pieces of which every second one was marked."""
    return re.split(f"[{MARKS}]", " ".join(marked.split())) if marked else []


def _parts(words: str) -> tuple[str, str]:
    """What is complete of a search, as people write it; and a word that it may only be the beginning of, as a query."""
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
