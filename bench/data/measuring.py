"""What is measured of the pages: how long they take, and whether what they read grows with the data."""

import logging
import time
from collections.abc import Collection

from django.core.management import call_command

from accounts.models import User
from bench import site
from bench.data import exports
from bench.data.pages import Page, is_allowed, pages
from bench.data.plans import Recorder, big_tables, growing, text
from bench.data.requests import Site
from bench.figures import percentile
from bench.targets import MARGIN

TARGET_MS = 300
"""For each page, at the 95th percentile."""
REQUESTS = 24
"""Of each page, at least."""


def print_plans(only: Collection[str]) -> None:
    """Print the statements of the pages with their plans."""
    # As the start of the site does.
    call_command("collectstatic", verbosity=0, interactive=False)
    recorder, cookies = Recorder(), sign_in()
    for page in chosen(only):
        for request in page.requests:
            print(f"\n# {page.name}: {request.address}")
            print("\n\n".join(map(text, recorder.statements(request, cookies))), flush=True)


def measure_all(cores: Collection[int], only: Collection[str], *, is_quick: bool) -> list[str]:
    """Measure and print each page and each export; return a sentence for each target that was missed.

    A quick run asks for each page once, which says nothing of its time.
    """
    # Reading a transcript is logged, here and by the server.
    logging.disable(logging.INFO)
    cookies = sign_in()
    missed: list[str] = []
    with site.running_site(cores) as (process, port):
        running = Site(process, port, cookies)
        missed += measure_pages(running, chosen(only), is_quick=is_quick)
        if is_chosen(exports.NAME, only):
            missed += exports.measure(running)
    return missed


def chosen(only: Collection[str]) -> list[Page]:
    return [page for page in pages() if is_chosen(page.name, only)]


def is_chosen(name: str, only: Collection[str]) -> bool:
    return any(words in name for words in only)


def sign_in() -> dict[str, str]:
    """Return a session cookie for each person, by name."""
    return {person.username: site.sign_in_as(person) for person in User.objects.all()}


def measure_pages(running: Site, pages: list[Page], *, is_quick: bool) -> list[str]:
    missed, recorder, big = [], Recorder(), big_tables()
    print(f"{'':<34}{'p50 ms':>8}{'p95 ms':>8}{'target':>8}  what grows with the data")
    for page in pages:
        times = times_of(running, page, 1 if is_quick else REQUESTS)
        p95 = percentile(times, 95)
        statements = [each for request in page.requests for each in recorder.statements(request, running.cookies)]
        grows = growing(statements, big)
        unexpected = [each for each in grows if not is_allowed(page, each)]
        marked = [f"{each} (!)" if each in unexpected else each for each in grows]
        print(f"{page.name:<34}{percentile(times, 50):>8.0f}{p95:>8.0f}{TARGET_MS:>8}  {'; '.join(marked)}", flush=True)
        if p95 > TARGET_MS * (1 + MARGIN) and not is_quick:
            missed.append(f"{page.name}: {p95:.0f} ms at p95")
        missed += [f"{page.name}: {each}" for each in unexpected]
    return missed


def times_of(running: Site, page: Page, requests: int) -> list[float]:
    """Return the milliseconds that a page takes, asked for so often or more, at each of its addresses in turn."""
    for request in page.requests:
        running.get(request)
    found = []
    for request in page.requests * -(-requests // len(page.requests)):
        begun = time.perf_counter()
        running.get(request)
        found.append((time.perf_counter() - begun) * 1000)
    return found
