"""How copies of collections are, here and at the provider."""

from django.utils import timezone

from common.threads import in_thread
from knowledge.models import Store, StoredFile


@in_thread
def due(**fields) -> None:
    Store.objects.update(due_at=timezone.now(), **fields)


async def files_of(store: Store) -> dict[str, tuple[str, str]]:
    found = StoredFile.objects.filter(store=store).select_related("collection_file")
    return {file.collection_file.name: (file.state, file.problem) async for file in found}


async def found_in(there_, store: Store) -> set[str]:
    return {file["id"] for file in there_(f"vector_stores/{store.store_id}/files")["data"]}
