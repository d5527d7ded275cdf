"""How many answers at once stream without delay or loss: a search by doubling and halving."""

import time
from dataclasses import dataclass

import uvloop

from bench.figures import percentile
from bench.machine import pinned
from bench.run import Run, Server
from bench.upstream import DELTA_SECONDS
from bench.viewers import viewers, watch

MAX_P99_MS = 100
MESSAGES_PER_SECOND = 150
"""How quickly they are asked for, so that the search is for answers that stream, not for those that begin."""
WINDOW_SECONDS = 3.0
"""How long all of them stream, at least."""
SLACK_SECONDS = 3.0
"""How much longer than the messages took it may take until all have begun."""
QUICK_SHARE = 0.2
"""Of these, in a quick run."""
MAX_TRIALS = 5
MAX_SECONDS = 30.0
"""After which no further trial begins, unless none has passed."""
START = 500


@dataclass
class Trial:
    """What so many answers at once came to."""

    answers: int
    all_at_once: float
    """For how many seconds all of them were in progress."""
    p99: float
    """Of the latency in that time, in milliseconds."""
    lost: int

    def has_passed(self, window: float) -> bool:
        return not self.lost and self.all_at_once >= window and self.p99 < MAX_P99_MS


def measure_most(run: Run) -> dict[str, float]:
    with run.server("site") as server, pinned(run.postgres, run.cores.server, run.cores.others):
        return {"most": search(run, server, START)}


def search(run: Run, server: Server, start: int) -> int:
    """Return the most answers that passed: double while they pass, then halve the distance to those that didn't."""
    begin = time.monotonic()
    window = WINDOW_SECONDS * (QUICK_SHARE if run.is_quick else 1)
    answers, passed, failed = 20 if run.is_quick else start, 0, 0
    print(f"{'answers':>7}  {'server':<6}{'all at once':>13}{'p99 ms':>8}{'lost':>6}")
    for _ in range(1 if run.is_quick else MAX_TRIALS):
        cookies = run.people(answers)
        trial = uvloop.run(attempt(run, server, cookies))
        has_passed = trial.has_passed(window)
        print(
            f"{answers:>7}  {server.name:<6}{trial.all_at_once:>11.1f} s{trial.p99:>8.1f}{trial.lost:>6}"
            f"  {'passed' if has_passed else 'failed'}",
            flush=True,
        )
        if has_passed:
            passed = answers
        else:
            failed = answers
        answers = (passed + failed) // 2 if failed else 2 * passed
        if passed and time.monotonic() - begin > MAX_SECONDS:
            break
    return passed


async def attempt(run: Run, server: Server, cookies: list[str]) -> Trial:
    """Let so many people ask one after the other, and look at the time in which all their answers stream."""
    asking = len(cookies) / MESSAGES_PER_SECOND
    share = QUICK_SHARE if run.is_quick else 1
    deltas = round((asking + (WINDOW_SECONDS + SLACK_SECONDS) * share) / DELTA_SECONDS)
    await run.warm_up(server)
    async with viewers(server.port, cookies) as opened, run.measuring(server):
        exchanges = await watch(opened, deltas, asking)
    seen = run.record(server, exchanges, deltas)
    lost = sum(deltas - len(answer.written) for answer in seen)
    if not all(answer.written for answer in seen):
        return Trial(len(cookies), 0, 0, lost)
    begin, end = max(answer.written[0] for answer in seen), min(answer.written[-1] for answer in seen)
    within = [
        latency
        for answer in seen
        for written, latency in zip(answer.written, answer.latencies, strict=True)
        if begin <= written <= end
    ]
    return Trial(len(cookies), max(0, end - begin), percentile(within, 99) * 1000, lost)
