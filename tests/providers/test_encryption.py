"""Secrets at rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.encryption import Undecryptable, decrypt, encrypt, rotate

KEY = "sk-of-a-provider"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_was_encrypted_is_decrypted(text):
    assert decrypt(encrypt(text)) == text


def test_secret_is_not_in_what_is_stored():
    assert KEY not in encrypt(KEY)


def test_nothing_needs_no_encryption():
    assert encrypt("") == decrypt("") == rotate("") == ""


def test_earlier_secret_key_still_decrypts(settings):
    token = encrypt(KEY)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret key, of at least 32 characters"
    assert decrypt(token) == KEY
    rotated = rotate(token)
    settings.SECRET_KEY_FALLBACKS = []
    assert decrypt(rotated) == KEY
    with pytest.raises(Undecryptable):
        decrypt(token)


@pytest.mark.parametrize("token", ["none", "gAAAAA", "\N{GREEK SMALL LETTER ALPHA}", "gAAAAA" * 40])
def test_what_no_key_reads_is_said_to_be_so(token):
    with pytest.raises(Undecryptable):
        decrypt(token)
    with pytest.raises(Undecryptable):
        rotate(token)
