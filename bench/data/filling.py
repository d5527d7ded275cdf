"""Fill the database: people one after the other, each in a transaction, so that a fill that was cut short goes on.

The rows go in with COPY, without their indexes and with no foreign key checked; the indexes are made at the end.
"""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import psycopg
from psycopg import sql

from bench.data.texts import Texts
from chatsite.environment import BASE_DIR

PEOPLE = 300
RESPONSES_EACH = 20
"""At least: a small database has fewer people."""
ADMIN = "admin"
LARGEST = 4
"""People with many more conversations than the others."""
LARGEST_SHARE = 0.04
"""Of all responses, that each of them has: 40,000 of a million, in some 10,000 conversations."""
LONG_TURNS = 1000
"""Of the long conversations, of which each of the people who have most has a few."""
LONG_CONVERSATIONS = 3
TWO_YEARS = timedelta(days=730)
RETIRED_MODEL, CURRENT_MODEL, RARE_MODEL = "gpt-5.2", "gpt-5.6", "llama-4-70b"
ERAS = {RETIRED_MODEL: (0, 0.45), "gpt-5.4": (0.4, 0.8), CURRENT_MODEL: (0.7, 1), "gpt-5.6-mini": (0.6, 1)}
"""Models, and from when to when they were used, as shares of the time."""
OTHER_MODELS, OTHER_WEIGHTS = ("o5", "gemma-3-27b", RARE_MODEL), (70, 29, 1)
"""Those that one in ten responses is from."""
STATUSES = ("completed", "failed", "incomplete", "cancelled")
STATUS_WEIGHTS = (96.5, 2, 1, 0.5)
TABLES = ("conversation", "response", "attachment", "feedback", "share")
MESSAGE = '[{"type": "message", "role": "%s"%s, "content": [%s]}]'
ANSWERED = ', "status": "completed", "id": "msg_%048x"'
TEXT = '{"type": "%s", "text": "%s"%s}'
IMAGE = ', {"type": "input_image", "file_id": "%s"}'
USAGE = '{"input_tokens": %d, "output_tokens": %d, "total_tokens": %d}'
NONE = r"\N"

COLUMNS = {
    "conversation": "id,user_id,title,titled_by,is_temporary,pinned_at,archived_at,deleted_at,imported_from,"
    "imported_at,created_at,updated_at",
    "response": "id,conversation_id,previous_id,user_id,client_message_id,response_id,status,model,imported_from,"
    "instructions,input,output,usage,error,sequence_number,attempt,hand_offs,omitted_turns,created_at,completed_at",
    "attachment": "id,user_id,conversation_id,name,file,thumbnail,media_type,width,height,size,created_at",
    "feedback": "response_id,user_id,rating,comment,created_at",
    "share": "id,conversation_id,response_id,created_at",
}


@dataclass(frozen=True)
class Image:
    """The files of the one image that all attachments show."""

    file: str
    thumbnail: str
    size: int


