"""The collections of files that an answer may search, and what of them it goes without."""

from collections.abc import Callable
from typing import Any

from assistants.request_settings import read_settings
from conversations.models import Response
from knowledge.copies import Copies, copies_at
from tools.file_search import FILE_SEARCH, is_offered, searching_in
from tools.functions import knowledge
from tools.tool import Options, Tool

GONE = "collections"
"""Of the parts of `response.refused`: that a collection is gone, or its person may not see it any more."""
UNTAKEN = "knowledge"
"""That the model can't search: it takes no functions."""

Hosted = list[tuple[Tool, Options]]


class Knowledge:
    """The collections of a response that its person may see now. It asks the database if there are any."""

    def __init__(self, response: Response) -> None:
        self._response = response
        wanted = (read_settings(response.settings).collections or []) if response.settings.get("collections") else []
        self._seen = knowledge.visible(response.user_id, wanted)
        self._is_gone = len(self._seen) < len(wanted)

    def added(self, add: Callable[[list[dict[str, Any]], Hosted], dict[str, Any]]) -> dict[str, Any]:
        """Return the request with what searches the collections, which `add` adds, and note what it goes without.

        The provider searches if it has copies of all of them; our function does else, and what the copies lack.
        """
        ours = [knowledge.definition(self._seen)] if self._seen else []
        if copies := self._copies():
            body = add(ours if copies.has_gaps else [], [(FILE_SEARCH, searching_in(copies))])
            if FILE_SEARCH.name in _kinds(body):
                self._note(body)
                return body
        body = add(ours, [])
        self._note(body)
        return body

    def _copies(self) -> Copies | None:
        response = self._response
        if not self._seen or not is_offered(response.provider_id, response.model):
            return None
        return copies_at(response.provider_id, [each.pk for each in self._seen])

    def _note(self, body: dict[str, Any]) -> None:
        """Note on the response what it goes without in this request."""
        is_taken = not _kinds(body).isdisjoint({FILE_SEARCH.name, *knowledge.FUNCTIONS})
        without = [*([GONE] if self._is_gone else []), *([UNTAKEN] if self._seen and not is_taken else [])]
        kept = [part for part in self._response.refused if part not in {GONE, UNTAKEN}]
        if without or len(kept) < len(self._response.refused):
            self._response.refused = [*kept, *without]


def _kinds(body: dict[str, Any]) -> set[str]:
    """Return the names of the functions in a request, and the types of its other tools."""
    return {str(tool.get("name") or tool["type"]) for tool in body.get("tools", ())}
