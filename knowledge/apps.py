from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"

    def ready(self) -> None:
        from files import documents
        from knowledge import content

        documents.register_use(content.is_used)
