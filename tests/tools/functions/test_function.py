"""Functions under `@tool`, as they run: whatever goes wrong becomes words for the model."""

import asyncio
import threading
from typing import Annotated
from uuid import uuid4

import msgspec
import pytest
from django.utils.translation import gettext

from common.refusal import Refused
from tests.support.images import encoded, image
from tools.functions.builtin import current_time
from tools.functions.function import tool
from tools.functions.results import MAX_IMAGES, MAX_OUTPUT_CHARACTERS, Image, Table, ToolFailed
from tools.tool import Context

CONTEXT = Context(user_id=uuid4(), conversation_id=uuid4(), language="de", time_zone="Europe/Oslo")


async def test_time_is_that_of_where_the_person_is():
    result = await current_time.run(CONTEXT, "{}")
    assert msgspec.json.decode(result.text)["time_zone"] == "Europe/Oslo"


async def test_time_of_another_place_is_given_with_its_offset():
    result = await current_time.run(CONTEXT, '{"time_zone": "Asia/Tokyo"}')
    assert msgspec.json.decode(result.text)["time"].endswith("+09:00")


@pytest.mark.parametrize("name", ["Atlantis", "../../etc/passwd", "/etc/passwd", "Europe", "", "a\0b", "Ö", "x" * 5000])
async def test_time_zone_that_does_not_exist_is_named(name):
    result = await current_time.run(CONTEXT, msgspec.json.encode({"time_zone": name}).decode())
    assert result.has_failed == bool(name)


async def test_function_that_blocks_runs_in_another_thread():
    @tool()
    def where() -> int:
        """Say where it runs."""
        return threading.get_ident()

    assert (await where.run(CONTEXT, "{}")).text != str(threading.get_ident())


async def test_function_runs_for_the_person_in_their_language():
    @tool()
    async def who(context: Context, greeting: str) -> list[str]:
        """Say who asks."""
        return [greeting, str(context.user_id), gettext("Cancel")]

    assert msgspec.json.decode((await who.run(CONTEXT, '{"greeting": "hey"}')).text) == [
        "hey",
        str(CONTEXT.user_id),
        "Abbrechen",
    ]
    assert (await who.run(CONTEXT, '{"greeting": "hey", "context": {}}')).has_failed


@pytest.mark.parametrize(
    "arguments",
    ["", "{", "[]", "null", '"', '{"port": 1}', '{"port": "a", "other": 1}', '{"port": null}', "[" * 100_000, "\ud800"],
)
async def test_arguments_that_do_not_fit_call_nothing(arguments):
    called = []

    @tool()
    async def tide(port: Annotated[str, "The port."]) -> str:
        """Give the tide."""
        called.append(port)
        return "high"

    result = await tide.run(CONTEXT, arguments)
    assert (result.has_failed, called) == (True, [])
    assert "The arguments don't fit tide" in result.text


async def test_null_means_the_default():
    @tool()
    async def tide(port: str = "Bodø", days: int | None = 3) -> str:
        """Give the tide."""
        return f"{port} {days}"

    assert (await tide.run(CONTEXT, '{"port": null, "days": null}')).text == "Bodø 3"
    assert (await tide.run(CONTEXT, "")).text == "Bodø 3"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ToolFailed("No such port."), "No such port."),
        (Refused("busy", "The site is busy."), "The site is busy."),
        (RuntimeError("password=hunter2"), "tide failed."),
        (TimeoutError(), "tide failed."),
        (SystemExit(1), "tide failed."),
    ],
)
@pytest.mark.parametrize("is_async", [True, False])
async def test_exception_becomes_words_for_the_model(error, words, is_async):
    def tide() -> str:
        """Give the tide."""
        raise error

    async def tide_async() -> str:
        """Give the tide."""
        raise error

    tide_async.__name__ = "tide"
    result = await tool()(tide_async if is_async else tide).run(CONTEXT, "{}")
    assert (result.text, result.has_failed) == (words, True)


async def test_function_that_hangs_is_left_when_the_time_is_up():
    ends = threading.Event()

    @tool(timeout=0.01)
    def hang() -> None:
        """Wait."""
        ends.wait()

    @tool(timeout=0.01)
    async def hang_async() -> None:
        """Wait."""
        await asyncio.Event().wait()

    try:
        results = [await each.run(CONTEXT, "{}") for each in (hang, hang_async)]
    finally:
        ends.set()
    assert [each.has_failed for each in results] == [True, True]
    assert "didn't end within 0.01 seconds" in results[0].text


async def test_call_that_is_cancelled_stops():
    begun, stopped = asyncio.Event(), asyncio.Event()

    @tool()
    async def slow() -> None:
        """Wait."""
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    call = asyncio.create_task(slow.run(CONTEXT, "{}"))
    await begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await stopped.wait()


async def test_function_that_says_it_was_cancelled_has_failed():
    @tool()
    async def odd() -> None:
        """Say that it was cancelled."""
        raise asyncio.CancelledError

    assert (await odd.run(CONTEXT, "{}")).text == "odd failed."


async def test_long_output_is_cut_with_a_word_about_it():
    @tool()
    async def much() -> str:
        """Say much."""
        return "\0" * 10_000_000

    text = (await much.run(CONTEXT, "{}")).text
    assert len(text) < MAX_OUTPUT_CHARACTERS + 100
    assert "\0" not in text
    assert text.endswith(f"[cut: the first {MAX_OUTPUT_CHARACTERS} of 10000000 characters]")


def endless() -> list:
    loop: list = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    "rubbish", [object(), endless(), {1j: 2}, {("a",): 1}, print, "\ud800", float("nan"), None, b"\xff"]
)
async def test_rubbish_becomes_something_that_can_be_stored(rubbish):
    @tool()
    async def odd() -> object:
        """Give something odd."""
        return rubbish

    result = await odd.run(CONTEXT, "{}")
    result.text.encode()
    assert "\0" not in result.text


async def test_table_is_json_that_says_so():
    @tool()
    async def tides() -> Table:
        """Give the tides."""
        return Table(["port", "metres"], [["Bodø", 1.8]])

    result = await tides.run(CONTEXT, "{}")
    assert msgspec.json.decode(result.text) == {"columns": ["port", "metres"], "rows": [["Bodø", 1.8]]}


async def test_images_are_made_anew_and_come_with_their_texts():
    @tool()
    def chart() -> list[str | Image]:
        """Draw a chart."""
        return ["The tides:", Image(encoded(image(), "PNG"))]

    result = await chart.run(CONTEXT, "{}")
    assert (result.text, [each.media_type for each in result.images]) == ("The tides:", ["image/png"])


@pytest.mark.parametrize("data", [b"", b"no image", b"<svg/>", encoded(image(), "PNG")[:50]])
async def test_what_is_no_image_fails_in_words(data):
    @tool()
    def chart() -> Image:
        """Draw a chart."""
        return Image(data)

    result = await chart.run(CONTEXT, "{}")
    assert (result.has_failed, result.images) == (True, ())
    assert result.text != "chart failed."


async def test_too_many_images_are_left_out_with_a_word_about_it():
    @tool()
    def charts() -> list[Image]:
        """Draw charts."""
        return [Image(encoded(image(), "PNG"))] * (MAX_IMAGES + 2)

    result = await charts.run(CONTEXT, "{}")
    assert (len(result.images), result.text) == (MAX_IMAGES, "[2 more images are left out]")
