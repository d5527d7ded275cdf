"""Calls of tools over kills and restarts of the real process, and over two processes."""

import asyncio
import json
import random
import re
import uuid
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.noted_tools import HELD, NAMES, RAN
from tests.support.provider import Provider
from tests.support.redis_server import running_redis
from tests.support.site import Site, ended, environment_of, receive_until, signed_in_site, wait_for
from tests.support.socket import question

pytestmark = [pytest.mark.process, pytest.mark.slow]

ROUNDS = 10
TOOLS = {
    "TOOL_MODULES": "tests.support.noted_tools",
    "DEFAULT_TOOLS": ",".join(NAMES),
    "MAX_TOOL_ROUNDS": str(2 * ROUNDS),
}
CALLS = """
    SELECT tool, arguments::jsonb ->> 'port', status, attempts, output IS NOT NULL FROM conversations_toolcall
    ORDER BY created_at, place
"""
ASSISTANTS = """
from accounts.models import User
from tests.support.assistants import make_assistant
ada = User.objects.get(username="ada")
billing = make_assistant(ada, name="Billing", instructions="You do invoices.")
tools = {"tools": {"note_horn": {}}}
print(make_assistant(ada, name="Desk", handoffs=[str(billing.pk)], settings=tools).pk)
"""
STATUSES = "SELECT status FROM conversations_response ORDER BY created_at"


def call(name: str, port: str) -> dict[str, str]:
    return {"name": name, "arguments": json.dumps({"port": port})}


def ran(folder: Path) -> Counter[str]:
    file = folder / RAN
    return Counter(file.read_text().splitlines() if file.exists() else [])


async def until(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_for, condition)


async def ask(site: Site, words: str) -> dict[str, Any]:
    """Ask as ada, and return the first event of the answer."""
    async with site.tab() as tab:
        await tab.send_json(question(words))
        return await receive_until(tab, "response.queued")


async def decide(site: Site, decision: str) -> None:
    """Decide in a new tab about the one call that waits."""
    [(pk,)] = site.query("SELECT id FROM conversations_toolcall WHERE status = 'waiting'")
    async with site.tab() as tab:
        await tab.send_json({"type": "tool_call.decide", "call": str(pk), "decision": decision})
        await until(lambda: site.query("SELECT FROM conversations_toolcall WHERE status = 'waiting'") == [])


def is_over(site: Site) -> bool:
    """Return whether the last response has ended, and called nothing."""
    return bool(site.query(f"SELECT FROM ({STATUSES} DESC LIMIT 1) AS last WHERE status = 'completed'"))


async def articles(site: Site, conversation: str) -> int:
    """Return how many answers the page of a conversation shows."""
    address = f"{site.address}/conversations/{conversation}/"
    async with aiohttp.ClientSession(cookies={"sessionid": site.cookie}) as session, session.get(address) as page:
        html = await page.text()
    return re.sub(r"<template.*?</template>", "", html, flags=re.DOTALL).count("<chat-response")


@pytest.mark.parametrize("seed", range(1))
async def test_twenty_calls_survive_a_kill_in_each_of_their_steps(provider: Provider, tmp_path: Path, seed: int):
    chosen = random.Random(seed)
    kills = [chosen.choice(["running", "asked", "anywhere"]) for _ in range(ROUNDS)]
    for number, kill in enumerate(["", *kills]):
        port = f"port{number:02}"
        said = {"calls": [call("note_horn", port), call("note_tide", port)]} if number < ROUNDS else {"text": "Arrived"}
        wait = f"go{number}" if kill == "asked" else None
        provider.script(match=f"port{number - 1:02}" if number else "Sail", wait=wait, **said)
    (tmp_path / HELD).touch()
    with signed_in_site(tmp_path, "test_of_calls", OPENAI_BASE_URL=provider.base_url, **TOOLS) as site:
        conversation = (await ask(site, "Sail along the coast"))["response"]["conversation"]["id"]
        for number, kill in enumerate(kills):
            port = f"port{number:02}"
            if kill != "anywhere":
                await until(partial(both_run, tmp_path, port))
            if kill == "asked":
                (tmp_path / port).touch()
                await until(partial(is_asked_after, provider, port))
            site.end(is_killed=True)
            site.start()
            (tmp_path / port).touch()
            provider.release(f"go{number + 1}")
        await until(lambda: is_over(site))
        calls = site.query(CALLS)
        assert len(calls) == 2 * ROUNDS
        runs = ran(tmp_path)
        for tool, port, status, attempts, has_output in calls:
            assert has_output
            assert status in {"done", "interrupted"}
            # Each run was one that its row knows of, and what can't be taken back ran once at most.
            assert runs[f"{tool} {port}"] <= attempts <= (2 if tool == "note_tide" else 1)
        assert [request["status"] for request in provider.requests() if request["status"] == 400] == []
        assert await articles(site, conversation) == 1


