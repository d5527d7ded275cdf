"""What can go wrong with an answer: a sentence for the person, and the details for the admin."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from django.utils.translation import gettext_noop as _

MAX_DETAIL = 2000
"""Characters. Some servers answer with a whole page."""
MAX_BODY_BYTES = 100_000
MAX_DEPTH = 8
"""Of an error's body, as far as it is read."""
NOT_IMPLEMENTED = 501

SECRETS: set[str] = set()
"""The keys of the providers that this process has talked to."""
MAX_PUBLIC_LENGTH = 8
"""Characters. What is shorter protects nothing, and stands in other words."""

CREDIT = "insufficient_quota"
TOO_LONG = "context_length_exceeded"
NO_IMAGES = "image_input_not_supported"
NO_API = "no_api"
NOT_FOUND = 404


class Failure(Exception):
    """An answer that failed: `message` tells the person what to do, `detail` tells the admin what happened.

    `code` is the API's error code or one of ours, `status` the HTTP status and `param` the request parameter that the
    provider named, if any. `meaning` is the key of its sentence: a code or a status for all that mean the same.
    `is_clear` says that this isn't taken from the status alone, or from a code that means anything.
    `retry_after` is the number of seconds after which the same request makes sense again; None if it doesn't, because
    it was refused for good or may have been answered, and billed, unseen.
    """

    def __init__(
        self,
        code: str,
        meaning: int | str,
        message: str,
        *,
        is_clear: bool = False,
        detail: str = "",
        status: int | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code} {status or ''} {detail}".strip())
        self.code = code
        self.meaning = meaning
        self.message = message
        self.is_clear = is_clear
        self.detail = detail
        self.status = status
        self.param = param
        self.retry_after = retry_after

    def as_error(self) -> dict[str, Any]:
        """Return the API's `error` object, with `detail` and `status` for the admin beside it."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.detail:
            error["detail"] = self.detail
        if self.status:
            error["status"] = self.status
        return error

    @property
    def may_pass(self) -> bool:
        """Whether a lookup that failed this way may succeed later: nobody answered, or a server in trouble did."""
        is_trouble = self.status in {408, 409, 429} or (self.status or 0) >= 500
        return self.status is None or (is_trouble and self.status != NOT_IMPLEMENTED)


# By HTTP status, or by code if that says more. They are stored and sent in English and translated where they are shown:
# several people may read the same answer, each in their own language.
SENTENCES: dict[int | str, str] = {
    400: _("The model didn't accept this message. Change it, or tell your admin."),
    401: _("The API key was rejected. Tell your admin."),
    403: _("The API key isn't allowed to use this model. Tell your admin."),
    404: _("The model wasn't found. Tell your admin."),
    NO_API: _("No model answers at the provider's address. Tell your admin."),
    413: _("The message with its images is too large for the model. Send less at once."),
    429: _("The model is busy. Try again in a moment."),
    500: _("The model's provider had an error. Try again."),
    503: _("The model's provider is overloaded. Try again in a moment."),
    CREDIT: _("The team's API credit is used up. Tell your admin."),
    TOO_LONG: _("This conversation is too long for the model. Start a new one."),
    NO_IMAGES: _("The model can't see images. Send your message without them."),
    "image_refused": _("The model didn't accept an image. Send another one, or your message without it."),
    "moderation_blocked": _("The provider refused to make this image, to be safe. Ask for it in other words."),
    "image_too_large": _("An image is too large for the model. Send a smaller one."),
    "invalid_image": _("The model couldn't read an image. Send it in another format."),
    "invalid_image_url": _("The model couldn't fetch the image from its address. Attach the image itself."),
    "provider_not_found": _("The provider of this model was removed. Choose another model, or tell your admin."),
    "key_undecryptable": _("The API key for this model can't be read. Tell your admin."),
    "invalid_json_schema": _("The model's provider doesn't accept the JSON schema of the answer. Tell your admin."),
    "connection_error": _("The model's provider can't be reached. Try again in a moment, or tell your admin."),
    "timeout": _("The model's provider didn't answer in time. Try again."),
    "vector_store_timeout": _("The search in the files took too long. Try again."),
    "stream_cut": _("The connection to the model was lost before the answer was complete. Try again."),
    "nothing_to_compact": _("There is nothing to summarize yet."),
    "no_answer": _("The model ended without an answer. Try again."),
    "interrupted": _("The server was stopped before the answer was complete. Try again."),
    "unavailable_for_minutes": _("The model isn't available at the moment. Try again in a few minutes."),
    "unavailable_for_an_hour": _("The model isn't available at the moment. Try again in about an hour."),
    "unavailable_for_hours": _("The model isn't available at the moment. Try again in a few hours."),
    "unavailable_for_a_day": _("The model isn't available at the moment. Try again tomorrow."),
    "unavailable_for_days": _("The model isn't available at the moment. Try again in a few days."),
}
FOR_ADMINS: dict[str, str] = {
    SENTENCES[400]: _("The model didn't accept this message."),
    SENTENCES[401]: _("The API key was rejected."),
    SENTENCES[403]: _("The API key isn't allowed to use this model."),
    SENTENCES[404]: _("The model wasn't found."),
    SENTENCES[NO_API]: _(
        "No model answers at the provider's address. Check it: OPENAI_BASE_URL, or the provider's page."
    ),
    SENTENCES[CREDIT]: _("The team's API credit is used up."),
    SENTENCES["provider_not_found"]: _("The provider of this model was removed. Choose another model."),
    SENTENCES["key_undecryptable"]: _(
        "The provider's API key can't be decrypted, because SECRET_KEY has changed. Replace the key, or set the "
        "earlier SECRET_KEY in SECRET_KEY_FALLBACKS."
    ),
    SENTENCES["invalid_json_schema"]: _("The model's provider doesn't accept the JSON schema of the answer."),
    SENTENCES["connection_error"]: _("The model's provider can't be reached. Try again in a moment."),
}
"""The same to those who need not tell an admin."""
ALIKE: dict[int | str, tuple[int | str, ...]] = {
    400: (
        422,
        "bio_policy",
        "content_filter",
        "data_residency_mismatch",
        "invalid_prompt",
        "misalignment_policy_violation",
    ),
    401: ("invalid_api_key", "authentication_error"),
    403: ("permission_error",),
    404: ("model_not_found",),
    NO_API: (301, 302, 303, 307, 308, 405),
    429: ("rate_limit_exceeded", "rate_limit_error", "usage_limit_reached"),
    500: ("server_error",),
    503: (529, "overloaded_error", "server_is_overloaded", "service_unavailable_error", "slow_down"),
    CREDIT: (402, "billing_hard_limit_reached", "billing_not_active", "insufficient_credits"),
    TOO_LONG: ("exceed_context_size_error",),
    "image_refused": ("image_content_policy_violation", "image_file_not_found", "image_too_small"),
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
    "timeout": (408, 504, 524),
    "stream_cut": ("connection_lost",),
}
MEANINGS = {meaning: meaning for meaning in SENTENCES} | {
    code: meaning for meaning, codes in ALIKE.items() for code in codes
}
"""What each code, type and status means: the key of its sentence."""

GENERIC = {"server_error", "invalid_prompt"}
"""Codes that some servers give every error, so that its words say more."""

WORDS: tuple[tuple[int | str, re.Pattern[str]], ...] = (
    (
        TOO_LONG,
        re.compile(r"context[ _-](length|window|size)|maximum context|(prompt|input) is too long", re.IGNORECASE),
    ),
    (
        NO_IMAGES,
        re.compile(
            r"\b(images?|vision|multimodal)\b.{0,40}(\bnot|n't|\bun)[ -]?(be )?(support|enabled|available|accept)"
            r"|(\bnot|n't|\bun)[ -]?(support|accept).{0,40}\b(images?|vision|multimodal)\b"
            r"|\bmmproj\b|that support image|\btext[- ]only\b",
            re.IGNORECASE,
        ),
    ),
    (
        CREDIT,
        re.compile(
            r"\b(insufficient|exceeded your current|not enough|out of|no) (quota|credit|balance|funds)"
            r"|\bmore credits|\bcredit balance",
            re.IGNORECASE,
        ),
    ),
    (503, re.compile(r"\boverloaded\b", re.IGNORECASE)),
    (400, re.compile(r"\bflagged\b|\b(usage|content|safety) polic(y|ies)\b", re.IGNORECASE)),
)
"""What an error means by its words, if neither its code nor its type says it."""

FOUND_MISSING: tuple[tuple[int | str, re.Pattern[str]], ...] = (
    (NOT_FOUND, re.compile(r"\bmodel", re.IGNORECASE)),
    ("stream_cut", re.compile(r"\bresponse\b|\bresp_", re.IGNORECASE)),
)
"""What was not found, by the words. If they name neither, the provider has no API at the address."""

MARKUP = re.compile(r"(?is)<(style|script)\b.*?(?:</\1>|\Z)|<[^<>]*>")

UNSPOKEN = {"code", "ctx", "input", "object", "param", "sequence_number", "status", "type", "url"}
"""Fields of an error's body whose text is no words about it. Some servers repeat what was sent."""

