"""Two server processes under attack, while answers stream.

Run it with `python -m tests.support.chaos --seed 7 --answers 100 --minutes 5`.

Processes are killed and stopped in good order, sockets are dropped, one process's connections to the database are cut,
and PostgreSQL and Redis are restarted, in an order that the seed decides. Each message must be answered once, with the
provider's text, for all viewers. Some call tools first: each call ends with an output, and runs once, unless its tool
may be repeated. In every other attack, as the seed decides too, processes are killed no matter what is
lost with them: then an answer may also end as failed after it was lost twice, and all viewers must see that end.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # The imports below need what pytest does for tests.
    import django

    import tests.support.services  # noqa: F401  it starts PostgreSQL

    os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
    django.setup()

from tests.support.noted_tools import NAMES, RAN
from tests.support.ports import free_port
from tests.support.postgres import Mode, Postgres, running_postgres
from tests.support.provider import Provider, running_provider
from tests.support.redis_server import running_redis
from tests.support.site import Site, environment_of, wait_for
from tests.support.viewers import Answer, Viewer, first_difference

CUT_MARK = "one that is cut"
WORDS = ["harbour", "ebb", "flood", "keel", "naïve", "Straße", "潮汐", "🌊", "\\n\\n", "`code`", "<b>", "&", '"quoted"']

# A killed process, or a cut stream, loses an answer that does not run in the background, and one that is lost twice
# fails. So in careful attacks a process is killed only while no answer could be lost for the second time.
NOTHING_IS_LOST_TWICE = f"""
    SELECT count(*) = 0 FROM conversations_response WHERE status IN ('queued', 'in_progress')
    AND ((attempt - hand_offs > 1 AND starting_after IS NULL)
         OR (status = 'queued' AND input::text LIKE '%{CUT_MARK}%'))
