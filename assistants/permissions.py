"""Who may make, share and change assistants: Django's permissions, which admins give to people and to groups."""

from django.contrib.auth.models import AnonymousUser, Permission
from django.db.models import Q

from accounts.models import User


def may_make(user: User | AnonymousUser) -> bool:
    """Return whether a person may make assistants.

    Everybody may, until the permission is given to somebody: then only those who have it, and superusers.
    """
    if not user.is_authenticated:
        return False
    return user.has_perm("assistants.add_assistant") or not _is_given("add_assistant")


def may_share(user: User | AnonymousUser) -> bool:
    """Return whether a person may share assistants with groups and with everybody."""
    return user.has_perm("assistants.share_assistant")


def may_change_defaults(user: User | AnonymousUser) -> bool:
    """Return whether a person may say which assistants answer groups and the site by default."""
    return user.has_perm("assistants.change_default")


def _is_given(codename: str) -> bool:
    """Return whether a group or a person has a permission of this app."""
    permissions = Permission.objects.filter(content_type__app_label="assistants", codename=codename)
    return permissions.filter(Q(group__isnull=False) | Q(user__isnull=False)).exists()
