"""Files of collections are read beside everything else, whatever happens to them or to their process."""

import asyncio
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.utils import timezone

from common.pools import FILLING
from common.refusal import busy
from common.threads import in_thread
from files import documents
from knowledge import content, filling
from knowledge.filling import Filling, claim
from knowledge.models import Collection, CollectionFile
from knowledge.search import search
from tests.support.knowledge import make_collection

State = CollectionFile.State


@pytest.fixture
def harbour(transactional_db, ada, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return make_collection(ada)


def added(collection, data=b"High tide at noon", name="tides.txt", user=None):
    return content.add(collection, SimpleUploadedFile(name, data), user or collection.owner)


async def filled(file):
    await Filling().read_waiting()
    await in_thread(file.refresh_from_db)()
    return file


async def test_file_that_waits_is_read_and_found(harbour):
    file = await filled(await in_thread(added)(harbour))
    assert (file.state, file.problem) == (State.READ, "")
    [hit] = await in_thread(search)(harbour.owner_id, [harbour.pk], "tide")
    assert (hit.file, hit.text) == (file.pk, "High tide at noon")


async def test_file_that_can_not_be_read_says_why_and_the_others_are_read(harbour):
    bad = await in_thread(added)(harbour, b"MZ\x90\x00" + bytes(100), "tides.exe")
    good = await filled(await in_thread(added)(harbour))
    await in_thread(bad.refresh_from_db)()
    assert (bad.state, bad.problem, good.state) == (State.FAILED, "program", State.READ)
    assert (await in_thread(content.described)(bad))["problem"] == "This is a program. Programs aren't taken."


async def test_file_whose_content_is_gone_says_so(harbour):
    file = await in_thread(added)(harbour)
    await in_thread(default_storage.delete)(file.path)
    assert (await filled(file)).problem == "missing"


async def test_bug_of_a_reader_fails_its_file_alone(harbour, monkeypatch):
    monkeypatch.setattr(documents, "read", lambda *_: 1 / 0)
    assert (await filled(await in_thread(added)(harbour))).problem == "broken"


@pytest.mark.parametrize("trouble", [busy(), OperationalError("gone")])
async def test_file_waits_again_if_the_site_is_in_trouble(harbour, monkeypatch, trouble):
    def fail(*_args):
        raise trouble

    file = await in_thread(added)(harbour)
    with monkeypatch.context() as patch:
        patch.setattr(documents, "read", fail)
        with pytest.raises(type(trouble)):
            await Filling().read_waiting()
    await in_thread(file.refresh_from_db)()
    assert file.state == State.WAITING
    assert (await filled(file)).state == State.READ


async def test_file_is_given_back_when_the_process_stops(harbour, monkeypatch):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(*_args):
        begun.set()
        await go_on.wait()

    monkeypatch.setattr(FILLING, "run", wait)
    file = await in_thread(added)(harbour)
    reading = asyncio.ensure_future(Filling().read_waiting())
    await begun.wait()
    await in_thread(file.refresh_from_db)()
    assert file.state == State.READING
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await in_thread(file.refresh_from_db)()
    assert file.state == State.WAITING


def test_file_is_claimed_by_one_process_and_again_if_that_was_killed(harbour):
    file = added(harbour)
    assert claim() == file
    assert claim() is None
    CollectionFile.objects.update(state_at=timezone.now() - filling.READING_LIMIT - timedelta(seconds=1))
    assert claim() == file


def test_end_of_a_reading_that_another_process_took_over_changes_nothing(harbour):
    added(harbour)
    first = claim()
    CollectionFile.objects.update(state_at=timezone.now() - 2 * filling.READING_LIMIT)
    second = claim()
    assert first
    assert second
    filling.end(first, None, "broken")
    second.refresh_from_db()
    assert (second.state, second.problem) == (State.READING, "")


def test_persons_take_turns(harbour, grace):
    mine, theirs = make_collection(grace), harbour
    for number in range(3):
        added(theirs, b"%d" % number)
        added(mine, b"%d" % number)
    order, last = [], filling.NOBODY
    while file := claim(last):
        last = file.added_by_id
        order.append(last)
    assert order in ([harbour.owner_id, grace.pk] * 3, [grace.pk, harbour.owner_id] * 3)


async def test_deleted_file_is_not_read(harbour):
    file = await in_thread(added)(harbour)
    await in_thread(content.delete)(harbour.files.all())
    assert (await filled(file)).state == State.WAITING


def test_file_of_a_deleted_collection_is_read_when_that_is_restored(harbour):
    file = added(harbour)
    Collection.objects.update(deleted_at=timezone.now())
    assert claim() is None
    Collection.objects.update(deleted_at=None)
    assert claim() == file
