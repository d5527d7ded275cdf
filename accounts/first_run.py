"""The first admin account, which is created with a link that the console shows while nobody has an account."""

from django.db import connection, transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.forms import FirstAdminForm
from accounts.models import User


def first_run_path() -> str | None:
    """Return the path of the page that creates the first account, or None if somebody has one."""
    return None if User.objects.exists() else reverse("first-run", args=[_token()])


def is_first_run(token: str) -> bool:
    """Return whether nobody has an account and this is the token that the console showed."""
    return constant_time_compare(token, _token()) and not User.objects.exists()


def is_alone(user: User) -> bool:
    """Return whether nobody but this person has an account."""
    return not User.objects.exclude(pk=user.pk).exists()


def create_first_admin(form: FirstAdminForm) -> User | None:
    """Create the account that a valid form describes; return None if somebody else was faster."""
    # Not in the transaction, because it takes the time of hashing a password.
    admin = form.save(commit=False)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('accounts.first_run', 0))")
        if User.objects.exists():
            return None
        admin.save()
    return admin


def _token() -> str:
    # Derived from the secret key, so that every process has the same token and none is stored.
    return salted_hmac("accounts.first_run", "the first admin", algorithm="sha256").hexdigest()
