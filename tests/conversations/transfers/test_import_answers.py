"""What ChatGPT showed beside an answer's text is imported too: images that it made, and what it cited."""

import json
from typing import Any

import pytest

from conversations.models import Attachment, Conversation, Item, Response
from conversations.transfers.imports import archive as archives
from conversations.transfers.imports.citations import cited
from providers.citations import is_citation
from tests.support.exported import chatgpt, import_counts, import_result, said, zipped
from tests.support.images import encoded, image, opened


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def image_part(pointer: str, **metadata: Any) -> dict:
    return {"content_type": "image_asset_pointer", "asset_pointer": pointer, "metadata": metadata}


def drawn(*parts: Any) -> dict:
    return {"content_type": "multimodal_text", "parts": list(parts)}


def answered(user, answers: list[dict], **files: bytes) -> list[Item]:
    """Import a message and its answers, each after the one before, and return the output."""
    mapping = {"0": said("user", "Draw a cat.", None)}
    for number, answer in enumerate(answers):
        mapping[str(number + 1)] = answer | {"parent": str(number)}
    assert import_counts(user, zipped([chatgpt(mapping)], **files)) == (1, 0, 0)
    row = Response.objects.get()
    assert (row.message(), row.status) == ("Draw a cat.", "completed")
    return row.output


def words(output: list[Item]) -> list[str]:
    """Return a text for each item: an image's is its format and width."""
    return [described(item) for item in output]


def described(item: Item) -> str:
    if item["type"] == "message":
        (part,) = item["content"]
        return part["text"]
    assert item["type"] == "image_generation_call"
    kept = Attachment.objects.get(pk=item["file_id"])
    assert "result" not in item
    assert kept.made_by_id == Response.objects.exclude(output=[]).get().pk
    with kept.file.open("rb") as file:
        shown = opened(file.read())
    assert (shown.width, f"image/{shown.format.lower()}") == (item["width"], kept.media_type)
    return f"{shown.format} {shown.width}"


@pytest.mark.django_db(transaction=True)
class TestImages:
    def test_generated_image_keeps_its_prompt(self, ada):
        call = said(
            "assistant", {"content_type": "code", "text": '{"prompt": "a cat"}'}, None, recipient="dalle.text2im"
        )
        made = said(
            "tool", drawn(image_part("file-service://file-cat", dalle={"prompt": "A tabby."}), "Say no more."), None
        )
        output = answered(ada, [call, made], **{"dalle-generations/file-cat-1.webp": encoded(image(), "WEBP")})
        assert words(output) == ["JPEG 64"]
        assert output[0]["type"] == "image_generation_call"
        assert output[0]["revised_prompt"] == "A tabby."

    def test_images_keep_their_places_between_texts(self, ada):
        parts = ["First:", image_part("sediment://file_a"), "Then:", "And:", image_part("sediment://file_lost")]
        made = said("assistant", drawn(*parts), None)
        after = said("assistant", "Which one?", None)
        output = answered(ada, [made, after], **{"user-1/file_a-x.png": encoded(image())})
        assert words(output) == ["First:", "PNG 64", "Then:\n\nAnd:", "[image]", "Which one?"]

    def test_damaged_image_becomes_a_placeholder(self, ada):
        made = said("tool", drawn(image_part("sediment://file_a")), None)
        assert words(answered(ada, [made], **{"file_a.png": b"no image"})) == ["[image]"]

    def test_chart_made_by_code_is_imported(self, ada):
        chart = {"messages": [{"message_type": "image", "image_url": "file-service://file-chart"}, {"image_url": 7}, 7]}
        ran = said(
            "tool", {"content_type": "execution_output", "text": "Axes"}, None, metadata={"aggregate_result": chart}
        )
        none = said("tool", "x", None, metadata={"aggregate_result": {"messages": 7}})
        output = answered(ada, [ran, none, said("assistant", "A chart.", None)], **{"file-chart.png": encoded(image())})
        assert words(output) == ["PNG 64", "A chart."]

    def test_images_that_only_the_model_saw_are_not_imported(self, ada):
        copy = said("tool", drawn(image_part("sediment://file_a"), "Do not describe it."), None)
        copy["message"]["metadata"] = {"is_visually_hidden_from_conversation": True}
        page = said("tool", drawn("Page 1", image_part("sediment://9130e#file_b#p_0.jpg")), None)
        asked = said("tool", drawn(image_part("sediment://file_a")), None, recipient="python")
        output = answered(
            ada, [copy, page, asked, said("assistant", "A cat.", None)], **{"file_a.png": encoded(image())}
        )
        assert words(output) == ["A cat."]

    def test_image_named_many_times_does_not_fill_the_disk(self, ada, monkeypatch):
        content = encoded(image())
        monkeypatch.setattr(archives, "MAX_IMAGES_BYTES", 3 * len(content))
        made = [said("tool", drawn(image_part("sediment://file_a")), None) for _ in range(5)]
        assert words(answered(ada, made, **{"file_a.png": content})) == ["PNG 64"] * 3 + ["[image]"] * 2


def mark(*words: str) -> str:
    """Return a citation mark as ChatGPT's texts have had it since 2025."""
    return "\ue200" + "\ue202".join(words) + "\ue201"


def page(address: Any, **fields: Any) -> dict:
    return {"title": "Tides", "url": address, **fields}


