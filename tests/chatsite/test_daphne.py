"""The connections of the server, without a network."""

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from chatsite.daphne import HEADERS_SECONDS, IDLE_SECONDS, Channel
from chatsite.flow import READER_SECONDS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel(clock) -> Channel:
    """A connection that has just been opened."""
    channel = Channel()
    channel.callLater = clock.callLater  # type: ignore[method-assign]
    channel.timeOut = IDLE_SECONDS
    channel.makeConnection(StringTransport())
    return channel


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nX: ", b""], ids=["in a header", "in the request line"])
def test_headers_that_trickle_are_dropped(channel, clock, sent):
    channel.dataReceived(sent + b"G")
    for _ in range(HEADERS_SECONDS - 1):
        clock.advance(1)
        channel.dataReceived(b"a")
    assert not channel.transport.disconnecting
    clock.advance(1)
    assert channel.transport.disconnecting


def test_connection_without_a_request_is_dropped(channel, clock):
    clock.advance(IDLE_SECONDS - 1)
    assert not channel.transport.disconnecting
    clock.advance(1)
    assert channel.transport.disconnecting


def test_headers_have_their_time_from_their_first_byte(channel, clock):
    clock.advance(IDLE_SECONDS - 1)
    channel.dataReceived(b"GET")
    clock.advance(HEADERS_SECONDS - 1)
    assert not channel.transport.disconnecting


def test_what_nobody_reads_does_not_keep_a_connection_open(channel, clock):
    channel.setTimeout(None)
    channel.loseConnection()
    clock.advance(READER_SECONDS - 1)
    assert not channel.transport.disconnected
    clock.advance(1)
    assert channel.transport.disconnected
