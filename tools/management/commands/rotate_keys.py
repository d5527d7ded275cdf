"""`manage.py rotate_keys`: encrypt all secrets in the database with the newest SECRET_KEY."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import models, transaction

from providers.encryption import Undecryptable, rotate
from providers.models import Provider
from tools.models import McpConnection, McpServer

SECRETS: dict[type[models.Model], tuple[str, ...]] = {
    Provider: ("key", "headers"),
    McpServer: ("headers", "client"),
    McpConnection: ("access_token", "refresh_token", "client"),
}
"""The encrypted fields of the rows that have some."""


class Command(BaseCommand):
    help = (
        "Encrypt the keys, headers and tokens of providers and MCP servers with SECRET_KEY, so that "
        "SECRET_KEY_FALLBACKS isn't needed for them."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = []
        count = 0
        for kind, fields in SECRETS.items():
            for pk in kind._default_manager.exclude(**dict.fromkeys(fields, "")).values_list("pk", flat=True):
                with transaction.atomic():
                    row = kind._default_manager.select_for_update().filter(pk=pk).first()
                    if row is None:
                        # It was deleted meanwhile.
                        continue
                    try:
                        for field in fields:
                            setattr(row, field, rotate(getattr(row, field)))
                    except Undecryptable:
                        unreadable.append(str(row))
                        continue
                    row.save(update_fields=[*fields, "updated_at"])
                    count += 1
        self.stdout.write(f"Encrypted anew: the secrets of {count} providers, MCP servers and people's connections.")
        for name in unreadable:
            self.stderr.write(
                f"SECRET_KEY_FALLBACKS: has no key that decrypts the secrets of {name}. Add the SECRET_KEY with which "
                "they were written, or replace them on its page."
            )
        if unreadable:
            raise SystemExit(1)
