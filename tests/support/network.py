"""What lies between the site and its database: a proxy that can fall silent, as a network or a machine does."""

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
TAKE_NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
"""A filter of one instruction. What it drops the kernel does not even acknowledge."""


class Network:
    """The way to the database at `url`; `self.url` is the same database by this way."""

    def __init__(self, url: str) -> None:
        self._far = conninfo_to_dict(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lines: list[tuple[socket.socket, socket.socket]] = []
        self._is_silent = False
        host, port = self._listener.getsockname()
        self.url = urlsplit(url)._replace(netloc=f"{self._far.get('user', '')}@{host}:{port}", query="").geturl()
        threading.Thread(target=self._accept, daemon=True).start()

    def fall_silent(self) -> None:
        """Nothing comes through any more, and nobody says so."""
        self._is_silent = True
        for deaf in (self._listener, *(near for near, _ in self._lines)):
            deafen(deaf)

    def speak_again(self) -> None:
        """To who connects anew; what was connected stays dead, as behind a firewall that forgot it."""
        self._is_silent = False
        self._listener.setsockopt(socket.SOL_SOCKET, DETACH_FILTER, 0)

    def close(self) -> None:
        for end in (self._listener, *itertools.chain(*self._lines)):
            # It wakes the thread that waits for it.
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
                if self._is_silent:
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


def deafen(end: socket.socket) -> None:
    """Let it hear nothing any more, as if its machine were gone; the other end is not told."""
    end.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(TAKE_NOTHING)))


@contextmanager
def network_to(url: str) -> Iterator[Network]:
    network = Network(url)
    try:
        yield network
    finally:
        network.close()
