"""The search in one's own conversations."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from conversations.representations import listed
from conversations.search import PAGE_SIZE, Hit, hits

LONGEST_QUERY = 500


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What is found by the words in `q`, best first, from `offset` on; `next` is the offset of what follows."""
    words = request.GET.get("q", "")[:LONGEST_QUERY]
    offset = request.GET.get("offset", "0")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 6):
        raise Http404
    found, is_more = hits(request.user, words, int(offset)) if words.strip() else ([], False)
    return JsonResponse(
        {"results": [_described(hit) for hit in found], "next": int(offset) + PAGE_SIZE if is_more else None}
    )


def _described(hit: Hit) -> dict[str, Any]:
    return {
        "conversation": listed(hit.conversation),
        "response_id": str(hit.response_id) if hit.response_id else None,
        "title": hit.title or [str(hit.conversation)],
        "snippet": hit.snippet,
    }
