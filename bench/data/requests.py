"""Requests to the running site, as a browser makes them."""

import http.client
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]
from django.conf import settings

SECONDS = 60
"""After which a request has failed."""


@dataclass(frozen=True)
class Request:
    """A request by the person with this name."""

    person: str
    address: str


class Refusal(Exception):
    """A page that was asked for didn't come."""


@dataclass(frozen=True)
class Site:
    """The running site: its process and port, and the session cookies of the people by name."""

    process: psutil.Process
    port: int
    cookies: Mapping[str, str]

    def get(self, request: Request) -> bytes:
        """Return what the site sends, which may be compressed. Raise `Refusal` if it isn't what was asked for."""
        return b"".join(self.pieces(request))

    def pieces(self, request: Request) -> Iterator[bytes]:
        """Yield what the site sends as it comes. Raise `Refusal` if it isn't what was asked for."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            cookie = f"{settings.SESSION_COOKIE_NAME}={self.cookies[request.person]}"
            connection.request("GET", request.address, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise Refusal(f"{request.address} as {request.person}: {answer.status}")
            while piece := answer.read1():
                yield piece
        finally:
            connection.close()
