"""The calls of functions in a chat completion, put together from deltas that servers number in many ways."""

import secrets
from collections.abc import Iterator
from typing import Any

import msgspec

from providers.items import Item

MAX_CALLS = 1000


class Call:
    """A call that is being written. It is announced when its id and its name are known."""

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.pieces: list[str] = []
        self.output_index: int | None = None
        """Its place in the output, once it is announced."""
        self.is_done = False

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)

    def add_name(self, name: str) -> None:
        """Take in a name. Some servers repeat it in each delta, some cut it."""
        if not self.pieces and name != self.name:
            self.name += name

    def has_whole_arguments(self) -> bool:
        """Return whether the arguments are complete, as far as can be seen."""
        try:
            return isinstance(msgspec.json.decode(self.arguments), dict)
        except (msgspec.DecodeError, RecursionError):
            return False

    def item(self) -> Item:
        """Return the call as an output item."""
        return {
            "type": "function_call",
            "id": f"fc_{self.id}",
            "call_id": self.id,
            "name": self.name,
            "arguments": (self.arguments or "{}") if self.is_done else "",
            "status": "completed" if self.is_done else "in_progress",
        }


class Calls:
    """The calls of one message.

    A delta belongs to the call of its id; without one, to the newest call of its index; without both, to the current
    call. A new id is a new call, also under an index that was used.
    """

    def __init__(self) -> None:
        self.in_order: list[Call] = []
        self._by_id: dict[str, Call] = {}
        self._by_index: dict[int, Call] = {}
        self._current: Call | None = None

    def add(self, deltas: list[dict[str, Any]]) -> Iterator[tuple[Call, str]]:
        """Take in a chunk's deltas. Yield each call with what was added to its arguments."""
        for place, delta in enumerate(deltas):
            function = delta.get("function")
            said: dict[str, Any] = function if isinstance(function, dict) else delta
            name = said.get("name")
            call = self._call_of(delta, name if isinstance(name, str) else "", is_first=place == 0)
            if call is None:
                continue
            self._current = call
            self._name(call, delta)
            if isinstance(name, str):
                call.add_name(name)
            if piece := _arguments(said.get("arguments")):
                call.pieces.append(piece)
            yield call, piece

    def finish(self) -> None:
        """Give an id to the calls that got none. Those without a name can't be made."""
        for call in self.in_order:
            call.id = call.id or _new_id()
        self.in_order = [call for call in self.in_order if call.name]

    def _call_of(self, delta: dict[str, Any], name: str, *, is_first: bool) -> Call | None:
        call_id, index = delta.get("id"), delta.get("index")
        there = self._by_index.get(index) if type(index) is int else self._current
        is_next = there is None or (type(index) is not int and bool(name) and (not is_first or _is_next(there, name)))
        if isinstance(call_id, str) and call_id:
            # It may come late.
            is_late = there is not None and not there.id and not is_next
            return self._by_id.get(call_id) or (there if is_late else self._new(index))
        return self._new(index) if is_next else there

    def _new(self, index: Any) -> Call | None:
        if len(self.in_order) == MAX_CALLS:
            return None
        call = Call()
        self.in_order.append(call)
        if type(index) is int:
            self._by_index[index] = call
        return call

    def _name(self, call: Call, delta: dict[str, Any]) -> None:
        """Note the call's id and its index. An id that is there but empty won't come later."""
        call_id, index = delta.get("id"), delta.get("index")
        if isinstance(call_id, str) and not call.id:
            call.id = call_id or _new_id()
            self._by_id[call.id] = call
        if type(index) is int and call.id == call_id:
            self._by_index[index] = call


def _is_next(current: Call, name: str) -> bool:
    """Return whether a name without an index begins another call than the current one."""
    return bool(current.pieces) and (name != current.name or current.has_whole_arguments())


def _new_id() -> str:
    return f"call_{secrets.token_hex(12)}"


def _arguments(value: Any) -> str:
    """Return a piece of the arguments as text: some servers send the object itself."""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode() if isinstance(value, dict | list) and value else ""
