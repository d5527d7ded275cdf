"""Accounts in the admin: create them, set a new password, deactivate them."""

from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.http import HttpRequest

from accounts.models import User


@admin.register(User)
class UserAdmin(auth_admin.UserAdmin):  # type: ignore[type-arg]
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_staff", "last_login")
    readonly_fields = ("last_login", "date_joined")

    # Without the next two methods, an admin who isn't a superuser could become one, or take over the account of one.

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if request.user.is_superuser:
            return self.readonly_fields
        return (*self.readonly_fields, "is_staff", "is_superuser", "groups", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return False for everybody: conversations are kept with their owner, so an account is only deactivated."""
        return False


def _may_touch(request: HttpRequest, account: User | None) -> bool:
    return request.user.is_superuser or account is None or not account.is_superuser
