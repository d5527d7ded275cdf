"""What can go wrong with an answer: a sentence for the person, and the details for the admin."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop as _

MAX_DETAIL = 2000
"""Characters. Some servers answer with a whole page."""
NOT_IMPLEMENTED = 501


class Failure(Exception):
    """An answer that failed: `message` tells the person what to do, `detail` tells the admin what happened.

    `code` is the API's error code or one of ours, `status` the HTTP status and `param` the request parameter that the
    provider named, if any. `retry_after` is the number of seconds after which the same request makes sense again; None
    if it doesn't, because it was refused for good or may have been answered, and billed, unseen.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        detail: str = "",
        status: int | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code} {status or ''} {detail}".strip())
        self.code = code
        self.message = message
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
    def chain_is_lost(self) -> bool:
        """Whether the provider doesn't know the previous response. The whole conversation can be sent instead."""
        words = self.detail.lower()
        return self.code == "previous_response_not_found" or (
            self.status in {400, 404}
            and (("response" in words and ("previous" in words or "not found" in words)) or "no tool output" in words)
        )

    @property
    def refuses_reasoning(self) -> bool:
        """Whether the provider refuses its own encrypted reasoning. The same can be asked without it."""
        return self.code == "invalid_encrypted_content" or (
            self.status in {400, 422} and "reasoning" in self.detail.lower()
        )

    @property
    def may_pass(self) -> bool:
        """Whether a lookup that failed this way may succeed later: nobody answered, or a server in trouble did."""
        is_trouble = self.status in {408, 409, 429} or (self.status or 0) >= 500
        return self.status is None or (is_trouble and self.status != NOT_IMPLEMENTED)

    @property
    def refused_parameter(self) -> str | None:
        """The request parameter that the server doesn't take with this model; None if it refuses something else.

        The same can be asked without it. Servers that name no parameter say in words that they can't answer in the
        background.
        """
        if self.status not in {400, 422}:
            return None
        if self.param and self.code in {"unsupported_parameter", "unknown_parameter"}:
            return self.param.partition(".")[0]
        return "background" if "background" in self.detail.lower() else None


# By HTTP status, or by code if that says more. They are stored and sent in English and translated where they are shown:
# several people may read the same answer, each in their own language.
SENTENCES: dict[int | str, str] = {
    400: _("The model didn't accept this message. Change it, or tell your admin."),
    401: _("The API key was rejected. Tell your admin."),
    403: _("The API key isn't allowed to use this model. Tell your admin."),
    404: _("The model wasn't found. Tell your admin."),
    413: _("The message with its images is too large for the model. Send less at once."),
    429: _("The model is busy. Try again in a moment."),
    500: _("The model's provider had an error. Try again."),
    503: _("The model's provider is overloaded. Try again in a moment."),
    "insufficient_quota": _("The team's API credit is used up. Tell your admin."),
    "context_length_exceeded": _("This conversation is too long for the model. Start a new one."),
    "image_too_large": _("An image is too large for the model. Send a smaller one."),
    "invalid_image": _("The model couldn't read an image. Send it in another format."),
    "invalid_image_url": _("The model couldn't fetch the image from its address. Attach the image itself."),
    "connection_error": _("The model's provider can't be reached. Try again in a moment, or tell your admin."),
    "timeout": _("The model's provider didn't answer in time. Try again."),
    "stream_cut": _("The connection to the model was lost before the answer was complete. Try again."),
    "interrupted": _("The server was stopped before the answer was complete. Try again."),
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
    code: str | None,
    *,
    detail: str = "",
    status: int | None = None,
    param: str | None = None,
    retry_after: float | None = None,
) -> Failure:
    """Return a failure with the sentence for its code, or else for its status."""
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
        param=param,
        retry_after=retry_after,
    )


def redact(text: str) -> str:
    """Return the text without the API key, which a provider may repeat."""
    key = settings.OPENAI_API_KEY
    return text.replace(key, "[key]") if len(key) > 8 else text


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


def failure_of_event(event: dict[str, Any]) -> Failure:
    """Return the failure that an `error` event reports, nested as servers send it or flat as in the API's schema."""
    error = event.get("error")
    return failure_of_response({"message": error} if isinstance(error, str) else error or event)


def failure_of_response(error: Any) -> Failure:
    """Return the failure that the `error` of a failed response reports."""
    known: dict[str, Any] = error if isinstance(error, dict) else {}
    code, detail = known.get("code"), str(known.get("message") or "")
    if isinstance(code, int) and code in SENTENCES:
        # Once the stream has begun, some servers can only send the HTTP status as a code.
        return Failure(f"http_{code}", SENTENCES[code], detail=one_line(redact(detail)))
    return failure(str(code or "server_error"), detail=detail)
