"""An import while it goes on: how far it has come, and in the end what it came to."""

import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import IO, Any

import msgspec
from django.utils.translation import gettext as _

from accounts.models import User
from common.threads import in_thread
from conversations.transfers.imports.archive import MOST_BYTES, Archive, title_of
from conversations.transfers.imports.store import keep
from conversations.transfers.imports.tree import Unreadable

logger = logging.getLogger(__name__)

SLICE_SECONDS = 0.5
"""Between two lines; so long a thread and a connection are held."""
MOST_NAMED = 50


@dataclass
class Report:
    imported: int = 0
    known: int = 0
    failed: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)
    """Of the first that could not be read, which they are and why."""

    def fail(self, title: str, reason: str) -> None:
        self.failed += 1
        if len(self.problems) < MOST_NAMED:
            self.problems.append({"title": title, "reason": reason})


async def importing(user: User, file: IO[bytes], size: int) -> AsyncIterator[bytes]:
    """Lines of JSON: `{"done", "of"}` again and again, then the report, or `{"error"}` for the file as a whole."""
    try:
        if size > MOST_BYTES:
            raise Unreadable(_("The file is larger than %(size)s MB.") % {"size": MOST_BYTES // 1_000_000})
        archive = await in_thread(Archive)(file)
    except Unreadable as error:
        yield _line({"error": {"code": "unreadable", "message": str(error)}})
        return
    report, done = Report(), 0
    while done < len(archive.conversations):
        yield _line({"done": done, "of": len(archive.conversations)})
        done = await in_thread(_import_some)(user, archive, done, report)
    logger.info("user %s imported %s conversations, %s failed", user.pk, report.imported, report.failed)
    yield _line({"report": report})


def _import_some(user: User, archive: Archive, start: int, report: Report) -> int:
    """Go on for a while; returns how many are done then."""
    until = time.monotonic() + SLICE_SECONDS
    for number in range(start, len(archive.conversations)):
        _import(user, archive, archive.conversations[number], report)
        if time.monotonic() > until:
            return number + 1
    return len(archive.conversations)


def _import(user: User, archive: Archive, conversation: msgspec.Raw, report: Report) -> None:
    try:
        if keep(user, archive.read(conversation)):
            report.imported += 1
        else:
            report.known += 1
    except Unreadable as error:
        report.fail(title_of(conversation), str(error))
    except Exception:
        logger.exception("a conversation could not be imported")
        report.fail(title_of(conversation), _("it could not be stored"))


def _line(value: dict[str, Any]) -> bytes:
    return msgspec.json.encode(value) + b"\n"
