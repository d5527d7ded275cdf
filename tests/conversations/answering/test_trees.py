"""Chained or rebuilt, a conversation is the same to the provider, whatever its tree is and wherever it goes on."""

import itertools
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from common.threads import in_thread
from conversations.attachments import data_url, store
from providers.capabilities import Capabilities
from providers.refusals import CHAIN
from tests.support.images import encoded, image
from tests.support.provider import Provider
from tests.support.socket import Socket, ask_and_wait, image_part, open_socket, question, stored

pytestmark = pytest.mark.django_db(transaction=True)

CREATED = {"event": {"type": "response.created", "response": "$response"}}
REMOTE = "https://example.org/harbour.png"
numbers = itertools.count()

Heard = list[tuple[str, list[str]]]
"""Who said what: the texts and the URLs of images in each message."""


@dataclass(frozen=True)
class Turn:
    """A message, its place in the tree, and how its answer ends."""

    previous: int
    """Which of the earlier ones it continues; some continue the same. The root is before them all."""
    words: str
    images: tuple[str, ...]
    model: str
    items: tuple[str, ...]
    said: str
    end: str

    @property
    def status(self) -> str:
        """Return the status of the response: the answer may be refused, or empty."""
        if self.end == "completed" and not {"message", "function_call"} & {*self.items}:
            return "failed"
        return "failed" if self.end == "refused" else self.end


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8).filter(
    str.strip
)
turns = st.builds(
    Turn,
    previous=st.integers(0, 5),
    words=words,
    images=st.lists(st.sampled_from(["uploaded", "remote"]), max_size=2).map(tuple),
    model=st.sampled_from(["standin", "standin-reasoning"]),
    items=st.lists(st.sampled_from(["message", "reasoning", "function_call"]), max_size=3).map(tuple),
    said=words,
    end=st.sampled_from(["completed", "completed", "incomplete", "failed", "cancelled", "refused"]),
)


class Tree:
    """A growing conversation. A node has a response, whether it can be chained to, and what was said up to it."""

    def __init__(self, socket: Socket, provider: Provider, conversation: str, uploaded: dict[str, Any]) -> None:
        self._socket = socket
        self._provider = provider
        self._conversation = conversation
        self._uploaded = uploaded
        self.nodes: list[tuple[str | None, bool, Heard]] = [(None, False, [])]

    async def grow(self, turn: Turn) -> None:
        previous, _, before = self.nodes[turn.previous % len(self.nodes)]
        key = f"Question {next(numbers)}."
        self._provider.script(match=key, **played(turn, key))
        parts = [image_part(image_url=REMOTE) if kind == "remote" else self._uploaded["part"] for kind in turn.images]
        shown = [REMOTE if kind == "remote" else self._uploaded["url"] for kind in turn.images]
        command = question(f"{key} {turn.words}", *parts, **self._at(previous))
        await self._socket.send(command)
        if turn.end == "cancelled":
            events = await self._socket.until("response.created")
            while sum(event["type"] == "response.output_item.done" for event in events) < len(turn.items):
                events += await self._socket.until("response.output_item.done")
            await self._socket.send({"type": "response.cancel", "response_id": events[0]["response_id"]})
        last = (await self._socket.until_end())[-1]
        assert last["type"] == f"response.{turn.status}"
        heard = [*before, ("user", [f"{key} {turn.words}", *shown])]
        if turn.end != "refused":
            heard += [("assistant", [turn.said]) for kind in turn.items if kind == "message"]
        self.nodes.append((last["response_id"], turn.status in {"completed", "incomplete"}, heard))

    async def heard_after(self, previous: str | None) -> Heard:
        """Return what the provider has received when it answers one more message there."""
        return await heard(self._provider, await self.ask_after(previous))

    async def ask_after(self, previous: str | None) -> dict[str, Any]:
        answer = await ask_and_wait(self._socket, "And then?", **self._at(previous))
        assert answer["status"] == "completed"
        return answer

    def _at(self, previous: str | None) -> dict[str, Any]:
        return {"conversation": self._conversation, "previous_response_id": previous}


