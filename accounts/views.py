"""Pages to sign in, to create the first admin account, and to change one's password and preferences."""

from typing import Any
from uuid import UUID

import msgspec
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.messages.views import SuccessMessageMixin
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import get_language_from_request, gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.generic import UpdateView

from accounts.first_run import create_first_admin, is_first_run
from accounts.forms import FirstAdminForm, PasswordForm, PreferencesForm, SignInForm
from accounts.memories import remember
from accounts.models import Memory, User
from accounts.sessions import for_scripts, signed_in
from common.refusal import Refused, decoded, json_refusals


class SignInView(auth_views.LoginView):
    form_class = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(nobody_has_an_account=not User.objects.exists(), **kwargs)


# A person who has signed out in another tab must not be asked to sign in before signing out.
@method_decorator(login_not_required, name="dispatch")
class SignOutView(auth_views.LogoutView):
    """Sign out, and let the browser forget what it keeps of the person, such as images."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache"'
        return response


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest, token: str) -> HttpResponse:
    """Create the admin account and sign in with it. Once somebody has an account, the page is gone (404)."""
    if not is_first_run(token):
        raise Http404
    form = FirstAdminForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/first_run.html", {"form": form})
    admin = create_first_admin(form)
    if admin is None:
        raise Http404
    login(request, admin)
    return redirect("home")


class PasswordChangeView(SuccessMessageMixin, auth_views.PasswordChangeView):  # type: ignore[type-arg]
    form_class = PasswordForm
    template_name = "accounts/password.html"
    success_url = reverse_lazy("password")
    success_message = _("Password changed. You've been signed out on other devices.")


class PreferencesView(SuccessMessageMixin, UpdateView):  # type: ignore[type-arg]
    form_class = PreferencesForm
    template_name = "accounts/preferences.html"
    success_url = reverse_lazy("preferences")

    def get_object(self, queryset: Any = None) -> User:
        return self.request.user  # type: ignore[return-value]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(memories=Memory.objects.filter(user=self.object), **kwargs)

    def get_success_message(self, cleaned_data: dict[str, Any]) -> str:
        with override(self.object.language or get_language_from_request(self.request)):
            return gettext("Preferences saved.")


class MemoryText(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request that changes a memory."""

    text: str


@for_scripts
@require_http_methods(["PUT", "DELETE"])
@json_refusals
def memory(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change what is remembered, or bring it back after it was deleted, with PUT; forget it, with DELETE."""
    user = signed_in(request)
    gone = Refused("memory_not_found", gettext("This memory is gone already."), status=404)
    if Memory.objects.filter(pk=pk).exclude(user=user).exists():
        raise gone
    if request.method == "PUT":
        kept = remember(user.pk, decoded(request.body, MemoryText).text, pk=pk)
        return JsonResponse({"id": str(kept.pk), "text": kept.text})
    if not Memory.objects.filter(pk=pk, user=user).delete()[0]:
        raise gone
    return HttpResponse(status=204)


@for_scripts
@require_http_methods(["DELETE"])
@json_refusals
def all_memories(request: HttpRequest) -> HttpResponse:
    """Forget everything that is remembered of the person."""
    Memory.objects.filter(user=signed_in(request)).delete()
    return HttpResponse(status=204)
