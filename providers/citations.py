"""What answers cite; static/chat/items/citations.js says where it leads."""

from typing import Any
from urllib.parse import urlsplit


def is_citation(annotation: dict[str, Any]) -> bool:
    """Whether it leads to a page of the web or names a file."""
    if annotation.get("type") == "url_citation":
        # Chat completions have its fields in a field of its name.
        inner = annotation.get("url_citation")
        cited = annotation if inner is None else inner
        return isinstance(cited, dict) and _is_web_address(cited.get("url"))
    names = (annotation.get("filename"), annotation.get("file_id"))
    return any(isinstance(name, str) and name for name in names)


def _is_web_address(address: Any) -> bool:
    try:
        parts = urlsplit(address) if isinstance(address, str) else None
    except ValueError:
        return False
    return parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname)
