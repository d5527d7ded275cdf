"""Passwords that people choose: what is easy to guess is refused, wherever one is chosen."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User


@pytest.mark.parametrize(
    "password",
    [
        "Company2026",
        "Chat2026!",
        "Passw0rd!",
        "Password123!",
        "qwertz12345",
        "Grace1906!",
        "intranet2026",
        "Hopper-2026",
    ],
)
def test_password_that_is_easy_to_guess_is_refused(settings, password):
    settings.PUBLIC_URL = "https://intranet.example.org"
    grace = User(username="grace", last_name="Hopper")
    with pytest.raises(ValidationError) as refused:
        validate_password(password, grace)
    assert "password_easy_to_guess" in {error.code for error in refused.value.error_list}


@pytest.mark.parametrize("password", ["nanoseconds of wire", "kupferdach-77 im regen", "🙂🌊🦊🍋🐙🚲🌵🎻🧊"])
def test_password_that_is_hard_to_guess_is_taken(password):
    validate_password(password, User(username="grace"))
