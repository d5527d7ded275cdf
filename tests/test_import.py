"""Conversations brought in: what becomes of a file's tree, that nothing comes twice, and that no file does harm."""

import asyncio
import io
import json
import struct
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from conversations.attachments import store
from conversations.branches import Branch
from conversations.exports.as_json import as_json
from conversations.imports import archive as archives
from conversations.imports.archive import Archive
from conversations.imports.keep import keep
from conversations.imports.report import importing
from conversations.imports.tree import Unreadable
from conversations.models import Attachment, Conversation, Response
from conversations.threads import in_thread
from tests.images import encoded, image
from tests.socket import ask_and_wait, open_socket
from tests.test_pages import answer, ask, text

BEGAN = 1_700_000_000


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def said(role: str, words: Any, parent: str | None, after: float = 0, **message: Any) -> dict:
    content = words if isinstance(words, dict) else {"content_type": "text", "parts": [words]}
    return {
        "parent": parent,
        "children": [],
        "message": {"author": {"role": role}, "content": content, "create_time": BEGAN + after, **message},
    }


def chatgpt(mapping: dict, current: str | None = None, **fields: Any) -> dict:
    return {
        "title": "Tides",
        "create_time": BEGAN,
        "update_time": BEGAN + 100,
        "conversation_id": "c-1",
        "current_node": current,
        "mapping": mapping,
        **fields,
    }


TREE = {
    "root": {"parent": None, "children": ["system"], "message": None},
    "system": said("system", "Be brief.", "root"),
    "q1": said("user", "How high is the tide?", "system", 1),
    "a1": said("assistant", "Two metres.", "q1", 2, metadata={"model_slug": "gpt-4o"}),
    "a2": said("assistant", "Three metres.", "q1", 30, metadata={"model_slug": "gpt-5"}),
    "q2": said("user", "When?", "a1", 4),
    "call": said("assistant", {"content_type": "code", "text": "look()"}, "q2", 5, recipient="browser"),
    "result": said("tool", "noon", "call", 6),
    "hidden": said("user", "context", "result", 6, metadata={"is_visually_hidden_from_conversation": True}),
    "thinking": said("assistant", {"content_type": "thoughts", "thoughts": [{"content": "Hm"}]}, "hidden", 7),
    "a3": said("assistant", "At noon.", "thinking", 8),
}


def content_of(conversations: object) -> bytes:
    return json.dumps(conversations).encode()


