"""The list of conversations, page by page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.admin.utils import build_q_object_from_lookup_parameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from conversations.models import Conversation
from conversations.search import Search
from review.filters import ChoiceFilter, is_one_of
from review.places import NEWEST_FIRST, PERSON, backwards, beyond, place_of
from review.summary import annotate_summary

PAGE_SIZE = 50
"""Conversations."""
MAX_COUNTED = 1000
"""Of more conversations, the list only says that there are more."""
LOOKED_THROUGH = (100, 500, 1000, 1000)
"""Conversations that are looked through for those that pass the filters and the search: first so many, then more."""
AFTER, BEFORE = "after", "before"
"""Parameters of the address: the place after which a page begins, or before which it ends."""


Ids = QuerySet[Any, UUID] | list[UUID]


class ConversationList(ChangeList):
    """A page of the list, with figures for its conversations.

    A page begins at a place in the order, not after so many rows, and the first one counts only so many. So no page
    costs more than another, however many conversations there are. `earlier` and `later` are the addresses of the pages
    beside this one, None if there is none.
    """

    is_counted: bool
    """Whether `result_count` is how many there are, of all pages."""
    more_than: int | None
    """On the first page, if they weren't all counted: there are more than that."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Conversation]:
        """Return the conversations that pass the filters, of all pages."""
        # They are no filters, and a link to another filter leads to its first page.
        self._after, self._before = (self._pop(name) for name in (AFTER, BEFORE))
        return super().get_queryset(request, exclude_parameters)

    def get_filters(self, request: HttpRequest) -> Any:
        """Read the filters, and note what else the address asks of the fields."""
        filters = super().get_filters(request)
        self._lookups: Any = filters[2]
        return filters

    def _pop(self, name: str) -> str | None:
        self.filter_params.pop(name, None)
        value: str | None = self.params.pop(name, None)
        return value

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> list[Any]:
        """Return an order that has an index. Of several columns, the first one counts."""
        first = str(super().get_ordering(request, queryset)[0])
        if first.removeprefix("-") == PERSON:
            return [first, *NEWEST_FIRST]
        return backwards(NEWEST_FIRST) if first == "updated_at" else NEWEST_FIRST

    def get_results(self, request: HttpRequest) -> None:
        """Read this page."""
        order = [str(field) for field in self.queryset.query.order_by]
        place, way = (self._before, backwards(order)) if self._before else (self._after, order)
        ids, is_all = self._first(
            request, beyond(place, way) if place else Q(), way, PAGE_SIZE + 1 if place else MAX_COUNTED + 1
        )
        self.result_count = len(ids)
        self.is_counted = is_all and not place
        self.more_than = (len(ids) - 1) // PAGE_SIZE * PAGE_SIZE if not is_all and not place else None

        page = ids[:PAGE_SIZE]
        found: dict[Any, Conversation] = annotate_summary(Conversation.objects.all()).in_bulk(page)
        self.result_list = [found[pk] for pk in page if pk in found]
        beside = len(ids) > PAGE_SIZE
        if self._before:
            self.result_list.reverse()
        has_earlier, has_later = (beside, True) if self._before else (place is not None, beside)
        self.earlier = self._link(BEFORE, self.result_list[0], order) if has_earlier and self.result_list else None
        self.later = self._link(AFTER, self.result_list[-1], order) if has_later and self.result_list else None
        self.full_result_count = None
        self.show_admin_actions = self.can_show_all = self.multi_page = False

    def _first(self, request: HttpRequest, condition: Q, way: Sequence[str], most: int) -> tuple[list[UUID], bool]:
        """Return the ids of the first ones that pass the condition, filters and search, and whether these are all.

        They are more than a page, if there are so many, and `most` at most.
        """
        search = Search(self.query) if self.query else None
        ids = self.root_queryset.filter(condition).order_by(*way).values_list("pk", flat=True)
        if search or self._is_filtered:
            # What many pass is soon found like this, and an index would name all of them.
            newest = look_through(ids, self._passes_filters, search)
            if newest.is_enough:
                return newest.found[:most], newest.is_all and len(newest.found) <= most
            # What few pass is found by an index.
            ids = self._by_index(request).filter(condition).order_by(*way).values_list("pk", flat=True)
            if search and self._is_filtered and newest.matching > PAGE_SIZE:
                # The words are common, so the few that pass the filters are looked through for them.
                few = look_through(list(ids[: sum(LOOKED_THROUGH)]), set, search)
                if few.is_enough:
                    return few.found[:most], few.is_all and len(few.found) <= most
            ids = ids.filter(is_one_of(search.everywhere())) if search else ids
        found = list(ids[:most])
        return found, len(found) < most

    @property
    def _is_filtered(self) -> bool:
        return bool(self.get_filters_params())

    def _passes_filters(self, ids: Ids) -> set[UUID]:
        if not self._is_filtered:
            return set(ids)
        return set(self.queryset.filter(pk__in=ids).order_by().values_list("pk", flat=True))

    def _by_index(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Return the conversations that pass the filters, of which there are few."""
        found = self.root_queryset.filter(build_q_object_from_lookup_parameters(self._lookups))
        for spec in self.filter_specs:
            if isinstance(spec, ChoiceFilter):
                found = spec.queryset_by_index(found)
            elif (passing := spec.queryset(request, found)) is not None:
                found = passing
        return found

    def _link(self, name: str, conversation: Conversation, order: Sequence[str]) -> str:
        """Return the address of the page beside that conversation."""
        return self.get_query_string({name: place_of(conversation, order)})


@dataclass
class LookedThrough:
    """What was found among the first conversations. `matching` is how many match the search, whatever the filters."""

    found: list[UUID]
    is_all: bool = False
    matching: int = 0

    @property
    def is_enough(self) -> bool:
        """Whether there is more than a page, or nothing else."""
        return self.is_all or len(self.found) > PAGE_SIZE


def look_through(ids: Ids, filtered: Callable[[Ids], set[UUID]], search: Search | None) -> LookedThrough:
    """Look through the first of the conversations for more than a page that pass the filters and the search."""
    looked = LookedThrough([])
    seen = 0
    for size in LOOKED_THROUGH:
        window = ids[seen : seen + size]
        part = list(window)
        passing = filtered(window)
        if search:
            matching = search.among(window)
            looked.matching += len(matching)
            passing &= matching
        looked.found += [pk for pk in part if pk in passing]
        seen += size
        looked.is_all = len(part) < size
        if looked.is_enough:
            break
    return looked
