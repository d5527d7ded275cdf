"""The documentation's screenshots, which this test takes; `make screenshots` writes them to docs/images."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.support.browser.assistants import archive_earlier_assistants, store_assistant
from tests.support.browser.chat import answers, ask, await_answer
from tests.support.browser.keys import write
from tests.support.browser.tabs import OpenTab
from tests.support.provider import Provider

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
    tab.get_by_role("link", name="Versions").click()
    tab.get_by_role("link", name="What changed in version 2").click()
    expect(tab.get_by_role("insertion")).to_be_visible()
    take_all(tab, screenshots, "assistant-versions")


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
    # Colours fade in Django's admin.
    tab.evaluate("Promise.all(document.getAnimations().map(({finished}) => finished))")
    if answers(tab).count():
        answers(tab).last.evaluate("answer => answer.closest('.log').scrollTo(0, 0)")
    tab.screenshot(path=path)
    assert 10_000 < path.stat().st_size < MAX_BYTES
