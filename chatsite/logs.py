"""What the log says of trouble that comes from outside: one line with the reason, and not every second."""

import logging
import os
import re
import socket
import time

from django.core.exceptions import DisallowedHost
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from common.threads import UNAVAILABLE

OUTAGES = (*UNAVAILABLE, RedisConnectionError, RedisTimeoutError, ConnectionError, TimeoutError)
"""Something that the site needs can't be reached. Where in the code that was noticed says nothing."""
REPEAT_SECONDS = 60.0


class OutageFilter(logging.Filter):
    """A filter that replaces the traceback of an outage by its reason.

    One that is logged again and again, beside the requests that fail of it, is logged once a minute.
    """

    def __init__(self) -> None:
        super().__init__()
        self._logged: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, DisallowedHost):
            host = str(error).partition(" You may need")[0]
            record.msg, record.args = "refused, because PUBLIC_URL names another host: %s", (host,)
        elif isinstance(error, OUTAGES):
            if not hasattr(record, "request") and self._is_repeated(record):
                return False
            record.msg, record.args = "%s: %s", (record.getMessage(), reason(error))
        else:
            return True
        record.exc_info = record.exc_text = None
        return True

    def _is_repeated(self, record: logging.LogRecord) -> bool:
        key, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._logged.get(key, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return True
        self._logged[key] = now
        return False


def reason(error: BaseException) -> str:
    """Return in a few words why something can't be reached: "Connection refused" of all that libpq or Redis say."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno:
            return str(cause.strerror) if isinstance(cause, socket.gaierror) else os.strerror(cause.errno)
        cause = cause.__cause__ or cause.__context__
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    # libpq says where it tried, and then what the system or the server said.
    said = said.rpartition(" failed: ")[2].removeprefix("FATAL:").strip().rstrip(".")
    return re.sub(r"\[Errno -?\d+\] ", "", said)