WAITS: tuple[tuple[float, str], ...] = (
    (15 * 60, "unavailable_for_minutes"),
    (90 * 60, "unavailable_for_an_hour"),
    (20 * 3600, "unavailable_for_hours"),
    (36 * 3600, "unavailable_for_a_day"),
    (float("inf"), "unavailable_for_days"),
)
"""What is said if the provider asks to wait at most so many seconds."""
MOMENT_SECONDS = 90.0
REFUSED_FOR_NOW = {429, 503, "connection_error"}


def failure(
    code: object,
    *,
    kind: object = None,
    detail: str = "",
    status: int | None = None,
    param: str | None = None,
    retry_after: float | None = None,
) -> Failure:
    """Return a failure with the sentence for its code, its type (`kind`), its words or its status: which says most.

    `retry_after` is what the server says, if it does. Waiting doesn't mend most failures; those have none.
    """
    # A server may repeat a key anywhere.
    code = redact(code) if isinstance(code, str) else code
    named = [one_line(redact(str(name))) for name in (code, kind) if name and not _is_status(name)]
    said = code if status is None and _is_status(code) else status
    telling = _telling_meaning(named, detail)
    meaning = telling or _generic_meaning(named, int(said) if isinstance(said, int | str) else None)
    if meaning == NOT_FOUND and not telling:
        meaning = next((found for found, words in FOUND_MISSING if words.search(detail)), NO_API)
    if meaning not in REFUSED_FOR_NOW and code != "conversation_locked":
        retry_after = None
    if meaning in {429, 503} and retry_after and retry_after > MOMENT_SECONDS:
        meaning = next(wait for most, wait in WAITS if retry_after <= most)
    own = (
        one_line(str(code)) if code and not _is_status(code) else next((name for name in named if name in MEANINGS), "")
    )
    return Failure(
        own or (f"http_{said}" if said else "server_error"),
        meaning,
        SENTENCES[meaning],
        is_clear=telling is not None,
        detail=one_line(redact(detail)),
        status=status,
        param=redact(param) if param else param,
        retry_after=retry_after,
    )


