"""What a tool is: something that a request offers to the model, which the provider or this server then runs."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

from files.kinds.images import PreparedImage

MAX_NAME_CHARACTERS = 64
"""Of a tool's name: Chat Completions take no longer ones."""
Options = dict[str, Any]
"""What somebody chose of a tool, by name. What isn't in it is the tool's default."""


@dataclass(frozen=True)
class Context:
    """For whom and where a call runs. The tool has that person's rights, and no others."""

    user_id: UUID
    conversation_id: UUID
    is_temporary: bool = False
    language: str = "en"
    time_zone: str = "UTC"
    collections: tuple[UUID, ...] = ()
    """Of files, those that the answer may search if its person may see them."""


@dataclass(frozen=True)
class Result:
    """What a call gave: a text for the model, bounded in length and without NUL, and images."""

    text: str
    images: tuple[PreparedImage, ...] = ()
    has_failed: bool = False


class Tool(ABC):
    """What is switched on and off for a request: a tool that the provider runs, a function, or a server with many."""

    name: str
    """Under which it is on in the settings of a request."""
    title: str | Promise
    include: tuple[str, ...] = ()
    """What a request must ask for (`include`) so that the items of the tool are complete."""

    @abstractmethod
    def definitions(self, options: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return its entries in the `tools` of a request."""

    def called(self, name: str) -> "LocalTool | None":
        """Return what this server runs if the model calls a function by this name; None if that isn't one of its."""
        return None


class LocalTool(Tool):
    """A function that this server runs."""

    description: str
    """For the model: what it does, and when to use it."""
    is_repeatable: bool = False
    """Whether running it twice does no harm, so that a call that was lost in the middle may run again."""
    needs_approval: bool = True
    """Whether the person is asked before each call."""
    timeout: float = 60.0
    """How many seconds a call may take."""
    is_approval: bool = False
    """Whether the provider runs it, and asks only whether it may."""
    changed_at: datetime | None = None
    """Since when it is what it is: what a person allowed before that, they allowed to another tool."""

    def called(self, name: str) -> "LocalTool | None":
        return self if name == self.name else None

    @abstractmethod
    async def run(self, context: Context, arguments: str) -> Result:
        """Run a call with arguments as the model wrote them, which may be anything.

        Whatever goes wrong becomes a failed result with words for the model. Only cancelling raises.
        """
