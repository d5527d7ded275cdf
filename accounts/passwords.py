"""Passwords that are too easy to guess, refused where one is chosen."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LEAST_SCORE = 3
"""Of 0 to 4: more than a hundred million guesses, which takes long even for who has the hashes."""
MAX_LENGTH = 16
"""Characters that are looked at. With more that may stand for letters, as in `P@55w0rd`, zxcvbn takes seconds."""
SITE_WORDS = ["chat", "chatsite"]


class GuessableValidator:
    """Refuses what programs that know how people choose passwords guess soon: `Company2026`, `Passw0rd!`."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise `ValidationError` if the password is easy to guess, also from its person's or the site's names."""
        # Its lists of words take 14 MB, which most processes never need.
        from zxcvbn import zxcvbn

        host = urlsplit(settings.PUBLIC_URL or "").hostname or ""
        own = [str(getattr(user, field, "") or "") for field in ("username", "first_name", "last_name", "email")]
        words = [*SITE_WORDS, host, *host.split("."), *own]
        if zxcvbn(password[:MAX_LENGTH], user_inputs=[word for word in words if word])["score"] < LEAST_SCORE:
            raise ValidationError(
                _("This password is easy to guess. Take a few words that don't belong together."),
                code="password_easy_to_guess",
            )

    def get_help_text(self) -> str:
        """Return what Django's own forms say beside the field."""
        return _("Your password must not be easy to guess: take a few words that don't belong together.")
