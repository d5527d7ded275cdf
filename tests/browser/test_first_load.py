"""A first visit is light: what it fetches, as it is sent; and what was fetched once is not fetched again."""

import re
from typing import Any

from playwright.sync_api import Page

MAX_BYTES = 150_000
HASHED = re.compile(r"/static/.+\.[0-9a-f]{12}\.\w+$")


def test_first_visit_fetches_little_and_the_next_one_only_the_page(open_tab):
    tab = open_tab("ada", "/password/")
    tab.context.new_cdp_session(tab).send("Network.clearBrowserCache")
    first = fetched(tab)
    assert sum(first.values()) < MAX_BYTES, sorted(first.items(), key=lambda item: -item[1])[:12]
    assert {url for url in first if not HASHED.search(url)} == {tab.url}
    assert list(fetched(tab)) == [tab.url]


def fetched(tab: Page) -> dict[str, int]:
    """What comes over the wire for the chat page: addresses, and the bytes of what they hold, compressed."""
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
