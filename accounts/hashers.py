"""How passwords are hashed."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from common.pools import PASSWORDS
from common.threads import give_back_connection


class PasswordHasher(PBKDF2PasswordHasher):
    """Django's hasher, but few passwords are hashed at a time, and no connection to the database is held meanwhile.

    Raise `Refused` if too many wait for their turn. Who somebody is isn't known yet, so everybody's attempts are equal.
    """

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        give_back_connection()
        with PASSWORDS.turn(object()):
            return super().encode(password, salt, iterations)
