from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ProvidersConfig(AppConfig):
    name = "providers"
    verbose_name = _("Providers and models")

    def ready(self) -> None:
        from providers.environment import store_environment

        post_migrate.connect(store_environment, sender=self)
