"""Exported conversations: what they contain, that no text escapes its place, and who can export them."""

import json
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from common.pools import DOCUMENTS
from common.threads import in_thread
from conversations.attachments import store
from conversations.models import Conversation, Response
from conversations.transfers.exports.as_markdown import escape
from conversations.transfers.exports.names import safe_entry
from tests.support.conversations import answer, ask, text
from tests.support.exported import export_json, export_markdown
from tests.support.images import encoded, image
from tests.support.page_request import lent_connections, requested, until_lent


@pytest.fixture
def conversation(ada, settings, tmp_path) -> Conversation:
    settings.MEDIA_ROOT = tmp_path
    return Conversation.objects.create(user=ada, title="Tides")


def exported(conversation: Conversation) -> dict:
    return json.loads(export_json(conversation))


@pytest.mark.django_db(transaction=True)
class TestMarkdown:
    def test_markdown_has_the_shown_branch_only(self, conversation):
        answer(first := ask(conversation), text("Two metres **at noon**."))
        answer(ask(conversation, first), text("The other version."))
        answer(ask(conversation, first), text("And then it falls."))
        content = export_markdown(conversation)
        assert content.startswith("# Tides\n")
        assert "> How high is the tide?" in content
        assert content.index("Two metres **at noon**.") < content.index("And then it falls.")
        assert "The other version." not in content

    def test_query_selects_the_branch_of_the_markdown(self, conversation, client):
        answer(first := ask(conversation), text("The first version."))
        answer(ask(conversation), text("The second version."))
        assert "The first version." in export_markdown(conversation, f"?response={first.pk}")
        client.force_login(conversation.user)
        assert client.get(f"{conversation.get_absolute_url()}export.md?response=none").status_code == 404

    def test_markdown_says_the_model_and_how_the_answer_ended(self, conversation):
        answer(response := ask(conversation), text("Two"), status="cancelled")
        content = export_markdown(conversation)
        assert escape(response.model) in content
        assert "*(This answer was stopped.)*" in content

    def test_images_are_linked_with_their_names(self, conversation, ada):
        attachment = store(SimpleUploadedFile("har[b]our.png", encoded(image())), ada)
        attachment.conversation = conversation
        attachment.save()
        lost = "00000000-0000-4000-8000-000000000000"
        parts = [{"file_id": str(attachment.pk)}, {"file_id": lost}, {"image_url": "https://example.org/a b.png"}]
        ask(conversation, None, *({"type": "input_image", "detail": "auto", **part} for part in parts))
        content = export_markdown(conversation)
        assert f"![har\\[b\\]our.png](http://127.0.0.1/attachments/{attachment.pk}/)" in content
        assert "an image that is no longer there" in content
        assert "\n[Image](<https://example.org/a b.png>)" in content

    def test_open_code_block_does_not_swallow_the_next_turns(self, conversation):
        answer(first := ask(conversation), text("```python\nprint('cut here"))
        answer(ask(conversation, first), text("Good."))
        assert headings(export_markdown(conversation)).count("Answer, ") == 0
        assert len([heading for heading in headings(export_markdown(conversation)) if "Answer" in heading]) == 2

    def test_long_branch_is_whole(self, conversation):
        response = None
        for number in range(45):
            answer(response := ask(conversation, response), text(f"Answer {number}."))
        content = export_markdown(conversation)
        assert [number for number in range(45) if f"\n\nAnswer {number}.\n" not in content] == []

    def test_very_long_answer_stands_as_source(self, conversation):
        long = f"~~~~\n```\n{'- a' * 20_000}\n\n<!--"
        answer(first := ask(conversation), text(long))
        answer(ask(conversation, first), text("Good."))
        content = export_markdown(conversation)
        assert f"\n~~~~~markdown\n{long}\n~~~~~\n" in content
        assert len([heading for heading in headings(content) if "Answer" in heading]) == 2

    def test_many_models_are_not_all_named(self, conversation):
        response = None
        for number in range(12):
            answer(response := ask(conversation, response), text("Yes."))
            Response.objects.filter(pk=response.pk).update(model=f"model{number}")
        head = export_markdown(conversation).partition("\n## ")[0]
        assert "model0" in head
        assert "model9, …" in head
        assert "model10" not in head


@pytest.mark.parametrize("kind", ["md", "json"])
async def test_waiting_export_holds_no_connection(transactional_db, ada, kind):
    conversation = await in_thread(Conversation.objects.create)(user=ada, title="Tides")
    before = lent_connections()
    async with DOCUMENTS.turn_async(ada.pk):
        export = await requested(ada, f"{conversation.get_absolute_url()}export.{kind}")
        await export.begin()
        await until_lent(before)
    assert b"Tides" in (await export.answer())[1]


