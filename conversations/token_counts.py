"""The counts of tokens in a provider's `usage`: some don't count, and some counts aren't numbers."""

from collections.abc import Iterable
from typing import Any

COUNTS = ("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens")
"""The fields of `usage` and its details that are known."""
DETAILS = ("input_tokens_details", "output_tokens_details")


def counted(usage: Any) -> dict[str, Any] | None:
    """Return the counts that are known, in the shape of a `usage`; None if there is none."""
    if not isinstance(usage, dict) or not usage:
        return None
    details = {name: _numbers(usage.get(name)) for name in DETAILS}
    return _numbers(usage) | {name: numbers for name, numbers in details.items() if numbers}


def added(usages: Iterable[Any]) -> dict[str, Any]:
    """Return the counts of several usages together."""
    total: dict[str, Any] = {}
    for usage in filter(None, map(counted, usages)):
        for name, count in usage.items():
            if isinstance(count, dict):
                before = total.get(name, {})
                total[name] = before | {each: before.get(each, 0) + number for each, number in count.items()}
            else:
                total[name] = total.get(name, 0) + count
    return total


def _numbers(counts: Any) -> dict[str, int]:
    return {name: counts[name] for name in COUNTS if type(counts.get(name)) is int} if isinstance(counts, dict) else {}
