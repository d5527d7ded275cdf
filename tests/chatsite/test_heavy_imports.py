"""Imports that are made to be heavy: other members wait for none of them, and the memory that they take is bounded."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator

import aiohttp
import pytest

from tests.support.exported import chatgpt, said, zipped
from tests.support.images import encoded, image
from tests.support.raw import watched
from tests.support.site import Site, signed_in_site

MEGABYTE = 1_000_000
MAX_BYTES_MORE = 300 * MEGABYTE


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Site]:
    with signed_in_site(tmp_path_factory.mktemp("site"), "test_of_heavy_imports") as site:
        yield site


def packed(content: bytes) -> bytes:
    """Return a zip with this conversations.json."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", content)
    return buffer.getvalue()


def chain(*texts: str) -> dict:
    nodes = {}
    for place, text in enumerate(texts):
        role = "assistant" if place % 2 else "user"
        nodes[f"{place}"] = said(role, text, f"{place - 1}" if place else None)
    return nodes


def many_names() -> bytes:
    """Return a zip with as many names as one may have, and a conversation that asks for images again and again."""
    part = {"content_type": "image_asset_pointer"}
    parts = [{**part, "asset_pointer": f"file-service://none-{n}"} for n in range(15_000)]
    parts += [{**part, "asset_pointer": f"file-service://file-{n}"} for n in range(150)]
    mapping = {"q": said("user", {"content_type": "multimodal_text", "parts": parts}, None)}
    picture = encoded(image(8, 8))
    files = {f"file-{n}": picture if n < 150 else b"" for n in range(60_000)}
    return zipped([chatgpt(mapping, conversation_id="names")], **files)


def many_answers() -> bytes:
    return packed(
        json.dumps([chatgpt(chain(*("word " * 100 for _ in range(6_000))), conversation_id="answers")]).encode()
    )


def long_answers() -> bytes:
    return json.dumps([chatgpt(chain(*("- a\n\n" * 190_000 for _ in range(4))), conversation_id="long")]).encode()


def nested_values() -> bytes:
    values = b'{"a":{"b":1}},' * 160_000
    return b'[{"title":"Values","id":"x","mapping":{"a":{"message":{"author":{"z":[' + values + b"1]}}}}}]"


HEAVY: dict[str, tuple[Callable[[], bytes], tuple[str, ...]]] = {
    "names": (many_names, ("imported",)),
    "answers": (many_answers, ("imported",)),
    "long answers": (long_answers, ("imported",)),
    "values": (nested_values, ("failed",)),
    "objects": (lambda: packed(b"[" + b"{}," * 10_000_000 + b"{}]"), ()),
    "text": (lambda: b'[{"title":"Text","x":"' + b"x" * 90_000_000 + b'"}]', ("failed",)),
    "number": (lambda: b'[{"title":"Number","x":' + b"9" * 50_000_000 + b"}]", ("failed",)),
}


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("kind", HEAVY)
async def test_heavy_import_delays_nobody(running, kind):
    make, counted = HEAVY[kind]
    file = make()
    form = aiohttp.FormData({"file": io.BytesIO(file)})
    headers = {"Cookie": f"sessionid={running.cookie}; csrftoken={'c' * 32}", "X-CSRFToken": "c" * 32}
    async with watched(running) as watch, aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{running.address}/import/", data=form) as answer:
            lines = (await answer.text()).splitlines()
        await watch.next_page()
    told = json.loads(lines[-1])
    assert set(counted) == {name for name, count in told.get("report", {}).items() if count and name != "problems"}
    assert ("error" in told) == (not counted)
    assert not watch.waits_too_long, watch.longest_wait
    assert watch.bytes_more < MAX_BYTES_MORE
