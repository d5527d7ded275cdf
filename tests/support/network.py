"""A proxy between the site and its database that can drop all packets, as a broken network or a dead machine does."""

import contextlib
import ctypes
import itertools
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

ATTACH_FILTER, DETACH_FILTER = 26, 27
"""Linux's SO_ATTACH_FILTER and SO_DETACH_FILTER, which Python does not name."""
DROP_ALL = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
"""A packet filter of one instruction, which drops everything. The kernel does not even acknowledge dropped packets."""


class Network:
    """A proxy for the database at `url`; `self.url` is the same database through the proxy."""

    def __init__(self, url: str) -> None:
        self._far = conninfo_to_dict(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lines: list[tuple[socket.socket, socket.socket]] = []
        self._is_dropping = False
        host, port = self._listener.getsockname()
        self.url = urlsplit(url)._replace(netloc=f"{self._far.get('user', '')}@{host}:{port}", query="").geturl()
        threading.Thread(target=self._accept, daemon=True).start()

    def drop_packets(self) -> None:
        """Let nothing through any more, without closing any connection."""
        self._is_dropping = True
        for end in (self._listener, *(near for near, _ in self._lines)):
            drop_incoming(end)

    def accept_again(self) -> None:
        """Accept new connections again; old ones stay dead, as behind a firewall that forgot them."""
        self._is_dropping = False
        self._listener.setsockopt(socket.SOL_SOCKET, DETACH_FILTER, 0)

    def close(self) -> None:
        for end in (self._listener, *itertools.chain(*self._lines)):
            # A shutdown wakes the thread that waits for the socket.
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = self._connect()
                self._lines.append((near, far))
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _connect(self) -> socket.socket:
        host, port = str(self._far.get("host", "127.0.0.1")), int(self._far.get("port") or 5432)
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{host}/.s.PGSQL.{port}")
        return far

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self._is_dropping:
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


def drop_incoming(end: socket.socket) -> None:
    """Drop all that comes in at this end, as if its machine were gone; the other end is not told."""
    end.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(DROP_ALL)))


@contextmanager
def network_to(url: str) -> Iterator[Network]:
    network = Network(url)
    try:
        yield network
    finally:
        network.close()
