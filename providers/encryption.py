"""Secrets at rest: encrypted with a key that is derived from SECRET_KEY, and readable with SECRET_KEY_FALLBACKS."""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_BYTES = 32
PURPOSE = b"providers: keys and headers"
"""A key that is derived for anything else is another one."""


class Undecryptable(Exception):
    """What was encrypted can't be read: it was encrypted with a SECRET_KEY that isn't known any more."""


def encrypt(text: str) -> str:
    """Return the text encrypted with the newest key; nothing for nothing."""
    return _keys().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """Return what was encrypted. Raise `Undecryptable`."""
    try:
        return _keys().decrypt(token).decode() if token else ""
    except (InvalidToken, ValueError):
        raise Undecryptable from None


def rotate(token: str) -> str:
    """Return the same, encrypted with the newest key. Raise `Undecryptable`."""
    try:
        return _keys().rotate(token).decode() if token else ""
    except (InvalidToken, ValueError):
        raise Undecryptable from None


def _keys() -> MultiFernet:
    return _derived((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(4)
def _derived(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(_derive(secret))) for secret in secrets])


def _derive(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE).derive(secret.encode())
