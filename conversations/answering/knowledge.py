"""The collections of files that an answer may search, and what of them it goes without."""

from typing import Any

from assistants.request_settings import read_settings
from conversations.models import Response
from tools.functions import knowledge

GONE = "collections"
"""Of the parts of `response.refused`: that a collection is gone, or its person may not see it any more."""
UNTAKEN = "knowledge"
"""That the model can't search: it takes no functions."""


class Knowledge:
    """The collections of a response that its person may see now. It asks the database if there are any."""

    def __init__(self, response: Response) -> None:
        self._response = response
        wanted = (read_settings(response.settings).collections or []) if response.settings.get("collections") else []
        self._seen = knowledge.visible(response.user_id, wanted)
        self._is_gone = len(self._seen) < len(wanted)

    def definitions(self) -> list[dict[str, Any]]:
        """Return the entries for what searches them in the `tools` of a request."""
        return [knowledge.definition(self._seen)] if self._seen else []

    def note(self, body: dict[str, Any]) -> None:
        """Note on the response what it goes without in this request."""
        is_taken = any(tool.get("name") in knowledge.FUNCTIONS for tool in body.get("tools", ()))
        without = [*([GONE] if self._is_gone else []), *([UNTAKEN] if self._seen and not is_taken else [])]
        kept = [part for part in self._response.refused if part not in {GONE, UNTAKEN}]
        if without or len(kept) < len(self._response.refused):
            self._response.refused = [*kept, *without]
