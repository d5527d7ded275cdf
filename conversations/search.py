"""Full-text search in conversations: for the admins' list, and for people in the chat."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.search import CombinedSearchQuery, SearchQuery, SearchVector
from django.db.models import Case, When

from accounts.models import User
from common.text import replace_nul
from conversations.models import Conversation, Response

# A word that may still be being typed: nothing follows it, and it belongs to no operator.
LAST_WORD = re.compile(r"(?:^|\s)(\w+)$")
WORD = re.compile(r"[^\W_]+")
ROW = re.compile(r'"([^"]*)"?')
EXCLUDED = re.compile(r'(?:^|(?<=\s))-(?:"[^"]*"?|\S+)')
NO_WORD = "[^[:alnum:]]"
OPERATORS = re.compile(r'"|\bor\b', re.IGNORECASE)

PAGE_SIZE = 20
"""Results."""

MAX_RANKED = 2000
"""Titles, and responses: of more that match, only the newest are ranked."""
TITLE_WEIGHT = 4
SEARCH_SECONDS = 3
"""After which the database cancels a search."""
MAX_WORDS = 8
"""Of more words, only the first are searched."""
MAX_SNIPPET_SOURCE = 100_000
"""Characters of a message and its answer in which a word is looked for, for the snippet."""
MAX_BEFORE_SNIPPET = 200
"""Characters before that word."""
MAX_AROUND_SNIPPET = 1000
"""Characters from which the snippet is made: marking all matches in a long text takes minutes."""

START, STOP = "\ue000", "\ue001"
"""Mark a match: private-use characters, which are removed from the texts first."""
MARKS = START + STOP
MARKUP_LINE = re.compile(
    r"^[ \t]*(?:(?:```|~~~).*|(?:[-*_][ \t]*){3,}|\|?[ \t]*:?-+:?[ \t]*(?:\|[-: \t]*)+)$", re.MULTILINE
)
"""A line of Markdown without words: a fence, a rule, or what is below the head of a table."""
LINE_START = re.compile(
    r"^[ \t]*(?:>[ \t]?|#{1,6}[ \t]+|[-+*][ \t]+(?:\[[ xX]\][ \t]+)?|\d{1,3}[.)][ \t]+)+", re.MULTILINE
)
"""What stands before a quotation, a heading, or an item of a list."""
LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*\)")
EMPHASIS = re.compile(r"(?<!\w)\*{1,3}(?=\S)|(?<=\S)\*{1,3}(?!\w)|`|~~")
MARKED = f'StartSel="{START}", StopSel="{STOP}"'


@dataclass(frozen=True)
class Hit:
    """A conversation that matches a search.

    `response_id` is the response that matches best, and `created_at` when its message was sent; both are None if only
    the title matches. The texts are in pieces, of which every second one is a match.
    """

    conversation: Conversation
    response_id: uuid.UUID | None
    created_at: datetime | None
    title: list[str]
    snippet: list[str]


class Search:
    """Words that are looked for in conversations, all of them in a title, or in one message and its answer.

    They may be written as for a search engine: "two words" in a row, -without, this or that. The last one may be the
    beginning of a word. An answer is found when it has ended.
    """

    def __init__(self, words: str) -> None:
        self._query = _query(_bounded(replace_nul(words, " ")))
        self._titles = Conversation.objects.alias(words=SearchVector("title", config="simple")).order_by()
        self._responses = Response.objects.order_by()

    def among(self, ids: Any) -> set[uuid.UUID]:
        """Return those of the conversations that match, given their ids, or a query of them.

        It takes as long as reading them, however common the words are.
        """
        # In a CASE, the planner doesn't see what the index of the words would find among all responses.
        is_match = Case(When(search=self._query, then=True), default=False)
        said = self._responses.filter(conversation__in=ids).alias(is_match=is_match).filter(is_match=True)
        titled = self._titles.filter(pk__in=ids, words=self._query)
        return {*titled.values_list("pk", flat=True), *said.values_list("conversation_id", flat=True)}

    def everywhere(self) -> Any:
        """Return a query of the ids of all conversations that match. The more they are, the longer it takes."""
        titled = self._titles.filter(words=self._query)
        said = self._responses.filter(search=self._query)
        # A union, because each half has an index, and an OR of both would use none.
        return titled.values("pk").union(said.values("conversation_id"))


HITS = """
WITH own AS NOT MATERIALIZED (
    SELECT *, to_tsvector('simple'::regconfig, COALESCE(title, '')) AS words
    FROM conversations_conversation WHERE user_id = %(user)s AND deleted_at IS NULL AND NOT is_temporary
),
-- By the person and the words alone, which have indexes: a join would hide that from the planner.
said AS MATERIALIZED (
    SELECT id, conversation_id, search FROM conversations_response
    WHERE user_id = %(user)s AND search @@ {query} ORDER BY created_at DESC LIMIT %(ranked)s
),
hit AS (
    SELECT id AS conversation_id, NULL::uuid AS answer_id, %(title_weight)s * ts_rank(words, {query}) AS rank
    FROM (SELECT * FROM own WHERE words @@ {query} ORDER BY updated_at DESC LIMIT %(ranked)s) newest
    UNION ALL
    SELECT conversation_id, id, ts_rank(search, {query}) FROM said
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
    EXISTS (
        SELECT FROM conversations_response WHERE conversation_id = shown.id AND status IN ('queued', 'in_progress')
    ) AS is_running,
    ts_headline('simple', translate(title, %(marks)s, ''), {query}, %(whole)s) AS marked_title,
    ts_headline('simple', around.text, {query} || to_tsquery('simple', coalesce(begin.term, '')), %(some)s)
        AS marked_text,
    response.created_at AS sent_at
FROM shown
LEFT JOIN conversations_response response ON response.id = answer_id
LEFT JOIN LATERAL (
    SELECT ' ' || translate(left(string_agg(text #>> '{{}}', E'\n'), %(longest)s), %(marks)s, '') || ' '
    FROM jsonb_path_query(response.input || response.output, '$[*].content[*].text ? (@.type() == "string")') text
) said (text) ON true
LEFT JOIN LATERAL (
    SELECT greatest(strpos(said.text, match) - %(before)s, 1), term
    FROM unnest(%(patterns)s::text[], %(terms)s::text[]) WITH ORDINALITY wanted (pattern, term, nth),
        LATERAL substring(said.text FROM pattern) match
    WHERE match IS NOT NULL ORDER BY nth LIMIT 1
) begin (place, term) ON true
LEFT JOIN LATERAL (
    -- Without the rest of the word in which it begins.
    SELECT regexp_replace(substr(said.text, begin.place, %(around)s), '^[[:alnum:]]*', '') WHERE begin.place > 1
    UNION ALL
    SELECT left(said.text, %(around)s) WHERE begin.place IS NULL OR begin.place = 1
) around (text) ON true
ORDER BY rank DESC, updated_at DESC, shown.id DESC
""".format(query="(websearch_to_tsquery('simple', %(words)s) && to_tsquery('simple', %(beginning)s))")  # noqa: S608  no value is in it


def hits(user: User | AnonymousUser, words: str, offset: int = 0) -> tuple[list[Hit], bool]:
    """Return a page of a person's own conversations that match, best first, and whether there are more.

    One statement does it, and reads the texts only of what it returns.
    """
    words = _bounded(replace_nul(words, " "))
    complete, beginning = _parts(words)
    terms = _terms(words)
    found = list(
        Conversation.objects.raw(
            HITS,
            {
                "user": user.pk,
                "words": complete,
                "beginning": beginning,
                "terms": [term.query for term in terms],
                "patterns": [term.pattern for term in terms],
                "title_weight": TITLE_WEIGHT,
                "ranked": MAX_RANKED,
                "limit": PAGE_SIZE + 1,
                "offset": offset,
                "marks": MARKS,
                "longest": MAX_SNIPPET_SOURCE,
                "before": MAX_BEFORE_SNIPPET,
                "around": MAX_AROUND_SNIPPET,
                "whole": f"{MARKED}, HighlightAll=true",
                "some": f'{MARKED}, MaxFragments=1, MinWords=8, MaxWords=24, FragmentDelimiter=" … "',
            },
        )
    )
    return [_hit(row) for row in found[:PAGE_SIZE]], len(found) > PAGE_SIZE


def _hit(row: Any) -> Hit:
    return Hit(row, row.answer_id, row.sent_at, _pieces(row.marked_title), _pieces(plain(row.marked_text or "")))


def _pieces(marked: str) -> list[str]:
    """Return a text in pieces, of which every second one was marked."""
    return re.split(f"[{MARKS}]", " ".join(marked.split())) if marked else []


def plain(text: str) -> str:
    """Return Markdown as the words that a reader sees, roughly: a snippet begins and ends anywhere."""
    text = LINK.sub(r"\1", LINE_START.sub("", MARKUP_LINE.sub("", text)))
    return EMPHASIS.sub("", text).replace("|", " ")


def _bounded(words: str) -> str:
    """Return a search up to its last word that counts."""
    found = list(WORD.finditer(words))
    # Of a search that is cut, no word is still being typed.
    return f"{words[: found[MAX_WORDS - 1].end()]} " if len(found) > MAX_WORDS else words


@dataclass(frozen=True)
class _Term:
    """Words in a row that a search looks for. The last one of a search may be the beginning of a word."""

    words: list[str]
    is_begun: bool = False

    @property
    def pattern(self) -> str:
        """A regular expression of PostgreSQL for them in a text, with the characters before and behind."""
        end = "" if self.is_begun else NO_WORD
        return f"(?i){NO_WORD}" + f"{NO_WORD}+".join(self.words) + end

    @property
    def query(self) -> str:
        return " <-> ".join(f"'{word}'{':*' if self.is_begun else ''}" for word in self.words)


def _terms(words: str) -> list[_Term]:
    """Return what a snippet shows best: words in a row, then the longer words, which are rarer."""
    wanted = EXCLUDED.sub(" ", words)
    rows = [WORD.findall(row) for row in ROW.findall(wanted)]
    last = LAST_WORD.search(words) if not OPERATORS.search(words) else None
    begun = WORD.findall(last[1])[-1:] if last else []
    single = {word for word in WORD.findall(ROW.sub(" ", wanted)) if word.lower() != "or"}
    longest_first = sorted(single, key=lambda word: (-len(word), word))
    return [_Term(row) for row in rows if row] + [_Term([word], [word] == begun) for word in longest_first]


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
