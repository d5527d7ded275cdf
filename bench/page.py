"""`python -m bench.page`: measure how the page keeps up with what is long, in headless Chromium.

See docs/performance.md.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from bench import page_answers, page_items, page_list, page_network, page_thread, site
from bench.processes import running
from tests.support.browser.chromium import ARGUMENTS, executable

PARTS = ("answers", "items", "conversation", "list", "network")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"what to measure: {', '.join(PARTS)}; everything by default")
    parser.add_argument("--only", help="only answers whose names contain this", default="")
    arguments = parser.parse_args()
    parts = arguments.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    missed: list[str] = []
    with running("-m", "standin", "--delay", "0") as (_, line):
        upstream = line.split()[-1]
        site.prepare(upstream)
        # Before Playwright starts its event loop, in which the ORM refuses to work.
        cookies = site.sign_in(2)
        conversations = page_thread.conversations("person0") if "conversation" in parts else []
        loaded = page_thread.conversation_of("person0", 1) if "network" in parts else ""
        listed = page_list.conversations("person1") if "list" in parts else []
        with site.running_site(set()) as (_, port), open_browser() as browser:
            with signed_in(browser, port, cookies[0]) as context:
                if "answers" in parts:
                    missed += page_answers.measure(context.new_page(), upstream, arguments.only)
                if "items" in parts:
                    missed += page_items.measure(context.new_page(), upstream)
                if "conversation" in parts:
                    missed += page_thread.measure(context, upstream, conversations)
                if "network" in parts:
                    missed += page_network.measure(context, f"http://127.0.0.1:{port}", loaded)
            if "list" in parts:
                with signed_in(browser, port, cookies[1]) as context:
                    missed += page_list.measure(context, upstream, listed)

    sys.exit("\n".join(missed) or None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def signed_in(browser: Browser, port: int, cookie: str) -> Iterator[BrowserContext]:
    """Yield a context of the browser in which somebody is signed in; close it after the block."""
    from django.conf import settings

    address = f"http://127.0.0.1:{port}"
    context = browser.new_context(base_url=address)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": address}])
    yield context
    context.close()


if __name__ == "__main__":
    main()
