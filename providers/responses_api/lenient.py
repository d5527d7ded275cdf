"""JSON as servers write it, although a strict parser refuses it."""

import json
import math
from typing import Any

from common.text import map_texts, replace_nul
from providers.responses_api.characters import REPLACEMENT, UTF_8, UTF_16


def loads(data: bytes) -> tuple[dict[str, Any], str]:
    """Return a JSON object, and the codec in which characters in it may be halved.

    Numbers may be infinite or none: they become null. NUL becomes the replacement character. Raise `ValueError` or
    `RecursionError` if it is no JSON object.
    """
    try:
        text, codec = data.decode(), UTF_16
    except UnicodeDecodeError:
        text, codec = data.decode(errors="surrogateescape"), UTF_8
    value = json.loads(text, parse_constant=lambda _: None, parse_float=_finite, strict=False)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return map_texts(value, lambda text: replace_nul(text, REPLACEMENT)), codec


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None
