from assistants.models.assistant import Assistant, AssistantVersion, EditConflict
from assistants.models.default import Default, Favorite

__all__ = ["Assistant", "AssistantVersion", "Default", "EditConflict", "Favorite"]
