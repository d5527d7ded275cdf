"""Collections with files that are read, made for tests."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group

from accounts.models import User
from accounts.sharing import Visibility
from files.models import Document, Passage
from knowledge.models import Collection, CollectionFile


def make_collection(owner: User, name: str = "Harbour", groups: Iterable[Group] = (), **fields: Any) -> Collection:
    """Store a collection, for its owner alone unless `groups` or a `visibility` say otherwise."""
    groups = [*groups]
    shared = {"visibility": Visibility.GROUPS} if groups else {}
    collection = Collection.objects.create(owner=owner, name=name, **{**shared, **fields})
    collection.groups.set(groups)
    return collection


def add_read(collection: Collection, *passages: str, name: str = "tides.pdf") -> CollectionFile:
    """Store a file of a collection that was read, with a passage a page."""
    content = "\n".join(passages)
    digest = hashlib.sha256(content.encode()).hexdigest()
    document, is_new = Document.objects.get_or_create(
        digest=digest,
        defaults={
            "kind": "pdf",
            "media_type": "application/pdf",
            "size": len(content),
            "pages": len(passages),
            "characters": len(content),
        },
    )
    if is_new:
        rows = [
            Passage(document=document, number=number, page=number + 1, text=text)
            for number, text in enumerate(passages)
        ]
        Passage.objects.bulk_create(rows)
    return CollectionFile.objects.create(
        collection=collection,
        document=document,
        digest=digest,
        name=name,
        size=len(content),
        state=CollectionFile.State.READ,
        added_by=collection.owner,
    )
