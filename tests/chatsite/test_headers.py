"""The headers of every response."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conversations.attachments import store
from tests.support.images import encoded, image

PAGES = ["/", "/sign-in/", "/password/", "/nothing/", "/manifest.webmanifest", "/health/", "/admin/"]
REVIEW = ["/admin/", "/admin/conversations/conversation/", "/admin/accounts/user/add/"]


def policy_of(response) -> dict[str, list[str]]:
    parts = (part.split() for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("path", [*PAGES, *REVIEW])
@pytest.mark.parametrize("person", [None, "hopper"])
def test_every_response_has_the_security_headers(client, hopper, person, path):
    if person:
        client.force_login(hopper)
    response = client.get(path)

    policy = policy_of(response)
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert policy["default-src"] == ["'self'"]
    for name in ("object-src", "base-uri", "frame-ancestors"):
        assert policy[name] == ["'none'"]
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "microphone=()" in response.headers["Permissions-Policy"]


@pytest.mark.parametrize("path", PAGES[:-1])
def test_pages_require_trusted_types(client, ada, path):
    client.force_login(ada)
    policy = policy_of(client.get(path))
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == (["'script'"], ["chat-worker"])


@pytest.mark.parametrize("path", [*PAGES, *REVIEW])
def test_no_page_is_stored_by_browsers_or_proxies(client, hopper, path):
    client.force_login(hopper)
    response = client.get(path)
    assert "no-store" in response.headers["Cache-Control"]
    assert "private" in response.headers["Cache-Control"]


def test_server_error_page_has_the_same_headers(client, ada, monkeypatch):
    client.force_login(ada)
    client.raise_request_exception = False
    monkeypatch.setattr("conversations.views.conversations.render", lambda *_: 1 / 0)
    response = client.get("/", headers={"accept-language": "de"})
    assert response.status_code == 500
    assert "script-src" in policy_of(response)
    assert '<html lang="de" dir="ltr">' in response.text


def test_manifest_is_in_the_readers_language(client):
    manifest = client.get(reverse("manifest"), headers={"accept-language": "de"})
    assert manifest.headers["Content-Type"] == "application/manifest+json"
    assert manifest.json()["lang"] == "de"
    assert "Accept-Language" in manifest.headers["Vary"]


def test_pages_are_compressed_and_images_are_not(client, ada):
    client.force_login(ada)
    page = client.get("/", headers={"accept-encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert len(page.content) < len(client.get("/").content) / 2

    attachment = store(SimpleUploadedFile("harbour.png", encoded(image())), ada)
    response = client.get(reverse("attachment", args=[attachment.pk]), headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in response.headers
