"""What the list says about each conversation."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Aggregate, Count, DecimalField, Exists, F, Func, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest

from conversations.models import Conversation, Feedback, Response

WITH_IMAGE = {"input__contains": [{"content": [{"type": "input_image"}]}]}
"""The responses whose question has a picture."""

FEEDBACK = Feedback.objects.filter(response__conversation=OuterRef("pk")).order_by()

RESPONSES = Response.objects.filter(conversation=OuterRef("pk")).order_by()

# Not every server counts tokens, and not every server's count is a number.
TOKENS = Func(
    F("usage"),
    template="""jsonb_path_query_first(%(expressions)s, '$.total_tokens ? (@.type() == "number")')::numeric""",
    output_field=DecimalField(),
)


def summarised(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    return conversations.select_related("user").annotate(
        response_count=_over_responses(Count("pk")),
        token_count=_over_responses(Sum(TOKENS)),
        model_names=ArraySubquery(RESPONSES.order_by("model").values("model").distinct()),
        newest_status=Subquery(RESPONSES.order_by("-created_at", "-id").values("status")[:1]),
        has_images=Exists(RESPONSES.filter(**WITH_IMAGE)),
        up_count=_thumbs(Feedback.Rating.UP),
        down_count=_thumbs(Feedback.Rating.DOWN),
    )


class ConversationList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """Summarise the conversations of the page alone: in one query, all before the page would be summarised too."""
        super().get_results(request)
        page = [conversation.pk for conversation in self.result_list]
        found: dict[Any, Any] = summarised(Conversation.objects.all()).in_bulk(page)
        self.result_list = [found[pk] for pk in page if pk in found]


def _over_responses(value: Aggregate) -> Subquery:
    return Subquery(RESPONSES.values("conversation").annotate(value=value).values("value"))


def _thumbs(rating: Feedback.Rating) -> Subquery:
    given = FEEDBACK.filter(rating=rating)
    return Subquery(given.values("response__conversation").annotate(value=Count("pk")).values("value"))
