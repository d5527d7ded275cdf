"""The files that are kept at providers, so that each content is sent once.

A file is known by its content and its name: who sends the same again sends the provider's id of it. A model reads the
name, so nobody gets what somebody else called it. A process never uploads one file twice at the same moment; two
processes may, and then both copies are known. A copy lasts for 30 days at the
provider, so that one whose id was never stored, because the process was killed at that moment, goes by itself.

What is gone here is deleted there: `forget` marks it, and a service deletes it, again and again until it is done.
https://platform.openai.com/docs/api-reference/files
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from weakref import WeakValueDictionary

from django.db import transaction
from django.utils import timezone

from common.pools import SENDING
from common.threads import in_thread, retry_until_available
from providers.endpoint import Endpoint
from providers.environment import ENVIRONMENT_ID
from providers.failures import NOT_FOUND, Failure, failure
from providers.models import UploadedFile
from providers.registry import Client, Clients

logger = logging.getLogger(__name__)

Key = tuple[str, str]

LIFETIME = timedelta(days=30)
"""The longest that the API has."""
RENEWED_WITHIN = timedelta(days=1)
"""Of its end. A file is uploaded anew then: an answer, and the chain after it, may take a while."""
UPLOAD_SECONDS = 120.0
"""Until an upload is given up."""
PAUSE_SECONDS = 60.0
"""For which nothing is uploaded to a provider that let an upload hang."""
NO_API_STATUSES = {403, 404, 405, 501}
CHECK_SECONDS = 60.0
MAX_DELETED = 100
"""Files that one look of the service deletes."""
RETRY = timedelta(minutes=1)
MAX_RETRY = timedelta(hours=12)
MAX_DOUBLINGS = 10
TAKEN = timedelta(minutes=10)
"""For which a process may take to delete what it took."""


@dataclass(frozen=True)
class Content:
    """A file that may be uploaded: what it is, how it is called, and how its bytes are read, which blocks."""

    digest: str
    name: str
    media_type: str
    size: int
    read: Callable[[], bytes]

    @property
    def key(self) -> Key:
        """What tells it from other files at a provider."""
        return self.digest, self.name


class Uploads:
    """What this process uploads to providers."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._locks: WeakValueDictionary[tuple[str, Key], asyncio.Lock] = WeakValueDictionary()
        self._paused: dict[str, float] = {}

    async def file_id(self, provider_id: UUID | None, content: Content) -> str:
        """Return the provider's id of a content, which is uploaded if it isn't there. Raise `Failure`."""
        client = self._clients.of(provider_id)
        account = account_of(client.endpoint)
        lock = self._locks.setdefault((account, content.key), asyncio.Lock())
        async with lock:
            if known := await in_thread(_known)(account, *content.key):
                return known
            if time.monotonic() < self._paused.get(account, 0):
                raise failure("timeout", detail="the last upload to this provider hung")
            return await self._upload(client, provider_id, account, content)

    async def _upload(self, client: Client, provider_id: UUID | None, account: str, content: Content) -> str:
        seconds = int(LIFETIME.total_seconds())
        try:
            # A provider that is slow keeps no place of the others.
            async with SENDING.turn_async(account):
                data = await in_thread(_read)(content)
                started = timezone.now()
                async with asyncio.timeout(UPLOAD_SECONDS):
                    file_id = await client.upload(content.name, data, content.media_type, seconds)
        except TimeoutError:
            self._paused[account] = time.monotonic() + PAUSE_SECONDS
            raise failure("timeout", detail="the upload of a file took too long") from None
        row = UploadedFile(
            provider_id=provider_id or ENVIRONMENT_ID,
            account=account,
            digest=content.digest,
            name=content.name,
            file_id=file_id,
            expires_at=started + LIFETIME,
        )
        # Whatever becomes of the answer: the file is there.
        await asyncio.shield(retry_until_available(row.save))
        return file_id

    async def delete_forgotten(self) -> None:
        """Delete at the providers what was forgotten here. What can't be deleted now is tried again later."""
        silent: set[str] = set()
        while rows := await in_thread(_due)():
            for row in rows:
                # A provider that doesn't answer keeps what is at others for a moment, and not for each of its files.
                if row.account in silent:
                    await in_thread(_try_later)(row)
                elif not await self._delete(row):
                    silent.add(row.account)
            if len(rows) < MAX_DELETED:
                return

    async def _delete(self, row: UploadedFile) -> bool:
        """Delete a file, now or later. Return False if its provider doesn't answer."""
        try:
            client = self._clients.of(row.provider_id)
            if account_of(client.endpoint) != row.account:
                # The provider has another address, or belongs to another project, by now: its key opens nothing there.
                raise failure("provider_not_found")
            await client.delete_file(row.file_id)
        except Failure as problem:
            if problem.status != NOT_FOUND:
                logger.warning("file %s could not be deleted at %s: %s", row.file_id, row.provider_id, problem)
                await in_thread(_try_later)(row)
                return problem.status is not None
        await in_thread(row.delete)()
        return True


def _read(content: Content) -> bytes:
    try:
        return content.read()
    except FileNotFoundError as error:
        raise failure("server_error", detail=f"a file is gone: {error}") from error


def account_of(endpoint: Endpoint) -> str:
    """Return what tells where a file is known: a digest of the provider's address and project."""
    said = "\n".join((endpoint.base_url.rstrip("/"), endpoint.organization or "", endpoint.project or ""))
    return hashlib.sha256(said.encode()).hexdigest()


def has_no_files_api(problem: Failure) -> bool:
    """Return whether a failed upload says that the provider takes none, or none of this purpose."""
    return problem.status in NO_API_STATUSES or (problem.status in {400, 422} and "purpose" in problem.detail.lower())


def forget(digests: Collection[str]) -> None:
    """Have contents that are gone here deleted at all providers. It blocks, and belongs into their transaction."""
    now = timezone.now()
    UploadedFile.objects.filter(digest__in=digests, deleted_at=None).update(deleted_at=now, retry_at=now)


def forget_lost(file_ids: Collection[str]) -> bool:
    """Forget files that a provider doesn't know any more, so that they are uploaded again. It blocks.

    Return whether there were some.
    """
    return bool(UploadedFile.objects.filter(file_id__in=file_ids, deleted_at=None).delete()[0])


def _known(account: str, digest: str, name: str) -> str | None:
    until = timezone.now() + RENEWED_WITHIN
    known = UploadedFile.objects.filter(account=account, digest=digest, name=name, deleted_at=None)
    rows = known.filter(expires_at__gt=until)
    return rows.order_by("pk").values_list("file_id", flat=True).first()


@transaction.atomic
def _due() -> list[UploadedFile]:
    """Return files that are to be deleted now. No other look takes them for a while."""
    now = timezone.now()
    UploadedFile.objects.filter(expires_at__lt=now).delete()
    due = UploadedFile.objects.filter(deleted_at__isnull=False, retry_at__lte=now).order_by("retry_at")
    rows = [*due.select_for_update(skip_locked=True)[:MAX_DELETED]]
    UploadedFile.objects.filter(pk__in=[row.pk for row in rows]).update(retry_at=now + TAKEN)
    return rows


def _try_later(row: UploadedFile) -> None:
    row.tries += 1
    row.retry_at = timezone.now() + min(RETRY * 2 ** min(row.tries, MAX_DOUBLINGS), MAX_RETRY)
    row.save(update_fields=["tries", "retry_at"])
