"""Files of collections are read one after the other, beside everything else: a service of each process.

A row says how far its file is. A process that is killed leaves one as being read, which any process reads again after a
while; one that is told to stop gives it back.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from common.pools import FILLING
from common.refusal import Refused
from common.threads import UNAVAILABLE, in_thread, retry_until_available
from files import documents
from files.models import Document
from knowledge.models import CollectionFile
from knowledge.stored import wake

logger = logging.getLogger(__name__)

CHECK_SECONDS = 2.0
READING_LIMIT = timedelta(minutes=10)
"""After which a file that is being read was left by its process: longer than any reading takes."""
NOBODY = UUID(int=0)
MISSING, BROKEN = "missing", "broken"
"""Why a file can't be read (files/refusals.py)."""

State = CollectionFile.State


class Filling:
    """The reading of files in one process: a file at a time, of each person in turn."""

    def __init__(self) -> None:
        self._last = NOBODY
        """Whose file was read last."""

    async def read_waiting(self) -> None:
        """Read files until none waits any more."""
        while file := await in_thread(claim)(self._last):
            self._last = file.added_by_id
            await self._read(file)

    async def _read(self, file: CollectionFile) -> None:
        try:
            document, problem = await FILLING.run(file.added_by_id, _read, file)
        except BaseException:
            # The process stops, or the site is in trouble.
            await in_thread(give_back)(file)
            raise
        await retry_until_available(end, file, document, problem)


@transaction.atomic
def claim(last: UUID = NOBODY) -> CollectionFile | None:
    """Return a file that waits, as being read from now on; None if there is none.

    It is of the person after the `last` one, so that nobody waits for all the files of another one.
    """
    left = CollectionFile.objects.filter(state=State.READING, state_at__lt=timezone.now() - READING_LIMIT)
    left.update(state=State.WAITING)
    waiting = CollectionFile.objects.present().filter(state=State.WAITING, collection__deleted_at=None)
    unclaimed = waiting.order_by("added_by", "created_at").select_for_update(skip_locked=True, of=("self",))
    file = unclaimed.filter(added_by__gt=last).first() or unclaimed.first()
    if file:
        file.state, file.state_at = State.READING, timezone.now()
        file.save(update_fields=["state", "state_at"])
    return file


def give_back(file: CollectionFile) -> None:
    """Let a file wait that was claimed and isn't read."""
    _claimed(file).update(state=State.WAITING)


def end(file: CollectionFile, document: Document | None, problem: str) -> None:
    """Store what became of a file that was read, unless it is gone or another process has it by now."""
    state = State.FAILED if problem else State.READ
    if _claimed(file).update(state=state, document=document, problem=problem, state_at=timezone.now()) and document:
        wake([file.collection_id])


def _read(file: CollectionFile) -> tuple[Document | None, str]:
    """Return what was read of a file, or the code of the reason why it can't be read. It blocks."""
    try:
        return documents.read(file.digest, file.added_by_id), ""
    except Refused as refused:
        if refused.is_temporary:
            raise
        return None, refused.code
    except FileNotFoundError:
        logger.error("the file %s of a collection is not there", file.pk)
        return None, MISSING
    except UNAVAILABLE:
        raise
    except Exception:
        logger.exception("the file %s of a collection could not be read", file.pk)
        return None, BROKEN


def _claimed(file: CollectionFile) -> "models.QuerySet[CollectionFile]":
    return CollectionFile.objects.filter(pk=file.pk, state=State.READING, state_at=file.state_at)