"""
LOST = {"interrupted", "stream_cut"}
CREATE_PEOPLE = """
from accounts.models import User
from tests.support.socket import session_cookie
print(",".join(session_cookie(User.objects.create_user(f"person {number}")) for number in range(10)))
"""
CUT_CONNECTIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{}'"
OUTCOMES = """
    SELECT client_message_id::text, conversation_id, status, attempt - hand_offs, error ->> 'code',
        coalesce(output #>> '{0,content,0,text}', '')
    FROM conversations_response
"""
LAST = """
    SELECT DISTINCT ON (conversation_id) conversation_id, status, attempt - hand_offs, error ->> 'code',
        coalesce(output #>> '{0,content,0,text}', '')
    FROM conversations_response ORDER BY conversation_id, created_at DESC
"""
"""The last response of each conversation, which has what it is all about."""
CALLS = """
    SELECT tool || ' ' || (arguments::jsonb ->> 'port'), status, attempts, output IS NOT NULL
    FROM conversations_toolcall
"""
ARE_RUNNING = "SELECT EXISTS (SELECT FROM conversations_response WHERE status IN ('queued', 'in_progress'))"
TOOLS = {
    "TOOL_MODULES": "tests.support.noted_tools",
    "DEFAULT_TOOLS": ",".join(NAMES),
    "NOTED_SECONDS": "0.3",
}


class Chaos:
    """Server processes and the attacks on them."""

    def __init__(
        self,
        folder: Path,
        postgres: Postgres,
        redis: ExitStack,
        servers: list[Site],
        cookies: list[str],
        provider: Provider,
        seed: int,
    ) -> None:
        self.servers = servers
        self._cookies = cookies
        self.done: Counter[str] = Counter()
        self._folder = folder
        self._postgres = postgres
        self._redis = redis
        self._provider = provider
        self._random = random.Random(seed)
        self._is_careful = self._random.random() < 0.5
        self._asked: list[Answer] = []
        self._unsteady: list[Viewer] = []
        self._starting: dict[Site, asyncio.Task[None]] = {}

    @property
    def _runs_in_background(self) -> bool:
        return self.servers[0].environment["BACKGROUND"] == "always"

    async def round(self, answers: int, *, max_delay: float, timeout_seconds: float) -> list[str]:
        """Ask this many questions at once, and break things until all are answered; return the problems."""
        asked = [self._plan(max_delay) for _ in range(answers)]
        self._asked += asked
        viewers = [self._viewer(answer, max_wait=1, is_asker=True) for answer in asked]
        viewers += [self._viewer(answer, max_wait=30 * max_delay) for answer in asked if self._random.random() < 0.7]
        self._unsteady = [viewer for viewer in viewers if not viewer.is_steady]
        watching = [asyncio.create_task(viewer.watch()) for viewer in viewers]
        breaking = [asyncio.create_task(breaks()) for breaks in (self._drop_sockets, self._break_servers)]
        await asyncio.wait([*watching, *breaking], timeout=timeout_seconds, return_when=asyncio.FIRST_EXCEPTION)
        problems = [viewer.describe_missing_end() for viewer in viewers if not viewer.has_ended]
        for task in (*watching, *breaking):
            task.cancel()
        results = await asyncio.gather(*watching, *breaking, return_exceptions=True)
        if self._starting:
            await asyncio.wait(self._starting.values())
        problems += ["".join(traceback.format_exception(result)) for result in results if isinstance(result, Exception)]
        for viewer in viewers:
            problems += viewer.problems
            self.done["refusals"] += viewer.refusals
        await asyncio.to_thread(wait_for, lambda: self.servers[0].query(ARE_RUNNING) == [(False,)])
        return problems + await asyncio.to_thread(self._compare, viewers)

    def _plan(self, max_delay: float) -> Answer:
        number = self.done["questions"]
        self.done["questions"] += 1
        words = [f"{number}.{index} {self._random.choice(WORDS)} " for index in range(self._random.randint(20, 60))]
        text, deltas = "".join(words), len(words)
        is_cut = self._random.random() < 0.25
        asks = f"Question {number:05d}, {CUT_MARK if is_cut else 'a whole one'}"
        rounds = 0 if is_cut else self._random.choice([0, 0, 1, 3])
        self.done["calls of tools"] += 2 * rounds
        script = {"match": asks, "text": text, "deltas": deltas, "delay": self._random.uniform(0.02, max_delay)}
        if is_cut:
            half = {"half": self._random.random() < 0.5, "cut": self._random.choice(["abort", "eof"])}
            self._provider.script(**script, times=1, at={str(self._random.randint(1, deltas + 3)): half})
        # The last ones first: a request may have the calls of all rounds before.
        for made in range(rounds, 0, -1):
            said = script if made == rounds else {"calls": calls_of(number, made)}
            self._provider.script(**said | {"match": None, "has": f"call-{number:05d}-{made - 1}"})
        self._provider.script(**({"match": asks, "calls": calls_of(number, 0)} if rounds else script))
        return Answer(asks, text, rounds)

    def _viewer(self, answer: Answer, *, max_wait: float, is_asker: bool = False) -> Viewer:
        addresses = [server.address for server in self.servers]
        cookie = self._cookies[self._asked.index(answer) % len(self._cookies)]
        return Viewer(answer, addresses, cookie, self._random.random(), max_wait=max_wait, is_asker=is_asker)

    @property
    def _is_over(self) -> bool:
        return all(viewer.has_ended for viewer in self._unsteady)

    async def _drop_sockets(self) -> None:
        while not self._is_over:
            await asyncio.sleep(self._random.uniform(0.05, 0.4))
            for viewer in self._random.choices(self._unsteady, k=3):
                self.done["sockets dropped"] += viewer.drop()

    async def _break_servers(self) -> None:
        attacks = [
            self._kill,
            self._kill,
            self._stop,
            self._cut_database_of_one,
            self._restart_postgres,
            self._restart_redis,
        ]
        while not self._is_over:
            # Each attack is made once before one is made again.
            for attack in self._random.sample(attacks, len(attacks)):
                await asyncio.sleep(self._random.uniform(0.2, 1))
                if self._is_over:
                    break
                await attack()
        await self._until_up(*self.servers)

    async def _until_up(self, *servers: Site) -> None:
        for server in servers:
            if server in self._starting:
                await asyncio.shield(self._starting[server])

    async def _kill(self) -> None:
        server = self._random.choice(self.servers)
        await self._until_up(*(self.servers if self._is_careful else [server]))
        if self._is_careful and not await self._halt_if_nothing_is_lost_twice(server):
            return
        await asyncio.to_thread(server.end, is_killed=True)
        self.done["processes killed"] += 1
        self._starting[server] = asyncio.create_task(self._start(server, after=self._random.choice([0, 2])))
        if self._is_careful and not self._runs_in_background:
            await self._until_up(server)

    async def _halt_if_nothing_is_lost_twice(self, server: Site) -> bool:
        """Halt the process at a moment when killing it loses no answer twice; return False if none comes soon."""
        for _ in range(5):
            # A halted process can't ask again during the query.
            server.process.send_signal(signal.SIGSTOP)
            if (await asyncio.to_thread(server.query, NOTHING_IS_LOST_TWICE))[0][0]:
                return True
            server.process.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.1)
        return False

    async def _stop(self) -> None:
        await self._until_up(*self.servers)
        server = self._random.choice(self.servers)
        self._starting[server] = asyncio.create_task(self._restart(server))
        self.done["processes stopped"] += 1

    async def _restart(self, server: Site) -> None:
        status = await asyncio.to_thread(server.end)
        assert status == 0, f"a process that was told to stop ended with {status}: {server.log}"
        await asyncio.to_thread(server.start)

    async def _start(self, server: Site, *, after: float) -> None:
        await asyncio.sleep(after)
        await asyncio.to_thread(server.start)

    async def _cut_database_of_one(self) -> None:
        server = self._random.choice(self.servers)
        await asyncio.to_thread(server.query, CUT_CONNECTIONS.format(server.environment["PGAPPNAME"]))
        self.done["databases cut for one process"] += 1

    async def _restart_postgres(self) -> None:
        mode: Mode = self._random.choice(["fast", "fast", "immediate"])
        await asyncio.to_thread(self._postgres.restart, mode)
        self.done[f"PostgreSQL restarts, {mode}"] += 1

    async def _restart_redis(self) -> None:
        port = int(self.servers[0].environment["REDIS_URL"].rpartition(":")[2].partition("/")[0])
        await asyncio.to_thread(self._redis.close)
        await asyncio.sleep(self._random.choice([0, 0.5]))
        await asyncio.to_thread(self._redis.enter_context, running_redis(self._folder, port))
        self.done["Redis restarts"] += 1

    def _compare(self, viewers: list[Viewer]) -> list[str]:
        """Return how the rows differ from what the provider said, or from what viewers saw."""
        problems = []
        asked = {answer.client_message_id: answer for answer in self._asked}
        rows = self.servers[0].query(OUTCOMES)
        main = [row for row in rows if row[0]]
        conversations = {row[1]: asked[row[0]] for row in main}
        self.done["asked anew"] = sum(row[3] > 1 for row in main)
        self.done["lost twice"] = sum(row[2] == "failed" for row in main)
        if missing := asked.keys() - {row[0] for row in main}:
            problems.append(f"not stored: {[asked[key].question for key in missing]}")
        if self.servers[0].query("SELECT count(*) FROM conversations_conversation") != [(len(main),)]:
            problems.append("a question made more than one conversation")
        for client_message_id, conversation, status, times, error, text in rows:
            answer = conversations[conversation]
            if answer.rounds:
                continue
            may_fail = not client_message_id or (not self._is_careful and times == 2 and error in LOST)
            is_right = (
                may_fail and answer.text.startswith(text)
                if status == "failed"
                else client_message_id and status == "completed" and text == answer.text
            )
            if not is_right:
                where = "" if client_message_id else "beside it a "
                difference = first_difference(text, answer.text)
                problems.append(f"{answer.question}: {where}{status} {error}, asked {times} times, {difference}")
        problems += self._compare_calls(conversations)
        stored = {row[0]: (row[2], row[5]) for row in main}
        return problems + [
            viewer.describe_difference()
            for viewer in viewers
            if viewer.has_ended and not viewer.calls_tools and viewer.end != stored.get(viewer.asked)
        ]

    def _compare_calls(self, conversations: dict[Any, Answer]) -> Iterator[str]:
        """Yield what is wrong with answers that call tools, and with their calls."""
        for conversation, status, times, error, text in self.servers[0].query(LAST):
            answer = conversations[conversation]
            may_fail = not self._is_careful and times == 2 and error in LOST
            is_right = text == answer.text if status == "completed" else status == "failed" and may_fail
            if answer.rounds and not is_right:
                yield f"{answer.question}: after its calls {status} {error}, {first_difference(text, answer.text)}"
        file = self._folder / RAN
        ran = Counter(file.read_text().splitlines() if file.exists() else [])
        for call, status, attempts, has_output in self.servers[0].query(CALLS):
            if status not in {"done", "interrupted"} or not has_output:
                yield f"the call {call} is left {status}, with an output: {has_output}"
            if ran[call] > (attempts if call.startswith("note_tide") else 1):
                yield f"the call {call} ran {ran[call]} times in {attempts} attempts"


def calls_of(number: int, made: int) -> list[dict[str, str]]:
    """Return the calls of a question's round: one that can't be taken back, and one that may be repeated."""
    port = json.dumps({"port": f"port-{number:05d}-{made}"})
    ids = {"note_horn": "horn", "note_tide": "call"}
    return [{"name": name, "arguments": port, "call_id": f"{of}-{number:05d}-{made}"} for name, of in ids.items()]


@contextmanager
def attacked_site(folder: Path, provider: Provider, seed: int, background: str) -> Iterator[Chaos]:
    """Run two processes on one PostgreSQL, one Redis and one folder while the block runs."""
    port = free_port()
    with running_postgres() as postgres, ExitStack() as redis, ExitStack() as processes:
        redis_url = redis.enter_context(running_redis(folder, port))[1]
        servers = []
        for name in ("one", "two"):
            environment = environment_of(folder, postgres.url) | {
                "OPENAI_BASE_URL": provider.base_url,
                "REDIS_URL": redis_url,
                "BACKGROUND": background,
                **TOOLS,
                "PGAPPNAME": name,
            }
            servers.append(server := Site(environment, folder / f"{name}.log"))
            processes.callback(server.end, is_killed=True)
        cookies = servers[0].run(CREATE_PEOPLE).split(",")
        yield Chaos(folder, postgres, redis, servers, cookies, provider, seed)


async def attack(seed: int, answers: int, background: str) -> bool:
    """Make one round of attacks on a new site; return whether all went well."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_provider() as provider,
        attacked_site(Path(folder), provider, seed, background) as chaos,
    ):
        problems = await chaos.round(answers, max_delay=0.5, timeout_seconds=300)
    sys.stdout.write("\n".join([f"seed {seed}, background {background}: {dict(chaos.done)}", *problems, ""]))
    return not problems


async def main(seed: int, answers: int, minutes: float) -> int:
    deadline = time.monotonic() + 60 * minutes
    while await attack(seed, answers, "always") and await attack(seed, answers, "never"):
        if time.monotonic() > deadline:
            return 0
        seed += 1
    return 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--answers", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=5)
    sys.exit(asyncio.run(main(**vars(parser.parse_args()))))
