from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class ChatAdminConfig(AdminConfig):
    default_site = "chatsite.admin.AdminSite"

    def ready(self) -> None:
        super().ready()
        pre_migrate.connect(_lift_statement_timeout, sender=self)
        post_migrate.connect(_restore_statement_timeout, sender=self)


def _lift_statement_timeout(using: str, **_kwargs: Any) -> None:
    """Let a migration's statements take as long as they need: an index of a large table takes minutes."""
    with connections[using].cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")


def _restore_statement_timeout(using: str, **_kwargs: Any) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("RESET statement_timeout")
