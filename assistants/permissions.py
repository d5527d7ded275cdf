"""Who may make, share and change assistants: Django's permissions, which admins give to people and to groups."""

from django.contrib.auth.models import AnonymousUser, Permission
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from assistants.models import Assistant
from common.refusal import Refused

MAX_ASSISTANTS = 500
"""Of one person, archived ones included."""


def may_make(user: User | AnonymousUser) -> bool:
    """Return whether a person may make assistants.

    Everybody may, until the permission is given to somebody: then only those who have it, and superusers.
    """
    if not user.is_authenticated:
        return False
    return user.has_perm("assistants.add_assistant") or not _is_given("add_assistant")


def check_room(user: User) -> None:
    """Raise `Refused` if a person has so many assistants that they can't make another one."""
    if Assistant.objects.filter(owner=user, draft_at=None).count() >= MAX_ASSISTANTS:
        raise Refused(
            "too_many_assistants",
            _("You've made %(number)s assistants already. Edit one of them instead.") % {"number": MAX_ASSISTANTS},
            status=409,
        )


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
