"""Server-sent events, cut out of a stream of bytes."""


class ServerSentEvents:
    """A splitter of a byte stream into the `data` of its events, wherever the network cuts it.

    https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """

    def __init__(self) -> None:
        # Kept in pieces: joining a large event anew with each chunk would take minutes.
        self._pieces: list[bytes] = []
        self._carriage_return = b""
        self.pending = 0
        """The size of the unfinished event, in bytes."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the data of the events that this chunk completes."""
        chunk = self._carriage_return + chunk
        self._carriage_return = b""
        if b"\r" in chunk:
            # At the very end it may be the first half of a line break.
            if chunk.endswith(b"\r"):
                chunk, self._carriage_return = chunk[:-1], b"\r"
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        before = self._pieces[-1][-1:] if self._pieces else b""
        blocks: list[bytes] = []
        if b"\n\n" in before + chunk:
            *blocks, chunk = b"".join([*self._pieces, chunk]).split(b"\n\n")
            self._pieces, self.pending = [], 0
        if chunk:
            self._pieces.append(chunk)
            self.pending += len(chunk)
        return [data for block in blocks if (data := self._data(block))]

    @staticmethod
    def _data(block: bytes) -> bytes:
        lines = (line[5:].removeprefix(b" ") for line in block.split(b"\n") if line.startswith(b"data:"))
        return b"\n".join(lines)
