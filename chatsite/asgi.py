"""The ASGI application: pages through Django, the browser's socket through Channels."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django import setup
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
setup(set_prefix=False)

# Django must be set up before anything that touches its models is imported.
from chatsite.bodies import Bodies, Handler  # noqa: E402
from conversations.live.consumer import SocketConsumer  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": Bodies(Handler()),
        "websocket": CookieMiddleware(
            # Channels routes with Django's path(), whose types allow only views.
            URLRouter([path("socket/", SocketConsumer.as_asgi())])  # type: ignore[arg-type,list-item]
        ),
    }
)