def zipped(conversations: object, **files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("conversations.json", content_of(conversations))
        for name, content in files.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def bring_in(user: User, content: object) -> dict:
    """The last line of the import, as a browser gets it."""
    file = content if isinstance(content, bytes) else content_of(content)

    async def whole() -> list[bytes]:
        return [line async for line in importing(user, io.BytesIO(file), len(file))]

    return json.loads(asyncio.run(whole())[-1])


def report_of(user: User, content: object) -> tuple[int, int, int]:
    report = bring_in(user, content)["report"]
    return report["imported"], report["known"], report["failed"]


def shown(conversation: Conversation) -> list[tuple[str, str]]:
    return [(turn.response.question(), turn.response.answer()) for turn in Branch(conversation).turns]


@pytest.mark.django_db(transaction=True)
class TestFromChatGpt:
    def test_the_tree_becomes_our_tree(self, ada):
        assert report_of(ada, [chatgpt(TREE, "a3")]) == (1, 0, 0)
        conversation = Conversation.objects.get()
        assert (conversation.title, conversation.titled_by, conversation.user) == ("Tides", "person", ada)
        assert conversation.created_at.timestamp() == BEGAN
        assert conversation.updated_at.timestamp() == BEGAN + 100
        rows = {row.answer(): row for row in conversation.responses.all()}
        assert {(row.question(), row.answer(), row.model) for row in rows.values()} == {
            ("How high is the tide?", "Two metres.", "gpt-4o"),
            ("How high is the tide?", "Three metres.", "gpt-5"),
            ("When?", "At noon.", "chatgpt"),
        }
        assert rows["At noon."].previous == rows["Two metres."]
        assert rows["Two metres."].previous is rows["Three metres."].previous is None
        assert {row.status for row in rows.values()} == {"completed"}

    @pytest.mark.parametrize(
        ("current", "branch"),
        [
            ("a3", [("How high is the tide?", "Two metres."), ("When?", "At noon.")]),
            ("a2", [("How high is the tide?", "Three metres.")]),
            ("thinking", [("How high is the tide?", "Two metres."), ("When?", "At noon.")]),
        ],
    )
    def test_the_branch_that_was_open_is_the_one_that_is_shown(self, ada, current, branch):
        bring_in(ada, [chatgpt(TREE, current)])
        assert shown(Conversation.objects.get()) == branch

    def test_a_question_without_an_answer_and_one_in_two_messages(self, ada):
        questions = {"q1": ("One", None), "q2": ("Two", "q1"), "q3": ("Three", "gone")}
        mapping = {key: said("user", words, parent) for key, (words, parent) in questions.items()}
        bring_in(ada, [chatgpt(mapping)])
        assert {(row.question(), row.status) for row in Response.objects.all()} == {
            ("One\n\nTwo", "cancelled"),
            ("Three", "cancelled"),
        }

    def test_code_and_what_nobody_knows_are_kept_as_text(self, ada):
        mapping = {
            "q": said("user", {"content_type": "brand_new", "payload": {"x": 1}}, None),
            "a": said("assistant", {"content_type": "code", "language": "python", "text": "print('```')"}, "q"),
        }
        bring_in(ada, [chatgpt(mapping)])
        row = Response.objects.get()
        assert '"payload"' in row.question()
        assert row.answer() == "````python\nprint('```')\n````"

    def test_pictures_come_out_of_the_zip(self, ada):
        parts = [
            {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-abc"},
            {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-lost"},
            {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file-bad"},
            "What is this?",
        ]
        mapping = {"q": said("user", {"content_type": "multimodal_text", "parts": parts}, None)}
        files = {"file-abc-harbour.png": encoded(image()), "file-bad.png": b"no picture"}
        assert report_of(ada, zipped([chatgpt(mapping)], **files)) == (1, 0, 0)
        (attachment,) = Attachment.objects.all()
        content = Response.objects.get().input[0]["content"]
        assert [part.get("file_id") for part in content] == [str(attachment.pk), None, None, None]
        assert attachment.conversation == Conversation.objects.get()
        assert (attachment.name, attachment.width) == ("file-abc-harbour.png", 64)

    def test_the_same_file_twice_brings_nothing_new(self, ada, grace):
        file = [chatgpt(TREE), chatgpt(TREE, conversation_id="c-2")]
        assert report_of(ada, file) == (2, 0, 0)
        assert report_of(ada, file) == (0, 2, 0)
        assert report_of(grace, file) == (2, 0, 0)
        Conversation.objects.filter(user=ada).update(deleted_at=timezone.now())
        assert report_of(ada, file) == (0, 2, 0)
        assert Conversation.objects.visible_to(ada).count() == 2

    def test_of_many_those_that_can_be_read_come_in_and_the_others_are_named(self, ada):
        broken = chatgpt(
            {"a": said("user", "x", "b"), "b": said("user", "y", "a")}, title="Round", conversation_id="c-3"
        )
        report = bring_in(ada, [chatgpt(TREE), broken, 7, {"title": "Half"}])["report"]
        assert (report["imported"], report["failed"]) == (1, 3)
        assert [problem["title"] for problem in report["problems"]] == ["Round", "", "Half"]
        assert "circle" in report["problems"][0]["reason"]


@pytest.mark.django_db(transaction=True)
class TestFromHere:
    def test_what_was_taken_out_comes_in_elsewhere_as_it_was(self, ada, grace):
        conversation = Conversation.objects.create(user=ada, title="Tides")
        picture = store(SimpleUploadedFile("harbour.png", encoded(image())), ada)
        Attachment.objects.filter(pk=picture.pk).update(conversation=conversation)
        part = {"type": "input_image", "detail": "auto", "file_id": str(picture.pk)}
        answer(first := ask(conversation, None, part), text("One."), usage={"output_tokens": 2})
        answer(ask(conversation, first), text("Two."), status="failed", error={"code": "x", "message": "A sentence."})
        answer(ask(conversation), {"type": "refusal", "refusal": "No."})
        exported = taken_out(conversation)

        assert report_of(ada, exported) == (0, 1, 0)
        assert report_of(grace, exported) == (1, 0, 0)
        copy = Conversation.objects.get(user=grace)
        assert [described(row) for row in copy.responses.all()] == [
            described(row) for row in conversation.responses.all()
        ]
        assert copy.attachments.get().file == picture.file
        assert copy.attachments.get().pk != picture.pk

    def test_what_only_the_provider_may_say_is_left_out(self, ada):
        export = simple_export()
        row = export["responses"][0]
        row["output"].append({"type": "item_reference", "id": "msg_of_somebody"})
        row["output"].append({"type": "reasoning", "summary": [], "encrypted_content": "gAAAA"})
        bring_in(ada, export)
        assert [item["type"] for item in Response.objects.get().output] == ["message", "reasoning"]
        assert "gAAAA" not in str(Response.objects.get().output)

    @pytest.mark.parametrize(
        "change",
        [
            lambda row: row["input"].append({"type": "item_reference", "id": "msg_of_somebody"}),
            lambda row: row["input"][0].update(role="system"),
            lambda row: row["input"][0]["content"].append({"type": "input_file", "file_id": "file-of-somebody"}),
            lambda row: row["input"][0]["content"].append(
                {"type": "input_image", "detail": "auto", "image_url": "http://169.254.169.254/"}
            ),
            lambda row: row.update(previous_response_id=row["id"]),
            lambda row: row.update(status="splendid"),
            lambda row: row.update(created_at="yesterday"),
            lambda row: row.update(output=[{"type": "message", "role": "assistant", "content": [{"type": "x"}]}]),
        ],
    )
    def test_what_our_own_socket_would_not_take_is_refused(self, ada, change):
        export = simple_export()
        change(export["responses"][0])
        assert report_of(ada, export) == (0, 0, 1)
        assert not Conversation.objects.exists()

    def test_a_newer_version_is_said_so(self, ada):
        assert "newer" in bring_in(ada, simple_export() | {"version": 2})["report"]["problems"][0]["reason"]

    def test_a_conversation_that_can_not_be_stored_leaves_nothing(self, ada, media, monkeypatch):
        monkeypatch.setattr("conversations.imports.keep._response", lambda *_: Response())
        export = simple_export()
        data = json.loads(taken_out(with_picture(ada)))["attachments"]
        export["attachments"] = data
        before = {path for path in media.rglob("*") if path.is_file()}
        Attachment.objects.all().delete()
        assert report_of(ada, export) == (0, 0, 1)
        assert Attachment.objects.count() == 0
        assert [path for path in media.rglob("*") if path.is_file()] == []
        assert before


def with_picture(user: User) -> Conversation:
    conversation = Conversation.objects.create(user=user)
    picture = store(SimpleUploadedFile("harbour.png", encoded(image())), user)
    Attachment.objects.filter(pk=picture.pk).update(conversation=conversation)
    return conversation


def simple_export() -> dict:
    row = {
        "id": "0b9c1f6e-0000-4000-8000-000000000001",
        "previous_response_id": None,
        "created_at": "2026-01-01T00:00:00Z",
        "completed_at": None,
        "status": "completed",
        "model": "gpt-5.5",
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "How high?"}]}],
        "output": [{"type": "message", "role": "assistant", "content": [text("Two metres.")]}],
        "usage": None,
        "error": None,
        "incomplete_details": None,
    }
    named = {"id": row["id"], "title": "T", "created_at": row["created_at"], "updated_at": row["created_at"]}
    return {
        "format": "chatsite.conversation",
        "version": 1,
        "conversation": named,
        "attachments": [],
        "responses": [row],
    }


