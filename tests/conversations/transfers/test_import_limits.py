"""What an import takes at most, that the rest is imported, and that an import stands in nobody's way."""

import asyncio
import io
import json
from datetime import timedelta
from uuid import uuid5

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.threads import in_thread
from conversations.models import Attachment, Conversation, Response
from conversations.transfers.imports import limits, report, store
from conversations.transfers.imports.archive import Archive
from conversations.transfers.imports.report import import_file
from tests.support.exported import (
    TREE,
    chatgpt,
    content_of,
    export_json,
    import_counts,
    import_result,
    said,
    zipped,
)
from tests.support.images import encoded, image

IMAGE = {"content_type": "image_asset_pointer"}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def conversation(number: int, *turns: tuple[object, object]) -> dict:
    """Return a conversation with these messages and answers."""
    mapping, above = {}, None
    for place, (message, answer) in enumerate(turns):
        mapping[f"q{place}"] = said("user", message, above, 2 * place)
        mapping[f"a{place}"] = said("assistant", answer, f"q{place}", 2 * place + 1)
        above = f"a{place}"
    return chatgpt(mapping, title=f"Number {number}", conversation_id=f"c-{number}")


def pictures(*names: str) -> dict:
    parts = [{**IMAGE, "asset_pointer": f"file-service://{name}"} for name in names]
    return {"content_type": "multimodal_text", "parts": parts}


def many_parts(count: int) -> dict:
    references = [{"type": "webpage", "url": f"https://example.org/{n}"} for n in range(count)]
    return said("assistant", "Cited.", "q", metadata={"content_references": references})


TOO_MUCH = {
    "a message": (conversation(2, ("word " * 300, "x")), "longer than"),
    "an answer": (conversation(2, ("x", "ü" * 600)), "longer than"),
    "an answer of many texts": (
        chatgpt(
            {"q": said("user", "x", None)}
            | {f"a{n}": said("assistant", "y" * 100, f"a{n - 1}" if n else "q") for n in range(20)},
            title="Number 2",
            conversation_id="c-2",
        ),
        "longer than",
    ),
    "all texts": (conversation(2, *[("x" * 900, "y" * 900)] * 3), "texts are longer"),
    "citations": (chatgpt({"q": said("user", "x", None), "a": many_parts(50)}, title="Number 2"), "citations"),
    "turns": (conversation(2, *[("x", "y")] * 30), "messages"),
    "attached images": (conversation(2, (pictures("file-1", "file-2", "file-3", "file-4"), "x")), "images"),
    "images over several messages": (
        conversation(2, *[(pictures(f"file-{n}"), "x") for n in range(4)]),
        "conversations.json instead of the zip",
    ),
    "generated images": (
        conversation(2, *[("x", pictures("file-1", "file-2")) for n in range(2)]),
        "images",
    ),
}


@pytest.fixture
def small_limits(monkeypatch) -> None:
    for name, most in {
        "MAX_TEXT_BYTES": 1000,
        "MAX_CONVERSATION_BYTES": 5000,
        "MAX_PARTS": 45,
        "MAX_IMAGES": 3,
    }.items():
        monkeypatch.setattr(limits, name, most)
    monkeypatch.setattr("conversations.transfers.imports.chatgpt.MAX_TURNS", 50)


