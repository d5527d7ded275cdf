"""The URLs of the site."""

from django.contrib import admin
from django.urls import include, path

from chatsite.health import health
from chatsite.manifest import manifest

urlpatterns = [
    path("", include("conversations.urls")),
    path("", include("assistants.urls")),
    path("", include("knowledge.urls")),
    path("", include("tools.urls")),
    path("", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
    path("manifest.webmanifest", manifest, name="manifest"),
]

handler400 = "chatsite.errors.bad_request"
handler500 = "chatsite.errors.server_error"
