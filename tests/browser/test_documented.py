"""The documentation's screenshots, which this test takes; `make screenshots` writes them to docs/images."""

import base64
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import FilePayload, Page, ViewportSize, expect

from tests.support import documents
from tests.support.browser.assistants import archive_earlier_assistants, offer_model, provider_named, store_assistant
from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.files import delete_earlier_files
from tests.support.browser.formats import list_of, object_of
from tests.support.browser.keys import write
from tests.support.browser.picker import choose
from tests.support.browser.site import delete_earlier_servers, store_provider_server
from tests.support.browser.tabs import OpenTab
from tests.support.containers import file, interpreted, said
from tests.support.containers import steps as made_by
from tests.support.images import encoded, image
from tests.support.provider import Provider
from tests.support.site import wait_for
from tests.support.traces.events import joined, steps
from tests.support.traces.hosted import CODE_INTERPRETER, FILE_SEARCH, MCP_APPROVAL, MCP_CALLS, SHELL, WEB_SEARCH

DESK: ViewportSize = {"width": 1200, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 780}
MAX_BYTES = 300_000

QUESTION = "Who waters the office plants, and how do I work out when the next turn is?"
ANSWER = """\
Three of you take turns, one week each:

| Week | Who | Plants |
| --- | --- | --- |
| 1 | Ada | Monstera, ferns |
| 2 | Grace | Cacti *(sparingly!)* |
| 3 | Hopper | Everything by the window |

The turn follows from the week of the year, $t = (w - 1) \\bmod 3$:

```python
from datetime import date

PEOPLE = ["Ada", "Grace", "Hopper"]

def waters(day: date) -> str:
    return PEOPLE[(day.isocalendar().week - 1) % 3]
```

- [x] Watering can filled
- [ ] Fern turned towards the light
"""
OTHERS = {
    "Summarise the minutes of Monday": "Two decisions, one open question.",
    "A friendlier word for “deadline”": "Try *target day*.",
    "What does our style guide say about dates?": "Day, month in words, year.",
    "Plan the plants for the summer party": "Borrow the ferns; leave the cacti.",
}

TIDES = "When may the ferry leave on Friday, and who pilots her?"
COMPARED = {
    "gpt-5.1": """\
She draws 4.2 m, so she needs **1.1 m above datum** on the bar:

| Leaves | Water | Pilot |
| --- | --- | --- |
| 07:40 | 5.9 m | Grace |
| 19:55 | 6.2 m | Hopper |

I would take **07:40**: the wind turns against the tide at noon.
""",
    "gpt-5-mini": """\
On Friday she may leave twice:

- **07:40** with Grace
- **19:55** with Hopper

Both are an hour before high water.
""",
}

SCHEMA = object_of(
    summary={"type": "string", "description": "In one sentence"},
    arrivals=list_of(
        ship={"type": "string", "title": "Ship"},
        from_port={"type": "string", "title": "From"},
        arrives={"type": "string", "format": "date", "description": "The day on which she is expected"},
        draught={"type": "number", "description": "In metres"},
        berth={"type": "string", "enum": ["North quay", "South quay", "Roads"]},
        pilot={"type": "boolean"},
    ),
    open_questions={"type": "array", "items": {"type": "string"}},
)
COLUMNS = ("ship", "from_port", "arrives", "draught", "berth", "pilot")
SHIPS = [
    ("Marie-Louise", "Plymouth", "2026-12-01", 4.2, "North quay", True),
    ("Nordstern", "Hamburg", "2026-12-02", 7.85, "South quay", True),
    ("Petrel", "Roscoff", "2026-12-02", 2.1, "North quay", False),
    ("Ville de Brest", "Santander", "2026-12-04", 9.3, "Roads", True),
]
ARRIVALS = {
    "summary": "Four ships are expected, three of them with a pilot.",
    "arrivals": [dict(zip(COLUMNS, ship, strict=True)) for ship in SHIPS],
    "open_questions": ["Does Petrel need water?", "Who opens the lock on Wednesday?"],
}


