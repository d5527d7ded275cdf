"""The figures that the list shows for each conversation."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Aggregate, Count, DecimalField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Sum

from conversations.models import Conversation, Feedback, Response
from conversations.models.response import WITH_IMAGE

MAX_MODELS = 5
"""Models of a conversation that the list names, and as many that were imported."""

FEEDBACK = Feedback.objects.filter(response__conversation=OuterRef("pk")).order_by()

RESPONSES = Response.objects.filter(conversation=OuterRef("pk")).order_by()

# Some providers don't count tokens, and some counts aren't numbers.
TOKENS = Func(
    F("usage"),
    template="""jsonb_path_query_first(%(expressions)s, '$.total_tokens ? (@.type() == "number")')::numeric""",
    output_field=DecimalField(),
)


def annotate_summary(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Annotate conversations with the figures that the list shows."""
    return conversations.select_related("user").annotate(
        response_count=_over_responses(Count("pk", filter=Q(turn=None))),
        token_count=_over_responses(Sum(TOKENS, filter=Q(imported_from=""))),
        model_names=_models(RESPONSES.filter(imported_from="")),
        imported_model_names=_models(RESPONSES.exclude(imported_from="")),
        newest_status=Subquery(RESPONSES.order_by("-created_at", "-id").values("status")[:1]),
        has_images=Exists(RESPONSES.filter(**WITH_IMAGE)),
        up_count=_thumbs(Feedback.Rating.UP),
        down_count=_thumbs(Feedback.Rating.DOWN),
    )


def name_some(names: list[str]) -> list[str]:
    """Return the names, with an ellipsis instead of those beyond `MAX_MODELS`: an import may have thousands."""
    return names if len(names) <= MAX_MODELS else [*names[:MAX_MODELS], "…"]


def _over_responses(value: Aggregate) -> Subquery:
    return Subquery(RESPONSES.values("conversation").annotate(value=value).values("value"))


def _models(responses: QuerySet[Response]) -> ArraySubquery:
    return ArraySubquery(responses.order_by("model").values("model").distinct()[: MAX_MODELS + 1])


def _thumbs(rating: Feedback.Rating) -> Subquery:
    given = FEEDBACK.filter(rating=rating)
    return Subquery(given.values("response__conversation").annotate(value=Count("pk")).values("value"))
