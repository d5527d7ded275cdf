"""What of an output comes to the page as JSON: whole, once, harmless, and without what no reader sees."""

import json
from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conversations.page_items import PageItems, has_content, page_items
from conversations.templatetags.output import as_template

HOSTILE = "</template></script><script>alert(1)</script><!--<script>]]>&lt;\u2028"


class Elements(HTMLParser):
    """The elements of a piece of HTML, and its text as a browser reads it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def drawn_from(*output: Any) -> Any:
    """What the page reads, if there is anything to read."""
    found = Elements(as_template(page_items(list(output))))
    assert found.names in ([], ["template"])
    return json.loads(found.text) if found.names else None


def message(*annotations: Any, text: str = "Six metres.") -> dict[str, Any]:
    return {"type": "message", "content": [{"type": "output_text", "text": text, "annotations": list(annotations)}]}


def test_items_come_with_their_places():
    thought = {"type": "reasoning", "summary": []}
    search = {"type": "web_search_call", "action": {"query": "tide"}}
    assert drawn_from(thought, message(), search) == {
        "items": [
            {"output_index": 0, "content_index": 0, "item": thought},
            {"output_index": 2, "content_index": 0, "item": search},
        ],
        "annotations": [],
        "calls": [],
        "text": {},
    }


def test_annotations_come_without_texts():
    cited = {"type": "url_citation", "url": "https://example.org/"}
    html = as_template(page_items([message(cited, cited), message()]))
    assert json.loads(Elements(html).text) == {"items": [], "annotations": [cited, cited], "calls": [], "text": {}}
    assert "Six metres." not in html


def test_texts_alone_have_no_json():
    assert as_template(page_items([message()])) == ""
    assert as_template(page_items([])) == ""


def test_room_is_kept_for_visible_items():
    assert has_content({"type": "web_search_call"})
    assert has_content({"type": "reasoning", "summary": [{"text": "Looking."}]})
    assert has_content("no item at all")
    assert not has_content({"type": "reasoning", "summary": [], "encrypted_content": "sealed"})


def test_image_data_comes_once():
    html = as_template(page_items([{"type": "image_generation_call", "result": "iVBORw" * 100}]))
    assert html.count("iVBORw" * 100) == 1


def test_hidden_fields_do_not_come():
    thought = {"type": "reasoning", "summary": [], "encrypted_content": "sealed"}
    command = {"type": "local_shell_call", "action": {"command": ["ls"], "env": {"TOKEN": "secret"}}}
    found = drawn_from(thought, command)
    assert [entry["item"] for entry in found["items"]] == [
        {"type": "reasoning", "summary": []},
        {"type": "local_shell_call", "action": {"command": ["ls"]}},
    ]


def test_infinite_number_becomes_null():
    assert drawn_from({"type": "future_call", "n": float("inf")})["items"][0]["item"]["n"] is None


def test_hostile_item_stays_text():
    item = {"type": HOSTILE, HOSTILE: [HOSTILE]}
    found = drawn_from(item, message({"title": HOSTILE}))
    assert (found["items"][0]["item"], found["annotations"]) == (item, [{"title": HOSTILE}])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(list("<>&\"'/")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_any_json_is_read_unchanged(value):
    found = PageItems()
    found.add({"type": "x", "value": value}, 1, 2)
    elements = Elements(as_template(found))
    assert elements.names == ["template"]
    assert json.loads(elements.text)["items"] == [
        {"output_index": 1, "content_index": 2, "item": {"type": "x", "value": value}}
    ]
