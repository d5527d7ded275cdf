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


def response_in_progress(param: str, *, is_waiting: bool) -> Refused:
    message = (
        _("The previous answer waits for you. Decide whether it may use the tool, or stop it.")
        if is_waiting
        else _("The previous answer is still in progress. Wait for it to finish, or stop it.")
    )
    return Refused("response_in_progress", message, param)


def search_too_slow() -> Refused:
    return Refused("search_too_slow", _("This search takes too long. Search for fewer words."), status=503)
