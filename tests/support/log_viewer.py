"""A page that follows a log."""

import asyncio
import json


class Viewer:
    """A viewer that keeps the frames a cursor sends it."""

    def __init__(self) -> None:
        self.frames: list[dict] = []
        self.arrived = asyncio.Event()
        self.keeps_up = True

    def write(self, frame: bytes) -> bool:
        """Take a frame at once, if it keeps up."""
        if self.keeps_up:
            self._take(frame)
        return self.keeps_up

    async def send(self, frame: str) -> None:
        """Take a frame, and let the server wait a while."""
        self._take(frame)
        await asyncio.sleep(0)

    def _take(self, frame: bytes | str) -> None:
        self.frames.append(json.loads(frame))
        self.arrived.set()

    @property
    def text(self) -> str:
        return "".join(frame.get("delta", "") for frame in self.frames)

    @property
    def seen(self) -> int:
        return self.frames[-1]["sequence_number"] if self.frames else -1

    async def sees(self, number: int) -> None:
        """Wait until the event of this number was sent."""
        async with asyncio.timeout(60):
            while self.seen < number:
                self.arrived.clear()
                await self.arrived.wait()
