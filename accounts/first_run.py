"""The first admin: made with a link that the console shows while nobody has an account."""

from django.db import connection, transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.forms import FirstAdminForm
from accounts.models import User


def first_run_path() -> str | None:
    """The path of the page that makes the first account, or None where somebody has one."""
    return None if User.objects.exists() else reverse("first-run", args=[_token()])


def is_first_run(token: str) -> bool:
    """Whether nobody has an account, and this is the token that the console showed."""
    return constant_time_compare(token, _token()) and not User.objects.exists()


@transaction.atomic
def create_first_admin(form: FirstAdminForm) -> User | None:
    """The account that a valid form describes, or None where somebody else was faster."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('accounts.first_run', 0))")
    return None if User.objects.exists() else form.save()


def _token() -> str:
    # Out of the secret key, so that every process of the site has the same one and nothing is stored.
    return salted_hmac("accounts.first_run", "the first admin", algorithm="sha256").hexdigest()
