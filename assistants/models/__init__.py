from assistants.models.assistant import Assistant, AssistantVersion, EditConflict
from assistants.models.default import Default, Favorite
from assistants.models.prompt import Prompt

__all__ = ["Assistant", "AssistantVersion", "Default", "EditConflict", "Favorite", "Prompt"]