@pytest.fixture
def screenshots(tmp_path) -> Path:
    return Path(os.environ.get("SCREENSHOTS", tmp_path))


def test_screenshots_of_the_documentation_are_taken(open_tab: OpenTab, provider: Provider, screenshots: Path):
    provider.script(match="waters the office", text=ANSWER)
    for question, answer in OTHERS.items():
        provider.script(match=question, text=answer)
    tab = open_tab("ada", viewport=DESK)
    for question in [*OTHERS, QUESTION]:
        tab.goto("/")
        ask(tab, question)
        await_answer(tab)
    expect(tab.locator(".hljs-keyword").first).to_be_visible()
    expect(tab.locator(".katex").first).to_be_visible()
    take_all(tab, screenshots, "conversation")

    write(tab.get_by_role("searchbox", name="Search conversations"), "ferns")
    expect(tab.get_by_role("navigation", name="Conversations").get_by_text("2 results")).to_be_attached()
    take_all(tab, screenshots, "search", on_phone=tab.get_by_role("button", name="Show conversations").click)

    hopper = open_tab("hopper", "/admin/conversations/conversation/", viewport=DESK)
    hopper.get_by_role("link", name="Who waters").click()
    expect(hopper.get_by_role("heading", name="Who waters")).to_be_visible()
    take_all(hopper, screenshots, "review")


def test_screenshots_of_assistants_are_taken(open_tab: OpenTab, screenshots: Path):
    archive_earlier_assistants()
    store_assistant("ada", name="Minutes", description="Turns the minutes of a meeting into tasks with names and dates")
    store_assistant("grace", name="Style guide", description="Knows our style guide", visibility="everybody")
    instructions = "You translate for {{customer}} in the tone of our house.\n\nKeep names as they are."
    letters = store_assistant(
        "ada", name="Translator", description="Into plain English", instructions=instructions, starters=["“Deadline”?"]
    )
    tab = open_tab("ada", "/assistants/", viewport=DESK)
    take_all(tab, screenshots, "assistants")
    tab.goto(f"/assistants/{letters}/")
    take_all(tab, screenshots, "assistant-form")
    write(tab.get_by_role("textbox", name="Instructions"), instructions.replace("Keep", "Be brief. Keep"))
    tab.get_by_role("button", name="Save as a new version").click()
    expect(tab.get_by_text("Saved as version 2.")).to_be_visible()
    tab.get_by_role("link", name="Versions").click()
    tab.get_by_role("link", name="What changed in version 2").click()
    expect(tab.get_by_role("insertion")).to_be_visible()
    take_all(tab, screenshots, "assistant-versions")


def test_screenshots_of_choosing_and_comparing_are_taken(open_tab: OpenTab, provider: Provider, screenshots: Path):
    store_harbour_team()
    for name, text in COMPARED.items():
        provider.script(match=TIDES, has=f'"model":"{name}"', text=text)
    # Grace asks nothing else here: nothing is recent.
    tab = open_tab("grace", viewport=DESK)
    target = tab.get_by_role("button", name=re.compile("^Model"))
    panel = tab.get_by_role("dialog", name="Choose what answers")
    with provider_named("OpenAI"):
        wait_for(lambda: "OpenAI" in tab.request.get("/").text())
        tab.reload()
        target.click()
        panel.get_by_role("button", name="Favorite: Harbour pilot").click()
        panel.get_by_role("button", name=re.compile("^Harbour pilot")).click()
        target.click()
        take_all(tab, screenshots, "picker")

    panel.get_by_role("button", name="Compare…").click()
    dialog = tab.get_by_role("dialog", name="Compare")
    dialog.get_by_role("checkbox", name="Harbour pilot", exact=True).uncheck()
    for name in COMPARED:
        dialog.get_by_role("checkbox", name=name, exact=True).check()
    dialog.get_by_role("button", name="Compare").click()
    ask(tab, TIDES)
    # All but the one that a next message continues.
    expect(tab.get_by_role("link", name="Continue with this one")).to_have_count(len(COMPARED) - 1)
    expect(answers(tab).and_(tab.locator("[aria-busy=true]"))).to_have_count(0)
    await_answer(tab)
    take_all(tab, screenshots, "comparison")


