"""Images that the stand-in makes: partial ones first, of the size that the tool says, made of others or refused."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from tests.support.wire import create, text, user

TOOL = {"type": "image_generation", "size": "320x192", "partial_images": 2}


def red() -> dict[str, Any]:
    """Return an image as a message carries it."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return {"type": "input_image", "detail": "auto", "image_url": url}


def opened(data: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(data)))


def item_of(events: list[dict[str, Any]]) -> dict[str, Any]:
    (item,) = (each for each in events[-1]["response"]["output"] if each["type"] == "image_generation_call")
    return item


async def test_image_comes_after_partial_ones_and_all_differ(client):
    events = await create(client, input="Draw a harbour", tools=[TOOL])
    partial = [event["partial_image_b64"] for event in events if event["type"].endswith(".partial_image")]
    item = item_of(events)
    assert len({*partial, item["result"]}) == 3
    assert {opened(image).size for image in (*partial, item["result"])} == {(320, 192)}
    assert (item["status"], item["action"], item["revised_prompt"]) == ("completed", "generate", "Draw a harbour")
    assert "drew" in text(events)


@pytest.mark.parametrize(("tools", "question"), [([], "Draw a harbour"), ([TOOL], "What is a harbour?")])
async def test_nothing_is_drawn_without_the_tool_or_the_word(client, tools, question):
    events = await create(client, input=question, tools=tools)
    assert [item["type"] for item in events[-1]["response"]["output"]] == ["message"]


async def test_background_may_be_transparent(client):
    tool = {**TOOL, "background": "transparent", "output_format": "png", "partial_images": 0}
    image = opened(item_of(await create(client, input="Draw a harbour", tools=[tool]))["result"])
    assert image.mode == "RGBA"
    assert image.getpixel((0, 0))[3] == 0


async def test_attached_image_is_changed_and_the_last_one_again(client):
    first = await create(client, input=user("Paint this", red()), tools=[TOOL])
    assert item_of(first)["action"] == "edit"
    chained = {"previous_response_id": first[-1]["response"]["id"]}
    again = await create(client, input="Draw it again", tools=[TOOL], **chained)
    other = await create(client, input="Draw a harbour", tools=[TOOL], **chained)
    assert (item_of(again)["action"], item_of(other)["action"]) == ("edit", "generate")


async def test_violence_is_refused_as_moderation_does(client):
    item = item_of(await create(client, input="Draw violence", tools=[TOOL]))
    assert (item["status"], item["result"], item["error"]["code"]) == ("failed", None, "moderation_blocked")


async def test_script_makes_an_image_and_waits_before_a_partial_one(client, script):
    await script.add(image={"prompt": "A harbour", "text": "Here it is."}, at={"6": {"wait": "second"}})
    await script.release("second")
    events = await create(client, input="Whatever")
    assert [event["partial_image_index"] for event in events[5:7]] == [0, 1]
    assert opened(item_of(events)["result"]).size == (256, 256)
    assert text(events) == "Here it is."