def taken_out(conversation: Conversation) -> bytes:
    async def whole() -> bytes:
        return b"".join([piece async for piece in as_json(conversation)])

    return asyncio.run(whole())


def described(row: Response) -> tuple:
    previous = row.previous.answer() if row.previous else None
    pictures = [len(item["content"]) for item in row.input]
    output = [item | {"status": None, "summary": None} for item in row.output]
    return (
        *(row.question(), output, row.status, row.model, row.usage, row.error),
        *(previous, pictures, row.created_at, row.completed_at),
    )


@pytest.mark.django_db(transaction=True)
class TestHostileFiles:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"PK\x03\x04",
            b"not JSON",
            b"[" * 100_000,
            b'{"format": ',
            b"\xff\xfe[]",
            b'"text"',
            b"PK\x03\x04" + b"x" * 50,
        ],
    )
    def test_what_is_no_export_is_refused_as_a_whole(self, ada, content):
        assert bring_in(ada, content).keys() & {"error", "report"}
        assert not Conversation.objects.exists()

    def test_a_zip_without_conversations_and_one_with_too_many_files(self, ada):
        empty = io.BytesIO()
        with zipfile.ZipFile(empty, "w") as packed:
            packed.writestr("readme.txt", "nothing")
        assert "conversations.json" in bring_in(ada, empty.getvalue())["error"]["message"]
        swollen = bytearray(zipped([]))
        swollen[-10:-6] = struct.pack("<L", archives.MOST_DIRECTORY + 1)
        assert "error" in bring_in(ada, bytes(swollen))

    def test_much_that_is_packed_in_little_is_not_unpacked(self, ada, monkeypatch):
        monkeypatch.setattr(archives, "MOST_JSON", 10_000)
        assert (
            "larger" in bring_in(ada, zipped([chatgpt({"q": said("user", "x" * 1_000_000, None)})]))["error"]["message"]
        )

    def test_a_file_that_is_too_large_is_refused_unread(self, ada, monkeypatch):
        monkeypatch.setattr("conversations.imports.report.MOST_BYTES", 10)
        assert "larger" in bring_in(ada, [chatgpt(TREE)])["error"]["message"]

    def test_a_damaged_zip(self, ada):
        content = bytearray(zipped([chatgpt(TREE)]))
        content[60:90] = b"\0" * 30
        assert bring_in(ada, bytes(content)).keys() & {"error", "report"}

    def test_deep_wide_and_tangled_trees(self, ada, monkeypatch):
        chain = {str(n): said("user" if n % 2 else "assistant", "x", str(n - 1) if n else None) for n in range(3000)}
        assert report_of(ada, [chatgpt(chain)]) == (1, 0, 0)
        monkeypatch.setattr("conversations.imports.chatgpt.MOST_TURNS", 2999)
        assert report_of(ada, [chatgpt(chain, conversation_id="c-2")]) == (0, 0, 1)
        monkeypatch.undo()
        tangled = {str(n): said("assistant", "x", str(n - 1) if n else None) for n in range(300)}
        tangled |= {f"q{n}": said("user", "y", str(n)) for n in range(300)}
        assert report_of(ada, [chatgpt(tangled, conversation_id="c-3")]) == (0, 0, 1)

    def test_characters_that_can_not_be_stored_are_left_out(self, ada):
        bring_in(ada, b"[" + content_of(chatgpt({"q": said("user", "a\0b\ud800c", None)}, title="T\0itle")) + b"]")
        conversation = Conversation.objects.first()
        assert conversation is None or (conversation.title, "\0" in shown(conversation)[0][0]) == ("Title", False)

    def test_a_text_of_ten_million_characters(self, ada):
        assert report_of(ada, [chatgpt({"q": said("user", "word " * 2_000_000, None)})]) == (1, 0, 0)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["a", "b", "user", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from("abcdef")
MESSAGES = st.fixed_dictionaries(
    {"author": st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "tool", "system"]) | JSON}) | JSON},
    optional={
        "content": st.fixed_dictionaries(
            {},
            optional={
                "content_type": st.sampled_from(["text", "code", "multimodal_text", "thoughts"]) | JSON,
                "parts": st.lists(st.text(max_size=5) | JSON, max_size=3) | JSON,
                "text": JSON,
                "language": JSON,
            },
        )
        | JSON,
        "create_time": st.none() | st.floats() | JSON,
        "metadata": JSON,
        "recipient": st.sampled_from(["all", "browser", None]) | JSON,
    },
)
NODES = st.fixed_dictionaries({}, optional={"message": MESSAGES | JSON, "parent": KEYS | st.none() | JSON})
CONVERSATIONS = st.fixed_dictionaries(
    {"mapping": st.dictionaries(KEYS, NODES, max_size=6) | JSON, "id": st.text(max_size=5) | JSON},
    optional={"title": JSON, "create_time": st.floats() | JSON, "update_time": JSON, "current_node": KEYS | JSON},
)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.lists(CONVERSATIONS | JSON, max_size=3) | JSON)
def test_whatever_stands_in_a_file_is_imported_or_refused(ada, content):
    try:
        archive = Archive(io.BytesIO(content_of(content)))
    except Unreadable:
        return
    for conversation in archive.conversations:
        try:
            tree = archive.read(conversation)
        except Unreadable:
            continue
        keep(ada, tree)
        archives.title_of(conversation)


