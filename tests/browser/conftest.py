"""A real browser, the site in a process of its own, and the stand-in behind it. Each person has a signed-in tab.

Whatever a page logs as an error, throws, or its content security policy blocks fails the test.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.support.browser.chromium import ARGUMENTS, executable
from tests.support.browser.site import PEOPLE, running_site, set_aside
from tests.support.provider import Provider

OpenTab = Callable[..., Page]


@pytest.fixture(scope="session")
def site_address(provider_process) -> Iterator[str]:
    with running_site(provider_process.base_url, MAX_INPUT_CHARACTERS="2000", MAX_IMAGES="3") as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in() -> dict[str, Any]:
    """The cookies of those who signed in once."""
    return {}


@pytest.fixture
def provider(provider_process) -> Provider:
    provider_process.forget()
    return provider_process


@pytest.fixture
def open_tab(browser, site_address, signed_in, provider) -> Iterator[OpenTab]:
    """Opens a tab in a browser of its own for a person, or for a visitor who is nobody yet."""
    set_aside()
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_tab(name: str | None = None, path: str = "/", **options: Any) -> Page:
        context = browser.new_context(base_url=site_address, storage_state=signed_in.get(name or ""), **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        tab = context.new_page()
        watch(tab, problems)
        if name and name not in signed_in:
            sign_in(tab, name)
            signed_in[name] = context.storage_state()
        tab.goto(path)
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def ada(open_tab) -> Page:
    return open_tab("ada")


def watch(tab: Page, problems: list[str]) -> None:
    """Gather what goes wrong in a tab. A violated policy is an error in the console as well."""
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda message: problems.append(message.text) if is_problem(message) else None)


def is_problem(message: ConsoleMessage) -> bool:
    # A test that cuts the connection means it.
    # What a diagram may not do is blocked where it is drawn: there that is what is to happen.
    is_meant = "ERR_INTERNET_DISCONNECTED" in message.text or re.search("/diagram/|/mermaid", message.location["url"])
    return message.type in {"error", "warning"} and not is_meant


def sign_in(tab: Page, name: str) -> None:
    tab.goto("/sign-in/")
    tab.get_by_label("Username").fill(name)
    tab.get_by_label("Password").fill(PEOPLE[name])
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("textbox", name="Message")).to_be_visible()
