"""Answers with a response format: drawn as forms and tables, sorted, copied and taken out."""

import csv
import io
import json

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.formats import list_of, object_of, store_structured_assistant
from tests.support.browser.tabs import OpenTab, time_stopped
from tests.support.provider import Provider
from tests.support.site import wait_for

ROW = {"name": "Brest", "height": 6.5, "first_seen": "2026-11-30", "is_open": True, "kind": "sea", "note": None}
POSITION = {"latitude": 48.4, "longitude": -4.5}


@pytest.fixture
def ada(open_tab: OpenTab) -> Page:
    address = f"/?assistant={store_structured_assistant('ada')}"
    return open_tab("ada", address, permissions=["clipboard-read", "clipboard-write"])


def answer_of(*rows: dict, **fields) -> str:
    whole = {
        "summary": "Three harbours",
        "place": {"city": "Brest", "founded": 1631},
        "keywords": ["tide", "pilot"],
        "harbours": [ROW | {"position": POSITION} | row for row in rows],
    }
    return json.dumps(whole | fields)


def table(tab: Page) -> Locator:
    return tab.get_by_role("table", name="Harbours")


def column(tab: Page, number: int) -> Locator:
    return table(tab).locator(f"tbody td:nth-child({number})")


def press(tab: Page, name: str) -> None:
    tab.get_by_role("button", name=name, exact=True).click()


def downloaded(tab: Page, name: str) -> tuple[str, str]:
    """Press a button; return the name and the text of the file that it gives."""
    with tab.expect_download() as download:
        press(tab, name)
    return download.value.suggested_filename, download.value.path().read_text(encoding="utf-8-sig")


def test_answer_is_a_form_with_a_table_that_is_sorted_by_keyboard_and_mouse(ada, provider: Provider):
    rows: list[dict] = [{"name": "Brest"}, {"name": "Arcachon", "height": 12.25}, {"name": "Calais", "height": 9}]
    provider.script(times=1, text=answer_of(*rows))
    ask(ada, "Harbours?")
    await_answer(ada)
    terms = answers(ada).locator("dl > div", has=ada.get_by_text("Summary", exact=True))
    expect(terms.first).to_contain_text("In one sentence")
    expect(terms.first).to_contain_text("Three harbours")
    expect(answers(ada).get_by_text("1631")).to_be_visible()
    expect(column(ada, 1)).to_have_text(["Brest", "Arcachon", "Calais"])
    expect(column(ada, 3).first).to_have_text("Nov 30, 2026")
    expect(column(ada, 4).first).to_have_text("Yes")
    head = table(ada).get_by_role("columnheader", name="Height")
    expect(head).not_to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(column(ada, 1)).to_have_text(["Brest", "Calais", "Arcachon"])
    ada.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(column(ada, 1)).to_have_text(["Arcachon", "Calais", "Brest"])
    ada.keyboard.press("Enter")
    expect(column(ada, 1)).to_have_text(["Brest", "Arcachon", "Calais"])
    table(ada).get_by_text("48.4").first.click()
    expect(table(ada).get_by_text("Longitude").first).to_be_visible()


def test_wide_table_is_scrolled_by_keyboard(ada, provider: Provider):
    ada.set_viewport_size({"width": 390, "height": 780})
    provider.script(text=answer_of({"name": "Brest"}, {"name": "Arcachon"}))
    ask(ada, "Harbours?")
    await_answer(ada)
    box = ada.get_by_role("group", name="Harbours")
    expect(box).to_have_attribute("tabindex", "0")
    box.focus()
    ada.keyboard.press("ArrowRight")
    wait_for(lambda: box.evaluate("box => box.scrollLeft") > 0)


def test_table_grows_while_it_streams(ada, provider: Provider):
    text = answer_of({"name": "Brest"}, {"name": "Arcachon"})
    provider.script(times=1, text=text, deltas=2, at={"5": {"wait": "go"}})
    middle = len(text) // 2
    assert "harbours" in text[:middle], "the first half has some of the table"
    ask(ada, "Harbours?")
    expect(table(ada).get_by_role("row")).to_have_count(2)
    expect(ada.get_by_role("button", name="Copy as CSV")).to_be_hidden()
    provider.release("go")
    await_answer(ada)
    expect(column(ada, 1)).to_have_text(["Brest", "Arcachon"])