def test_screenshots_of_calls_that_need_approval_are_taken(open_tab: OpenTab, provider: Provider, screenshots: Path):
    words = "High tide is at noon on Friday. Can you take the ferry out?"
    calls = {"tide_table": {"port": "Brest"}, "send_mail": {"to": "grace", "words": words}}
    made = [{"name": name, "arguments": json.dumps(arguments)} for name, arguments in calls.items()]
    provider.script(match="Ask Grace", times=1, calls=made)
    tab = open_tab("ada", viewport=DESK)
    ask(tab, "Ask Grace to take the ferry out on Friday, at high tide.")
    expect(tab.get_by_role("button", name="Allow once")).to_be_visible()
    take_all(tab, screenshots, "approval")


def test_screenshots_of_tools_are_taken(open_tab: OpenTab, provider: Provider, screenshots: Path):
    running = [each for each in FILE_SEARCH if each["output_index"] == 0][:3]
    made = joined(WEB_SEARCH, CODE_INTERPRETER, MCP_CALLS, SHELL[:16], running)
    provider.script(match="How full", times=1, steps=steps(made, waits={len(made) - 1: "go"}))
    tab = open_tab("ada", viewport=DESK)
    ask(tab, "How full was the ferry in winter?")
    item = answers(tab).locator("output-item")
    expect(item.last).to_have_attribute("data-state", "running")
    item.nth(4).locator("summary").click()
    expect(tab.get_by_text("rows 412")).to_be_visible()
    take_all(tab, screenshots, "tools")
    provider.release("go")


def test_screenshots_of_what_models_make_are_taken(open_tab: OpenTab, provider: Provider, screenshots: Path):
    offer_model("gpt-5.5", efforts=["low", "high"], hosted_tools=["image_generation", "code_interpreter"])
    tab = open_tab("ada", viewport=DESK)
    choose(tab, "gpt-5.5")
    drawn = {"prompt": "The harbour at dawn, a woodcut", "size": [480, 240], "partial_images": 0}
    provider.script(match="Draw", times=1, image=drawn | {"text": "With the lighthouse on the left."})
    ask(tab, "Draw the harbour at dawn, as a woodcut.")
    await_answer(tab)
    take_all(tab, screenshots, "image-generation")

    provider.container("cntr_7", file("cfile_7", "tides.csv"), file("cfile_8", "winds.csv"))
    words = "High water is a quarter of an hour later each day: [all of them](sandbox:/mnt/data/tides.csv)."
    plot = f"data:image/png;base64,{base64.b64encode(encoded(image(480, 160))).decode()}"
    program = interpreted({"type": "logs", "logs": "7 days"}, {"type": "image", "url": plot}, container="cntr_7")
    provider.script(
        match="Plot", times=1, steps=made_by(program, said(words, ("cfile_7", "tides.csv"), container="cntr_7"))
    )
    tab.goto("/")
    choose(tab, "gpt-5.5")
    ask(tab, "Plot the high waters of this week, and give me a table.")
    await_answer(tab)
    expect(answers(tab).get_by_role("list", name="Files").get_by_role("listitem")).to_have_count(2)
    take_all(tab, screenshots, "made-files")


