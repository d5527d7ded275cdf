"""Images are described by what is measured in them, or refused with the API's errors."""

import base64
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from openai import BadRequestError, NotFoundError
from PIL import Image

from standin.images import COLOURS, measure
from tests.support.wire import create, text, user


def drawn(form: str = "PNG", size: tuple[int, int] = (40, 30), colour: Any = "red") -> str:
    """Return a data URL of an image in one colour."""
    image = Image.new("RGBA" if form == "PNG" else "RGB", size, colour)
    return encoded(image, form)


def encoded(image: Image.Image, form: str, **options: Any) -> str:
    file = io.BytesIO()
    image.save(file, form, **options)
    return f"data:image/{form.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def shown(url: str) -> dict[str, Any]:
    return {"type": "input_image", "detail": "auto", "image_url": url}


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_image_is_described_by_format_size_and_colour(client, form):
    events = await create(client, input=user("What is this?", shown(drawn(form))))

    assert f"**Image:** {form}, 40 x 30 pixels, mostly red (100%)." in text(events)


async def test_colours_are_listed_by_their_share(client):
    image = Image.new("RGB", (100, 100), "white")
    image.paste("black", (0, 0, 100, 25))

    assert "mostly white (75%), black (25%)" in text(await create(client, input=user(shown(encoded(image, "PNG")))))


async def test_image_address_is_never_fetched(client, url):
    events = await create(client, input=user(shown(f"{url}/image.png")))

    assert "the stand-in fetches nothing" in text(events)


async def test_image_tokens_depend_on_detail_and_not_on_bytes(client):
    costs = [
        (await create(client, input=user({**shown(drawn(size=size)), "detail": detail})))[-1]["response"]["usage"]
        for size, detail in [((4, 4), "low"), ((400, 400), "low"), ((4, 4), "high")]
    ]

    assert [cost["input_tokens"] for cost in costs] == [85, 85, 765]


def animated() -> str:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def truncated() -> str:
    head, _, data = drawn(size=(200, 200)).partition(",")
    return f"{head},{base64.b64encode(base64.b64decode(data)[:100]).decode()}"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (drawn("BMP"), "invalid_image_format"),
        (drawn("TIFF"), "invalid_image_format"),
        (animated(), "invalid_image_format"),
        ("data:image/png;base64,AAAA", "invalid_image_format"),
        (truncated(), "image_parse_error"),
        ("data:image/png;base64,", "invalid_base64_image"),
        ("data:image/png;base64,***", "invalid_base64_image"),
        ("data:image/png,plain", "invalid_base64_image"),
        ("data:text/plain;base64,AAAA", "invalid_base64_image"),
        ("data:image/png;base64," + "A" * (20 * 2**20), "image_too_large"),
    ],
    ids=lambda value: value[:30],
)
async def test_invalid_image_is_refused(client, address, code):
    with pytest.raises(BadRequestError) as refused:
        await client.responses.create(model="standin", input=user("What is this?", shown(address)))

    assert (refused.value.code, refused.value.param) == (code, "input[0].content[1].image_url")


async def test_image_part_without_an_image_is_refused(client):
    nothing = {"type": "input_image", "detail": "auto"}

    with pytest.raises(BadRequestError) as refused:
        await client.responses.create(model="standin", input=user(nothing))
    assert refused.value.code == "missing_required_parameter"
    with pytest.raises(NotFoundError, match="No such File object: file-1"):
        await client.responses.create(model="standin", input=user({**nothing, "file_id": "file-1"}))


@given(some.integers(1, 120), some.integers(1, 120), some.sampled_from(sorted(COLOURS)))
def test_any_size_and_colour_is_measured(width, height, colour):
    measured = measure(drawn(size=(width, height), colour=COLOURS[colour]), "image")

    assert (measured.width, measured.height) == (width, height)
    assert measured.colours == [(colour, 1)]
