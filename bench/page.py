"""`python -m bench.page`: measure how the page keeps up with long answers and conversations, in headless Chromium.

See docs/performance.md.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench import page_thread, site, texts
from bench.processes import running
from tests.support.browser.chromium import ARGUMENTS, executable

DELTA_CHARACTERS = 200
DELTA_SECONDS = 0.02
MAX_TASK_MS = 50
"""A longer task is noticeable."""
MAX_GROWTH = 2
"""How many times the cost of the first frames the last ones may have: their content and the machine's speed vary."""

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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("--only", help="only answers whose names contain this", default="")
    arguments = parser.parse_args()
    chosen = {name: text for name, text in texts.LONG.items() if arguments.only in name}
    with running("-m", "standin", "--delay", "0") as (_, line):
        upstream = line.split()[-1]
        site.prepare(upstream)
        # Before Playwright starts its event loop, in which the ORM refuses to work.
        [cookie] = site.sign_in(1)
        conversations = [page_thread.long_conversation("person0", turns) for turns in (1, page_thread.TURNS)]
        with site.running_site(set()) as (_, port), open_browser(port, cookie) as context:
            slow = [*stream_all(context, upstream, chosen)]
            if not arguments.only:
                slow += page_thread.measure_long(context, *conversations)

    sys.exit("\n".join(slow) or None)


def stream_all(context: BrowserContext, upstream: str, chosen: dict[str, str]) -> Iterator[str]:
    """Measure and print each answer; yield a sentence for each figure that misses its target."""
    print(f"{'':<28}{'longest task':>14}{'first tenth':>14}{'last tenth':>13}{'ratio':>8}{'opened':>10}")
    print(f"{'':<28}{'ms':>14}{'ms a frame':>14}{'ms a frame':>13}{'':>8}{'ms a task':>10}")
    for name, text in chosen.items():
        tab = context.new_page()
        streamed = measure_streaming(tab, upstream, text)
        opened = measure_opening(tab)
        tab.close()
        print(
            f"{name:<28}{streamed.longest:>14.1f}{streamed.first:>14.2f}{streamed.last:>13.2f}"
            f"{streamed.last / streamed.first:>8.2f}{opened:>10.1f}",
            flush=True,
        )
        if streamed.longest > MAX_TASK_MS:
            yield f"{name}: a task of more than {MAX_TASK_MS} ms while it streamed"
        if streamed.last > MAX_GROWTH * streamed.first:
            yield f"{name}: the last frames cost more than {MAX_GROWTH} times the first ones"


@dataclass
class Streamed:
    """What one answer cost the main thread of the page, in milliseconds."""

    longest: float
    """The longest task from the message to the end of rendering."""
    first: float
    """The cost of a frame in the first tenth of the answer."""
    last: float
    """The cost of a frame in the last tenth."""


def measure_streaming(tab: Page, upstream: str, text: str) -> Streamed:
    """Send a message, and measure the page while the answer streams."""
    script(upstream, text=text, deltas=len(text) // DELTA_CHARACTERS, delay=DELTA_SECONDS)
    tab.goto("/")
    tab.get_by_role("textbox", name="Message", exact=True).fill("Something long")
    with traced(tab) as trace:
        tab.get_by_role("button", name="Send").click()
        tab.wait_for_selector("chat-response:last-child[data-status=in_progress] markdown-text")
        tab.evaluate(MARK_BEGIN_AND_END)
        tab.wait_for_timeout(2000)
    tasks = Tasks(trace)
    begun, ended = tasks.mark("begun"), tasks.mark("ended")
    tenth = (ended - begun) / 10
    return Streamed(
        longest=tasks.longest(),
        first=tasks.frame_cost(begun, begun + tenth),
        last=tasks.frame_cost(ended - tenth, ended),
    )


def measure_opening(tab: Page) -> float:
    """Return the longest task, in milliseconds, while the page is loaded with the answer that was streamed to it."""
    with traced(tab) as trace:
        tab.reload()
        tab.wait_for_timeout(3000)
    return Tasks(trace).longest()


class Tasks:
    """The tasks of the main thread of a traced page."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        mains = {
            (e["pid"], e["tid"]) for e in events if e["name"] == "thread_name" and "RendererMain" in str(e["args"])
        }
        tasks = [e for e in events if "dur" in e and e["name"] == "RunTask" and (e["pid"], e["tid"]) in mains]
        frames = [e for e in events if e["name"] == "FireAnimationFrame"]
        # CPU time, without the time in which other threads had the processor.
        self._tasks = sorted((e["ts"], e.get("tdur", e["dur"])) for e in tasks)
        self._frames = [e["ts"] for e in frames]
        self._marks = {e["name"]: e["ts"] for e in events if "blink.user_timing" in e.get("cat", "")}

    def mark(self, name: str) -> float:
        return float(self._marks[name])

    def longest(self) -> float:
        return max(duration for _, duration in self._tasks) / 1000

    def frame_cost(self, begin: float, end: float) -> float:
        """Return the milliseconds for each frame between two times, including layout and paint."""
        busy = sum(duration for start, duration in self._tasks if begin <= start < end)
        frames = sum(begin <= start < end for start in self._frames)
        return busy / 1000 / frames


@contextmanager
def traced(tab: Page) -> Iterator[list[dict[str, Any]]]:
    """Trace the browser while the block runs; the list is filled when it ends."""
    events: list[dict[str, Any]] = []
    categories = ["disabled-by-default-devtools.timeline", "devtools.timeline", "blink.user_timing"]
    browser = tab.context.browser
    assert browser is not None
    browser.start_tracing(page=tab, categories=categories)
    yield events
    events += json.loads(browser.stop_tracing())["traceEvents"]


@contextmanager
def open_browser(port: int, cookie: str) -> Iterator[BrowserContext]:
    """Open a browser in which somebody is signed in, and close it after the block."""
    from django.conf import settings

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        context = browser.new_context(base_url=f"http://127.0.0.1:{port}")
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": f"http://127.0.0.1:{port}"}]
        )
        yield context
        browser.close()


def script(upstream: str, **answer: Any) -> None:
    """Set what the stand-in answers next."""
    address = upstream.removesuffix("/v1") + "/_script"
    body = json.dumps({"times": 1, **answer}).encode()
    urlopen(Request(address, body, {"Content-Type": "application/json"})).close()


if __name__ == "__main__":
    main()
