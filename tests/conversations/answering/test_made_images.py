"""Images that models make: unfinished ones and the image are files of ours, and base64 is nowhere else."""

import asyncio
import base64
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest

from common.pools import IMAGES, MADE, Pool
from common.threads import in_thread
from conversations.answering.made_files import MadeFiles
from conversations.models import Attachment, Response
from providers import catalog
from providers.models import Model
from providers.registry import Clients
from tests.support.images import encoded, image
from tests.support.socket import open_socket, stored

pytestmark = pytest.mark.django_db(transaction=True)

PARTIAL = "response.image_generation_call.partial_image"
CALL = {"id": "ig_1", "type": "image_generation_call"}
IMAGE = base64.b64encode(encoded(image(320, 160))).decode()
BLOCKED = {"code": "moderation_blocked", "message": "Your request was rejected by the safety system."}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


async def kept() -> list[Attachment]:
    return await in_thread(lambda: [*Attachment.objects.order_by("created_at")])()


def steps(*events: dict[str, Any]) -> list[dict[str, Any]]:
    created = {"type": "response.created", "response": "$response"}
    completed = {"type": "response.completed", "response": "$response"}
    return [{"event": event} for event in (created, *events, completed)]


def partial(number: int, data: str) -> dict[str, Any]:
    return {
        "type": PARTIAL,
        "output_index": 0,
        "item_id": "ig_1",
        "partial_image_index": number,
        "partial_image_b64": data,
    }


def done(**fields: Any) -> dict[str, Any]:
    return {"type": "response.output_item.done", "output_index": 0, "item": {**CALL, "status": "completed", **fields}}


async def answered(ada, question: str = "A harbour") -> tuple[Response, list[dict[str, Any]]]:
    socket = await open_socket(ada)
    await socket.ask(question)
    events = await socket.until_end()
    await socket.close()
    return await stored(pk=events[-1]["response_id"]), events


async def test_unfinished_images_give_way_to_the_image(site, ada, tmp_path):
    site.script(image={"prompt": "A harbour in fog. /etc", "size": [320, 160], "text": "Here."})
    response, events = await answered(ada)

    shown = [event for event in events if event["type"] == PARTIAL]
    assert [(event["width"], event["height"]) for event in shown] == [(320, 160)] * 2
    item, message = response.output
    [image] = await kept()
    assert (item["file_id"], item["width"], item["height"]) == (str(image.pk), 320, 160)
    assert len({*(event["file_id"] for event in shown), item["file_id"]}) == 3
    assert (image.made_by_id, image.user_id, image.media_type) == (response.pk, ada.pk, "image/png")
    assert image.name == "A harbour in fog etc.png"
    assert message["content"][0]["text"] == "Here."
    # Those that gave way are removed from the disk, too.
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 2
    for sent in (json.dumps(response.output), json.dumps(events)):
        assert "result" not in sent
        assert "_b64" not in sent
        assert max(map(len, sent.split('"'))) < 500


async def test_stopped_answer_keeps_the_last_unfinished_image(site, ada):
    site.script(image={"prompt": "A harbour"}, at={"7": {"wait": "never"}})
    socket = await open_socket(ada)
    await socket.ask("A harbour")
    last: dict[str, Any] = {}
    while last.get("partial_image_index") != 1:
        last = await socket.receive()
    await socket.send({"type": "response.cancel", "response_id": last["response_id"]})
    await socket.until_end()
    await socket.close()
    response = await stored(pk=last["response_id"])
    [image] = await kept()
    assert (response.status, response.output[0]["file_id"]) == ("cancelled", str(image.pk))
    assert last["file_id"] == str(image.pk)


async def test_image_that_is_refused_shows_nothing_of_what_came(site, ada):
    site.script(steps=steps(partial(0, IMAGE), done(status="failed", error=BLOCKED)))
    response, _ = await answered(ada)
    [item] = response.output
    assert (item["status"], item["error"], item["file_id"]) == ("failed", BLOCKED, "")
    assert await kept() == []


