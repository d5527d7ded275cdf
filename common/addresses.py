"""Where a request comes from."""

from django.conf import settings


def client_address(peer: str, forwarded_for: str) -> str:
    """Return the address of a client, for the log, by its connection and its header `X-Forwarded-For`."""
    # With https there is a proxy, which appends the address that it sees.
    forwarded = forwarded_for.rpartition(",")[2].strip() if settings.HTTPS else ""
    return ascii(forwarded or peer or "unknown")[1:-1]
