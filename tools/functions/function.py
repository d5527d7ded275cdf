"""`@tool`: a Python function as a tool that the model can call."""

import asyncio
import inspect
import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from django.utils import translation
from django.utils.functional import Promise

from common.pools import TOOLS
from common.refusal import Refused
from tools.functions.results import ToolFailed, failed, result_of
from tools.functions.schema import Parameters
from tools.tool import Context, LocalTool, Result

logger = logging.getLogger(__name__)

_left: set["asyncio.Task[Any]"] = set()
"""Calls that nobody waits for any more. One in a thread can't be stopped: it keeps its place in the pool."""


class Function(LocalTool):
    """A function under `@tool`. It can still be called as before."""

    def __init__(
        self,
        function: Callable[..., Any],
        title: str | Promise,
        *,
        is_repeatable: bool,
        needs_approval: bool,
        timeout: float,
    ) -> None:
        self.name = function.__name__
        self.title = title or self.name.replace("_", " ").capitalize()
        self.description = inspect.getdoc(function) or ""
        self.is_repeatable, self.needs_approval, self.timeout = is_repeatable, needs_approval, timeout
        self.parameters = Parameters(function)
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def definitions(self, options: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [self.definition()]

    def definition(self) -> dict[str, Any]:
        """Return its entry in the `tools` of a request."""
        return {
            "type": "function",
            "name": self.name,
            "description": self.description,
            "parameters": self.parameters.schema,
            "strict": True,
        }

    async def run(self, context: Context, arguments: str) -> Result:
        try:
            values = self.parameters.read(arguments or "{}", context)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            return failed(f"The arguments don't fit {self.name}: {error}")
        # A task of its own, because a thread can't be stopped: its call is left when the time is up.
        call = asyncio.create_task(self._call(context, values))
        try:
            await asyncio.wait({call}, timeout=self.timeout)
        finally:
            if not call.done():
                _leave(call)
        if not call.done():
            logger.warning("the tool %s didn't end within %g seconds, and was left", self.name, self.timeout)
            return failed(
                f"{self.name} didn't end within {self.timeout:g} seconds, and was left. It may have happened."
            )
        # A function may say that it was cancelled although nobody did that.
        return failed(f"{self.name} failed.") if call.cancelled() else call.result()

    async def _call(self, context: Context, values: dict[str, Any]) -> Result:
        try:
            with translation.override(context.language):
                if inspect.iscoroutinefunction(self._function):
                    given = await self._function(**values)
                else:
                    given = await TOOLS.run(context.user_id, self._function, **values)
                return await result_of(given, context.user_id)
        except ToolFailed as error:
            return failed(str(error))
        except Refused as error:
            return failed(error.message)
        except (Exception, SystemExit):
            # A function that exits must not end the server.
            logger.exception("the tool %s failed", self.name)
            return failed(f"{self.name} failed.")


def tool(
    *,
    title: str | Promise = "",
    is_repeatable: bool = False,
    needs_approval: bool = True,
    timeout: float = LocalTool.timeout,
) -> Callable[[Callable[..., Any]], Function]:
    """Make a function a tool: its name, its docstring and its annotations are what the model gets.

    A parameter annotated with `Context` isn't the model's: it says for whom the call runs. A function that isn't
    `async` runs in a thread.
    """

    def make(function: Callable[..., Any]) -> Function:
        return Function(function, title, is_repeatable=is_repeatable, needs_approval=needs_approval, timeout=timeout)

    return make


def _leave(call: "asyncio.Task[Any]") -> None:
    _left.add(call)
    call.add_done_callback(_left.discard)
    call.cancel()
