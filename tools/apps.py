from django.apps import AppConfig


class ToolsConfig(AppConfig):
    name = "tools"

    def ready(self) -> None:
        from tools import registry

        # A module that isn't there, or a function that can't be a tool, is found at the start.
        registry.functions()
