"""The admin site, with the sign-in page of this site."""

from collections.abc import Callable
from typing import Any

from csp.decorators import csp_replace
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.views import SignOutView


class AdminSite(admin.AdminSite):
    site_header = _("Chat admin")
    site_title = _("Chat admin")
    index_title = _("Overview")
    enable_nav_sidebar = False

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Guard a view, and lift Trusted Types for it: Django's forms come with jQuery 3, which knows nothing of them.

        A page of ours that has none of these forms says so with `keeps_trusted_types`.
        """
        guarded = super().admin_view(view, cacheable)
        if getattr(view, "keeps_trusted_types", False):
            return guarded
        return csp_replace({"require-trusted-types-for": None, "trusted-types": None})(guarded)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Leave out Django's address that leads to an object's page: it tells which ids exist."""
        return [pattern for pattern in super().get_urls() if getattr(pattern, "name", None) != "view_on_site"]

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Sign out as on the other pages."""
        return SignOutView.as_view()(request)

    @method_decorator([never_cache, login_not_required])
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the sign-in page. Django sends people here who have no permission for a page of the admin."""
        if self.has_permission(request):
            return redirect("admin:index")
        # Without this, signing in would lead here again, and so on.
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
