"""A run of the bench: its provider, its people, the servers that it starts, and all that was asked and seen."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import psutil  # type: ignore[import-untyped]

from bench import site
from bench.figures import percentile
from bench.machine import Cores
from bench.processes import connections, cpu_seconds, running
from bench.viewers import Exchange, Seen, evaluate, uncollected, viewers, watch

# After the warm-up, all late imports are done and the database connections are open.
WARM_UP_VIEWERS = 20
WARM_UP_DELTAS = 5
WARM_UP_SECONDS = 60
MAX_LATENESS = 0.01
"""How late, at p99, the provider and the viewers may be themselves without a word about it."""


@dataclass
class Server:
    """A server that runs: the relay, the site, or the site as two processes."""

    name: str
    process: psutil.Process
    port: int


@dataclass
class Cost:
    """The CPU time of a block, in seconds."""

    server: float = 0
    database: float = 0


class Run:
    """What the parts of a run share. Those of a quick run even share their servers."""

    def __init__(self, upstream: str, cores: Cores, *, is_quick: bool) -> None:
        self.cores = cores
        self.is_quick = is_quick
        self.postgres = site.postgres()
        self._upstream = upstream
        self._cookies = site.sign_in(WARM_UP_VIEWERS)
        self._servers: dict[str, Server] = {}
        self._stack = ExitStack()
        self._asked = 0
        self._incomplete = 0
        self._texts: list[str] = []

    def close(self) -> None:
        self._stack.close()

    def people(self, number: int) -> list[str]:
        """Return the session cookies of so many people."""
        self._cookies += site.sign_in(max(0, number - len(self._cookies)))
        return self._cookies[:number]

    @contextmanager
    def server(self, name: str) -> Iterator[Server]:
        """Run a new server while the block runs; the relay and the one process of a quick run go on after that."""
        if not self.is_quick or name == "two":
            with self._new(name) as server:
                yield server
            return
        if name not in self._servers:
            self._servers[name] = self._stack.enter_context(self._new(name))
        yield self._servers[name]

    @contextmanager
    def _new(self, name: str) -> Iterator[Server]:
        if name == "relay":
            with running("-m", "bench.relay", self._upstream, cores=self.cores.server) as (started, line):
                yield Server(name, psutil.Process(started.pid), int(line))
        else:
            cores = self.cores.two if name == "two" else self.cores.server
            with site.running_site(cores) as (process, port):
                yield Server(name, process, port)

    async def warm_up(self, server: Server) -> None:
        """Let each process of the server answer."""
        waiting = set(server.process.children())
        async with asyncio.timeout(WARM_UP_SECONDS):
            while True:
                async with viewers(server.port, self._cookies[:WARM_UP_VIEWERS]) as opened:
                    waiting -= {process for process in waiting if connections(process, server.port)}
                    self.record(server, await watch(opened, WARM_UP_DELTAS), WARM_UP_DELTAS)
                if not waiting:
                    return

    @asynccontextmanager
    async def measuring(self, server: Server) -> AsyncIterator[Cost]:
        """Measure what a block costs, and say if the provider or the viewers were too slow for it."""
        cost = Cost(-cpu_seconds(server.process), -cpu_seconds(self.postgres))
        self._ask_provider("/lateness")
        if processes := server.process.children():
            print(f"{'':9}(sockets of each process: {[connections(process, server.port) for process in processes]})")
        async with uncollected() as lateness:
            yield cost
        cost.server += cpu_seconds(server.process)
        cost.database += cpu_seconds(self.postgres)
        late = {"viewers": percentile(lateness, 99), "provider": self._ask_provider("/lateness")}
        if max(late.values()) > MAX_LATENESS:
            words = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in late.items())
            print(f"{'':9}(late themselves at p99: {words})")

    def record(self, server: Server, exchanges: Iterable[Exchange], deltas: int) -> list[Seen]:
        """Evaluate what was seen of answers of so many deltas, and remember what the site was asked."""
        seen = [evaluate(exchange) for exchange in exchanges]
        self._incomplete += sum(len(answer.latencies) != deltas for answer in seen)
        if server.name != "relay":
            self._asked += len(seen)
            self._texts += [answer.text for answer in seen]
        return seen

    def problems(self) -> list[str]:
        """Return a sentence for each kind of text that the viewers or the database lack."""
        sent: dict[str, str] = self._ask_provider("/texts")
        stored = site.stored_answers()
        texts = set(stored.values())
        found = {
            "answers seen incompletely": self._incomplete,
            "answers requested but not stored": self._asked - len(stored),
            "answers stored differently from what was sent": sum(text != sent.get(key) for key, text in stored.items()),
            "answers seen differently from what was stored": sum(text not in texts for text in self._texts),
        }
        return [f"{count} {problem}" for problem, count in found.items() if count]

    def _ask_provider(self, path: str) -> Any:
        with urlopen(self._upstream + path) as answer:
            return json.load(answer)
