from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ToolsConfig(AppConfig):
    name = "tools"
    verbose_name = _("Tools")

    def ready(self) -> None:
        from tools import registry
        from tools.mcp.commands import store_commands

        # A module that isn't there, or a function that can't be a tool, is found at the start.
        registry.functions()
        post_migrate.connect(store_commands, sender=self)
