"""Every kind of tool that a model may use, as the API streams it: what people read while it runs, and later."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.chat import answers, ask, await_answer
from tests.support.containers import file
from tests.support.provider import Provider
from tests.support.traces import TRACES
from tests.support.traces.events import joined, steps
from tests.support.traces.hosted import FERRY, TABLE, WEB_SEARCH

FERRY_PAGE = "ferry.example.no/moskenes"
DONE = re.compile("^Done")
THERE_IS_NONE = re.compile("^Failed")
SHOWN: dict[str, list[tuple[str, Any, Any]]] = {
    "web search": [
        ("Searched the web", "ferry Bodø Moskenes winter · Bodø Moskenes timetable", ""),
        ("Opened a page", FERRY_PAGE, ""),
        ("Searched a page", f"winter · {FERRY_PAGE}", ""),
        ("Searched the web", "ice on the fjord", "Failed"),
    ],
    "file search": [("Searched in files", "parental leave weeks", "")],
    "code interpreter": [("Code", "", "")],
    "image generation": [("Image", "", ""), ("Image", "", "Failed")],
    "mcp": [
        ("Tools", "tracker", ""),
        ("Tool call", "tracker · close_issue", ""),
        ("Tool call", "tracker · close_issue", "Failed"),
    ],
    "mcp approval": [("Tools", "tracker", ""), ("tracker__close_issue", "4", THERE_IS_NONE)],
    "functions": [("Tide", "Bodø", DONE), ("Tide", "Oslo", DONE)],
    "custom tool": [("sql", "SELECT count(*) FROM trips", THERE_IS_NONE)],
    "shell": [
        ("Command", "wc -l /mnt/data/trips.csv", ""),
        ("Result", "", ""),
        ("Command", "cat tides.txt", ""),
        ("Result", "Exit code 1", ""),
        ("Command", "sleep 60", ""),
        ("Result", "Timed out", ""),
    ],
    "patches": [
        ("Create a file", "notes/ferries.md", ""),
        ("Change a file", "tides.py", ""),
        ("Delete a file", "old/tides.txt", ""),
    ],
    "computer": [
        ("Computer", re.compile("^Take a screenshot · Click at 412, 88 · Type “tide table” · Press CTRL"), "")
    ],
    "tool search": [
        ("Tool search", "crm", ""),
        ("Tools found", "crm.find_customer", ""),
        ("find_customer", "Nordlys", THERE_IS_NONE),
    ],
    "program": [("Code", "", ""), ("Tide", "Bodø", DONE)],
}
"""By trace: title, note and state of each item, in their order."""
UNFOLDED: dict[str, list[str]] = {
    "web search": [FERRY, "https://www.example.org/tides"],
    "file search": ["Employees may take 49 weeks.", "handbook.pdf"],
    "code interpreter": ["import pandas as pd", "rows 412"],
    "image generation": ["A lighthouse in fog, ink drawing"],
    "mcp": ["Close an issue", "Issue 5 closed", "Unauthorized"],
    "mcp approval": ["Close an issue", "Arguments"],
    "functions": ["1.8 m", "See the chart."],
    "custom tool": ["There is no such tool."],
    "shell": ["412 /mnt/data/trips.csv", "cat: tides.txt: No such file"],
    "patches": ["+height = 6", "+Three a day."],
    "computer": ["The page gives instructions.", "Scroll at 400, 300"],
    "tool search": ["Find a customer by name", "There is no such tool."],
    "program": ["return tide;", "1.8 m"],
}
"""By trace: what is read when its items are unfolded."""

OURS = {"functions", "custom tool", "mcp approval", "program"}
"""Traces with calls that are answered here, after which another response goes on."""


def items(answer: Locator) -> Locator:
    return answer.locator("output-item")


def expect_items(answer: Locator, expected: list[tuple[str, Any, Any]]) -> None:
    for at, name in enumerate((".title", ".note", ".state")):
        expect(items(answer).locator(f"summary > {name}")).to_have_text([each[at] for each in expected])


def unfold(answer: Locator) -> None:
    for item in items(answer).all():
        if not item.locator("details").first.evaluate("details => details.open"):
            item.locator("summary").first.click()


def test_every_trace_is_drawn_while_it_comes_and_after_a_reload(ada: Page, provider: Provider):
    for number, (name, events) in enumerate(TRACES.items(), 1):
        provider.forget()
        provider.container("cntr_1", file("cfile_9", TABLE))
        unfinished = [at for at, each in enumerate(events, 1) if each["type"].endswith("partial_image")]
        provider.script(match=f"Use {name}", times=1, steps=steps(events, waits=dict.fromkeys(unfinished, "image")))
        provider.script(text=f"That was {name}.")
        ask(ada, f"Use {name}")
        expect(answers(ada)).to_have_count(number)
        answer = answers(ada).last
        if unfinished:
            # It is removed as soon as the whole image is there.
            expect(answer.get_by_role("img")).to_have_js_property("naturalWidth", 1)
            provider.release("image")
        await_answer(ada)
        expect_items(answer, SHOWN[name])
        before = lines(answer)
        ada.reload()
        expect_items(answer, SHOWN[name])
        assert lines(answer) == before
        unfold(answer)
        for words in UNFOLDED[name]:
            expect(answer.get_by_text(words).first).to_be_visible()
        if name == "code interpreter":
            expect(answer.get_by_role("link", name="the table")).to_have_attribute("href", re.compile("^/attachments/"))
        if name == "functions":
            expect(answer.get_by_role("img")).to_have_js_property("naturalWidth", 64)
    # All that is sent again is what the API takes: the stand-in refuses everything else.
    provider.forget()
    ask(ada, "And now?")
    expect(answers(ada)).to_have_count(len(TRACES) + 1)
    await_answer(ada)
    expect(answers(ada).last).to_contain_text("the stand-in")


def lines(answer: Locator) -> list[str]:
    """Return the lines of an answer, sorted: PostgreSQL doesn't keep the order of an object's fields."""
    return sorted(line.removesuffix(",") for line in answer.inner_text().splitlines())


def test_searches_are_told_while_they_run_and_sources_are_numbered(ada: Page, provider: Provider):
    names = [each["type"].removeprefix("response.") for each in WEB_SEARCH]
    visit = [at for at, each in enumerate(WEB_SEARCH) if each.get("output_index") == 1][-1]
    answered = names.index("output_text.done")
    provider.script(steps=steps(WEB_SEARCH, waits={visit: "visit", answered: "answer"}))
    ask(ada, "When does the ferry leave?")
    answer = answers(ada).last
    expect_items(answer, [SHOWN["web search"][0], ("Opening a page", "", "")])
    provider.release("visit")
    sources = answer.locator("answer-sources")
    marks = answer.get_by_role("link", name=re.compile("^Source 1: Winter timetable, ferry.example.no"))
    expect(sources.locator("summary")).to_have_text("Sources 3")
    provider.release("answer")
    await_answer(ada)
    for _ in range(2):
        expect(marks).to_have_text(["1", "1"])
        expect(marks.first).to_have_attribute("href", FERRY)
        said = "Three crossings a day1. The tide tables2 agree, and so does the page again1."
        expect(answer.locator("markdown-text")).to_have_text(said)
        sources.locator("summary").click()
        listed = ["Winter timetable ferry.example.no", "Tides example.org", "Notes of the pilots pilots.example.com"]
        expect(sources.get_by_role("listitem")).to_have_text(listed)
        ada.reload()


@pytest.mark.parametrize("width", [1200, 390])
def test_many_tools_in_one_answer_stay_within_the_page(open_tab, provider: Provider, width: int):
    tab = open_tab("ada", viewport={"width": width, "height": 800}, has_touch=width < 500)
    hosted = [events for name, events in TRACES.items() if name not in {"image generation", *OURS}]
    provider.script(times=1, steps=steps(joined(*hosted)))
    provider.script(text="That was much.")
    ask(tab, "Do everything")
    expect(answers(tab).last).to_contain_text("That was much.")
    await_answer(tab)
    expect(answers(tab)).to_have_count(1)
    unfold(answers(tab).last)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    log = answers(tab).last.evaluate(
        "answer => { const log = answer.closest('.log'); return [log.scrollWidth, log.clientWidth]; }"
    )
    assert log[0] <= log[1]