def headings(content: str) -> list[str]:
    tokens = MarkdownIt("commonmark").parse(content)
    return [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]


PIECES = st.sampled_from(
    ["```", "~~~~", "````js", "<!--", "-->", "<pre>", "<script>", "<![CDATA[", "<?", "<!X", "> ", "- ", "1. ", "    ",
     "\n", "\n\n", "word", "#", "===", "<div>", "|", "\t", "`", "*", "[a]: b", "\\"]
)  # fmt: skip


@given(st.lists(PIECES | st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map("".join))
def test_escaped_message_renders_as_the_same_text(question):
    line = " ".join(question.split())
    html = MarkdownIt("commonmark").render(f"> {escape(line)}")
    assert html.count("<") == len(["blockquote", "p", "/p", "/blockquote"]) or not line


@pytest.mark.django_db(transaction=True)
class TestJson:
    def test_json_has_the_whole_tree_with_the_apis_items(self, conversation):
        answer(first := ask(conversation), text("One."), usage={"output_tokens": 2})
        answer(second := ask(conversation, first), text("Two."))
        answer(ask(conversation), text("Another."), status="failed", error={"code": "x", "message": "m", "detail": "d"})
        content = exported(conversation)
        assert (content["format"], content["version"]) == ("chatsite.conversation", 1)
        assert content["conversation"]["title"] == "Tides"
        assert [row["id"] for row in content["responses"]] == [
            str(pk) for pk in conversation.responses.values_list("pk", flat=True)
        ]
        rows = {row["id"]: row for row in content["responses"]}
        assert rows[str(second.pk)]["previous_response_id"] == str(first.pk)
        assert rows[str(first.pk)]["output"] == Response.objects.get(pk=first.pk).output
        assert rows[str(first.pk)]["usage"] == {"output_tokens": 2}
        assert "detail" not in content["responses"][-1]["error"]

    def test_json_has_the_images_whose_files_exist(self, conversation, ada):
        attachment = store(SimpleUploadedFile("harbour.png", encoded(image())), ada)
        attachment.conversation = conversation
        attachment.save()
        lost = store(SimpleUploadedFile("lost.png", encoded(image(8, 8))), ada)
        lost.conversation = conversation
        lost.save()
        lost.file.delete(save=False)
        (only,) = exported(conversation)["attachments"]
        assert only["id"] == str(attachment.pk)
        assert only["data_url"].startswith("data:image/png;base64,")

    def test_long_answers_are_exported_a_few_at_a_time(self, conversation):
        response = None
        for number in range(4):
            answer(response := ask(conversation, response), text(f"{number}" * 600_000))
        rows = exported(conversation)["responses"]
        assert [row["output"][1]["content"][0]["text"][0] for row in rows] == ["0", "1", "2", "3"]

    def test_empty_conversation_exports_empty_lists(self, conversation):
        content = exported(conversation)
        assert (content["attachments"], content["responses"]) == ([], [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Tides", "Tides.md"),
        ("Größe: 潮汐?", "Größe 潮汐.md"),
        ("../../etc/passwd", "etc passwd.md"),
        ('a"b\r\nSet-Cookie: x', "a b Set-Cookie x.md"),
        ("\u202egnp.exe", "gnp.exe.md"),
        ("", "conversation.md"),
        ("x" * 200, "x" * 80 + ".md"),
    ],
)
def test_exported_file_is_named_for_its_title(client, conversation, title, name):
    Conversation.objects.filter(pk=conversation.pk).update(title=title)
    client.force_login(conversation.user)
    header = client.get(f"{conversation.get_absolute_url()}export.md")["Content-Disposition"]
    assert header.startswith("attachment; filename")
    assert name in (header.partition('filename="')[2].rstrip('"'), unquote(header.partition("utf-8''")[2]))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["md", "json", "zip"])
def test_only_the_owner_can_export_a_conversation(client, conversation, grace, mallory, hopper, kind):
    for other in (grace, mallory, hopper):
        client.force_login(other)
        assert client.get(f"{conversation.get_absolute_url()}export.{kind}").status_code == 404


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("港" * 83 + ".pdf", "港" * 65 + ".pdf"),
        ("x" * 255, "x" * 200),
        ("Tides: today?.pdf", "Tides today .pdf"),
        ("...", "file"),
    ],
)
def test_name_in_a_zip_can_be_unpacked_everywhere(name, entry):
    assert safe_entry(name) == entry