def _telling_meaning(named: list[str], detail: str) -> int | str | None:
    """Return what the code, the type or the words mean; None if they may mean anything."""
    telling = [MEANINGS[name] for name in named if name in MEANINGS and name not in GENERIC]
    spoken = [meaning for meaning, words in WORDS if words.search(detail[: 2 * MAX_DETAIL])]
    return next(iter([*telling, *spoken]), None)


def _generic_meaning(named: list[str], status: int | None) -> int | str:
    by_status = MEANINGS.get(status or 500, 400 if status and status < 500 else 500)
    return next((MEANINGS[name] for name in named if name in MEANINGS), by_status)


def _is_status(code: object) -> bool:
    """Return whether a server gives the HTTP status as a code. Once a stream has begun, some can only do that."""
    return (isinstance(code, int) or (isinstance(code, str) and code.isdecimal())) and 400 <= int(code) < 600


def failure_of_body(
    content: bytes, *, status: int | None = None, retry_after: float | None = None, request_id: str | None = None
) -> Failure:
    """Return the failure that the body of an answer with an error reports, whatever its shape is.

    `retry_after` is what the headers say. All words of the body are in the failure's `detail`.
    """
    text = content[:MAX_BODY_BYTES].decode(errors="replace")
    try:
        body = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        body = MARKUP.sub(" ", text)
    error = _error_in(body)
    detail = _detail(body) or text
    if request_id:
        detail = f"{one_line(detail)} (request {request_id})"
    resets = error.get("resets_in_seconds")
    if not retry_after and retry_after is not None and isinstance(resets, int | float):
        retry_after = max(0.0, resets)
    return _failure_of(error, detail, status=status, retry_after=retry_after)