def group(marked: str, *pages: dict, **fields: Any) -> dict:
    return {"type": "grouped_webpages", "matched_text": marked, "items": list(pages), **fields}


ONE, TWO = mark("cite", "turn0search1"), mark("cite", "turn0search1", "turn0news2")


class TestCitations:
    """Citations of a search: a mark in the text, and its meaning in the metadata."""

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            (f"At noon. {ONE}", "At noon."),
            (f"At noon {ONE}.\nAnd {TWO} later {ONE}{TWO}\n", "At noon.\nAnd later\n"),
            (f"At noon{ONE}and later", "At noonand later"),
            (mark("entity", '["place","Brest","port"]') + " is far", "Brest is far"),
            ("Buy " + mark("product_entity", '["turn0product1","A kettle"]') + ".", "Buy A kettle."),
            (
                "So " + mark("entity", "[]") + mark("entity", "x") + mark("image_group", '{"query":["cats"]}') + ".",
                "So.",
            ),
            ("**So** \ue203**at** noon\ue204 it is high", "**So** **at** noon it is high"),
            ("At noon \ue200cite\ue202turn0", "At noon"),
            ("At noon【4†source】, or later【12:3†tides.pdf】", "At noon, or later"),
            ("【注意】 at noon", "【注意】 at noon"),
            ("", ""),
        ],
    )
    def test_citation_marks_are_removed_from_the_text(self, text, shown):
        assert cited(text, {})[0] == shown

    def test_each_page_is_cited_once_at_its_first_mark(self):
        other = page("http://example.org/2", supporting_websites=[page("https://example.org/3")])
        references = [group(ONE, page("https://example.org/1")), group(TWO, page("https://example.org/1"), other)]
        text, annotations = cited(f"At noon. {ONE} Or later. {TWO}{ONE}", {"content_references": references})
        assert text == "At noon. Or later."
        assert annotations == [
            {"type": "url_citation", "url": url, "title": "Tides", "start_index": place, "end_index": place}
            for url, place in [
                ("https://example.org/1", 8),
                ("http://example.org/2", 18),
                ("https://example.org/3", 18),
            ]
        ]

    def test_sources_of_the_whole_answer_are_cited_at_its_end(self):
        footnote = {"type": "sources_footnote", "matched_text": " ", "sources": [page("https://example.org/9")]}
        safe = {"type": "webpage", "matched_text": ONE, "safe_urls": ["https://example.org/safe"]}
        _text, annotations = cited(f"High {ONE} tide", {"content_references": [footnote, safe]})
        assert [(each["url"], each["title"], each["start_index"]) for each in annotations] == [
            ("https://example.org/safe", "", 4),
            ("https://example.org/9", "Tides", 9),
        ]

    def test_files_and_older_citations_of_pages_are_read(self):
        references = [
            {"type": "file", "matched_text": mark("filecite", "turn0file0"), "name": "hr.pdf", "id": "file-1"}
        ]
        older = [{"metadata": page("https://example.org/1")}, {"metadata": {"type": "file", "name": "tides.pdf"}}]
        _text, annotations = cited("High【4†source】", {"content_references": references, "citations": older})
        assert [each.get("filename") or each["url"] for each in annotations] == [
            "hr.pdf",
            "https://example.org/1",
            "tides.pdf",
        ]
        assert annotations[1]["title"] == "Tides"
        assert all(is_citation(each) for each in annotations)

    @pytest.mark.parametrize(
        "address",
        [
            "javascript:alert(1)",
            "data:text/html,x",
            "//example.org",
            "ftp://example.org",
            "https://[",
            "https://",
            7,
            None,
        ],
    )
    def test_only_http_addresses_are_cited(self, address):
        references = [group(ONE, page(address), safe_urls=[address])]
        assert cited(f"High {ONE}", {"content_references": references}) == ("High", [])

    @pytest.mark.parametrize(
        "metadata",
        [
            {"content_references": 7, "citations": {"metadata": []}},
            {
                "content_references": [
                    7,
                    None,
                    {"matched_text": [ONE]},
                    {"items": 7, "safe_urls": "https://example.org"},
                ]
            },
            {
                "content_references": [{"matched_text": ONE, "items": [[], {"url": {}}], "type": ["file"]}],
                "citations": [7],
            },
        ],
    )
    def test_malformed_metadata_cites_nothing(self, metadata):
        assert cited(f"High {ONE}", metadata) == ("High", [])

    def test_very_many_marks_and_spaces_are_read(self):
        references = [group(ONE, *[page(f"https://example.org/{number}") for number in range(1000)])]
        text, annotations = cited(
            ONE * 100_000 + " " * 1_000_000 + "\ue200" * 100_000, {"content_references": references}
        )
        assert (text.strip(), len(annotations)) == ("", 1000)

    @pytest.mark.django_db(transaction=True)
    def test_imported_answer_has_its_citations(self, ada):
        mapping = {
            "q": said("user", f"How high? {ONE}", None),
            "a": said("assistant", f"Two metres. {ONE}", "q"),
        }
        mapping["a"]["message"]["metadata"] = {"content_references": [group(ONE, page("https://example.org/a\0b"))]}
        import_result(ada, json.dumps([chatgpt(mapping)]).encode())
        row = Conversation.objects.get().responses.get()
        assert row.answer() == "Two metres."
        (annotation,) = row.output[0]["content"][0]["annotations"]
        assert (annotation["title"], annotation["url"]) == ("Tides", "https://example.org/ab")