def fill(url: str, responses: int) -> None:
    """Give each of the people their conversations, unless they have them. The address is a superuser's."""
    people = _people(min(PEOPLE, responses // RESPONSES_EACH))
    with psycopg.connect(url, autocommit=True) as connection:
        # A superuser's: triggers, which check foreign keys, don't run.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute("CREATE TABLE IF NOT EXISTS bench_index (definition text PRIMARY KEY)")
        connection.execute("CREATE TABLE IF NOT EXISTS bench_filled (person uuid PRIMARY KEY)")
        filled = {person for (person,) in connection.execute("SELECT person FROM bench_filled")}
        if not filled.issuperset(people):
            _drop_indexes(connection)
            _fill(connection, people, filled, responses, _image())
        _make_indexes(connection)


def _people(count: int) -> list[uuid.UUID]:
    """Return the ids of the people, of whom the first one has most. There is an admin, too."""
    from accounts.models import User

    if not User.objects.exists():
        User.objects.create_superuser(ADMIN)
        User.objects.bulk_create(User(username=f"person{number:03}") for number in range(count))
    found = User.objects.exclude(username=ADMIN).order_by("username").values_list("pk", flat=True)
    return list(found)


def _image() -> Image:
    """Store an image as an upload is stored, and return its files."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from accounts.models import User
    from conversations.attachments import store

    icon = BASE_DIR / "static/icons/icon-512.png"
    stored = store(SimpleUploadedFile(icon.name, icon.read_bytes()), User.objects.get(username=ADMIN))
    return Image(str(stored.file), str(stored.thumbnail), stored.size)


def _fill(
    connection: psycopg.Connection, people: list[uuid.UUID], filled: set[uuid.UUID], responses: int, image: Image
) -> None:
    shares = _shares(len(people))
    begun, done = time.monotonic(), 0
    for number, person in enumerate(people):
        wanted = round(responses * shares[number])
        if person in filled:
            continue
        rows = PersonRows(person, Random(number), wanted, image, has_long=number < LARGEST)
        with connection.transaction():
            rows.make()
            for table in TABLES:
                copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
                    sql.Identifier(f"conversations_{table}"), sql.SQL(COLUMNS[table])
                )
                with connection.cursor().copy(copy) as target:
                    for part in _in_parts(rows.lines[table]):
                        target.write(part)
            connection.execute("INSERT INTO bench_filled VALUES (%s)", [person])
        done += wanted
        if number % 25 == 24 or number < LARGEST:
            print(f"{number + 1} people, {done / (time.monotonic() - begun):,.0f} responses a second", flush=True)


def _shares(people: int) -> list[float]:
    """Return which part of all responses each person has: a few have many, most have some, many have few."""
    largest = min(LARGEST, people // 2)
    rest = [1 / (rank + 20) for rank in range(people - largest)]
    left = 1 - largest * LARGEST_SHARE
    return [LARGEST_SHARE] * largest + [left * weight / sum(rest) for weight in rest]


def _in_parts(lines: list[str]) -> Iterator[str]:
    for start in range(0, len(lines), 500):
        yield "".join(lines[start : start + 500])


def _drop_indexes(connection: psycopg.Connection) -> None:
    """Drop the indexes that no constraint needs, and note how to make them again."""
    found = connection.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
        WHERE indrelid::regclass::text = ANY(%s)
            AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        """,
        [[f"conversations_{table}" for table in TABLES]],
    ).fetchall()
    with connection.transaction():
        for name, definition in found:
            connection.execute("INSERT INTO bench_index VALUES (%s) ON CONFLICT DO NOTHING", [definition])
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))


def _make_indexes(connection: psycopg.Connection) -> None:
    begun = time.monotonic()
    definitions = connection.execute("SELECT definition FROM bench_index").fetchall()
    for (definition,) in definitions:
        with connection.transaction():
            connection.execute(definition)
            connection.execute("DELETE FROM bench_index WHERE definition = %s", [definition])
    if definitions:
        print(f"{len(definitions)} indexes are made after {time.monotonic() - begun:.0f} s.", flush=True)
    for table in TABLES:
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(f"conversations_{table}")))