def failure_of_event(event: dict[str, Any]) -> Failure:
    """Return the failure that an `error` event reports, nested as servers send it or flat as in the API's schema."""
    error = event.get("error")
    if isinstance(error, dict):
        return failure_of_response(error)
    if isinstance(error, str):
        return failure_of_response({"message": error})
    return failure_of_response({name: value for name, value in event.items() if (name, value) != ("type", "error")})


def failure_of_response(error: Any) -> Failure:
    """Return the failure that the `error` of a failed response reports."""
    return _failure_of(error if isinstance(error, dict) else {}, _detail(error))


def _failure_of(
    error: dict[str, Any], detail: str, *, status: int | None = None, retry_after: float | None = None
) -> Failure:
    code, kind, param = (error.get(name) for name in ("code", "type", "param"))
    return failure(
        code if isinstance(code, str | int) else None,
        kind=kind if isinstance(kind, str) else None,
        detail=detail,
        status=status,
        param=param if isinstance(param, str) else None,
        retry_after=retry_after,
    )


def _error_in(body: Any) -> dict[str, Any]:
    """Return the object with the error's fields: OpenAI's, FastAPI's, or the first of Google's list."""
    for _level in range(MAX_DEPTH):
        if isinstance(body, list):
            body = body[0] if body else None
        inner = (
            next((body[name] for name in ("error", "detail") if body.get(name)), None)
            if isinstance(body, dict)
            else None
        )
        if not isinstance(inner, dict | list):
            break
        body = inner
    return body if isinstance(body, dict) else {}


def _detail(body: Any) -> str:
    return "; ".join(dict.fromkeys(text.strip() for text in _texts(body) if text.strip()))


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the words in an error's body, its message first, and the places of a validation error as paths."""
    if isinstance(value, str):
        yield value
    elif depth == MAX_DEPTH:
        return
    elif isinstance(value, list) and all(isinstance(part, str | int) for part in value):
        yield ".".join(map(str, value))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, depth + 1)
    elif isinstance(value, dict):
        for name in sorted(value, key=lambda name: name != "message"):
            if name not in UNSPOKEN:
                yield from _texts(value[name], depth + 1)


def keep_secret(*secrets: str) -> None:
    """Remember what no failure may repeat: keys, and values of headers."""
    SECRETS.update(secret for secret in secrets if len(secret) > MAX_PUBLIC_LENGTH)


def redact(text: str) -> str:
    """Return the text without the keys, which a provider may repeat."""
    for secret in SECRETS:
        text = text.replace(secret, "[key]")
    return text


def one_line(text: str) -> str:
    """Return the text on one line, truncated to `MAX_DETAIL`, without characters that can't be printed.

    A stranger's text must not start a line of the log or fill it, and JSON may hold half a surrogate pair, which no
    database stores.
    """
    words = " ".join(text[: 2 * MAX_DETAIL].split())[:MAX_DETAIL]
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in words)


def is_error(event: dict[str, Any]) -> bool:
    """Return whether the event ends the answer with an error: the API's `error` event, or what other servers send."""
    kind = event.get("type")
    return kind == "error" or event.get("object") == "error" or (kind is None and bool(event.get("error")))
