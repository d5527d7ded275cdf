"""The middleware that adds headers to every response and compresses pages.

Django and django-csp add other security headers.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.deprecation import MiddlewareMixin

HEADERS = {
    # The browser must not show conversations after their owner has signed out, and a proxy must never store them.
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The pages write to the clipboard, and use no other device.
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class HeadersMiddleware(MiddlewareMixin):
    """The middleware that adds `HEADERS` unless a view has set them."""

    def process_response(self, _request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        return response


class CompressionMiddleware(GZipMiddleware):
    """The middleware that compresses pages. Images are compressed anyway, and static files in advance.

    Django's middleware adds random bytes, which hide the length of secrets in a page (the BREACH attack).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if isinstance(response, HttpResponse) and response.headers.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        return response
