"""The functions that read conversations: for the model, in the name of the person who asks and of nobody else."""

from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.pools import SEARCHES
from common.statements import StatementCancelled, time_limit
from conversations.refusals import search_too_slow
from conversations.search import SEARCH_SECONDS, Hit, hits
from tools.functions.function import tool
from tools.tool import Context


# Asked for, because what it finds may be private, and a page that the model reads may tell it to pass that on.
@tool(title=_("Search in my conversations"), is_repeatable=True, needs_approval=True, timeout=3 * SEARCH_SECONDS)
def search_conversations(
    context: Context,
    words: Annotated[str, 'Words that must occur; "a phrase" in quotes, and -word for one that must not.'],
) -> list[dict[str, Any]]:
    """Search in the person's own earlier conversations. Use it if they refer to something that was said before."""
    try:
        with SEARCHES.turn(context.user_id), time_limit(SEARCH_SECONDS):
            found, _is_more = hits(User(pk=context.user_id), words) if words.strip() else ([], False)
    except StatementCancelled:
        raise search_too_slow() from None
    return [_described(hit) for hit in found]


def _described(hit: Hit) -> dict[str, Any]:
    return {
        "title": hit.conversation.title,
        "address": f"/conversations/{hit.conversation.pk}/",
        "date": f"{hit.created_at or hit.conversation.updated_at:%Y-%m-%d}",
        "text": "".join(hit.snippet),
    }
