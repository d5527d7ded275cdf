"""One response in progress: its steps are played into a log, which any number of connections follow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass

from standin import tokens
from standin.errors import Json
from standin.steps import Cut, Step, fill_placeholders, frame

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
    """A write to the stream: an event if it has a sequence number, otherwise raw bytes or a cut."""

    data: bytes
    sequence_number: int | None = None
    replay_only: bool = False
    """Whether it is an event of which live connections got only the first half."""
    cut: Cut | None = None

    def is_due(self, *, after: int, live: bool) -> bool:
        if self.sequence_number is None:
            return live and not self.replay_only
        return self.sequence_number > after and not (live and self.replay_only)


class Run:
    """A response in progress, with its log and the response object as it stands."""

    def __init__(
        self,
        response: Json,
        steps: Iterable[Step],
        *,
        input_tokens: tuple[int, int],
        wait_for_release: Callable[[str], Awaitable[object]],
    ) -> None:
        self.response = response
        self._steps = steps
        self._input_tokens, self._cached_tokens = input_tokens
        self._wait_for_release = wait_for_release
        self._log: list[Entry] = []
        self._next_number = 0
        self._is_over = False
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_terminal(self) -> bool:
        return self.response["status"] in TERMINAL

    def start(self) -> None:
        self._task = asyncio.create_task(self._play())

    def stop(self) -> None:
        if self._task:
            self._task.cancel()
        self._end()

    def cancel(self) -> None:
        """Cancel the response unless it has ended. No event tells of it.

        https://platform.openai.com/docs/api-reference/responses/cancel
        """
        if not self.is_terminal:
            self.response["status"] = "cancelled"
            self.stop()

    async def follow(self, after: int = -1) -> AsyncIterator[Entry]:
        """Yield the events after a sequence number, then everything as it comes.

        Raw bytes and cuts are only for connections that are live at that moment.
        """
        live_from = len(self._log)
        position = 0
        while True:
            while position < len(self._log):
                entry = self._log[position]
                position += 1
                if entry.is_due(after=after, live=position > live_from):
                    yield entry
            if self._is_over:
                return
            await self._changed.wait()

    async def _play(self) -> None:
        try:
            for step in self._steps:
                if step.pause:
                    await asyncio.sleep(step.pause)
                if step.wait is not None:
                    await self._wait_for_release(step.wait)
                self._write(step)
                if step.cut and not self.response["background"]:
                    return
        finally:
            self._end()

    def _write(self, step: Step) -> None:
        if step.event is not None:
            event = step.event if step.verbatim else self._fill(step.event)
            self._apply(event)
            data = frame(event)
            if step.half:
                self._append(Entry(data[: len(data) // 2]))
            self._append(Entry(data, event.get("sequence_number"), replay_only=step.half))
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
            self._add_usage()
        event = fill_placeholders(event, self.response)
        event.setdefault("sequence_number", self._next_number)
        self._next_number = event["sequence_number"] + 1
        return event

    def _apply(self, event: Json) -> None:
        """Bring the response object up to date with an event, also if a script wrote it."""
        if event.get("type") == "response.output_item.done":
            self.response["output"].append(event["item"])
        elif event.get("type") in STATUSES and isinstance(event.get("response"), dict):
            self.response = {**self.response, **event["response"], "id": self.response["id"]}

    def _add_usage(self) -> None:
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
        self._is_over = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
