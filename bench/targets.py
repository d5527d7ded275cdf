"""What a run must reach: the targets, in one place, and the table that compares them with what was reached."""

from collections.abc import Mapping
from dataclasses import dataclass

MARGIN = 0.2
"""By which share a target may be missed before the bench fails: runs of one code on one machine differ that much."""


@dataclass(frozen=True)
class Target:
    """A figure of a run and its bound: the most that it may be, or the least if `is_least`."""

    key: str
    what: str
    bound: float
    unit: str
    is_least: bool = False

    def is_reached(self, value: float, margin: float = 0) -> bool:
        if self.is_least:
            return value >= self.bound * (1 - margin)
        return value <= self.bound * (1 + margin)


TARGETS = [
    Target("ratio", "CPU a delta, 300 answers of 200 deltas", 1.0, "x relay"),
    Target("long_ratio", "CPU a delta, 300 answers of 1,200 deltas", 0.8, "x relay"),
    Target("database_delta", "PostgreSQL's CPU a delta, 300 answers of 200 deltas", 10, "µs"),
    Target("start_and_end", "CPU of an answer's start and end, server", 4, "ms"),
    Target("database_start_and_end", "CPU of an answer's start and end, PostgreSQL", 1, "ms"),
    Target("questions", "questions a second that one core begins, stores and ends", 200, "/s", is_least=True),
    Target("p99", "p99 of added latency, 300 answers", 60, "ms"),
    Target("first_word_1", "first word, added p50, one question", 15, "ms"),
    Target("first_word_100", "first word, added p50, 100 questions in 0.4 s", 150, "ms"),
    Target("first_word_300", "first word, added p50, 300 questions in 1 s", 600, "ms"),
    Target("memory", "memory of a running answer of 1,200 deltas", 150, "kB"),
    Target("growth", "memory that stays of each of 10,000 answers", 1, "kB"),
    Target("most", "most answers at once, one core, p99 < 100 ms", 500, "", is_least=True),
    Target("most_of_two", "the same, two processes with Redis, two cores for all", 800, "", is_least=True),
    Target("idle", "share of a core with 300 quiet sockets", 1, "%"),
]


def print_targets(reached: Mapping[str, float], *, is_whole: bool) -> list[str]:
    """Print the targets with what was reached; return those that were missed by more than the margin.

    Of a whole run, a target without a figure is missed, too.
    """
    judged = [target for target in TARGETS if is_whole or target.key in reached]
    if judged:
        print(f"\n{'':<58}{'reached':>9}{'target':>10}")
    missed = []
    for target in judged:
        value = reached.get(target.key)
        is_reached = value is not None and target.is_reached(value)
        is_close = value is not None and target.is_reached(value, MARGIN)
        verdict = "ok" if is_reached else "within the margin" if is_close else "MISSED"
        sign = ">=" if target.is_least else "<="
        print(f"{target.what:<58}{_rounded(value):>9}{sign:>4} {target.bound:<5g} {target.unit:<8}{verdict}")
        if not is_close:
            missed.append(target.what)
    return missed


def _rounded(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
