"""Requests that take turns: those for heavy work in the pool of their kind, all others in that of pages."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from functools import wraps
from typing import Any, TypeVar

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import Resolver404, resolve
from django.utils.decorators import sync_and_async_middleware

from common.pools import PAGES, Pool
from common.refusal import Refused, busy, refusal_response
from common.statements import Statements
from common.threads import give_back_connection, in_thread

CANCEL_AGAIN_SECONDS = 0.5

View = Callable[..., HttpResponseBase]
ViewFunction = TypeVar("ViewFunction", bound=Callable[..., Any])
AsyncView = Callable[..., Coroutine[Any, Any, HttpResponseBase]]
T = TypeVar("T")


def in_turn(pool: Pool, *, seconds: float) -> Callable[[View], AsyncView]:
    """Let a view wait for its person's turn in a pool, and take no longer than that once it is.

    Its statement is cancelled when the time is up or the browser leaves. The request gets a refusal with a sentence if
    its turn doesn't come, or the time is up.
    """

    def decorate(view: View) -> AsyncView:
        @wraps(view)
        async def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            statements = Statements()

            def work() -> HttpResponseBase:
                with statements.cancellable():
                    response = view(request, *args, **kwargs)
                    if isinstance(response, SimpleTemplateResponse):
                        response.render()
                    return response

            try:
                person = await sync_to_async(_leave_connection)(request)
                async with pool.turn_async(person):
                    return await _until(sync_to_async(work)(), statements.cancel, seconds)
            except Refused as refused:
                return await sync_to_async(refusal_response)(request, refused)

        return own_turn(answer)

    return decorate


def own_turn(view: ViewFunction) -> ViewFunction:
    """Mark a view that waits for turns itself, and must not keep others from theirs meanwhile."""
    view.has_own_turn = True  # type: ignore[attr-defined]
    return view


@sync_and_async_middleware
def turns_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Let a few requests of a person be answered at once, and the others wait for their turns."""
    if not iscoroutinefunction(get_response):
        # The server is asynchronous. Only tests send a request from within a thread.
        return get_response

    async def answer(request: HttpRequest) -> Any:
        if _has_own_turn(request):
            return await get_response(request)
        person = await sync_to_async(_leave_connection)(request)
        if person is None:
            return await get_response(request)
        try:
            async with PAGES.turn_async(person):
                return await get_response(request)
        except Refused as refused:
            return await sync_to_async(refusal_response)(request, refused)

    return answer


def _has_own_turn(request: HttpRequest) -> bool:
    try:
        return getattr(resolve(request.path_info).func, "has_own_turn", False)
    except Resolver404:
        return False


def _leave_connection(request: HttpRequest) -> Hashable:
    """Return who asks, whose request must not keep a connection while it waits."""
    person = getattr(request.user, "pk", None)
    give_back_connection()
    return person


async def _until(work: Awaitable[T], cancel: Callable[[], None], seconds: float) -> T:
    """Return what the work returns. Raise `Refused` if it takes longer.

    It may not be left alone, because its thread is the request's: whatever ends this, cancels it and awaits its end.
    """
    task = asyncio.ensure_future(work)
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(task)
    except TimeoutError:
        raise busy() from None
    finally:
        while not task.done():
            await in_thread(cancel)()
            await asyncio.wait([task], timeout=CANCEL_AGAIN_SECONDS)
        if not task.cancelled():
            task.exception()
