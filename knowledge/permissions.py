"""Who may share collections, and how many of them, and of files in one, there may be."""

from django.contrib.auth.models import AnonymousUser
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import User
from common.refusal import Refused
from knowledge.models import Collection

MAX_COLLECTIONS = 200
"""Of one person."""
MAX_FILES = 20_000
"""In one collection."""


def may_share(user: User | AnonymousUser) -> bool:
    """Return whether a person may share collections with groups and with everybody."""
    return user.has_perm("knowledge.share_collection")


def check_room(user: User) -> None:
    """Raise `Refused` if a person has as many collections as anybody may have."""
    if Collection.objects.filter(owner=user, deleted_at=None).count() >= MAX_COLLECTIONS:
        raise Refused(
            "too_many_collections",
            _("You already have %(most)s collections. Delete one first.") % {"most": MAX_COLLECTIONS},
            status=409,
        )


def check_room_for_files(collection: Collection, more: int = 1) -> None:
    """Raise `Refused` if a collection would have more files than one may have."""
    if collection.files.present().count() + more > MAX_FILES:
        raise Refused(
            "too_many_files",
            _("A collection can have %(most)s files. Delete some, or make another collection.")
            % {"most": number_format(MAX_FILES, force_grouping=True)},
            status=409,
        )
