"""A response as a whole, from its stream."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from providers.failures import failure, failure_of_event, failure_of_response, is_error
from providers.responses_api.ends import end_of, is_end
from providers.responses_api.events import Delta, Event
from providers.responses_api.output import Output


async def whole_response(batches: AsyncGenerator[list[Event], None]) -> dict[str, Any]:
    """Return a response when it has ended. Raise `Failure`, also if the response itself failed."""
    output = Output()
    async with aclosing(batches):
        async for event in (event async for batch in batches for event in batch):
            if isinstance(event, Delta):
                output.add(event)
            elif is_end(event):
                response: dict[str, Any] = end_of(event)["response"]
                if response["status"] == "failed":
                    raise failure_of_response(response["error"])
                return response | {"output": output.complete(response.get("output"))}
            elif is_error(event):
                raise failure_of_event(event)
            else:
                output.add(event)
    raise failure("stream_cut", detail="the stream ended without a terminal event")
