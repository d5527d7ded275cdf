"""The bodies of requests: refused before they are read, bounded while they are read, and of no cost to other people."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from chatsite import bodies
from chatsite.bodies import Bodies
from common.bodies import MAX_BODY_BYTES
from common.threads import in_thread
from tests.support.raw import connection, of_ada, watched
from tests.support.site import Site, signed_in_site
from tests.support.socket import session_cookie

FORM = "application/x-www-form-urlencoded"
FILES = "multipart/form-data; boundary=x"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Site]:
    """A running site in which ada is signed in. No test changes anything in it."""
    with signed_in_site(tmp_path_factory.mktemp("site"), "test_of_the_bodies") as site:
        yield site


def form_of(size: int, line: bytes) -> bytes:
    """Return a form with a file of about so many bytes."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    return head + line * (size // len(line)) + b"\r\n--x--\r\n"


@pytest.mark.process
@pytest.mark.parametrize(
    ("path", "kind", "piece", "size", "status"),
    [
        ("/sign-in/", FORM, b"a=&", 20 * MEGABYTE, 413),
        ("/sign-in/", FILES, b"--x\r\n\r\n\r\n", 20 * MEGABYTE, 413),
        ("/health/", FORM, b"a" * 1000, 200 * MEGABYTE, 413),
        ("/import/", FILES, b"--x\r\n\r\n\r\n", 60 * MEGABYTE, 302),
        ("/import/", FORM, b"a" * 1000, 200 * MEGABYTE, 302),
        ("/attachments/", FORM, b"a=&", 20 * MEGABYTE, 401),
    ],
)
async def test_body_of_a_stranger_delays_nobody(running, path, kind, piece, size, status):
    piece = piece * (MEGABYTE // len(piece))
    async with watched(running) as watch, connection(running) as line:
        await line.head("POST", path, Host="127.0.0.1", Content_Type=kind, Content_Length=str(size))
        for _ in range(size // len(piece)):
            await line.send(piece)
        assert (await line.answer())[0] == status
    assert not watch.waits_too_long, watch.longest_wait
    assert watch.bytes_more < 50 * MEGABYTE


@pytest.mark.process
@pytest.mark.parametrize(
    ("path", "size", "piece"),
    [
        ("/import/", 100 * MEGABYTE, b"a" * 100),
        ("/import/", 60 * MEGABYTE, b"a\r\n"),
        ("/import/", 60 * MEGABYTE, b"--x\r\n\r\n"),
        ("/attachments/", 19 * MEGABYTE, b"\r\n--x"),
    ],
)
async def test_file_of_a_member_delays_nobody(running, path, size, piece):
    form = form_of(size, piece)
    async with watched(running) as watch, connection(running) as line:
        await line.head(
            "POST", path, Content_Type=FILES, Content_Length=str(len(form)), X_CSRFToken="c" * 32, **of_ada(running)
        )
        await line.send(form)
        # None of these is a file that is accepted, so what is done with one isn't measured here.
        assert (await line.answer())[0] in {200, 400, 415}
    assert not watch.waits_too_long, watch.longest_wait
    assert watch.bytes_more < 150 * MEGABYTE


@pytest.mark.process
@pytest.mark.parametrize(
    ("method", "path", "length", "who", "status"),
    [
        ("POST", "/sign-in/", MAX_BODY_BYTES + 1, "stranger", 413),
        ("POST", "/preferences/", 1, "stranger", 302),
        ("POST", "/nothing/", 1, "stranger", 404),
        ("GET", "/", 1, "stranger", 302),
        ("POST", "/attachments/", 1000, "stranger", 401),
        ("PUT", "/responses/00000000-0000-0000-0000-000000000000/feedback/", 1, "stranger", 401),
        ("POST", "/import/", 200_000_000, "stranger", 302),
        ("POST", "/import/", 201_000_000, "ada", 413),
        ("POST", "/attachments/", 51_000_000, "ada", 413),
        ("PATCH", "/conversations/00000000-0000-0000-0000-000000000000/", MAX_BODY_BYTES + 1, "ada", 413),
        ("GET", "/", 10**12, "ada", 413),
    ],
)
async def test_body_is_refused_before_any_of_it_is_sent(running, method, path, length, who, status):
    headers = of_ada(running) if who == "ada" else {"Host": "127.0.0.1"}
    async with connection(running) as line:
        await line.head(method, path, Content_Length=str(length), Expect="100-continue", **headers)
        answered, head = await line.answer()
        assert answered == status
        assert "Connection: close" in head


@pytest.mark.process
async def test_body_that_may_be_sent_is_asked_for(running):
    async with connection(running) as line:
        await line.head("POST", "/sign-in/", Content_Length="1", Expect="100-continue", Host="127.0.0.1")
        assert (await line.answer())[0] == 100
        await line.send(b"a")
        assert (await line.answer())[0] == 403


@pytest.mark.process
@pytest.mark.parametrize(("path", "size"), [("/sign-in/", MAX_BODY_BYTES), ("/attachments/", 50_100_000)])
async def test_body_without_a_length_is_bounded_while_it_is_read(running, path, size):
    async with connection(running) as line:
        await line.head("POST", path, Transfer_Encoding="chunked", Content_Type=FILES, **of_ada(running))
        for _ in range(size // 10_000 + 1):
            await line.send(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
        assert (await line.answer())[0] == 413


@pytest.mark.process
@pytest.mark.parametrize("size", [1, 60_000])
async def test_connection_serves_one_request_after_the_other(running, size):
    """What follows a body on its connection is the next request."""
    body = b"a" * size
    async with connection(running) as line:
        for _ in range(3):
            await line.head("PATCH", "/preferences/", Content_Length=str(size), X_CSRFToken="c" * 32, **of_ada(running))
            await line.send(body)
            await line.head("GET", "/nothing/", **of_ada(running))
            for status in (405, 404):
                answered, head = await line.answer()
                assert answered == status
                length = next(part for part in head.splitlines() if part.startswith("Content-Length"))
                await line.reader.readexactly(int(length.split()[1]))


@pytest.mark.process
async def test_rest_of_a_refused_body_is_no_request(running):
    hidden = b"GET /health/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    async with connection(running) as line:
        await line.head("POST", "/import/", Content_Length=str(len(hidden) + 1), Host="127.0.0.1")
        assert (await line.answer())[0] == 302
        await line.send(hidden + b"x")
        assert b"HTTP/1.1" not in await line.reader.read()


@pytest.mark.process
async def test_socket_is_not_opened_by_a_request_with_a_body(running):
    async with connection(running) as line:
        await line.head("GET", "/socket/", Upgrade="websocket", Content_Length="9", **of_ada(running))
        assert (await line.answer())[0] == 400


async def read_body(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers with the length of the body, as long as its sender is there."""
    length = 0
    while (message := await receive())["type"] == "http.request":
        length += len(message["body"])
        if not message["more_body"]:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": str(length).encode()})
            return


def request_to(application: Bodies, path: str, *, cookie: str = "", length: int | None = None, kind: str = FORM) -> Any:
    """Begin a request whose body is sent by the test."""
    size = (b"transfer-encoding", b"chunked") if length is None else (b"content-length", str(length).encode())
    headers = [size, (b"content-type", kind.encode()), (b"cookie", f"sessionid={cookie}".encode())]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    return ApplicationCommunicator(application, scope)


async def status_of(request: Any) -> int:
    start = await request.receive_output(timeout=60)
    status: int = start["status"]
    return status


async def test_body_that_stops_or_trickles_is_refused(monkeypatch):
    monkeypatch.setattr(bodies, "GRACE_SECONDS", 0.1)
    for piece in (b"", b"a"):
        request = request_to(Bodies(read_body), "/sign-in/")
        await request.send_input({"type": "http.request", "body": piece, "more_body": True})
        assert await status_of(request) == 408
        await request.wait()


async def test_body_that_keeps_coming_may_take_longer(monkeypatch):
    monkeypatch.setattr(bodies, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(bodies, "MIN_BYTES_PER_SECOND", 1)
    request = request_to(Bodies(read_body), "/sign-in/")
    for more in (True, True, False):
        await request.send_input({"type": "http.request", "body": b"a" * 60, "more_body": more})
    assert await status_of(request) == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "length"), [(bodies.MAX_BODIES_EACH, 1), (bodies.MAX_BYTES_EACH // 199_000_000, 199_000_000)]
)
async def test_bodies_of_one_person_at_once_are_bounded(transactional_db, ada, grace, number, length):
    application = Bodies(read_body)
    cookie, other = await in_thread(session_cookie)(ada), await in_thread(session_cookie)(grace)
    open_ones = [request_to(application, "/import/", cookie=cookie, length=length) for _ in range(number)]
    for request in open_ones:
        await request.send_input({"type": "http.request", "body": b"a", "more_body": True})
        assert await request.receive_nothing(timeout=0.05)

    refused = request_to(application, "/import/", cookie=cookie, length=length)
    assert await status_of(refused) == 429
    by_another = request_to(application, "/import/", cookie=other, length=length)
    await by_another.send_input({"type": "http.request", "body": b"a", "more_body": False})
    assert await status_of(by_another) == 200

    await open_ones[0].send_input({"type": "http.request", "body": b"a", "more_body": False})
    assert await status_of(open_ones[0]) == 200
    await open_ones[0].wait()
    again = request_to(application, "/import/", cookie=cookie, length=length)
    await again.send_input({"type": "http.request", "body": b"a", "more_body": False})
    assert await status_of(again) == 200
    for request in open_ones[1:]:
        request.stop()
    await asyncio.sleep(0)


async def test_body_of_a_stranger_is_not_handed_over():
    request = request_to(Bodies(read_body), "/import/", length=1000)
    await request.send_input({"type": "http.request", "body": b"a" * 1000, "more_body": False})
    assert await status_of(request) == 200
    assert (await request.receive_output())["body"] == b"0"


@pytest.mark.parametrize("charset", ["rot13", "base64", "idna", "undefined", "utf-16", "utf-7"])
async def test_form_in_another_encoding_is_refused(charset):
    """Django would fail to decode some of them."""
    request = request_to(Bodies(read_body), "/sign-in/", length=1, kind=f"{FILES}; charset={charset}")
    assert await status_of(request) == 400


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "no such thing"])
async def test_form_in_utf_8_is_read(charset):
    request = request_to(Bodies(read_body), "/sign-in/", length=1, kind=f"{FILES}; charset={charset}")
    await request.send_input({"type": "http.request", "body": b"a", "more_body": False})
    assert await status_of(request) == 200
