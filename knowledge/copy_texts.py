"""What people read about the copies of a collection at providers."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from knowledge.models import Collection, Store, StoredFile
from knowledge.stored import providers

MAX_NAMES = 3
"""Of files that can't be searched there."""
State = StoredFile.State


@dataclass(frozen=True)
class CopyText:
    """How a copy is, in a sentence or two. If it `is_changing`, that is soon different."""

    text: str
    is_changing: bool


def copy_texts(collection: Collection) -> list[CopyText]:
    """Return how the copies of a collection are, by the names of the providers."""
    stores = [*collection.stores.select_related("provider").order_by("provider__name")]
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    files = StoredFile.objects.filter(store__in=stores).order_by()
    for store_id, state, number in files.values_list("store", "state").annotate(Count("pk")):
        counts[store_id][state] = number
    return [
        CopyText(_text(collection, store, counts[store.pk]), _is_changing(store))
        for store in [*stores, *_coming(collection)]
    ]


def _coming(collection: Collection) -> list[Store]:
    """Return the copies that will be made a few seconds later."""
    if not collection.is_at_providers:
        return []
    missing = providers().exclude(pk__in=collection.stores.values("provider"))
    return [Store(collection=collection, provider=provider) for provider in missing]


def _is_changing(store: Store) -> bool:
    return store.state in {Store.State.FILLING, Store.State.DELETING}


def _text(collection: Collection, store: Store, counts: Counter[str]) -> str:
    named = {"provider": store.provider.name}
    if store.state == Store.State.DELETING:
        return _("The copy at %(provider)s is being deleted.") % named
    if store.state == Store.State.FAILED:
        return _("%(provider)s keeps no copy at the moment. That is tried again.") % named
    if store.state == Store.State.FILLING:
        present = collection.files.present().count()
        done = {**named, "ready": counts[State.READY], "all": present}
        return _("%(provider)s is getting a copy: %(ready)s of %(all)s files.") % done
    sentences = [_("%(provider)s has a copy.") % named]
    if number := counts[State.FAILED]:
        missing = ngettext(
            "%(count)s file is only found by its words: %(names)s.",
            "%(count)s files are only found by their words: %(names)s.",
            number,
        )
        sentences.append(missing % {"count": number, "names": _names(store, number)})
    return " ".join(sentences)


def _names(store: Store, number: int) -> str:
    failed = store.files.filter(state=State.FAILED, collection_file__isnull=False)
    names = [*failed.order_by("collection_file__name").values_list("collection_file__name", flat=True)[:MAX_NAMES]]
    return ", ".join([*names, *(["…"] if number > MAX_NAMES else [])])
