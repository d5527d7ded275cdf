"""Views that ask somebody else's server, and wait for it in a pool of their own."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse

from accounts.models import User
from common.pools import OUTSIDE
from common.refusal import Refused, refusal_response
from common.threads import give_back_connection
from common.turns import own_turn

P = ParamSpec("P")
T = TypeVar("T")
View = Callable[..., HttpResponse]


def asks_outside(view: View) -> View:
    """Let a view call `outside`, and answer with a sentence if this person's turn doesn't come."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            return refusal_response(request, refused)

    return own_turn(answer)


def outside(user: User, function: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what an asynchronous function returns, when it is this person's turn. Raise `Refused`."""
    with OUTSIDE.turn(user.pk):
        # The other server may take long.
        give_back_connection()
        return asyncio.run(function(*args, **kwargs))
