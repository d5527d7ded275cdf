"""What exports cost the server in memory: of a long conversation, and of everything that a person has."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]
from django.db.models import Count

from accounts.models import User
from bench.data.filling import ADMIN
from bench.data.requests import Request, Site
from bench.processes import resident_bytes
from conversations.models import Conversation

NAME = "exports"
SAMPLE_SECONDS = 0.01
FIRST, ALL = 100, 1000
"""Conversations that are exported one after the other, until the memory is compared."""
MAX_GROWTH_MB = 25
"""What the server may need for an export, and what it may keep after many."""


@dataclass
class Peak:
    resident: int = 0


@contextmanager
def peak_of(process: psutil.Process) -> Iterator[Peak]:
    """Sample the memory of a process while the block runs."""
    peak, done = Peak(resident_bytes(process)), threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_SECONDS):
            peak.resident = max(peak.resident, resident_bytes(process))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield peak
    finally:
        done.set()
        sampler.join()


def measure(site: Site) -> Iterator[str]:
    """Measure and print exports of the person who has most; yield a sentence for each that takes too much memory."""
    person = User.objects.exclude(username=ADMIN).order_by("username")[0]
    own = list(Conversation.objects.listed(person).annotate(turns=Count("responses")).order_by("-turns")[:ALL])
    # So that all code is imported and the threads have their stacks and connections.
    read(site, own[len(own) // 2 :][:FIRST], "export.json", "export.md")
    for what, conversations, formats in (
        ("the longest conversation as JSON", own[:1], ["export.json"]),
        ("the longest conversation as Markdown", own[:1], ["export.md"]),
        (f"{len(own):,} conversations in a row", own, ["export.json"]),
        ("the same once more", own, ["export.json"]),
    ):
        before, begun = resident_bytes(site.process), time.perf_counter()
        with peak_of(site.process) as peak:
            size = read(site, conversations, *formats)
        seconds = time.perf_counter() - begun
        growth = (peak.resident - before) / 1e6
        print(
            f"{NAME}: {what:<38}{size / 1e6:>7.1f} MB in{seconds:>6.1f} s, peak {peak.resident / 1e6:.0f} MB, "
            f"{growth:+.0f} MB",
            flush=True,
        )
        if growth > MAX_GROWTH_MB:
            yield f"{NAME}: {what} took {growth:.0f} MB of memory"


def read(site: Site, conversations: list[Conversation], *formats: str) -> int:
    """Export conversations, each as a file of each format; return their bytes."""
    names = [f"{conversation.get_absolute_url()}{name}" for conversation in conversations for name in formats]
    person = conversations[0].user.username
    return sum(len(piece) for name in names for piece in site.pieces(Request(person, name)))
