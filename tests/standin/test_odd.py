"""Odd answers: sent byte for byte, when the test wishes."""

import httpx2
import pytest

from standin.odd import OddAnswer, all_answers, parsed
from tests.support.wire import http

KEY = {"Authorization": "Bearer sk-test"}
BODY = {"model": "standin", "input": "Hello", "stream": True}


async def test_odd_answer_is_sent_as_it_is_written(url, script):
    await script.add(odd="framing/half-bytes", id="resp_odd")
    async with http(headers=KEY) as plain:
        answer = await plain.post(f"{url}/responses", json=BODY)
    said = all_answers()["framing/half-bytes"].body.replace(b"$id", b"resp_odd")
    before, _, after = said.partition(b'"$response"')
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.content.startswith(before + b'{"id":"resp_odd","object":"response"')
    assert answer.content.endswith(after)


async def test_odd_answer_waits_for_a_release(url, script):
    await script.add(odd="ends/no-created")
    async with http(headers=KEY) as plain, plain.stream("POST", f"{url}/responses", json=BODY) as answer:
        chunks = answer.aiter_bytes()
        assert b"at Brest" in await anext(chunks)
        await script.release("go")
        rest = b"".join([chunk async for chunk in chunks])
    assert rest.startswith(b"event: response.output_text.delta")
    assert b": wait" not in rest


async def test_odd_answer_may_end_without_an_empty_line_or_break(url, script):
    await script.add(times=1, odd="framing/no-blank-line")
    await script.add(odd="ends/no-created-cut")
    async with http(headers=KEY) as plain:
        assert (await plain.post(f"{url}/responses", json=BODY)).content.endswith(b"]}]}}\n")
        with pytest.raises(httpx2.RemoteProtocolError):
            await plain.post(f"{url}/responses", json=BODY)


async def test_retrieval_may_be_odd_too(url, script):
    await script.add(on="retrieve", odd="framing/json-error")
    async with http(headers=KEY) as plain:
        answer = await plain.get(f"{url}/responses/resp_1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, "model_not_found")


async def test_unknown_odd_answer_is_refused(script):
    assert "no odd answer 'tides'" in await script.refuse(odd="tides")


def test_section_has_a_status_and_headers_if_they_are_unusual():
    assert parsed(b"# A proxy.\nHTTP 502\nContent-Type: text/html\n\n<p>Bad gateway</p>\n\n") == OddAnswer(
        502, {"Content-Type": "text/html"}, b"<p>Bad gateway</p>\n\n"
    )
