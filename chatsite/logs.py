"""What the log says of trouble: one line with the reason if it comes from outside, and no words of people."""

import logging
import os
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from django.core.exceptions import DisallowedHost
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from common.threads import UNAVAILABLE

OUTAGES = (
    *UNAVAILABLE,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    RedisConnectionError,
    RedisTimeoutError,
    ConnectionError,
    TimeoutError,
)
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


class Formatter(logging.Formatter):
    """A formatter that leaves out what a database's error quotes: rows and statements, with the words of people."""

    def formatException(self, ei: Any) -> str:  # noqa: N802
        text = super().formatException(ei)
        for error in chain(ei[1]):
            if isinstance(error, psycopg.Error) and error.diag.message_primary:
                text = text.replace(str(error), error.diag.message_primary)
        return text


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def reason(error: BaseException) -> str:
    """Return in a few words why something can't be reached: "Connection refused" of all that libpq or Redis say."""
    for cause in chain(error):
        if isinstance(cause, OSError) and cause.errno:
            return str(cause.strerror) if isinstance(cause, socket.gaierror) else os.strerror(cause.errno)
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    # libpq says where it tried, and then what the system or the server said.
    said = said.rpartition(" failed: ")[2].removeprefix("FATAL:").strip().rstrip(".")
    return re.sub(r"\[Errno -?\d+\] ", "", said)
