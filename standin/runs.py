"""One response while it is made: played from its steps, logged, and followed by any number of connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass

from standin import tokens
from standin.errors import Json
from standin.steps import Cut, Step, filled, frame

STATUSES = {
    "response.queued": "queued",
    "response.in_progress": "in_progress",
    "response.completed": "completed",
    "response.failed": "failed",
    "response.incomplete": "incomplete",
}
TERMINAL = {"completed", "failed", "incomplete", "cancelled"}


@dataclass(frozen=True)
class Entry:
    """What was written to the stream: an event if it has a number, else raw bytes or a cut."""

    data: bytes
    sequence_number: int | None = None
    missed: bool = False
    """An event that was torn in half for those who were there: only a replay has it."""
    cut: Cut | None = None

    def due(self, *, after: int, live: bool) -> bool:
        if self.sequence_number is None:
            return live and not self.missed
        return self.sequence_number > after and not (live and self.missed)


class Run:
    """Plays steps and keeps the response object as it stands."""

    def __init__(
        self,
        response: Json,
        steps: Iterable[Step],
        *,
        input_tokens: tuple[int, int],
        released: Callable[[str], Awaitable[object]],
    ) -> None:
        self.response = response
        self._steps = steps
        self._input_tokens, self._cached_tokens = input_tokens
        self._released = released
        self._log: list[Entry] = []
        self._next_number = 0
        self._over = False
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def terminal(self) -> bool:
        return self.response["status"] in TERMINAL

    def start(self) -> None:
        self._task = asyncio.create_task(self._play())

    def stop(self) -> None:
        if self._task:
            self._task.cancel()
        self._end()

    def cancel(self) -> None:
        """Idempotent; what is terminal stays as it is. No event says so (section 1.2)."""
        if not self.terminal:
            self.response["status"] = "cancelled"
            self.stop()

    async def follow(self, after: int = -1) -> AsyncIterator[Entry]:
        """Everything after a sequence number, then live. Raw bytes and cuts happen only to who is there."""
        live_from = len(self._log)
        position = 0
        while True:
            while position < len(self._log):
                entry = self._log[position]
                position += 1
                if entry.due(after=after, live=position > live_from):
                    yield entry
            if self._over:
                return
            await self._changed.wait()

    async def _play(self) -> None:
        try:
            for step in self._steps:
                if step.pause:
                    await asyncio.sleep(step.pause)
                if step.wait is not None:
                    await self._released(step.wait)
                self._write(step)
                if step.cut and not self.response["background"]:
                    return
        finally:
            self._end()

    def _write(self, step: Step) -> None:
        if step.event is not None:
            event = step.event if step.verbatim else self._fill(step.event)
            self._observe(event)
            data = frame(event)
            if step.half:
                self._append(Entry(data[: len(data) // 2]))
            self._append(Entry(data, event.get("sequence_number"), missed=step.half))
        if step.raw:
            self._append(Entry(step.raw.encode()))
        if step.base64:
            self._append(Entry(step.base64))
        if step.cut:
            self._append(Entry(b"", cut=step.cut))

    def _fill(self, event: Json) -> Json:
        status = STATUSES.get(event.get("type", ""))
        if status:
            self.response["status"] = status
        if status in TERMINAL:
            self._account()
        event = filled(event, self.response)
        event.setdefault("sequence_number", self._next_number)
        self._next_number = event["sequence_number"] + 1
        return event

    def _observe(self, event: Json) -> None:
        """The response object follows the events, whoever wrote them."""
        if event.get("type") == "response.output_item.done":
            self.response["output"].append(event["item"])
        elif event.get("type") in STATUSES and isinstance(event.get("response"), dict):
            self.response = {**self.response, **event["response"], "id": self.response["id"]}

    def _account(self) -> None:
        if self.response["status"] == "completed":
            self.response["completed_at"] = int(time.time())
        output = self.response["output"]
        output_tokens = sum(map(tokens.of_item, output))
        self.response["usage"] = {
            "input_tokens": self._input_tokens,
            "input_tokens_details": {"cached_tokens": self._cached_tokens, "cache_write_tokens": 0},
            "output_tokens": output_tokens,
            "output_tokens_details": {
                "reasoning_tokens": sum(tokens.of_item(item) for item in output if item["type"] == "reasoning")
            },
            "total_tokens": self._input_tokens + output_tokens,
        }

    def _append(self, entry: Entry) -> None:
        self._log.append(entry)
        self._wake()

    def _end(self) -> None:
        self._over = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
