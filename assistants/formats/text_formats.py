"""The formats that a text can have in the strict subset, as JSON Schema means them."""

import re
from collections.abc import Callable
from datetime import date, time
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from uuid import UUID

from jsonschema import FormatChecker

DURATION = re.compile(
    r"P(?!$)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?)",
    re.ASCII,
)
HOST = re.compile(r"(?=.{1,253}$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*", re.ASCII | re.I)
EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
TIME = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?(z|[+-]\d\d:\d\d)", re.ASCII | re.I)
FRACTION = re.compile(r"\.\d+")
UUID_TEXT = re.compile(r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", re.ASCII | re.I)
MAX_CHARACTERS = 500
"""Nothing that is longer has one of these formats."""

TEXT_FORMATS = FormatChecker(formats=())


def _is_date(text: str) -> bool:
    return bool(DATE.fullmatch(text) and date.fromisoformat(text))


def _is_time(text: str) -> bool:
    # Python knows six digits of a fraction at most.
    return bool(TIME.fullmatch(text) and time.fromisoformat(FRACTION.sub("", text).upper()))


def _is_date_time(text: str) -> bool:
    day, clock = text[:10], text[11:]
    return text[10:11] in {"T", "t", " "} and _is_date(day) and _is_time(clock)


FORMATS: dict[str, Callable[[str], Any]] = {
    "date-time": _is_date_time,
    "time": _is_time,
    "date": _is_date,
    "duration": DURATION.fullmatch,
    "email": EMAIL.fullmatch,
    "hostname": HOST.fullmatch,
    "ipv4": IPv4Address,
    "ipv6": IPv6Address,
    "uuid": lambda text: UUID_TEXT.fullmatch(text) and UUID(text),
}


def _checks(is_valid: Callable[[str], Any]) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        return not isinstance(value, str) or (len(value) <= MAX_CHARACTERS and bool(is_valid(value)))

    return check


for _name, _is_valid in FORMATS.items():
    TEXT_FORMATS.checks(_name, raises=ValueError)(_checks(_is_valid))
