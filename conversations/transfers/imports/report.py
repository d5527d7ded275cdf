"""An import that reports its progress, and its result at the end."""

import logging
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import IO, Any
from uuid import UUID

import msgspec
from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _

from accounts.models import User
from common.pools import IMPORTS
from common.refusal import Refused
from conversations.transfers.imports.archive import MAX_BYTES, Archive, Found, title_of
from conversations.transfers.imports.scan import too_large
from conversations.transfers.imports.store import store_tree
from conversations.transfers.imports.tree import Elsewhere, Steps, Unreadable

logger = logging.getLogger(__name__)

SLICE_SECONDS = 0.5
"""Between two lines of progress. A thread and a database connection are held for as long."""
MAX_SECONDS = 1800
"""Of work and waiting. What was not reached is imported with the next try: nothing is imported twice."""
MAX_PROBLEMS = 50
"""Conversations that a report names."""

_importing: set[UUID] = set()
"""The people who import a file in this process."""


@dataclass
class Report:
    """How many conversations were imported, were known already, failed, and were not reached in time."""

    imported: int = 0
    known: int = 0
    failed: int = 0
    unreached: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)
    """The `title` and the `reason` of each of the first that failed."""

    def add_failure(self, title: str, reason: str) -> None:
        """Count a conversation that failed, and name it unless `MAX_PROBLEMS` are named already."""
        self.failed += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append({"title": title, "reason": reason})


class Import:
    """An import that goes on in short steps, each in some thread."""

    def __init__(self, user: User, file: IO[bytes]) -> None:
        self.report = Report()
        self.done = self.of = 0
        self._user = user
        self._seconds = 0.0
        self._waiting: Elsewhere | None = None
        self._steps = self._import_all(file)
        # The caller of a thread may be cancelled and want to close the import while the thread goes on.
        self._lock = Lock()

    def advance(self) -> bool:
        """Work for `SLICE_SECONDS`, and return whether there is more to do.

        Raise `Unreadable` if the file as a whole can't be read.
        """
        with self._lock:
            began = time.monotonic()
            for step in self._steps:
                seconds = time.monotonic() - began
                if self._seconds + seconds > MAX_SECONDS:
                    self._steps.close()
                    if not self.of:
                        raise too_large()
                    self.report.unreached = self.of - self.done
                elif step is not None or seconds > SLICE_SECONDS:
                    self._seconds += seconds
                    self._waiting = step
                    return True
            return False

    @property
    def must_wait(self) -> bool:
        """Whether there is work that is done outside of a turn: call `wait`."""
        return self._waiting is not None

    def wait(self) -> None:
        """Do what others needn't wait for, such as having a file read. It blocks."""
        began = time.monotonic()
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.do()
        self._seconds += time.monotonic() - began

    def close(self) -> None:
        """Leave nothing of a conversation that isn't stored completely."""
        with self._lock:
            self._steps.close()

    def _import_all(self, file: IO[bytes]) -> Steps[None]:
        archive = Archive(file)
        yield from archive.scan()
        self.of = archive.count
        for found in archive.conversations():
            yield from self._import_one(archive, found)
            self.done += 1
            yield

    def _import_one(self, archive: Archive, found: Found) -> Steps[None]:
        if found.problem:
            self.report.add_failure(found.title, found.problem)
            return
        try:
            tree = yield from archive.tree(found.content)
            if (yield from store_tree(self._user, tree)):
                self.report.imported += 1
            else:
                self.report.known += 1
        except Unreadable as error:
            self.report.add_failure(title_of(found.content), str(error))
        except Refused:
            self.report.add_failure(title_of(found.content), _("the site is busy. Import the file again later."))
        except Exception:
            logger.exception("a conversation could not be imported")
            self.report.add_failure(title_of(found.content), _("it couldn't be stored. Import the file again."))


async def import_file(user: User, file: IO[bytes], size: int) -> AsyncGenerator[bytes, None]:
    """Import the conversations in a file of `size` bytes, and yield lines of JSON.

    They are `{"done", "of"}` again and again while it goes on, then `{"report"}`. If the file as a whole can't be
    read, or the person already imports one, the last line is `{"error"}`. docs/protocol.md describes them.
    """
    try:
        if size > MAX_BYTES:
            raise Unreadable(_("The file is larger than %(size)s MB.") % {"size": MAX_BYTES // 1_000_000})
        with _one_at_a_time(user):
            going = Import(user, file)
            try:
                while await IMPORTS.run(user.pk, going.advance):
                    yield _line({"done": going.done, "of": going.of})
                    if going.must_wait:
                        await sync_to_async(going.wait, thread_sensitive=False)()
            except BaseException:
                # Without a turn, what is left is removed as temporary conversations are.
                with suppress(Refused):
                    await IMPORTS.run(user.pk, going.close)
                raise
    except Unreadable as error:
        yield _error("unreadable", str(error))
    except Refused as refused:
        yield _error(refused.code, refused.message)
    else:
        report = going.report
        logger.info("user %s imported %s conversations; %s failed", user.pk, report.imported, report.failed)
        yield _line({"report": report})


@contextmanager
def _one_at_a_time(user: User) -> Iterator[None]:
    """Let nothing else be imported by this person, in this process, while the block runs. Raise `Refused` if it is."""
    if user.pk in _importing:
        raise Refused("import_in_progress", _("You are importing a file already. Wait until that is done."), status=409)
    _importing.add(user.pk)
    try:
        yield
    finally:
        _importing.discard(user.pk)


def _error(code: str, message: str) -> bytes:
    return _line({"error": {"code": code, "message": message}})


def _line(value: dict[str, Any]) -> bytes:
    return msgspec.json.encode(value) + b"\n"
