"""The provider: the only module that knows the OpenAI SDK.

The SDK makes the request. It does not parse the stream, because turning every event into its models costs more than
everything else together; see docs/performance.md.
"""

import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import httpx2
import msgspec
import openai
from django.conf import settings
from django.utils.translation import gettext_noop as _

from conversations.events import Event, ServerSentEvents, decode

logger = logging.getLogger(__name__)

# aiohttp's own limit is 100 connections, and the 101st answer would wait for one of the others to end.
MAX_CONNECTIONS = 10_000
KEPT_SECONDS = 3.0
"""Servers close idle connections too, many after 5 seconds, and a question that meets this may not be sent again."""
MAX_DETAIL = 2000
"""Characters; some servers answer with a whole page."""
NOT_IMPLEMENTED = 501
MAX_EVENT_BYTES = 64 * 1024 * 1024
UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""No connection was made, so nobody has the request."""


class Failure(Exception):
    """An answer that did not come: `message` tells the person what to do, `detail` the admin what happened.

    `retry_after` is the seconds after which the same request makes sense again, None where it does not: it was refused
    for good, or may have been answered, and billed, unseen.
    """

    def __init__(
        self, code: str, message: str, *, detail: str = "", status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{code} {status or ''} {detail}".strip())
        self.code = code
        self.message = message
        self.detail = detail
        self.status = status
        self.retry_after = retry_after

    def as_error(self) -> dict[str, Any]:
        """The API's `error` object, with what is for the admin beside it."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.detail:
            error["detail"] = self.detail
        if self.status:
            error["status"] = self.status
        return error

    @property
    def chain_is_lost(self) -> bool:
        """Whether the provider does not know the response that we continued; the whole conversation can be sent."""
        words = self.detail.lower()
        return self.code == "previous_response_not_found" or (
            self.status in {400, 404}
            and (("response" in words and ("previous" in words or "not found" in words)) or "no tool output" in words)
        )

    @property
    def refuses_reasoning(self) -> bool:
        """Whether the provider does not take its own reasoning back; the same can be asked without it."""
        return self.code == "invalid_encrypted_content" or (
            self.status in {400, 422} and "reasoning" in self.detail.lower()
        )

    @property
    def may_pass(self) -> bool:
        """Whether a lookup that failed so may succeed later: nobody answered it, or a server that is in trouble."""
        is_trouble = self.status in {408, 409, 429} or (self.status or 0) >= 500
        return self.status is None or (is_trouble and self.status != NOT_IMPLEMENTED)

    @property
    def refuses_background(self) -> bool:
        """Whether the server can't answer in the background; the same can be asked in the foreground."""
        return self.status in {400, 422} and "background" in self.detail.lower()


# By HTTP status, or by code where that says more. They are stored and sent as they are, and translated where they are
# shown: many read the same answer, each in their own language.
SENTENCES: dict[int | str, str] = {
    400: _("The model did not accept this question. Please tell your admin."),
    401: _("The model's server refused the site's key. Please tell your admin."),
    403: _("The model's server does not allow this site to use the model. Please tell your admin."),
    404: _("The model's server does not have what the site asked for. Please tell your admin."),
    413: _("The question with its pictures is too large for the model. Please send less at once."),
    429: _("The model is busy. Please ask again in a moment."),
    500: _("The model's server had an error. Please ask again."),
    503: _("The model's server is overloaded. Please ask again in a moment."),
    "insufficient_quota": _("The site's credit with the model's provider is used up. Please tell your admin."),
    "context_length_exceeded": _("This conversation is too long for the model. Please start a new one."),
    "image_too_large": _("A picture is too large for the model. Please send a smaller one."),
    "invalid_image": _("The model could not read a picture. Please send it in another format."),
    "invalid_image_url": _("The model could not fetch the picture's address. Please attach the picture itself."),
    "connection_error": _("The model's server can't be reached. Please ask again in a moment, or tell your admin."),
    "timeout": _("The model's server did not answer in time. Please ask again."),
    "stream_cut": _("The connection to the model broke before the answer was complete. Please ask again."),
    "interrupted": _("The server was stopped before the answer was complete. Please ask again."),
}
ALIKE: dict[int | str, tuple[int | str, ...]] = {
    400: (
        422,
        "bio_policy",
        "data_residency_mismatch",
        "image_content_policy_violation",
        "image_file_not_found",
        "image_too_small",
        "invalid_prompt",
        "misalignment_policy_violation",
    ),
    429: ("rate_limit_exceeded",),
    500: ("server_error",),
    "image_too_large": ("image_file_too_large",),
    "invalid_image": (
        "empty_image_file",
        "image_parse_error",
        "invalid_base64_image",
        "invalid_image_format",
        "invalid_image_mode",
        "unsupported_image_media_type",
    ),
    "invalid_image_url": ("failed_to_download_image",),
    "timeout": (408, 504),
    "stream_cut": ("connection_lost",),
}
SENTENCES |= {code: SENTENCES[like] for like, codes in ALIKE.items() for code in codes}


