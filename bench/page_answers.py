"""The part of `python -m bench.page` that measures answers while they stream. See docs/performance.md."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Page

from bench import texts
from bench.page_trace import MAX_GROWTH, MAX_TASK_MS, missed, traced

DELTA_CHARACTERS = 200
DELTA_SECONDS = 0.02
AFTER_END_MS = 2000
"""How long what the page does after the end of an answer is measured, too."""
LOADING_MS = 3000

# The page waits with an observer of its own. Playwright would search the whole page repeatedly, which costs the page.
MARK_BEGIN_AND_END = """async () => {
    const answer = document.querySelector("chat-response:last-child");
    performance.mark("begun");
    await new Promise((resolve) => {
        const look = () => answer.dataset.status === "completed" && resolve();
        new MutationObserver(look).observe(answer, { attributeFilter: ["data-status"] });
        look();
    });
    performance.mark("ended");
}"""


@dataclass
class Streamed:
    """What one answer cost the main thread of the page, in milliseconds."""

    longest: float
    """The longest task from the message to the end of rendering."""
    first: float
    """The cost of a frame in the first tenth of the answer."""
    last: float
    """The cost of a frame in the last tenth."""


def measure(tab: Page, upstream: str, only: str = "") -> Iterator[str]:
    """Measure and print each answer whose name contains a text; yield a sentence for each target that is missed."""
    print_head()
    for name, text in texts.LONG.items():
        if only in name:
            tab.goto("/")
            yield from measure_answer(
                tab, upstream, name, text=text, deltas=len(text) // DELTA_CHARACTERS, delay=DELTA_SECONDS
            )


def print_head() -> None:
    print(f"\n{'':<28}{'longest task':>14}{'first tenth':>14}{'last tenth':>13}{'ratio':>8}{'opened':>10}")
    print(f"{'':<28}{'ms':>14}{'ms a frame':>14}{'ms a frame':>13}{'':>8}{'ms a task':>10}")


def measure_answer(tab: Page, upstream: str, name: str, **answer: Any) -> Iterator[str]:
    """Measure and print one answer to a message that is sent on this page."""
    streamed = measure_streaming(tab, upstream, **answer)
    opened = measure_opening(tab)
    ratio = streamed.last / streamed.first
    print(
        f"{name:<28}{streamed.longest:>14.1f}{streamed.first:>14.2f}{streamed.last:>13.2f}{ratio:>8.2f}{opened:>10.1f}",
        flush=True,
    )
    yield from missed(f"{name}: milliseconds of the longest task while it streamed", streamed.longest, MAX_TASK_MS)
    yield from missed(f"{name}: cost of the last frames beside the first ones", ratio, MAX_GROWTH)


def measure_streaming(tab: Page, upstream: str, **answer: Any) -> Streamed:
    """Send a message, and measure the page while the answer streams."""
    script(upstream, **answer)
    tab.get_by_role("textbox", name="Message", exact=True).fill("Something long")
    with traced(tab) as tasks:
        tab.get_by_role("button", name="Send").click()
        tab.wait_for_selector("chat-response:last-child[data-status=in_progress] :is(markdown-text, output-item)")
        tab.evaluate(MARK_BEGIN_AND_END)
        tab.wait_for_timeout(AFTER_END_MS)
    first, last = tasks.tenths("begun", "ended")
    return Streamed(longest=tasks.longest(), first=first, last=last)


def measure_opening(tab: Page) -> float:
    """Return the longest task, in milliseconds, while the page is loaded with the answer that was streamed to it."""
    with traced(tab) as tasks:
        tab.reload()
        tab.wait_for_timeout(LOADING_MS)
    return tasks.longest()


def script(upstream: str, **answer: Any) -> None:
    """Set what the stand-in answers next."""
    address = upstream.removesuffix("/v1") + "/_script"
    body = json.dumps({"times": 1, **answer}).encode()
    urlopen(Request(address, body, {"Content-Type": "application/json"})).close()
