"""An import that reports its progress, and its result at the end."""

import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import IO, Any

import msgspec
from django.utils.translation import gettext as _

from accounts.models import User
from common.threads import in_thread
from conversations.transfers.imports.archive import MAX_BYTES, Archive, title_of
from conversations.transfers.imports.store import store_tree
from conversations.transfers.imports.tree import Unreadable

logger = logging.getLogger(__name__)

SLICE_SECONDS = 0.5
"""Between two lines of progress. A thread and a database connection are held for as long."""
MAX_PROBLEMS = 50
"""Conversations that a report names."""


@dataclass
class Report:
    """How many conversations were imported, were known already, and failed."""

    imported: int = 0
    known: int = 0
    failed: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)
    """The `title` and the `reason` of each of the first that failed."""

    def add_failure(self, title: str, reason: str) -> None:
        """Count a conversation that failed, and name it unless `MAX_PROBLEMS` are named already."""
        self.failed += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append({"title": title, "reason": reason})


async def import_file(user: User, file: IO[bytes], size: int) -> AsyncIterator[bytes]:
    """Import the conversations in a file of `size` bytes, and yield lines of JSON.

    They are `{"done", "of"}` again and again while it goes on, then `{"report"}`. If the file as a whole can't be
    read, the only line is `{"error"}`. docs/protocol.md describes them.
    """
    try:
        if size > MAX_BYTES:
            raise Unreadable(_("The file is larger than %(size)s MB.") % {"size": MAX_BYTES // 1_000_000})
        archive = await in_thread(Archive)(file)
    except Unreadable as error:
        yield _line({"error": {"code": "unreadable", "message": str(error)}})
        return
    report, done = Report(), 0
    while done < len(archive.conversations):
        yield _line({"done": done, "of": len(archive.conversations)})
        done = await in_thread(_import_some)(user, archive, done, report)
    logger.info("user %s imported %s conversations; %s failed", user.pk, report.imported, report.failed)
    yield _line({"report": report})


def _import_some(user: User, archive: Archive, start: int, report: Report) -> int:
    """Import conversations for `SLICE_SECONDS`. Return how many are done."""
    end = time.monotonic() + SLICE_SECONDS
    for number in range(start, len(archive.conversations)):
        _import(user, archive, archive.conversations[number], report)
        if time.monotonic() > end:
            return number + 1
    return len(archive.conversations)


def _import(user: User, archive: Archive, conversation: msgspec.Raw, report: Report) -> None:
    try:
        if store_tree(user, archive.read(conversation)):
            report.imported += 1
        else:
            report.known += 1
    except Unreadable as error:
        report.add_failure(title_of(conversation), str(error))
    except Exception:
        logger.exception("a conversation could not be imported")
        report.add_failure(title_of(conversation), _("it couldn't be stored"))


def _line(value: dict[str, Any]) -> bytes:
    return msgspec.json.encode(value) + b"\n"
