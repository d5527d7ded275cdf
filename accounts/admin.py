"""Accounts in the admin: create them, set a new password, deactivate them.

Nobody can get more permissions here than they have: not by giving themselves some, and not by taking over the account
of somebody who has them. Superusers alone give permissions, to accounts and to groups.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, Permission
from django.db.models import ManyToManyField, Q
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext

from accounts.models import User


class PermissionNames:
    """Show the names of permissions in the reader's language; Django stores them in English."""

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "ModelMultipleChoiceField[Any] | None":
        field: ModelMultipleChoiceField[Any] | None = super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]
        if field and db_field.related_model is Permission:
            field.label_from_instance = _named  # type: ignore[assignment]
        return field


def _named(permission: Any) -> str:
    return f"{permission.content_type} | {gettext(permission.name)}"


@admin.register(User)
class UserAdmin(PermissionNames, auth_admin.UserAdmin):  # type: ignore[type-arg]
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_staff", "last_login")
    readonly_fields = ("last_login", "date_joined")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if request.user.is_superuser:
            return self.readonly_fields
        return (*self.readonly_fields, "is_staff", "is_superuser", "groups", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or _may_touch(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return False for everybody: conversations are kept with their owner, so an account is only deactivated."""
        return False


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(PermissionNames, auth_admin.GroupAdmin):  # type: ignore[misc]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser


def _may_touch(request: HttpRequest, account: User) -> bool:
    """Return whether the account has no permission that this admin lacks.

    It counts what the account would have if it were active: whoever deactivates one can activate it again.
    """
    if request.user.is_superuser:
        return True
    permissions = Permission.objects.filter(Q(user=account) | Q(group__user=account)).distinct()
    names = {f"{app}.{name}" for app, name in permissions.values_list("content_type__app_label", "codename")}
    return not account.is_superuser and names <= request.user.get_all_permissions()
