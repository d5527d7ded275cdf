"""The admin pages on which reviewers read other people's conversations. Nobody can change anything there."""

import logging
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from common.pools import DOCUMENTS
from common.statements import StatementCancelled, time_limit
from common.turns import in_turn
from conversations.models import Conversation, Response
from conversations.refusals import search_too_slow
from conversations.search import SEARCH_SECONDS
from review import filters
from review.list import ConversationList
from review.summary import name_some
from review.transcript import Transcript

logger = logging.getLogger(__name__)


@admin.register(Conversation)
class ConversationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list of conversations and a transcript of each, both read-only."""

    list_display = [
        "title_or_untitled",
        "person",
        "responses",
        "models",
        "status",
        "feedback",
        "images",
        "tokens",
        "last_message",
    ]
    list_filter = [
        filters.Person,
        ("updated_at", filters.LastMessage),
        filters.Status,
        filters.Thumbs,
        filters.Images,
        filters.Model,
        filters.Imported,
        filters.Deleted,
    ]
    empty_value_display = ""
    # This makes the search box appear; the list decides what is searched.
    search_fields = ["title"]
    search_help_text = _('Search titles and text. "exact phrase", -exclude, or')
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    view_on_site = False

    class Media:
        css = {"all": ["review/list.css"]}

    def get_urls(self) -> list[URLPattern]:
        """Return the model's pages, which take turns: each reads much of the database, or renders much."""
        urls: list[URLPattern] = super().get_urls()
        for url in urls:
            url.callback = in_turn(DOCUMENTS, seconds=20)(url.callback)
        return urls

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Conversation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Conversation | None = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ConversationList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Return all conversations but the temporary ones, which only their owner may read."""
        return super().get_queryset(request).filter(is_temporary=False)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        """Leave the search to the list, which reads it in two parts."""
        return queryset, False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {**(extra_context or {}), "title": _("Conversations")}
        if not request.GET.get(SEARCH_VAR):
            return super().changelist_view(request, context)
        try:
            with time_limit(SEARCH_SECONDS):
                response = super().changelist_view(request, context)
                return response.render() if isinstance(response, TemplateResponse) else response
        except StatementCancelled:
            raise search_too_slow() from None

    @method_decorator(require_safe)
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the transcript, instead of Django's form."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        conversation = self.get_object(request, object_id)
        if conversation is None:
            raise Http404
        logger.info("user %s reads conversation %s", request.user.pk, conversation.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": conversation,
            "opts": self.opts,
            "preserved_filters": self.get_preserved_filters(request),
            "conversation": conversation,
            "transcript": Transcript(conversation, request.GET.get("from", "0")),
        }
        return TemplateResponse(request, "admin/conversations/conversation/transcript.html", context)

    change_view.keeps_trusted_types = True  # type: ignore[attr-defined]

    @admin.display(description=_("title"))
    def title_or_untitled(self, conversation: Conversation) -> str:
        title = str(conversation)
        if conversation.imported_from:
            title = str(_("%(title)s (imported)") % {"title": title})
        return str(_("%(title)s (deleted)") % {"title": title}) if conversation.deleted_at else title

    @admin.display(description=_("person"), ordering="user__username")
    def person(self, conversation: Conversation) -> str:
        return str(conversation.user)

    @admin.display(description=_("responses"))
    def responses(self, conversation: Any) -> int:
        return conversation.response_count or 0

    @admin.display(description=_("models"))
    def models(self, conversation: Any) -> str:
        imported = [str(_("%(model)s (imported)") % {"model": name}) for name in conversation.imported_model_names]
        return ", ".join([*name_some(conversation.model_names), *name_some(imported)])

    @admin.display(description=_("newest answer"))
    def status(self, conversation: Any) -> str:
        return str(Response.Status(conversation.newest_status).label) if conversation.newest_status else ""

    @admin.display(description=_("feedback"))
    def feedback(self, conversation: Any) -> str:
        counts = {_("up"): conversation.up_count, _("down"): conversation.down_count}
        return ", ".join(f"{count} {rating}" for rating, count in counts.items() if count)

    @admin.display(description=_("images"))
    def images(self, conversation: Any) -> str:
        return str(_("Yes")) if conversation.has_images else ""

    @admin.display(description=_("tokens"))
    def tokens(self, conversation: Any) -> str:
        count = conversation.token_count
        return str(number_format(int(count), force_grouping=True)) if count is not None else ""

    @admin.display(description=_("last message"), ordering="updated_at")
    def last_message(self, conversation: Conversation) -> str:
        return date_format(localtime(conversation.updated_at), "Y-m-d H:i")
