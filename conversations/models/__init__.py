"""What is stored: conversations with their trees of responses, what belongs to them, and who may see it."""

from conversations.models.attachment import Attachment
from conversations.models.compaction import Compaction
from conversations.models.conversation import Conversation
from conversations.models.feedback import Feedback
from conversations.models.response import Response
from conversations.models.share import Share
from conversations.models.tool_call import ToolCall, ToolGrant
from providers.items import Item, item_text

__all__ = [
    "Attachment",
    "Compaction",
    "Conversation",
    "Feedback",
    "Item",
    "Response",
    "Share",
    "ToolCall",
    "ToolGrant",
    "item_text",
]