def failure(
    code: str | None, *, detail: str = "", status: int | None = None, retry_after: float | None = None
) -> Failure:
    """A failure with the sentence that its code, else its status, calls for."""
    code = one_line(str(code)) if code else None
    if code in SENTENCES:
        message = SENTENCES[code]
    else:
        message = SENTENCES.get(status or 500) or SENTENCES[400 if status and status < 500 else 500]
    return Failure(
        code or (f"http_{status}" if status else "server_error"),
        message,
        detail=one_line(redact(detail)),
        status=status,
        retry_after=retry_after,
    )


def redact(text: str) -> str:
    """The text without the key, should the provider repeat it."""
    key = settings.OPENAI_API_KEY
    return text.replace(key, "[key]") if len(key) > 8 else text


def one_line(text: str) -> str:
    """The words as they may be stored and logged: what a stranger says begins no line of a log and fills none.

    JSON may hold what is no text at all, such as half a character, which no database stores.
    """
    words = " ".join(text[: 2 * MAX_DETAIL].split())[:MAX_DETAIL]
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in words)


class Upstream:
    """The provider's client; it belongs to the event loop that uses it first.

    `chains` says whether the server is thought to know `previous_response_id`, and `holds` whether it is thought to
    answer in the background, so that an answer can be read again.
    """

    def __init__(self) -> None:
        self.chains = self.holds = True
        self._client: openai.AsyncOpenAI | None = None

    @property
    def client(self) -> openai.AsyncOpenAI:
        if self._client is None:
            timeout = httpx2.Timeout(settings.OPENAI_TIMEOUT, connect=10)
            limits = httpx2.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=KEPT_SECONDS)
            self._client = openai.AsyncOpenAI(
                api_key=settings.OPENAI_API_KEY,
                base_url=settings.OPENAI_BASE_URL,
                # A create that is sent twice can be billed twice.
                max_retries=0,
                timeout=timeout,
                http_client=openai.DefaultAioHttpClient(timeout=timeout, limits=limits),
            )
        return self._client

    async def close(self) -> None:
        """Let go of the server and of what was learnt about it."""
        self.chains = self.holds = True
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    async def create(self, body: dict[str, Any]) -> AsyncGenerator[list[Event], None]:
        """Ask, and yield the events of the answer in the batches in which they arrive.

        Raises Failure for whatever goes wrong on the way; the end of the iterator is the end of the stream, and whether
        the answer was complete is for the caller to see.
        """
        # As extra_body it is sent as it is: the SDK walks through its own parameters item by item, 150 ms for 200.
        with _failures():
            async with self.client.responses.with_streaming_response.create(stream=True, extra_body=body) as response:
                async for events in _batches(response):
                    yield events

    async def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Ask, and return the whole response once it is there. Raises Failure."""
        with _failures():
            response = await self.client.responses.with_raw_response.create(extra_body=body)
            answered = decode(response.content)
            return answered if isinstance(answered, dict) else {}

    async def resume(self, response_id: str, after: int) -> AsyncGenerator[list[Event], None]:
        """The events after that number of an answer that the server holds, as `create` yields them."""
        with _failures():
            async with self.client.responses.with_streaming_response.retrieve(
                response_id, stream=True, starting_after=after
            ) as response:
                async for events in _batches(response):
                    yield events

    async def retrieve(self, response_id: str) -> dict[str, Any]:
        """The response as the server has it now. Raises Failure."""
        with _failures():
            response = await self.client.responses.with_raw_response.retrieve(response_id)
            event = decode(response.content)
            return event if isinstance(event, dict) else {}

    async def cancel(self, response_id: str) -> None:
        """End an answer that the server holds. Raises Failure."""
        with _failures():
            await self.client.responses.with_raw_response.cancel(response_id)


async def _batches(response: openai.AsyncAPIResponse[Any]) -> AsyncGenerator[list[Event], None]:
    stream = ServerSentEvents()
    async for chunk in response.iter_bytes():
        events = [decode(data) for data in stream.feed(chunk) if data != b"[DONE]"]
        if events:
            yield events
        if stream.pending > MAX_EVENT_BYTES:
            raise failure("server_error", detail="an event of the stream is too large")


@contextmanager
def _failures() -> Iterator[None]:
    """Whatever the SDK and what lies below it raise, as a Failure."""
    try:
        yield
    except openai.APIStatusError as error:
        raise _from_status(error) from error
    except (openai.APIConnectionError, httpx2.TransportError) as error:
        raise _from_connection(error) from error
    except msgspec.DecodeError as error:
        raise failure("stream_cut", detail=f"an event is not JSON: {error}") from error
    except openai.OpenAIError as error:
        raise failure("server_error", detail=_words(error)) from error


def _from_status(error: openai.APIStatusError) -> Failure:
    body = error.body if isinstance(error.body, dict) else {}
    detail = str(body.get("message") or error.message)
    if request_id := error.request_id:
        detail = f"{detail} (request {request_id})"
    return failure(error.code, detail=detail, status=error.status_code, retry_after=_retry_after(error))


def _from_connection(error: Exception) -> Failure:
    """What aiohttp raised first counts: its transport calls whatever breaks before the headers a time-out."""
    causes = [*_causes(error)]
    if any(isinstance(cause, UNSENT) for cause in causes):
        return failure("connection_error", detail=_words(error), retry_after=0)
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return failure("timeout", detail=_words(error))
    # What breaks after the headers the SDK leaves as it is.
    has_headers = not isinstance(error, openai.APIConnectionError)
    return failure("stream_cut" if has_headers else "connection_lost", detail=_words(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _retry_after(error: openai.APIStatusError) -> float | None:
    """The seconds that a server asks to wait, where the same request may be taken then."""
    headers = error.response.headers
    refused_for_now = error.status_code in {429, 503} or error.code == "conversation_locked"
    if not refused_for_now or error.code == "insufficient_quota" or headers.get("x-should-retry") == "false":
        return None
    return _seconds_to_wait(headers)


def _seconds_to_wait(headers: Mapping[str, str]) -> float:
    """As OpenAI says it, in milliseconds, or as HTTP has it, in seconds or by a date."""
    said = headers.get("retry-after", "")
    readings: tuple[Callable[[], float], ...] = (
        lambda: float(headers.get("retry-after-ms", "")) / 1000,
        lambda: float(said),
        lambda: parsedate_to_datetime(said).timestamp() - time.time(),
    )
    for read in readings:
        with suppress(ValueError, OverflowError):
            # In this order, because what is no number is not more than 0 either.
            return max(0.0, read())
    return 0


def _words(error: Exception) -> str:
    cause = f": {error.__cause__}" if error.__cause__ else ""
    return f"{type(error).__name__}: {error}{cause}"


def is_error(event: dict[str, Any]) -> bool:
    """Whether it says that the answer fails: the API's `error` event, or what servers send without that type."""
    kind = event.get("type")
    return kind == "error" or event.get("object") == "error" or (kind is None and bool(event.get("error")))


def failure_of_event(event: dict[str, Any]) -> Failure:
    """What an `error` event means, nested as servers send it or flat as the API's document says."""
    error = event.get("error")
    return failure_of_response({"message": error} if isinstance(error, str) else error or event)


def failure_of_response(error: Any) -> Failure:
    """What the `error` of a failed response means."""
    known: dict[str, Any] = error if isinstance(error, dict) else {}
    code, detail = known.get("code"), str(known.get("message") or "")
    if isinstance(code, int) and code in SENTENCES:
        # Some servers name the HTTP status that they can't send any more.
        return Failure(f"http_{code}", SENTENCES[code], detail=one_line(redact(detail)))
    return failure(str(code or "server_error"), detail=detail)


upstream = Upstream()