def test_screenshots_of_servers_are_taken(open_tab: OpenTab, provider: Provider, screenshots: Path):
    delete_earlier_servers()
    store_provider_server("read_issue", "close_issue")
    offer_model("gpt-5.6", efforts=["low", "high"], hosted_tools=["mcp"])
    admin = open_tab("hopper", "/mcp/", viewport=DESK)
    take_all(admin, screenshots, "mcp-servers")
    admin.get_by_role("link", name="Tracker").click()
    expect(admin.get_by_role("heading", name="Tools")).to_be_visible()
    take_all(admin, screenshots, "mcp-server")

    provider.script(match="Close", times=1, steps=steps(MCP_APPROVAL))
    tab = open_tab("ada", viewport=DESK)
    wait_for(lambda: bool(tab.reload()) and "Tracker" in tab.content())
    choose(tab, "gpt-5.6")
    tab.get_by_role("button", name=re.compile("^Tools")).click()
    tab.get_by_role("switch", name="Tracker").check()
    tab.keyboard.press("Escape")
    ask(tab, "Close issue 4, please: the buoy is back.")
    expect(tab.get_by_role("region", name="Approval")).to_be_visible()
    take_all(tab, screenshots, "mcp-approval")
    delete_earlier_servers()


def test_screenshots_of_handoffs_and_memory_are_taken(open_tab: OpenTab, provider: Provider, screenshots: Path):
    archive_earlier_assistants()
    offer_model("gpt-5.4", efforts=["low", "high"], takes_functions=True)
    billing = store_assistant("ada", name="Billing", icon="🧾", instructions="You do invoices.")
    desk = store_assistant("ada", name="Desk", icon="⚓", instructions="You welcome people.", handoffs=[billing])
    reason = {"reason": "It is about the berth's invoice of November."}
    handed = [{"name": "transfer_to_billing", "arguments": json.dumps(reason)}]
    provider.script(match="invoice", times=1, calls=handed)
    provider.script(match="Billing", times=1, text="It was sent on the 27th, and is paid.")
    tab = open_tab("ada", f"/?assistant={desk}", viewport=DESK)
    ask(tab, "Where is our invoice for the berth?")
    await_answer(tab)
    expect(answers(tab)).to_contain_text("is paid")
    take_all(tab, screenshots, "handoff")

    tab.goto("/preferences/")
    tab.get_by_role("checkbox", name="Let models remember facts about me").check()
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("status").first).to_contain_text("saved")
    facts = ["Sails a ketch, the Petrel.", "Lives in Bodø."]
    remembered = [{"name": "remember", "arguments": json.dumps({"fact": fact})} for fact in facts]
    provider.script(match="About me", times=1, calls=remembered)
    provider.script(match="memory", text="I keep that in mind.")
    tab.goto("/")
    choose(tab, "gpt-5.4")
    ask(tab, "About me: I sail a ketch, the Petrel, and live in Bodø.")
    await_answer(tab)
    take_all(tab, screenshots, "memory")


def test_screenshots_of_answers_that_are_data_are_taken(open_tab: OpenTab, provider: Provider, screenshots: Path):
    arrivals = store_harbour_team()
    provider.script(match="Who arrives", text=json.dumps(ARRIVALS))
    tab = open_tab("ada", f"/?assistant={arrivals}", viewport=DESK)
    ask(tab, "Who arrives this week?")
    await_answer(tab)
    expect(tab.get_by_role("table", name="Arrivals")).to_be_visible()
    take_all(tab, screenshots, "structured")
    tab.goto(f"/assistants/{arrivals}/")

    def scroll_to_format() -> None:
        tab.get_by_text("Response format", exact=True).evaluate("label => label.scrollIntoView()")

    scroll_to_format()
    take_all(tab, screenshots, "assistant-format", on_phone=scroll_to_format)


