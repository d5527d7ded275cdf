"""`python -m bench.knowledge`: fill a collection with 20,000 files, and measure searches in it and its list.

Beside each time stands how many plain counts of the passages would take as long. The database stays in its folder, so
that a second run measures at once.
"""

import argparse
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from bench import site
from bench.data.__main__ import default_folder
from bench.data.texts import COMMON_WORD, RARE_WORD, Texts
from bench.figures import percentile
from bench.processes import free_port

FILES = 20_000
PASSAGES = 5
"""Of a file."""
SMALL = 20
"""Files of the other collection of the same person."""
REPEATS = 7
SEARCHES = {
    "a rare word": RARE_WORD,
    "a sentence": f"What does the ticket say about the {RARE_WORD} and the water of the new garden?",
    "frequent words": f"{COMMON_WORD} team paper number answer light week plan",
    "stop words": "the of and to a in is that for it",
    "a phrase": '"see ticket" zeppelin',
    "no such word": "rhododendron",
}
DOCUMENTS = "COPY files_document (digest,kind,media_type,size,pages,characters,tokens,is_truncated,read_at) FROM STDIN"
TEXTS = "COPY files_passage (document_id,number,page,label,text) FROM STDIN"
OWN = """
INSERT INTO knowledge_collectionfile
    (id, collection_id, document_id, digest, name, size, state, problem, attributes, added_by_id, created_at, state_at)
SELECT gen_random_uuid(), %s, digest, digest, left(digest, 8) || '.pdf', size, 'read', '', '{}', %s, now(), now()
FROM files_document ORDER BY digest LIMIT %s OFFSET %s
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.knowledge", description=__doc__)
    parser.add_argument("--files", type=int, default=FILES, help=f"how many the collection has; {FILES:,} if not given")
    parser.add_argument("--folder", type=Path, default=default_folder(), help="where the databases are kept")
    parser.add_argument("--fill", action="store_true", help="fill the database, and measure nothing")
    parser.add_argument("--plans", action="store_true", help="print the plans of the searches; measure nothing")
    arguments = parser.parse_args()
    postgres = site.prepare(f"http://127.0.0.1:{free_port()}/v1", arguments.folder / f"files-{arguments.files}")
    from knowledge.models import Collection

    if not Collection.objects.exists():
        begun = time.monotonic()
        _fill(postgres.superuser_url, arguments.files)
        print(f"{2 * arguments.files:,} files are there after {time.monotonic() - begun:.0f} s.", flush=True)
    if arguments.plans:
        _print_plans()
    elif not arguments.fill:
        _measure()
    sys.stdout.flush()


def _fill(url: str, files: int) -> None:
    """Make a large and a small collection of one person, and as many files of another one."""
    from accounts.models import User
    from knowledge.models import Collection

    ada, grace = User.objects.create_user("ada"), User.objects.create_user("grace")
    large, small, other = (
        Collection.objects.create(owner=owner, name=name)
        for owner, name in ((ada, "Large"), (ada, "Small"), (grace, "Other"))
    )
    texts, digests = Texts(Random(7)), [sha256(b"%d" % number).hexdigest() for number in range(2 * files)]
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        with cursor.copy(DOCUMENTS) as copy:
            for digest in digests:
                copy.write_row(
                    (digest, "pdf", "application/pdf", 1000, PASSAGES, 3000, 750, False, "2026-01-01T00:00:00Z")
                )
        with cursor.copy(TEXTS) as copy:
            for row in _passages(digests, texts):
                copy.write_row(row)
        for collection, owner, limit, offset in (
            (large.pk, ada.pk, files, 0),
            (small.pk, ada.pk, SMALL, files // 2),
            (other.pk, grace.pk, files, files),
        ):
            cursor.execute(OWN, (collection, owner, limit, offset))
        cursor.execute("VACUUM ANALYZE files_passage, files_document, knowledge_collectionfile")


def _passages(digests: list[str], texts: Texts) -> Iterator[tuple[Any, ...]]:
    for digest in digests:
        for number in range(PASSAGES):
            yield digest, number, number + 1, "", texts.answer()[:600]


def _measure() -> None:
    from django.db import connection

    from knowledge.listing import PAGE_SIZE, listed, summaries
    from knowledge.models import Collection
    from knowledge.search import search

    def count(collection: uuid.UUID) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM files_passage WHERE document_id IN"
                " (SELECT document_id FROM knowledge_collectionfile WHERE collection_id = %s)",
                [collection],
            )
            cursor.fetchall()

    def read_files(collection: Collection, first: int) -> None:
        list(listed(collection)[first : first + PAGE_SIZE])

    print(f"{'':<34}{'p50 ms':>8}{'most ms':>9}{'counts':>8}")
    for collection in Collection.objects.filter(owner__username="ada").order_by("name"):
        name, pk, owner = collection.name, collection.pk, collection.owner_id
        plain, _ = _print(f"{name}: count", partial(count, pk), None)
        for kind, words in SEARCHES.items():
            _print(f"{name}: {kind}", partial(search, owner, [pk], words, limit=10), plain)
        _print(f"{name}: a page of files", partial(read_files, collection, 0), plain)
        _print(f"{name}: its last page", partial(read_files, collection, FILES - PAGE_SIZE), plain)
        _print(f"{name}: its summary", partial(summaries, [collection]), plain)


def _print(name: str, work: Callable[[], Any], plain: float | None) -> tuple[float, float]:
    """Measure and print how long something takes, in milliseconds; return the median and the longest."""
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    median, most = percentile(times, 50), max(times)
    ratio = f"{median / plain:>8.1f}" if plain else ""
    print(f"{name:<34}{median:>8.0f}{most:>9.0f}{ratio}", flush=True)
    return median, most


def _print_plans() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from knowledge.models import Collection
    from knowledge.search import search

    for collection in Collection.objects.filter(owner__username="ada").order_by("name"):
        for name, words in SEARCHES.items():
            with CaptureQueriesContext(connection) as captured:
                search(collection.owner_id, [collection.pk], words, limit=10)
            with connection.cursor() as cursor:
                cursor.execute(
                    "EXPLAIN (ANALYZE, BUFFERS) " + captured.captured_queries[-1]["sql"].replace("%", "%%"), []
                )
                print(f"\n# {collection.name}: {name}")
                print("\n".join(line for (line,) in cursor.fetchall()), flush=True)


if __name__ == "__main__":
    main()
