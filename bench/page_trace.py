"""What the main thread of a page computes, by the browser's own trace. See docs/performance.md."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page

from bench.targets import MARGIN, Target

MAX_TASK_MS = 50
"""A longer task is noticeable."""
MAX_USABLE_MS = 1000
MAX_GROWTH = 2
"""How many times the cost of the first frames the last ones may have: their content and the machine's speed vary."""
RUNS = 5


def missed(what: str, value: float, bound: float) -> Iterator[str]:
    """Yield a sentence if a figure is over its bound by more than the margin."""
    if not Target("", what, bound, "").is_reached(value, MARGIN):
        yield f"{what}: {value:.4g}, which must be at most {bound:.4g}"


class Tasks:
    """The tasks of the main thread of a page while it was traced."""

    def __init__(self) -> None:
        self._tasks: list[tuple[float, float]] = []
        self._frames: list[float] = []
        self._marks: dict[str, float] = {}

    def read(self, events: list[dict[str, Any]]) -> None:
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
        """Return the longest task, in milliseconds."""
        return max((duration for _, duration in self._tasks), default=0) / 1000

    def frame_cost(self, begin: float, end: float) -> float:
        """Return the milliseconds for each frame between two times, including layout and paint."""
        busy = sum(duration for start, duration in self._tasks if begin <= start < end)
        frames = sum(begin <= start < end for start in self._frames)
        return busy / 1000 / max(1, frames)

    def tenths(self, begin: str, end: str) -> tuple[float, float]:
        """Return the cost of a frame in the first and in the last tenth of the time between two marks."""
        begun, ended = self.mark(begin), self.mark(end)
        tenth = (ended - begun) / 10
        return self.frame_cost(begun, begun + tenth), self.frame_cost(ended - tenth, ended)


@contextmanager
def traced(tab: Page) -> Iterator[Tasks]:
    """Trace the browser while the block runs; the tasks are there when it ends."""
    tasks = Tasks()
    categories = ["disabled-by-default-devtools.timeline", "devtools.timeline", "blink.user_timing"]
    browser = tab.context.browser
    assert browser is not None
    browser.start_tracing(page=tab, categories=categories)
    yield tasks
    tasks.read(json.loads(browser.stop_tracing())["traceEvents"])


def heap_and_nodes(tab: Page) -> tuple[float, int]:
    """Return the page's JavaScript heap, in megabytes, and how many DOM nodes it keeps, after a garbage collection."""
    session = tab.context.new_cdp_session(tab)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return metrics["JSHeapUsedSize"] / 1e6, int(metrics["Nodes"])


def usable_after(tab: Page, address: str, awaited: str) -> float:
    """Return the milliseconds from the navigation until a script's promise, the median of some runs."""
    times = []
    for _ in range(RUNS):
        tab.goto(address, wait_until="commit")
        times.append(float(tab.evaluate(awaited)))
    return sorted(times)[RUNS // 2]