def test_screenshots_of_files_are_taken(open_tab: OpenTab, provider: Provider, screenshots: Path):
    delete_earlier_files()
    duties = documents.word("Duties of the pilots", "Two pilots are on duty each night.")
    ships = documents.spreadsheet({"Arrivals": [COLUMNS, *SHIPS]})
    tides = documents.pdf(*(f"Tides of week {week}: high water at noon on Friday." for week in range(1, 13)))
    files = {"Tides 2026.pdf": tides, "Duties.docx": duties, "Arrivals.xlsx": ships}
    tab = open_tab("ada", "/knowledge/new/", viewport=DESK)
    write(tab.get_by_label("Name"), "Handbook of the harbour")
    write(tab.get_by_label("Description"), "Tides, duties, and who arrives when")
    tab.get_by_role("button", name="Create collection").click()
    expect(tab.get_by_role("heading", name="Handbook of the harbour")).to_be_visible()
    tab.wait_for_load_state()
    broken = {"Minutes.pdf": b"%PDF-1.7 cut off"}
    chosen: list[FilePayload] = [
        {"name": name, "mimeType": "", "buffer": content} for name, content in {**broken, **files}.items()
    ]
    tab.locator("collection-upload input[type=file]").set_input_files(chosen)
    expect(tab.get_by_text("4 files · 1 couldn't be read")).to_be_visible()
    take_all(tab, screenshots, "collection")

    tab.goto("/")
    with tab.expect_file_chooser() as chooser:
        tab.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(chosen[1:])
    expect(tab.get_by_role("progressbar", name="Upload")).to_have_count(0)
    tab.keyboard.type("Which pilot takes the Petrel in?")
    take_all(tab, screenshots, "composer-files")
    provider.script(match="Which pilot", text="Grace, on the tide at noon.")
    tab.get_by_role("button", name="Send").click()
    await_answer(tab)
    tab.goto("/files/")
    take_all(tab, screenshots, "files")
    tab.get_by_role("list", name="My files").get_by_role("link", name="Tides 2026.pdf").first.click()
    tab.wait_for_function("() => document.querySelector('file-viewer canvas')?.width > 0")
    take_all(tab, screenshots, "viewer")
    delete_earlier_files()


def store_harbour_team() -> str:
    """Store the assistants of a harbour's team, and two models; return the id of the one that answers with data."""
    archive_earlier_assistants()
    offer_model("gpt-5.1", efforts=["none", "low", "medium", "high"], takes_verbosity=True)
    offer_model("gpt-5-mini", efforts=["minimal", "low", "medium", "high"], takes_verbosity=True)
    store_assistant(
        "grace",
        name="Harbour pilot",
        description="Knows the tides, the bar and who is on duty",
        instructions="You help the pilots of {{harbour}}. Today is {{today}}.",
        starters=["When is high water today?", "Who is on duty tonight?"],
    )
    store_assistant("ada", name="Letters to captains", description="Friendly and brief", visibility="everybody")
    settings = {"format": {"type": "json_schema", "name": "arrivals", "schema": json.dumps(SCHEMA)}}
    return store_assistant(
        "ada",
        name="Arrivals",
        description="Lists the ships that a message speaks of",
        visibility="everybody",
        settings=settings,
    )


def take_all(tab: Page, folder: Path, name: str, on_phone: Callable[[], None] = lambda: None) -> None:
    """Take screenshots of the page on a desk and on a phone, each in light and in dark colours."""
    take(tab, folder / f"{name}.png", "light")
    take(tab, folder / f"{name}-dark.png", "dark")
    tab.set_viewport_size(PHONE)
    on_phone()
    take(tab, folder / f"{name}-phone.png", "light")
    take(tab, folder / f"{name}-phone-dark.png", "dark")
    tab.set_viewport_size(DESK)


def take(tab: Page, path: Path, scheme: Literal["light", "dark"]) -> None:
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab.mouse.move(0, 0)
    tab.evaluate("document.activeElement.blur()")
    tab.evaluate("document.fonts.ready")
    # Colours fade in Django's admin. One that is cancelled ends, too.
    tab.evaluate("Promise.allSettled(document.getAnimations().map(({finished}) => finished))")
    if answers(tab).count():
        answers(tab).last.evaluate("answer => answer.closest('.log').scrollTo(0, 0)")
    tab.screenshot(path=path)
    assert 10_000 < path.stat().st_size < MAX_BYTES
