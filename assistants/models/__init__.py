from assistants.models.assistant import Assistant, AssistantVersion
from assistants.models.default import Default, Favorite

__all__ = ["Assistant", "AssistantVersion", "Default", "Favorite"]
