"""Imported conversations: what a file's tree becomes, and that nothing is imported twice."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.threads import in_thread
from conversations.answering.requests import build
from conversations.attachments import store
from conversations.models import Attachment, Conversation, Response
from conversations.transfers.imports.native import MAX_ITEM_BYTES, MAX_ITEM_DEPTH
from conversations.transfers.imports.report import import_file
from tests.support.conversations import answer, ask, text
from tests.support.exported import (
    BEGAN,
    TREE,
    chatgpt,
    content_of,
    export_json,
    import_counts,
    import_result,
    said,
    shown,
    zipped,
)
from tests.support.images import encoded, image
from tests.support.socket import ask_and_wait, open_socket


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def nested(depth: int) -> list:
    value: list = ["core"]
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.django_db(transaction=True)
class TestFromChatGpt:
    def test_chatgpt_tree_becomes_responses(self, ada):
        assert import_counts(ada, [chatgpt(TREE, "a3")]) == (1, 0, 0)
        conversation = Conversation.objects.get()
        assert (conversation.title, conversation.titled_by, conversation.user) == ("Tides", "person", ada)
        assert conversation.created_at.timestamp() == BEGAN
        assert conversation.updated_at.timestamp() == BEGAN + 100
        rows = {row.answer(): row for row in conversation.responses.all()}
        assert {(row.message(), row.answer(), row.model) for row in rows.values()} == {
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
    def test_branch_that_was_open_in_chatgpt_is_shown(self, ada, current, branch):
        import_result(ada, [chatgpt(TREE, current)])
        assert shown(Conversation.objects.get()) == branch

    def test_unanswered_messages_are_imported_and_consecutive_ones_joined(self, ada):
        questions = {"q1": ("One", None), "q2": ("Two", "q1"), "q3": ("Three", "gone")}
        mapping = {key: said("user", words, parent) for key, (words, parent) in questions.items()}
        import_result(ada, [chatgpt(mapping)])
        assert {(row.message(), row.status) for row in Response.objects.all()} == {
            ("One\n\nTwo", "cancelled"),
            ("Three", "cancelled"),
        }

    def test_code_and_unknown_content_are_kept_as_text(self, ada):
        mapping = {
            "q": said("user", {"content_type": "brand_new", "payload": {"x": 1}}, None),
            "a": said("assistant", {"content_type": "code", "language": "python", "text": "print('```')"}, "q"),
        }
        import_result(ada, [chatgpt(mapping)])
        row = Response.objects.get()
        assert '"payload"' in row.message()
        assert row.answer() == "````python\nprint('```')\n````"

    def test_attached_images_are_read_from_the_zip(self, ada):
        parts = [
            {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-abc"},
            {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-lost"},
            {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file-bad"},
            "What is this?",
        ]
        mapping = {"q": said("user", {"content_type": "multimodal_text", "parts": parts}, None)}
        files = {"file-abc-harbour.png": encoded(image()), "file-bad.png": b"no image"}
        assert import_counts(ada, zipped([chatgpt(mapping)], **files)) == (1, 0, 0)
        (attachment,) = Attachment.objects.all()
        content = Response.objects.get().input[0]["content"]
        assert [part.get("file_id") for part in content] == [str(attachment.pk), None, None, None]
        assert attachment.conversation == Conversation.objects.get()
        assert (attachment.name, attachment.width) == ("file-abc-harbour.png", 64)

    def test_same_file_is_imported_once(self, ada, grace):
        file = [chatgpt(TREE), chatgpt(TREE, conversation_id="c-2")]
        assert import_counts(ada, file) == (2, 0, 0)
        assert import_counts(ada, file) == (0, 2, 0)
        assert import_counts(grace, file) == (2, 0, 0)
        Conversation.objects.filter(user=ada).update(deleted_at=timezone.now())
        assert import_counts(ada, file) == (0, 2, 0)
        assert Conversation.objects.visible_to(ada).count() == 2

    def test_readable_conversations_are_imported_and_the_others_reported(self, ada):
        broken = chatgpt(
            {"a": said("user", "x", "b"), "b": said("user", "y", "a")}, title="Round", conversation_id="c-3"
        )
        report = import_result(ada, [chatgpt(TREE), broken, 7, {"title": "Half"}])["report"]
        assert (report["imported"], report["failed"]) == (1, 3)
        assert [problem["title"] for problem in report["problems"]] == ["Round", "", "Half"]
        assert "loop" in report["problems"][0]["reason"]


@pytest.mark.django_db(transaction=True)
class TestFromThisSite:
    def test_export_imported_by_another_person_is_equal(self, ada, grace):
        conversation = Conversation.objects.create(user=ada, title="Tides")
        attachment = store(SimpleUploadedFile("harbour.png", encoded(image())), ada)
        Attachment.objects.filter(pk=attachment.pk).update(conversation=conversation)
        part = {"type": "input_image", "detail": "auto", "file_id": str(attachment.pk)}
        answer(first := ask(conversation, None, part), text("One."), usage={"output_tokens": 2})
        answer(ask(conversation, first), text("Two."), status="failed", error={"code": "x", "message": "A sentence."})
        answer(ask(conversation), {"type": "refusal", "refusal": "No."})
        exported = export_json(conversation)

        assert import_counts(ada, exported) == (0, 1, 0)
        assert import_counts(grace, exported) == (1, 0, 0)
        copy = Conversation.objects.get(user=grace)
        assert [described(row) for row in copy.responses.all()] == [
            described(row) for row in conversation.responses.all()
        ]
        assert copy.attachments.get().file == attachment.file
        assert copy.attachments.get().pk != attachment.pk

    def test_references_and_encrypted_content_are_dropped(self, ada):
        export = simple_export()
        row = export["responses"][0]
        row["output"].append({"type": "item_reference", "id": "msg_of_somebody"})
        row["output"].append({"type": "reasoning", "summary": [], "encrypted_content": "gAAAA"})
        import_result(ada, export)
        assert [item["type"] for item in Response.objects.get().output] == ["message", "reasoning"]
        assert "gAAAA" not in str(Response.objects.get().output)

    @pytest.mark.parametrize(
        "annotation",
        [
            {"type": "url_citation", "url": "javascript:alert(1)", "title": "T"},
            {"type": "url_citation", "url": "https://[", "title": "T"},
            {"type": "url_citation", "url": 7},
            {"type": "file_citation", "file_id": ["f"]},
            {"type": "file_citation"},
            {"type": "of tomorrow", "about": "f"},
            {"type": "file_citation", "filename": "f", "deep": nested(MAX_ITEM_DEPTH)},
            "f",
        ],
    )
    def test_annotations_of_neither_a_page_nor_a_file_are_dropped(self, ada, annotation):
        export = simple_export()
        export["responses"][0]["output"][0]["content"][0]["annotations"] = [annotation]
        assert import_counts(ada, export) == (1, 0, 0)
        assert Response.objects.get().output[0]["content"][0]["annotations"] == []

    def test_only_known_token_counts_are_imported(self, ada):
        export = simple_export()
        details = {"cached_tokens": 3, "a\0b": 1, "nested": {"x": 1}, "yes": True}
        export["responses"][0]["usage"] = {"input_tokens": 5, "cost": 7, "input_tokens_details": details}
        export["responses"][0]["usage"] |= {"output_tokens": "many", "output_tokens_details": 7}
        assert import_counts(ada, export) == (1, 0, 0)
        assert Response.objects.get().usage == {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 3}}

    @pytest.mark.parametrize(
        "item",
        [
            {"type": "Web search"},
            {"type": "a" * 65},
            {"type": 7},
            {"text": "of no type"},
            {"type": "mcp_call", "output": nested(MAX_ITEM_DEPTH)},
            {"type": "mcp_call", "output": nested(900)},
            {"type": "image_generation_call", "result": "A" * MAX_ITEM_BYTES},
        ],
        ids=["name", "long name", "number", "none", "deep", "very deep", "large"],
    )
    def test_items_that_no_tool_would_make_are_dropped(self, ada, item):
        export = simple_export()
        export["responses"][0]["output"].append(item)
        assert import_counts(ada, export) == (1, 0, 0)
        assert [item["type"] for item in Response.objects.get().output] == ["message"]

    def test_tool_items_are_kept_and_not_sent_to_a_provider(self, ada):
        export = simple_export()
        done = {"type": "mcp_call", "name": "a\0b", "out\0put": nested(MAX_ITEM_DEPTH - 2), "error": {"n": 10**400}}
        export["responses"][0]["output"].append(done)
        assert import_counts(ada, export) == (1, 0, 0)
        first = Response.objects.get()
        kept = {"type": "mcp_call", "name": "ab", "output": done["out\0put"], "error": done["error"]}
        assert first.output[-1] == kept
        assert "mcp_call" not in str(build(ask(first.conversation, first)))

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
    def test_conversations_that_the_socket_would_refuse_are_refused(self, ada, change):
        export = simple_export()
        change(export["responses"][0])
        assert import_counts(ada, export) == (0, 0, 1)
        assert not Conversation.objects.exists()

    def test_newer_format_is_reported_as_newer(self, ada):
        assert "newer" in import_result(ada, simple_export() | {"version": 2})["report"]["problems"][0]["reason"]

    def test_conversation_that_cannot_be_stored_leaves_nothing(self, ada, media, monkeypatch):
        monkeypatch.setattr("conversations.transfers.imports.store._response", lambda *_: Response())
        export = simple_export()
        data = json.loads(export_json(with_image(ada)))["attachments"]
        export["attachments"] = data
        before = {path for path in media.rglob("*") if path.is_file()}
        Attachment.objects.all().delete()
        assert import_counts(ada, export) == (0, 0, 1)
        assert Attachment.objects.count() == 0
        assert [path for path in media.rglob("*") if path.is_file()] == []
        assert before


def with_image(user: User) -> Conversation:
    conversation = Conversation.objects.create(user=user)
    attachment = store(SimpleUploadedFile("harbour.png", encoded(image())), user)
    Attachment.objects.filter(pk=attachment.pk).update(conversation=conversation)
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


def described(row: Response) -> tuple:
    previous = row.previous.answer() if row.previous else None
    parts = [len(item["content"]) for item in row.input]
    output = [item | {"status": None, "summary": None} for item in row.output]
    return (
        *(row.message(), output, row.status, row.model, row.usage, row.error),
        *(previous, parts, row.created_at, row.completed_at),
    )


@pytest.mark.django_db(transaction=True)
async def test_imported_conversation_can_be_continued(site, ada):
    file = content_of([chatgpt(TREE, "a3")])
    assert [line async for line in import_file(ada, io.BytesIO(file), len(file))]
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
def test_import_requires_signing_in_and_a_file(ada):
    client = Client()
    assert client.post("/import/").status_code == 302
    client.force_login(ada)
    assert "conversations.json" in client.get("/import/").text
    assert client.post("/import/").json()["error"]["code"] == "no_file"