def both_run(folder: Path, port: str) -> bool:
    return sum(each.endswith(port) for each in ran(folder)) == 2


def is_asked_after(provider: Provider, port: str) -> bool:
    """Return whether a request with what the calls put out has come and isn't answered yet."""
    return any(each["status"] is None and port in json.dumps(each["body"]) for each in provider.requests())


@pytest.mark.parametrize("kill", ["running", "asked"])
async def test_handoff_survives_a_kill(provider: Provider, tmp_path: Path, kill: str):
    handoff = {"name": "transfer_to_billing", "arguments": '{"reason": "It is about an invoice."}'}
    provider.script(times=1, match="invoice?", calls=[call("note_horn", "Brest"), handoff])
    provider.script(match="Billing", wait="go" if kill == "asked" else None, text="It is paid.")
    (tmp_path / HELD).touch()
    with signed_in_site(tmp_path, "test_of_calls", OPENAI_BASE_URL=provider.base_url, **TOOLS) as site:
        desk = site.run(ASSISTANTS)
        async with site.tab() as tab:
            await tab.send_json(question("Where is my invoice?", assistant=desk))
            await receive_until(tab, "response.queued")
            # The other call of the answer runs.
            await until(lambda: sum(ran(tmp_path).values()) == 1)
        if kill == "asked":
            (tmp_path / "Brest").touch()
            await until(partial(is_asked_after, provider, "Brest"))
        site.end(is_killed=True)
        site.start()
        (tmp_path / "Brest").touch()
        provider.release("go")
        await until(lambda: is_over(site))
        horn = "interrupted" if kill == "running" else "done"
        calls = site.query("SELECT tool, status FROM conversations_toolcall ORDER BY place")
        assert calls == [("note_horn", horn), ("transfer_to_billing", "done")]
        assert ran(tmp_path) == {"note_horn Brest": 1}
        assert site.stored()[2] == "It is paid."
        assert {body["instructions"] for body in provider.bodies()[1:]} == {"You do invoices."}
        assert all(request["status"] != 400 for request in provider.requests())


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "stopped"])
async def test_call_waits_for_its_person_over_a_restart(provider: Provider, tmp_path: Path, *, is_killed: bool):
    provider.script(times=1, match="Book", calls=[call("note_berth", "Brest"), call("note_horn", "Brest")])
    provider.script(text="Booked.")
    with signed_in_site(tmp_path, "test_of_calls", OPENAI_BASE_URL=provider.base_url, **TOOLS) as site:
        await ask(site, "Book a berth")
        await until(lambda: site.query(STATUSES) == [("completed",), ("waiting",)])
        site.end(is_killed=is_killed)
        site.start()
        assert site.query(STATUSES)[-1] == ("waiting",)
        await decide(site, "once")
        await until(lambda: is_over(site))
        assert ran(tmp_path) == {"note_berth Brest": 1, "note_horn Brest": 1}


async def test_call_is_decided_at_another_process(provider: Provider, tmp_path: Path):
    provider.script(times=1, match="Book", calls=[call("note_berth", str(uuid.uuid4()))])
    provider.script(text="Booked.")
    with running_redis(tmp_path) as (_, url):
        settings = {"OPENAI_BASE_URL": provider.base_url, "REDIS_URL": url, **TOOLS}
        with signed_in_site(tmp_path, "test_of_calls", **settings) as one:
            environment = environment_of(tmp_path, one.environment["DATABASE_URL"]) | settings
            with ended(Site(environment, tmp_path / "other.log", one.cookie)) as two:
                async with one.tab() as tab:
                    await tab.send_json(question("Book a berth"))
                    await receive_until(tab, "response.waiting")
                    # The process that hears of the decision goes on with the answer.
                    await decide(two, "once")
                    updated = await receive_until(tab, "response.completed")
                    assert updated["response"]["output"][0]["content"][0]["text"] == "Booked."
        assert sum(ran(tmp_path).values()) == 1
