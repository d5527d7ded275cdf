"""Fixtures of the browser's tests: Chromium, the site as a process of its own, and tabs of people who are signed in.

A test fails if a page logs an error, throws one, or violates its content security policy.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.browser.assistants import forget_defaults
from tests.support.browser.chromium import ARGUMENTS, executable
from tests.support.browser.site import await_earlier_answers, delete_earlier_conversations, running_site
from tests.support.browser.tabs import OpenTab, await_frame, sign_in, watch
from tests.support.functions import DEFAULT_TOOLS
from tests.support.provider import Provider

TIMEOUT_MS = 30_000
"""How long anything may take. It only limits how long a test that fails takes, so that it suits a busy machine."""
expect.set_options(timeout=TIMEOUT_MS)


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker("browser")


@pytest.fixture(scope="session")
def site_address(provider_process) -> Iterator[str]:
    limits = {"MAX_INPUT_CHARACTERS": "2000", "MAX_IMAGES": "3"}
    tools = {
        "TOOL_MODULES": "tools.functions.builtin,tests.support.functions",
        "DEFAULT_TOOLS": ",".join(DEFAULT_TOOLS),
        # The MCP servers of tests.
        "ALLOWED_PRIVATE_ADDRESSES": "127.0.0.1",
    }
    with running_site(provider_process.base_url, **limits, **tools) as address:
        yield address


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Share one browser in the folder, and close it there: tests of coroutines can't run beside Playwright's loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in() -> dict[str, Any]:
    """Keep the cookies of people who have signed in, by name."""
    return {}


@pytest.fixture
def provider(provider_process) -> Provider:
    provider_process.forget()
    return provider_process


@pytest.fixture
def open_tab(browser, site_address, signed_in, provider) -> Iterator[OpenTab]:
    """Return a function that opens a tab in a context of its own, for a person who is signed in or for a visitor."""
    await_earlier_answers()
    provider.forget_requests()
    delete_earlier_conversations()
    forget_defaults()
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_tab(name: str | None = None, path: str = "/", **options: Any) -> Page:
        context = browser.new_context(base_url=site_address, storage_state=signed_in.get(name or ""), **options)
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        tab = context.new_page()
        watch(tab, problems)
        if name and name not in signed_in:
            sign_in(tab, name)
            signed_in[name] = context.storage_state()
        tab.goto(path)
        if options.get("java_script_enabled", True):
            # The message field gets the focus with the first frame, which may come after the page is loaded.
            await_frame(tab)
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def ada(open_tab) -> Page:
    return open_tab("ada")
