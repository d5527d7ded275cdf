"""Hostile and broken files: each is imported or refused, and none causes an error of the site."""

import io
import struct
import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.models import Conversation
from conversations.transfers.imports import archive as archives
from conversations.transfers.imports.tree import Unreadable
from tests.support.exported import (
    TREE,
    chatgpt,
    content_of,
    import_counts,
    import_result,
    import_trees,
    said,
    shown,
    zipped,
)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


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
    def test_file_that_is_no_export_imports_nothing(self, ada, content):
        assert import_result(ada, content).keys() & {"error", "report"}
        assert not Conversation.objects.exists()

    def test_zip_without_conversations_or_with_too_many_files_is_refused(self, ada):
        empty = io.BytesIO()
        with zipfile.ZipFile(empty, "w") as packed:
            packed.writestr("readme.txt", "nothing")
        assert "conversations.json" in import_result(ada, empty.getvalue())["error"]["message"]
        swollen = bytearray(zipped([]))
        swollen[-10:-6] = struct.pack("<L", archives.MAX_DIRECTORY_BYTES + 1)
        assert "error" in import_result(ada, bytes(swollen))

    def test_zip_bomb_is_not_unpacked(self, ada, monkeypatch):
        monkeypatch.setattr(archives, "MAX_JSON_BYTES", 10_000)
        assert (
            "too large"
            in import_result(ada, zipped([chatgpt({"q": said("user", "x" * 1_000_000, None)})]))["error"]["message"]
        )

    def test_too_large_file_is_refused_unread(self, ada, monkeypatch):
        monkeypatch.setattr("conversations.transfers.imports.report.MAX_BYTES", 10)
        assert "larger" in import_result(ada, [chatgpt(TREE)])["error"]["message"]

    def test_damaged_zip_is_reported(self, ada):
        content = bytearray(zipped([chatgpt(TREE)]))
        content[60:90] = b"\0" * 30
        assert import_result(ada, bytes(content)).keys() & {"error", "report"}

    def test_deep_tree_is_imported_and_too_large_or_tangled_ones_are_refused(self, ada, monkeypatch):
        chain = {str(n): said("user" if n % 2 else "assistant", "x", str(n - 1) if n else None) for n in range(3000)}
        assert import_counts(ada, [chatgpt(chain)]) == (1, 0, 0)
        monkeypatch.setattr("conversations.transfers.imports.chatgpt.MAX_TURNS", 2999)
        assert import_counts(ada, [chatgpt(chain, conversation_id="c-2")]) == (0, 0, 1)
        monkeypatch.undo()
        tangled = {str(n): said("assistant", "x", str(n - 1) if n else None) for n in range(300)}
        tangled |= {f"q{n}": said("user", "y", str(n)) for n in range(300)}
        assert import_counts(ada, [chatgpt(tangled, conversation_id="c-3")]) == (0, 0, 1)

    def test_characters_that_cannot_be_stored_are_removed(self, ada):
        import_result(ada, b"[" + content_of(chatgpt({"q": said("user", "a\0b\ud800c", None)}, title="T\0itle")) + b"]")
        conversation = Conversation.objects.first()
        assert conversation is None or (conversation.title, "\0" in shown(conversation)[0][0]) == ("Title", False)

    @pytest.mark.parametrize("role", ["user", "assistant"])
    def test_title_and_model_keep_no_characters_that_disguise_them(self, ada, role):
        mapping = {"a": said(role, "x", None, metadata={"model_slug": "gpt\u202e-5\n"})}
        import_result(ada, [chatgpt(mapping, title="Invoice \u202efdp.exe\u2066\x1b")])
        assert Conversation.objects.get().title == "Invoice fdp.exe"
        assert Conversation.objects.get().responses.get().model in {"gpt-5", "chatgpt"}

    @pytest.mark.parametrize("role", [["assistant"], {"is": "tool"}, 7, None])
    def test_message_of_an_odd_role_is_not_shown(self, ada, role):
        mapping = {"q": said("user", "How high?", None), "a": said(role, "Two metres.", "q")}
        assert import_counts(ada, [chatgpt(mapping)]) == (1, 0, 0)
        assert Conversation.objects.get().responses.get().output == []

    def test_very_long_message_is_imported(self, ada):
        assert import_counts(ada, [chatgpt({"q": said("user", "word " * 200_000, None)})]) == (1, 0, 0)


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
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.lists(CONVERSATIONS | JSON, max_size=3) | JSON)
def test_any_json_is_imported_or_refused(ada, content):
    with suppress(Unreadable):
        import_trees(ada, content_of(content))
    archives.title_of(content_of(content))


PLAIN_NODES = st.fixed_dictionaries(
    {"parent": KEYS | st.none(), "role": st.sampled_from(["user", "assistant", "tool"]), "after": st.integers(0, 50)}
)


@pytest.mark.django_db
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nodes=st.dictionaries(KEYS, PLAIN_NODES, min_size=1), current=KEYS)
def test_every_shown_message_is_imported_and_the_open_branch_is_shown(ada, nodes, current):
    mapping = {key: said(node["role"], f"<{key}>", node["parent"], node["after"]) for key, node in nodes.items()}
    Conversation.objects.all().delete()
    if not import_trees(ada, content_of([chatgpt(mapping, current)])):
        return
    conversation = Conversation.objects.get()
    words = "".join(row.message() + row.answer() for row in conversation.responses.all())
    assert {key for key, node in nodes.items() if node["role"] != "tool"} == {
        key for key in nodes if f"<{key}>" in words
    }
    if current in nodes and nodes[current]["role"] != "tool":
        assert f"<{current}>" in str(shown(conversation))
