"""Refusals that are the same wherever a conversation, a response or a search is asked for."""

from django.utils.translation import gettext as _

from common.refusal import Refused


def conversation_not_found() -> Refused:
    """Whether it never existed, or is somebody else's, is nobody's business."""
    message = _("This conversation doesn't exist, or you don't have access to it.")
    return Refused("conversation_not_found", message, "conversation", status=404)


def response_not_found(param: str) -> Refused:
    return Refused(
        "response_not_found", _("This answer doesn't exist, or you don't have access to it."), param, status=404
    )


def search_too_slow() -> Refused:
    return Refused("search_too_slow", _("This search takes too long. Search for fewer words."), status=503)
