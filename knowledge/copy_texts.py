"""What people read about the copies of a collection at providers."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from knowledge.models import Collection, CollectionFile, Store, StoredFile
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
    # What couldn't be read here has no text to copy.
    wanted = collection.files.present().exclude(state=CollectionFile.State.FAILED).count()
    return [_text(store, counts[store.pk], wanted) for store in [*stores, *_coming(collection)]]


def _coming(collection: Collection) -> list[Store]:
    """Return the copies that will be made a few seconds later."""
    if not collection.is_at_providers:
        return []
    missing = providers().exclude(pk__in=collection.stores.values("provider"))
    return [Store(collection=collection, provider=provider) for provider in missing]


def _text(store: Store, counts: Counter[str], wanted: int) -> CopyText:
    named = {"provider": store.provider.name}
    if store.state == Store.State.DELETING:
        return CopyText(_("The copy at %(provider)s is being deleted.") % named, is_changing=True)
    if store.state == Store.State.FAILED:
        sentence = _("%(provider)s keeps no copy at the moment. That is tried again.")
        return CopyText(sentence % named, is_changing=False)
    ready, failed = counts[State.READY], counts[State.FAILED]
    if store.state == Store.State.FILLING or ready + failed < wanted:
        done = {**named, "ready": ready, "all": wanted}
        return CopyText(_("%(provider)s is getting a copy: %(ready)s of %(all)s files.") % done, is_changing=True)
    sentences = [_("%(provider)s has a copy.") % named]
    if failed:
        missing = ngettext(
            "%(count)s file is only found by its words: %(names)s.",
            "%(count)s files are only found by their words: %(names)s.",
            failed,
        )
        sentences.append(missing % {"count": failed, "names": _names(store, failed)})
    return CopyText(" ".join(sentences), is_changing=False)


def _names(store: Store, number: int) -> str:
    failed = store.files.filter(state=State.FAILED, collection_file__isnull=False)
    names = [*failed.order_by("collection_file__name").values_list("collection_file__name", flat=True)[:MAX_NAMES]]
    return ", ".join([*names, *(["…"] if number > MAX_NAMES else [])])