class PersonRows:
    """All rows of one person, as lines for COPY."""

    def __init__(self, person: uuid.UUID, random: Random, responses: int, image: Image, *, has_long: bool) -> None:
        self.lines: dict[str, list[str]] = {table: [] for table in TABLES}
        self._person = person
        self._random = random
        self._texts = _texts()
        self._wanted = responses
        self._image = image
        self._has_long = has_long
        self._now = datetime.now(UTC)

    def make(self) -> None:
        lengths = [LONG_TURNS] * LONG_CONVERSATIONS if self._has_long and self._wanted > 10 * LONG_TURNS else []
        left = self._wanted - sum(lengths)
        while left > 0:
            lengths.append(min(left, self._length()))
            left -= lengths[-1]
        for turns in lengths:
            self._conversation(turns)

    def _length(self) -> int:
        """Most conversations have a few turns, one in a hundred has dozens."""
        if self._random.random() < 0.01:
            return self._random.randrange(30, 120)
        return 1 + int(self._random.expovariate(1 / 2.2))

    def _conversation(self, turns: int) -> None:
        random = self._random
        pk, question = self._uuid(), self._texts.question()
        began = self._now - random.random() * TWO_YEARS - timedelta(hours=1)
        source, imported = ("chatgpt", _time(began + timedelta(minutes=30))) if random.random() < 0.03 else ("", NONE)
        last = self._responses(pk, turns, began, question, source)
        recently = _time(self._now - random.random() * timedelta(days=20))
        self._line(
            "conversation",
            *(pk, self._person, question, "question", "f"),
            recently if random.random() < 0.001 else NONE,
            recently if random.random() < 0.05 else NONE,
            recently if random.random() < 0.01 else NONE,
            *(source, imported, _time(began), _time(last)),
        )

    def _responses(self, conversation: uuid.UUID, turns: int, began: datetime, question: str, source: str) -> datetime:
        """Write the tree of a conversation; return when its last message was sent."""
        random = self._random
        path: list[uuid.UUID] = []
        sent = began
        for turn in range(turns):
            # Asking again, or editing a message, makes a branch.
            if len(path) > 1 and random.random() < 0.06:
                path.pop()
            text = question if turn == 0 else self._texts.question()
            pk = self._response(conversation, path[-1] if path else None, sent, text, source)
            if turn == turns - 1 and random.random() < 0.01:
                self._line("share", self._uuid(), conversation, pk, _time(sent))
            path.append(pk)
            last = sent
            # In long conversations, too, nothing is in the future.
            sent += random.random() * timedelta(minutes=min(30, 60 / turns))
        return last

    def _response(
        self, conversation: uuid.UUID, previous: uuid.UUID | None, sent: datetime, text: str, source: str
    ) -> uuid.UUID:
        random = self._random
        pk = self._uuid()
        [status] = random.choices(STATUSES, STATUS_WEIGHTS)
        model = self._model(sent) if not source else f"imported-{random.randrange(300)}"
        content = TEXT % ("input_text", text, "")
        if random.random() < 0.03:
            content += IMAGE % self._attachment(conversation, sent)
        answer = TEXT % ("output_text", self._texts.answer(), ', "annotations": []')
        tokens = len(answer) // 4
        ended = sent + timedelta(seconds=1 + random.random() * 20)
        self._line(
            "response",
            *(pk, conversation, previous or NONE, self._person, self._uuid()),
            f"resp_{random.getrandbits(192):048x}" if not source else NONE,
            *(status, model, source, "You are a helpful assistant for a team. Answer in Markdown."),
            _json(MESSAGE % ("user", "", content)),
            _json(MESSAGE % ("assistant", ANSWERED % random.getrandbits(192), answer)) if status != "failed" else "[]",
            USAGE % (tokens // 3, tokens, tokens // 3 + tokens),
            '{"code": "server_error", "message": "The model failed."}' if status == "failed" else NONE,
            *(tokens // 3, 1, 0, 0, _time(sent), _time(ended)),
        )
        if random.random() < 0.03:
            rating = "down" if random.random() < 0.3 else "up"
            comment = "Not what I had asked for." if rating == "down" else ""
            self._line("feedback", pk, self._person, rating, comment, _time(ended))
        return pk

    def _model(self, sent: datetime) -> str:
        if self._random.random() < 0.1:
            return self._random.choices(OTHER_MODELS, OTHER_WEIGHTS)[0]
        share = min(1 - (self._now - sent) / TWO_YEARS, 1)
        return self._random.choice([model for model, (begin, end) in ERAS.items() if begin <= max(share, 0) <= end])

    def _attachment(self, conversation: uuid.UUID, sent: datetime) -> uuid.UUID:
        pk = self._uuid()
        image = self._image
        files = ("harbour.png", image.file, image.thumbnail, "image/png", 640, 480, image.size)
        self._line("attachment", pk, self._person, conversation, *files, _time(sent))
        return pk

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self._random.getrandbits(128), version=4)

    def _line(self, table: str, *values: object) -> None:
        self.lines[table].append("\t".join(map(str, values)) + "\n")


_all_texts: list[Texts] = []


def _texts() -> Texts:
    """Return the texts of all people: making them takes a second."""
    if not _all_texts:
        _all_texts.append(Texts(Random(0)))
    return _all_texts[0]


def _time(moment: datetime) -> str:
    return moment.isoformat()


def _json(text: str) -> str:
    """Escape JSON for COPY."""
    return text.replace("\\", "\\\\")
