"""Full-text search in the files of collections: passages that have any of the words, those with rare words first.

A model's query is a sentence, so not all of its words occur in what it looks for. Whether the person may see a
collection is asked in the same statement, at each search.
"""

import re
from collections.abc import Collection as Many
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from accounts.models import User
from common.text import replace_nul
from knowledge.models import Collection, CollectionFile

MAX_HITS = 20
MAX_WORDS = 16
"""Of more words, only the first are searched."""
MAX_WORD_CHARACTERS = 100
COMMON = 500
"""A word that so many passages have says little: it finds none by itself, but counts for those that are found."""
MAX_CANDIDATES = 5000
"""Of more passages that have a rare word, only so many are ranked."""

PHRASE = re.compile(r'"([^"]*)"')
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Hit:
    """A passage that a search found, in one of the files that have it."""

    file: UUID
    name: str
    number: int
    page: int | None
    label: str
    text: str


SEARCH = """
WITH visible (pk) AS ({visible}),
given AS (
    SELECT %s::text[] AS words, %s::text[] AS phrases, '%%' || %s || '%%' AS name, %s::int AS most
),
-- The same content may be in several collections.
file AS MATERIALIZED (
    SELECT DISTINCT ON (document_id) file.id, file.name, document_id
    FROM knowledge_collectionfile file, given
    WHERE collection_id IN (SELECT visible.pk FROM visible) AND deleted_at IS NULL AND document_id IS NOT NULL
        AND file.name ILIKE given.name
    ORDER BY document_id, created_at
),
term AS MATERIALIZED (
    SELECT plainto_tsquery('simple', word) || english || german AS query,
        numnode(english) = 0 OR numnode(german) = 0 AS is_stop
    FROM given, unnest(words) word,
        LATERAL (SELECT plainto_tsquery('english', word), plainto_tsquery('german', word)) stems (english, german)
),
-- Words that mean nothing are looked for only if there is nothing else.
meant AS MATERIALIZED (
    SELECT query FROM term WHERE NOT is_stop OR NOT EXISTS (SELECT FROM term WHERE NOT is_stop)
),
counted AS MATERIALIZED (
    SELECT query, (SELECT count(*) FROM (SELECT FROM {passages_with[query]} LIMIT {common}) few) AS number FROM meant
),
phrase AS (SELECT phraseto_tsquery('simple', phrase) AS query FROM given, unnest(phrases) phrase),
wanted AS MATERIALIZED (
    SELECT
        string_agg('(' || query::text || ')', ' | ') FILTER (WHERE number < {common})::tsquery AS rare,
        string_agg('(' || query::text || ')', ' & ')::tsquery AS all_of,
        string_agg('(' || query::text || ')', ' | ')::tsquery AS any_of,
        (SELECT string_agg('(' || query::text || ')', ' & ') FROM phrase WHERE numnode(query) > 0)::tsquery AS phrases
    FROM counted WHERE number > 0
),
candidate AS (
    (SELECT id FROM {passages_with[rare]} LIMIT {most})
    UNION
    (SELECT id FROM {passages_with[all]} LIMIT {most})
    UNION
    (SELECT id FROM {passages_with[any]} LIMIT {common})
),
hit AS (
    SELECT passage.*, (
        SELECT sum(ln(2.0 * {common} / number)) FROM counted WHERE number > 0 AND passage.search @@ query
    ) AS weight
    FROM candidate JOIN files_passage passage USING (id)
)
SELECT file.id, file.name, number, page, label, text
FROM hit JOIN file USING (document_id), wanted
ORDER BY coalesce(weight, 0) + ts_rank(search, coalesce(any_of, phrases)) DESC, file.name, document_id, number
LIMIT (SELECT most FROM given)
"""

QUERIES = {
    "query": "query",
    "rare": "(SELECT coalesce(phrases, rare) FROM wanted)",
    "all": "(SELECT coalesce(phrases && all_of, all_of) FROM wanted)",
    "any": "(SELECT any_of FROM wanted WHERE rare IS NULL AND phrases IS NULL)",
}
IN_FILES = "document_id IN (SELECT document_id FROM file)"
# Each way hides the other one from the planner, which can't know how many passages have words that it doesn't see.
AMONG_FEW = f"files_passage WHERE {IN_FILES} AND CASE WHEN search @@ {{query}} THEN true END"
"""All passages of the files are read."""
AMONG_MANY = f"(SELECT id, document_id FROM files_passage WHERE search @@ {{query}} OFFSET 0) p WHERE {IN_FILES}"  # noqa: S608  no value is in it
"""The index of words is read, which has those of everybody's files."""
FEW_CHARACTERS = 4_000_000
"""Of the text of all files. To read it takes about as long as a search in the index of a large site."""


def search(user_id: UUID, collections: Many[UUID], words: str, *, name: str = "", limit: int = MAX_HITS) -> list[Hit]:
    """Return the passages that match best, of the files of those of the collections that a person may see now.

    What stands in quotes must occur in a row. `name` is a part of the files' names. It blocks; call it in a time limit.
    """
    text = replace_nul(words, " ")
    phrases = [phrase[: 10 * MAX_WORD_CHARACTERS] for phrase in PHRASE.findall(text)][:MAX_WORDS]
    single = dict.fromkeys(word.lower()[:MAX_WORD_CHARACTERS] for word in WORD.findall(text))
    if not single or not collections:
        return []
    visible = Collection.objects.visible_to(User(pk=user_id)).filter(pk__in=collections).order_by().values("pk")
    sql, parameters = visible.query.sql_with_params()
    files = CollectionFile.objects.present().filter(collection__in=visible)
    length = files.aggregate(length=Sum("document__characters"))["length"] or 0
    way = AMONG_FEW if length <= FEW_CHARACTERS else AMONG_MANY
    passages_with = {name: way.format(query=query) for name, query in QUERIES.items()}
    statement = SEARCH.format(visible=sql, passages_with=passages_with, common=COMMON, most=MAX_CANDIDATES)
    given: list[Any] = [[*single][:MAX_WORDS], phrases, _as_pattern(name), min(limit, MAX_HITS)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, *given])
        return [Hit(*row) for row in cursor.fetchall()]


def _as_pattern(name: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", replace_nul(name).strip())
