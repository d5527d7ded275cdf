"""Tabs: watching them for problems, and signing in."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import ConsoleMessage, Page, expect

from tests.support.browser.keys import write
from tests.support.browser.site import PEOPLE

OpenTab = Callable[..., Page]
"""The type of the fixture `open_tab`."""


def watch(tab: Page, problems: list[str]) -> None:
    """Append the tab's errors and warnings to `problems`. A violated policy is an error in the console, too."""
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda message: problems.append(message.text) if is_problem(message) else None)


def is_problem(message: ConsoleMessage) -> bool:
    # Some tests cut the connection, and a diagram's frame blocks what a diagram may not do.
    is_meant = "ERR_INTERNET_DISCONNECTED" in message.text or re.search("/diagram/|/mermaid", message.location["url"])
    return message.type in {"error", "warning"} and not is_meant


def await_frame(tab: Page) -> None:
    """Wait until the browser has drawn the page, or what has changed in it."""
    tab.evaluate("() => new Promise(requestAnimationFrame)")


@contextmanager
def time_stopped(tab: Page) -> Iterator[None]:
    """Let no time pass in the page while the block runs: what it shows for a moment stays."""
    tab.clock.install()
    tab.clock.pause_at(tab.evaluate("Date.now() / 1000 + 1"))
    yield
    tab.clock.resume()


def sign_in(tab: Page, name: str) -> None:
    tab.goto("/sign-in/")
    write(tab.get_by_label("Username"), name)
    write(tab.get_by_label("Password"), PEOPLE[name])
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("textbox", name="Message", exact=True)).to_be_visible()