@pytest.mark.django_db(transaction=True)
class TestLimits:
    @pytest.mark.parametrize("kind", TOO_MUCH)
    def test_conversation_over_a_limit_is_reported_and_the_rest_imported(self, ada, small_limits, kind):
        too_much, words = TOO_MUCH[kind]
        files = {f"file-{n}-x.png": encoded(image(8, 8)) for n in range(5)}
        file = zipped(
            [conversation(1, ("Hello", "Hi")), too_much, conversation(3, (pictures("file-1"), "A dot."))], **files
        )
        told = import_result(ada, file)["report"]
        assert (told["imported"], told["failed"]) == (2, 1)
        assert told["problems"][0]["title"] == "Number 2"
        assert words in told["problems"][0]["reason"]
        assert told["problems"][0]["reason"].endswith(".")
        assert set(Conversation.objects.values_list("title", flat=True)) == {"Number 1", "Number 3"}

    def test_exports_of_this_site_have_the_same_limits(self, ada, grace, small_limits):
        assert import_counts(ada, [conversation(1, ("Hello", "Hi"))]) == (1, 0, 0)
        exported = json.loads(export_json(Conversation.objects.get()))
        row = exported["responses"][0]
        for output in (
            [{"type": "mcp_call", "output": "x" * 1001}],
            [{"type": "image_generation_call", "result": "x"}] * 4,
            [{"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "x" * 1001}]}],
            [{"type": "web_search_call"}] * 46,
        ):
            row["output"] = output
            assert import_counts(grace, exported) == (0, 0, 1)
        row["output"] = [{"type": "image_generation_call", "result": "x" * 1001}] * 3
        exported["attachments"] = [{"id": row["id"], "name": "x", "data_url": "x"}] * 4
        assert import_counts(grace, exported) == (0, 0, 1)
        exported["attachments"] = []
        assert import_counts(grace, exported) == (1, 0, 0)

    def test_conversation_too_large_to_decode_is_named(self, ada, monkeypatch):
        monkeypatch.setattr("conversations.transfers.imports.scan.MAX_VALUES", 500)
        large = conversation(2, *[("x", "y")] * 30)
        told = import_result(ada, [conversation(1, ("Hello", "Hi")), large])["report"]
        assert (told["imported"], told["failed"], told["problems"][0]["title"]) == (1, 1, "Number 2")
        assert "too large" in told["problems"][0]["reason"]

    def test_image_is_found_by_its_whole_id(self, ada):
        names = ["file-ab", "file-abc-x.png", "file-abcd-x.png", "file-a_b-x.png", "file-e.png", "file_9_x.png"]
        files = {f"images/{name}": encoded(image(8, 8)) for name in names}
        archive = Archive(io.BytesIO(zipped([], **files)))

        def found(pointer: str) -> str | None:
            source = archive._image(pointer)
            return source.name if source else None

        assert [found(f"file-service://{wanted}") for wanted in ("file-ab", "file-abc", "file-abcd")] == names[:3]
        assert [found(f"sediment://{wanted}") for wanted in ("file-a_b", "file-e", "file_9")] == names[3:]
        assert [found(wanted) for wanted in ("file-x", "file-abcde", "zz", "", "x://")] == [None] * 5


async def lines_of(user: User, content: object) -> list[dict]:
    file = content_of(content)
    return [json.loads(line) async for line in import_file(user, io.BytesIO(file), len(file))]


@pytest.mark.django_db(transaction=True)
class TestOneAmongOthers:
    async def test_work_is_cut_short_within_one_conversation(self, ada, monkeypatch):
        monkeypatch.setattr(report, "SLICE_SECONDS", 0)
        monkeypatch.setattr(store, "BATCH_SIZE", 1)
        lines = await lines_of(ada, [conversation(1, *[("x", "y")] * 20)])
        assert lines[-1]["report"]["imported"] == 1
        # The document is scanned, each turn is read, and each is stored.
        assert len(lines) > 40
        assert await in_thread(Response.objects.count)() == 20

    async def test_person_imports_one_file_at_a_time(self, ada, grace, monkeypatch):
        monkeypatch.setattr(report, "SLICE_SECONDS", 0)
        file = content_of([conversation(n, ("x", "y")) for n in range(3)])
        first = import_file(ada, io.BytesIO(file), len(file))
        assert "done" in json.loads(await anext(first))
        assert (await lines_of(ada, [chatgpt(TREE)]))[0]["error"]["code"] == "import_in_progress"
        assert (await lines_of(grace, [chatgpt(TREE)]))[-1]["report"]["imported"] == 1
        assert json.loads([line async for line in first][-1])["report"]["imported"] == 3
        assert (await lines_of(ada, [chatgpt(TREE, conversation_id="c-9")]))[-1]["report"]["imported"] == 1

    async def test_what_is_not_reached_in_time_is_counted_and_imported_later(self, ada, monkeypatch):
        file = [conversation(n, ("x", "y")) for n in range(3)]
        monkeypatch.setattr(report, "SLICE_SECONDS", 0)
        monkeypatch.setattr(report, "MAX_SECONDS", 0)
        assert "error" in (await lines_of(ada, file))[-1]
        steps = report.Import._import_all

        def late(self, file):
            for number, _step in enumerate(steps(self, file)):
                if number == 3:
                    self._seconds = 1
                yield

        monkeypatch.setattr(report, "MAX_SECONDS", 0.5)
        monkeypatch.setattr(report.Import, "_import_all", late)
        told = (await lines_of(ada, file))[-1]["report"]
        assert told["unreached"] > 0
        assert told["imported"] + told["unreached"] == 3
        monkeypatch.undo()
        told = (await lines_of(ada, file))[-1]["report"]
        assert told["imported"] + told["known"] == 3
        assert told["unreached"] == 0

    async def test_import_that_is_left_leaves_whole_conversations_only(self, ada, media, monkeypatch):
        monkeypatch.setattr(report, "SLICE_SECONDS", 0)
        monkeypatch.setattr(store, "BATCH_SIZE", 1)
        file = zipped([conversation(1, *[(pictures("file-1"), "y")] * 9)], **{"file-1.png": encoded(image(8, 8))})
        lines = import_file(ada, io.BytesIO(file), len(file))
        async for _line in lines:
            if await in_thread(Response.objects.count)() > 3:
                break
        # Until it is complete, nobody sees it.
        assert await in_thread(lambda: list(Conversation.objects.listed(ada)))() == []
        await lines.aclose()
        for model in (Conversation, Response, Attachment):
            assert await in_thread(model.objects.count)() == 0
        assert [path for path in media.rglob("*") if path.is_file()] == []

    async def test_cancelled_import_leaves_nothing(self, ada, monkeypatch):
        monkeypatch.setattr(report, "SLICE_SECONDS", 0)
        monkeypatch.setattr(store, "BATCH_SIZE", 1)
        importing = asyncio.create_task(lines_of(ada, [conversation(1, *[("x", "y")] * 200)]))
        while not await in_thread(Response.objects.count)():
            assert not importing.done()
        importing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await importing
        assert await in_thread(Conversation.objects.count)() == 0
        assert (await lines_of(ada, [chatgpt(TREE)]))[-1]["report"]["imported"] == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_dead_process_left_is_removed_like_a_temporary_conversation(ada, hopper):
    pk = uuid5(ada.pk, "chatgpt c-1")
    left = Conversation.objects.create(
        pk=pk, user=ada, title="Tides", is_temporary=True, seen_at=timezone.now() + store.LEASE
    )
    assert left.seen_at
    reason = import_result(ada, [chatgpt(TREE)])["report"]["problems"][0]["reason"]
    assert "already" in reason
    client = Client()
    client.force_login(hopper)
    assert client.get(f"/admin/conversations/conversation/{pk}/change/").status_code == 404
    Conversation.objects.filter(seen_at__lt=timezone.now() + store.LEASE + timedelta(seconds=1)).delete()
    assert import_counts(ada, [chatgpt(TREE)]) == (1, 0, 0)
