"""What every response says to the browser, beside Django's own headers and the content security policy."""

from django.http import HttpRequest, HttpResponseBase
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
