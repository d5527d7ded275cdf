"""Work that is done again and again for as long as the process runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

logger = logging.getLogger(__name__)


async def run_periodically(
    work: Callable[..., Awaitable[object]], *args: Any, seconds: float, wait_first: bool = False
) -> NoReturn:
    """Do the work with these arguments every `seconds` until cancelled. If it fails, log that and go on."""
    if wait_first:
        await asyncio.sleep(seconds)
    while True:
        try:
            await work(*args)
        except Exception:
            logger.warning("%s failed; it is tried again in %s s", work.__qualname__, seconds, exc_info=True)
        await asyncio.sleep(seconds)