def played(turn: Turn, key: str) -> dict[str, Any]:
    """Return the script by which the provider answers like this."""
    if turn.end == "refused":
        return {"error": {"status": 500, "body": {"error": {"message": "no"}}}}
    items = [item(kind, turn.said) for kind in turn.items]
    done = [
        {"event": {"type": "response.output_item.done", "output_index": place, "item": item}}
        for place, item in enumerate(items)
    ]
    if turn.end == "cancelled":
        return {"steps": [CREATED, *done, {"wait": key, "cut": "eof"}]}
    return {"steps": [CREATED, *done, {"event": {"type": f"response.{turn.end}", "response": "$response"}}]}


def item(kind: str, said: str) -> dict[str, Any]:
    number = next(numbers)
    if kind == "message":
        content = [{"type": "output_text", "text": said, "annotations": []}]
        return {"type": kind, "id": f"msg_{number}", "role": "assistant", "status": "completed", "content": content}
    if kind == "reasoning":
        return {"type": kind, "id": f"rs_{number}", "summary": [], "encrypted_content": f"standin-sealed:{number}"}
    call = {"call_id": f"call_{number}", "name": "tide", "arguments": "{}", "status": "completed"}
    return {"type": kind, "id": f"fc_{number}", **call}


@pytest.mark.slow
@settings(
    max_examples=10,
    derandomize=True,
    # What fails is small enough to be understood, and to shrink it takes minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(grown=st.lists(turns, min_size=1, max_size=6), place=st.integers(0, 6))
async def test_replayed_conversation_equals_the_chained_one(site, ada, settings, monkeypatch, tmp_path, grown, place):
    site.forget()
    settings.MEDIA_ROOT = tmp_path
    # No tool is on, so that nothing goes on after a call. It gets an output all the same.
    settings.DEFAULT_TOOLS = []
    socket = await open_socket(ada)
    first = await ask_and_wait(socket, "Good morning")
    tree = Tree(socket, site, first["conversation"]["id"], await in_thread(upload)(ada))
    for turn in grown:
        settings.MODEL = turn.model
        await tree.grow(turn)

    response_id, is_link, said = tree.nodes[place % len(tree.nodes)]
    site.forget()
    chained = await tree.heard_after(response_id)
    assert ("previous_response_id" in site.bodies()[0]) == is_link
    with monkeypatch.context() as patched:
        patched.setattr(Capabilities, "cached", lambda *_: frozenset({CHAIN}))
        rebuilt = await tree.heard_after(response_id)
    assert chained == rebuilt == [*said, ("user", ["And then?"])]

    # Where the provider keeps nothing, its own reasoning comes with it, and is taken at once.
    settings.STORE = False
    site.forget()
    await tree.ask_after(response_id)
    assert len(site.bodies()) == 1
    settings.STORE = True
    await socket.close()


def upload(user: User) -> dict[str, Any]:
    """Return an uploaded image twice: as a message names it, and as the provider gets it."""
    attachment = store(SimpleUploadedFile("harbour.png", encoded(image())), user)
    return {"part": image_part(file_id=str(attachment.pk)), "url": data_url(attachment)}


async def heard(provider: Provider, answer: dict) -> Heard:
    """Return the conversation as the provider had it when it gave this answer."""
    response_id = (await stored(pk=answer["id"])).response_id
    async with httpx2.AsyncClient(headers={"authorization": "Bearer sk-any"}) as client:
        address = f"{provider.base_url}/responses/{response_id}/input_items?order=asc&limit=100"
        items = (await client.get(address)).raise_for_status().json()["data"]
    messages = [item for item in items if item["type"] == "message"]
    return [
        (message["role"], [part.get("text") or part.get("image_url") for part in message["content"]])
        for message in messages
    ]
