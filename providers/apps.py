from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ProvidersConfig(AppConfig):
    name = "providers"

    def ready(self) -> None:
        from providers.environment import store_environment

        post_migrate.connect(store_environment, sender=self)
