"""`manage.py rotate_keys`: encrypt the keys of all providers with the newest SECRET_KEY."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from providers.encryption import Undecryptable, rotate
from providers.models import Provider


class Command(BaseCommand):
    help = (
        "Encrypt the providers' keys and headers with SECRET_KEY, so that SECRET_KEY_FALLBACKS isn't needed for them."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = []
        count = 0
        for pk in Provider.objects.exclude(key="", headers="").values_list("pk", flat=True):
            with transaction.atomic():
                provider = Provider.objects.select_for_update().get(pk=pk)
                try:
                    provider.key, provider.headers = rotate(provider.key), rotate(provider.headers)
                except Undecryptable:
                    unreadable.append(provider.name)
                    continue
                provider.save(update_fields=["key", "headers", "updated_at"])
                count += 1
        self.stdout.write(f"Encrypted anew: the secrets of {count} providers.")
        for name in unreadable:
            self.stderr.write(
                f"SECRET_KEY_FALLBACKS: has no key that decrypts the secrets of {name}. Add the SECRET_KEY with which "
                "they were written, or replace them on the provider's page in the admin."
            )
        if unreadable:
            raise SystemExit(1)
