"""Search in one's own conversations."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from conversations import representations
from conversations.search import PAGE_SIZE, hits

MAX_QUERY_CHARACTERS = 500


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Return the conversations that match `q`, best first, from `offset` on. `next` is the offset of the next page."""
    words = request.GET.get("q", "")[:MAX_QUERY_CHARACTERS]
    offset = request.GET.get("offset", "0")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 6):
        raise Http404
    page, is_more = hits(request.user, words, int(offset)) if words.strip() else ([], False)
    results = [representations.found(hit) for hit in page]
    return JsonResponse({"results": results, "next": int(offset) + PAGE_SIZE if is_more else None})