def test_answer_is_copied_and_taken_out_as_json_and_csv(ada, provider: Provider):
    text = answer_of({"name": "=1+1", "height": -2.5}, {"name": "Calais, old"})
    provider.script(times=1, text=text)
    ask(ada, "Harbours?")
    await_answer(ada)
    with time_stopped(ada):
        press(ada, "Copy as JSON")
        expect(answers(ada).get_by_text("Copied")).to_be_visible()
    assert json.loads(ada.evaluate("navigator.clipboard.readText()")) == json.loads(text)
    name, content = downloaded(ada, "Download JSON")
    assert (name, json.loads(content)) == ("harbours.json", json.loads(text))
    table(ada).get_by_role("button", name="Harbour", exact=True).click()
    name, content = downloaded(ada, "Download CSV")
    first, *rows = csv.reader(io.StringIO(content))
    assert name == "harbours-harbours.csv"
    assert first[-2:] == ["position.latitude", "position.longitude"]
    assert [row[:2] for row in rows] == [["'=1+1", "-2.5"], ["Calais, old", "6.5"]]
    press(ada, "JSON")
    expect(answers(ada).locator("pre.json")).to_contain_text('"founded": 1631')
    expect(table(ada)).to_be_hidden()
    press(ada, "JSON")
    expect(table(ada)).to_be_visible()


def test_long_table_is_shown_page_by_page(open_tab: OpenTab, provider: Provider):
    schema = object_of(harbours=list_of(number={"type": "integer"}))
    ada = open_tab("ada", f"/?assistant={store_structured_assistant('ada', schema)}")
    rows = [{"number": number * 7919 % 10_000} for number in range(10_000)]
    provider.script(times=1, text=json.dumps({"harbours": rows}), deltas=20)
    ask(ada, "Harbours?")
    expect(answers(ada).get_by_text("1\N{EN DASH}100 of 10,000")).to_be_visible()
    expect(table(ada).locator("tbody tr")).to_have_count(100)
    press(ada, "Next rows")
    expect(answers(ada).get_by_text("101\N{EN DASH}200 of 10,000")).to_be_visible()
    expect(ada.get_by_role("button", name="Next rows")).to_be_focused()
    table(ada).get_by_role("button", name="Number").click()
    expect(answers(ada).get_by_text("1\N{EN DASH}100 of 10,000")).to_be_visible()
    for number in range(3):
        expect(column(ada, 1).nth(number)).to_have_text(str(number))


def test_cut_answer_says_so_and_is_not_taken_for_json(ada, provider: Provider):
    provider.script(times=1, text=answer_of({}, {}, {}), deltas=3, at={"6": {"wait": "go"}})
    ask(ada, "Harbours?")
    expect(table(ada).get_by_role("row").nth(1)).to_be_attached()
    ada.get_by_role("button", name="Stop").click()
    await_answer(ada)
    expect(answers(ada).get_by_text("The answer was cut off, so its data isn't complete.")).to_be_visible()
    expect(ada.get_by_role("button", name="Download JSON")).to_be_hidden()
    ada.reload()
    expect(answers(ada).get_by_text("The answer was cut off, so its data isn't complete.")).to_be_visible()
    expect(table(ada)).to_be_visible()


def test_answer_that_does_not_fit_says_quietly_what_is_wrong(ada, provider: Provider):
    provider.script(times=1, text=answer_of({"height": "high"}))
    ask(ada, "Harbours?")
    await_answer(ada)
    answers(ada).get_by_text("This doesn't fit what was asked for").click()
    expect(answers(ada).get_by_role("listitem").filter(has_text="should be a number")).to_have_text(
        "harbours[0].height This should be a number."
    )


def test_answer_that_is_no_json_is_shown_as_what_it_is(ada, provider: Provider):
    provider.script(times=1, text="I'd rather **not**.")
    ask(ada, "Harbours?")
    await_answer(ada)
    expect(answers(ada).locator("strong")).to_have_text("not")


def test_shared_page_and_review_draw_it_too(open_tab: OpenTab, provider: Provider):
    schema = object_of(tides=list_of(day={"type": "string"}, height={"type": "number"}))
    ada = open_tab("ada", f"/?assistant={store_structured_assistant('ada', schema)}")
    ask(ada, "Tides?")
    await_answer(ada)
    expect(ada.get_by_role("table", name="Tides")).to_be_visible()
    conversation = ada.url.rstrip("/").rpartition("/")[2]
    ada.get_by_role("button", name="This conversation").click()
    ada.get_by_role("menuitem", name="Share with the team…").click()
    ada.get_by_role("button", name="Create a link").click()
    link = ada.get_by_role("textbox", name="Link").input_value()
    for name, path in (("grace", link), ("hopper", f"/admin/conversations/conversation/{conversation}/change/")):
        tab = open_tab(name, path)
        expect(tab.get_by_role("table", name="Tides")).to_be_visible()
        expect(tab.get_by_role("button", name="Height")).to_be_visible()
