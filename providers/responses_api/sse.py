"""Server-sent events, cut out of a stream of bytes."""

Message = tuple[bytes, bytes]
"""The data of an event, and its name: empty if it has none."""

BOM = b"\xef\xbb\xbf"


class ServerSentEvents:
    """A splitter of a byte stream into the data and the names of its events, wherever the network cuts it.

    JSON that some servers write into the stream without `data:`, such as an error of a proxy, is an event too.
    https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
    """

    def __init__(self) -> None:
        # Kept in pieces: joining a large event anew with each chunk would take minutes.
        self._pieces: list[bytes] = []
        self._carriage_return = b""
        self.pending = 0
        """The size of the unfinished event, in bytes."""

    def feed(self, chunk: bytes) -> list[Message]:
        """Return the events that this chunk completes."""
        if self._carriage_return:
            chunk, self._carriage_return = self._carriage_return + chunk, b""
        if b"\r" in chunk:
            # At the very end it may be the first half of a line break.
            if chunk.endswith(b"\r"):
                chunk, self._carriage_return = chunk[:-1], b"\r"
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if pieces := self._pieces:
            if b"\n\n" not in chunk and not (pieces[-1].endswith(b"\n") and chunk.startswith(b"\n")):
                if chunk:
                    pieces.append(chunk)
                    self.pending += len(chunk)
                return []
            chunk = b"".join([*pieces, chunk])
        *blocks, rest = chunk.split(b"\n\n")
        self._pieces, self.pending = [rest] if rest else [], len(rest)
        messages: list[Message] = []
        for block in blocks:
            name, found, data = block.partition(b"\ndata: ")
            # Nearly all are like this.
            if found and data.startswith(b"{") and name.startswith(b"event:") and not (b"\n" in name or b"\n" in data):
                messages.append((data, name[6:].strip()))
            else:
                messages += _messages(block)
        return messages

    def finish(self) -> list[Message]:
        """Return the event that the stream ended with, if no blank line followed it."""
        rest = b"".join(self._pieces)
        self._pieces, self._carriage_return, self.pending = [], b"", 0
        return _messages(rest)


def _messages(block: bytes) -> list[Message]:
    """Return the event of a block of lines, and the JSON in it that has no field's name in front."""
    lines = block.removeprefix(BOM).split(b"\n")
    if len(lines) == 1 and lines[0].startswith(b"data: {"):
        # Those of chat completions are like this.
        return [(lines[0][6:], b"")]
    name = b""
    data: list[bytes] = []
    bare: list[bytes] = []
    for line in lines:
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif line.startswith(b"event:"):
            name = line[6:].strip()
        elif line.startswith(b"{") or (bare and not line.startswith((b":", b"id:", b"retry:"))):
            bare.append(line)
    messages = [(b"\n".join(data), name)] if any(data) else []
    return [*messages, (b"\n".join(bare), b"")] if bare else messages
