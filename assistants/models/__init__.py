from assistants.models.assistant import Assistant, AssistantVersion, EditConflict
from assistants.models.default import Default, Favorite
from assistants.models.prompt import Prompt
from assistants.models.testing import TestAnswer, TestQuestion, TestRun

__all__ = [
    "Assistant",
    "AssistantVersion",
    "Default",
    "EditConflict",
    "Favorite",
    "Prompt",
    "TestAnswer",
    "TestQuestion",
    "TestRun",
]