PLAIN_NODES = st.fixed_dictionaries(
    {"parent": KEYS | st.none(), "role": st.sampled_from(["user", "assistant", "tool"]), "after": st.integers(0, 50)}
)


@pytest.mark.django_db
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nodes=st.dictionaries(KEYS, PLAIN_NODES, min_size=1), current=KEYS)
def test_each_message_that_was_shown_is_there_and_the_open_branch_is_shown(ada, nodes, current):
    mapping = {key: said(node["role"], f"<{key}>", node["parent"], node["after"]) for key, node in nodes.items()}
    archive = Archive(io.BytesIO(content_of([chatgpt(mapping, current)])))
    try:
        tree = archive.read(archive.conversations[0])
    except Unreadable:
        return
    Conversation.objects.all().delete()
    keep(ada, tree)
    conversation = Conversation.objects.get()
    words = "".join(row.question() + row.answer() for row in conversation.responses.all())
    assert {key for key, node in nodes.items() if node["role"] != "tool"} == {
        key for key in nodes if f"<{key}>" in words
    }
    if current in nodes and nodes[current]["role"] != "tool":
        assert f"<{current}>" in str(shown(conversation))


@pytest.mark.django_db(transaction=True)
async def test_an_imported_conversation_goes_on(site, ada):
    file = content_of([chatgpt(TREE, "a3")])
    assert [line async for line in importing(ada, io.BytesIO(file), len(file))]
    last = await in_thread(Response.objects.order_by("-created_at").first)()
    socket = await open_socket(ada)
    chain = {"conversation": str(last.conversation_id), "previous_response_id": str(last.pk)}
    assert (await ask_and_wait(socket, "And tomorrow?", **chain))["status"] == "completed"
    await socket.close()
    body = site.bodies()[-1]
    assert "previous_response_id" not in body
    texts = [part if isinstance(part, str) else part[0]["text"] for part in (item["content"] for item in body["input"])]
    assert texts == ["How high is the tide?", "Two metres.", "When?", "At noon.", "And tomorrow?"]


@pytest.mark.django_db
def test_the_page_is_for_people_and_wants_a_file(ada):
    client = Client()
    assert client.post("/import/").status_code == 302
    client.force_login(ada)
    assert "conversations.json" in client.get("/import/").text
    assert client.post("/import/").json()["error"]["code"] == "no_file"
