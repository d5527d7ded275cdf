"""Copies of collections at providers in the admin: how far each is, and what can't be deleted."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models import Store, StoredFile

State = StoredFile.State


@admin.register(Store)
class StoreAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A copy, which is made and deleted by itself. Admins see what goes wrong, and may forget what can't be deleted."""

    view_on_site = False
    actions = ["try_now"]
    list_display = ["collection", "provider", "state", "ready", "failed", "problem", "tries", "state_at", "due_at"]
    list_filter = ["state", "provider"]
    list_select_related = ["collection", "provider"]
    readonly_fields = ["collection", "provider", "store_id", "state", "problem", "tries", "state_at", "due_at"]
    fields = [*readonly_fields]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Store]:
        files = {name: Count("files", filter=Q(files__state=state)) for name, state in COUNTED.items()}
        stores: QuerySet[Store] = super().get_queryset(request).annotate(**files)
        return stores

    @admin.display(description=_("Ready"))
    def ready(self, store: Any) -> int:
        return int(store.ready_files)

    @admin.display(description=_("Failed"))
    def failed(self, store: Any) -> int:
        return int(store.failed_files)

    @admin.action(description=_("Try again now"), permissions=["view"])
    def try_now(self, request: HttpRequest, stores: QuerySet[Store]) -> None:
        Store.objects.filter(pk__in=[store.pk for store in stores]).update(due_at=timezone.now(), tries=0)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, list[Any]]:
        # Their files may be thousands.
        return [str(each) for each in objs], {}, set(), []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Store | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Store | None = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Store | None = None) -> bool:
        # Only what the provider doesn't delete: forgetting anything else would leave it there.
        return self.has_module_permission(request) and (obj is None or obj.state == Store.State.DELETING)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser


COUNTED = {"ready_files": State.READY, "failed_files": State.FAILED}