@pytest.mark.parametrize("data", ["", "no base64", base64.b64encode(b"no image").decode(), 7])
async def test_unfinished_image_that_is_none_is_skipped(site, ada, data):
    site.script(steps=steps(partial(0, data), done(result=IMAGE)))
    response, events = await answered(ada)
    [skipped] = [event for event in events if event["type"] == PARTIAL]
    assert "file_id" not in skipped
    assert [item["file_id"] for item in response.output] == [str(each.pk) for each in await kept()]


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        (base64.b64encode(b"no image").decode(), {}),
        (IMAGE, {"MAX_MADE_FILE_BYTES": 10}),
        (IMAGE, {"MAX_MADE_FILES": 0}),
        (IMAGE, {"MAX_IMAGE_PIXELS": 10}),
    ],
)
async def test_image_that_cannot_be_kept_is_said(site, ada, settings, data, limits):
    for name, value in limits.items():
        setattr(settings, name, value)
    site.script(steps=steps(done(result=data)))
    response, _ = await answered(ada)
    [item] = response.output
    assert (response.status, item["error"]["code"]) == ("completed", "not_kept")
    assert await kept() == []


@pytest.mark.parametrize("item_id", ["ig_1", None, ["ig_1"]])
async def test_images_with_one_id_are_both_kept(site, ada, item_id):
    made = [base64.b64encode(encoded(image(width, 160))).decode() for width in (320, 160)]
    site.script(
        steps=steps(*({**done(id=item_id, result=data), "output_index": index} for index, data in enumerate(made)))
    )
    response, _ = await answered(ada)
    assert [item["width"] for item in response.output] == [320, 160]
    assert sorted(item["file_id"] for item in response.output) == sorted(str(each.pk) for each in await kept())


async def test_provider_cannot_name_a_file_of_ours(site, ada):
    other = (await in_thread(other_image)(ada)).pk
    names = {"file_id": str(other), "width": 1, "height": 1}
    site.script(steps=steps({**partial(0, ""), **names}, done(**names)))
    response, events = await answered(ada)
    assert str(other) not in json.dumps([response.output, events])


def other_image(ada) -> Attachment:
    return Attachment.objects.create(user=ada, name="x", file="x", media_type="image/png", size=1)


def let_draw() -> None:
    """Let the stand-in's model make images."""
    Model.objects.filter(name="standin").update(hosted_tools=["image_generation"])
    catalog.refresh()


async def test_image_is_changed_although_the_provider_lost_the_conversation(site, ada, settings):
    settings.DEFAULT_TOOLS = ["image_generation"]
    await in_thread(let_draw)()
    socket = await open_socket(ada)
    await socket.ask("Draw a harbour")
    first = (await socket.until_end())[-1]["response"]
    site.delete((await stored(pk=first["id"])).response_id)
    await socket.ask("Draw it again", conversation=first["conversation"]["id"], previous_response_id=first["id"])
    again = (await socket.until_end())[-1]["response"]
    await socket.close()
    assert (first["output"][0]["action"], again["output"][0]["action"]) == ("generate", "edit")
    said = [item for item in site.bodies()[-1]["input"] if item["role"] == "user"]
    [sent] = [part for item in said for part in item["content"] if part["type"] == "input_image"]
    assert sent["image_url"].startswith("data:image/png;base64,")


async def test_image_waits_for_its_turn_among_many_others(site, ada, monkeypatch):
    waits = asyncio.Event()

    async def run(*args: Any) -> Attachment:
        waits.set()
        return await Pool.run(MADE, *args)

    monkeypatch.setattr(MADE, "run", run)
    site.script(steps=steps(partial(0, IMAGE), done(result=IMAGE)))
    socket = await open_socket(ada)
    async with AsyncExitStack() as others:
        for pool in (MADE, IMAGES):
            for person in range(2):
                await others.enter_async_context(pool.turn_async(person))
        # Nobody waits for what is unfinished.
        monkeypatch.setattr(IMAGES, "seconds", 0)
        await socket.ask("A harbour")
        await asyncio.wait_for(waits.wait(), 30)
        assert not await kept()
    events = await socket.until_end()
    await socket.close()
    response = await stored(pk=events[-1]["response_id"])
    [made] = await kept()
    assert response.output[0]["file_id"] == str(made.pk)


async def test_process_that_takes_over_removes_the_unfinished_image_of_the_one_before(site, ada):
    response, _ = await answered(ada)
    event = await MadeFiles(response, Clients()).keep(partial(0, IMAGE))
    response.output = [{**CALL, "status": "generating", "file_id": event["file_id"], "width": 320, "height": 160}]
    taken_over = MadeFiles(response, Clients())
    shown = await taken_over.keep({"type": "response.output_item.done", "item": CALL})
    assert shown["item"]["file_id"] == event["file_id"]
    final = await taken_over.keep(done(result=IMAGE))
    assert [str(each.pk) for each in await kept()] == [final["item"]["file_id"]]
    assert final["item"]["file_id"] != event["file_id"]
