"""Requests of a tab that are held back, so that a test decides when they are answered."""

from re import Pattern

from playwright.sync_api import Page, Route


def hold(tab: Page, address: str | Pattern[str], *, times: int | None = None) -> list[Route]:
    """Hold back so many requests to matching addresses, or all; return a list that grows with them."""
    held: list[Route] = []
    tab.route(address, lambda route: held.append(route), times=times)
    return held


def release(held: list[Route]) -> None:
    """Send the requests that were held back."""
    for route in held:
        route.continue_()
