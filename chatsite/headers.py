"""What every response says to the browser, beside Django's own headers and the content security policy; and pages made
small for the way.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.deprecation import MiddlewareMixin

HEADERS = {
    # What people asked is not kept by the browser after they have signed out, nor by a proxy ever.
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The pages copy, and use no other device or sensor.
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class HeadersMiddleware(MiddlewareMixin):
    """Adds them where a view has not said otherwise."""

    def process_response(self, _request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        return response


class CompressionMiddleware(GZipMiddleware):
    """Compresses pages. Pictures are compressed already, and static files in advance.

    Django's own hides the length of what is secret in a page (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if isinstance(response, HttpResponse) and response.headers.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        return response
