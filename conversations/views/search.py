"""Search in one's own conversations."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from common.pools import SEARCHES
from common.statements import StatementCancelled, time_limit
from common.turns import in_turn
from conversations import representations
from conversations.refusals import search_too_slow
from conversations.search import PAGE_SIZE, SEARCH_SECONDS, hits

MAX_QUERY_CHARACTERS = 500


@in_turn(SEARCHES, seconds=2 * SEARCH_SECONDS)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Return the conversations that match `q`, best first, from `offset` on. `next` is the offset of the next page."""
    words = request.GET.get("q", "")[:MAX_QUERY_CHARACTERS]
    offset = request.GET.get("offset", "0")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 6):
        raise Http404
    try:
        with time_limit(SEARCH_SECONDS):
            page, is_more = hits(request.user, words, int(offset)) if words.strip() else ([], False)
    except StatementCancelled:
        raise search_too_slow() from None
    results = [representations.found(hit) for hit in page]
    return JsonResponse({"results": results, "next": int(offset) + PAGE_SIZE if is_more else None})
