"""The first visit: it fetches few and small files, and the next one fetches none of them again."""

import re
from typing import Any

from playwright.sync_api import Page

MAX_FILES = 10
MAX_BYTES = 105_000
HASHED = re.compile(r"/static/.+\.(?:[0-9a-f]{12}|[0-9A-Z]{8})\.\w+$")


def test_first_visit_fetches_little_and_the_next_one_only_the_page(open_tab):
    tab = open_tab("ada", "/password/")
    tab.context.new_cdp_session(tab).send("Network.clearBrowserCache")
    first = load_chat_page(tab)
    assert len(first) <= MAX_FILES, sorted(first)
    assert sum(first.values()) < MAX_BYTES, sorted(first.items(), key=lambda item: -item[1])[:12]
    assert {url for url in first if not HASHED.search(url)} == {tab.url}
    assert list(load_chat_page(tab)) == [tab.url]


def load_chat_page(tab: Page) -> dict[str, int]:
    """Load the chat page; return the addresses that it fetches, each with the bytes of its compressed body."""
    session = tab.context.new_cdp_session(tab)
    session.send("Network.enable")
    sizes: dict[str, int] = {}
    cached: set[str] = set()

    def note(event: dict[str, Any]) -> None:
        response = event["response"]
        if event["requestId"] not in cached and not response.get("fromDiskCache"):
            headers = {name.lower(): value for name, value in response["headers"].items()}
            sizes[response["url"]] = int(headers["content-length"])

    session.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    session.on("Network.responseReceived", note)
    tab.goto("/", wait_until="networkidle")
    session.detach()
    return sizes
