"""What a provider finds and cites in the copies of collections becomes our files before it is shown or stored.

In rows, logs and sockets, a result and a citation name the file of a collection (`collection_file`), its page and its
passage, in place of the provider's id. What isn't known here stays as it came.
"""

import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from common.pools import REQUESTS
from common.statements import StatementCancelled, time_limit
from conversations.models import Item, Response
from knowledge.citations import CitedFile, Place, files_at, place_of
from providers.items import dicts
from providers.responses_api.events import PART_DONE
from providers.responses_api.output import ADDED, ANNOTATED, DONE

logger = logging.getLogger(__name__)

SEARCH = "file_search_call"
CITATION = "file_citation"
EVENTS = frozenset({ADDED, DONE, ANNOTATED, PART_DONE})
"""The types of the events that may have something that a provider found."""
MAX_RESULTS = 50
"""Of a search, as many as the API gives."""
PLACES_SECONDS = 5.0
"""For which it is looked where results of an answer stand in their files. Links lead to the files after that."""


class CitedFiles:
    """What the provider of one answer found in files of collections."""

    def __init__(self, response: Response) -> None:
        self._response = response
        self._files: dict[str, CitedFile | None] = {}
        """By the provider's ids."""
        self._places: dict[UUID, Place] = {}
        """Where the best result in each file stands, by our ids."""
        self._seconds = PLACES_SECONDS
        """What is left of them."""

    async def keep(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return an event of `EVENTS` with our files in it."""
        if isinstance(item := event.get("item"), dict):
            return {**event, "item": await self._item(item)} if _has_files(item) else event
        if _is_citation(annotation := event.get("annotation")):
            return {**event, "annotation": (await self._cited([annotation]))[0]}
        if isinstance(part := event.get("part"), dict) and _has_citations(part):
            return {**event, "part": await self._part(part)}
        return event

    async def keep_output(self, output: Any) -> Any:
        """Return an output with our files in it."""
        if not isinstance(output, list) or not any(isinstance(item, dict) and _has_files(item) for item in output):
            return output
        return [await self._item(item) if isinstance(item, dict) else item for item in output]

    async def _item(self, item: Item) -> Item:
        if item.get("type") == SEARCH:
            return await self._search(item)
        content = item.get("content")
        if not isinstance(content, list):
            return item
        return {**item, "content": [await self._part(part) if isinstance(part, dict) else part for part in content]}

    async def _part(self, part: Item) -> Item:
        if not _has_citations(part):
            return part
        return {**part, "annotations": await self._cited(part["annotations"])}

    async def _search(self, item: Item) -> Item:
        results = [*dicts(item.get("results"))][:MAX_RESULTS]
        files = await self._look_up(results)
        queries = [query for query in item.get("queries") or [] if isinstance(query, str)]
        known = [
            (files[place], _text(result)) for place, result in enumerate(results) if files[place] and _text(result)
        ]
        places = await self._find(known, queries)
        shown = []
        for result, file in zip(results, files, strict=True):
            if file is None:
                shown.append(result)
                continue
            place = places.get((file.id, _text(result)), Place())
            self._places.setdefault(file.id, place)
            kept: Item = {name: result[name] for name in ("score", "text") if name in result}
            shown.append({**_named(file, place), **kept})
        return {**item, "results": shown}

    async def _cited(self, annotations: list[Any]) -> list[Any]:
        citations = [each for each in annotations if _is_citation(each)]
        self._remember()
        files = dict(zip(map(id, citations), await self._look_up(citations), strict=True))
        return [
            {
                **{name: each[name] for name in ("type", "index") if name in each},
                **_named(file, self._places.get(file.id, Place())),
            }
            if (file := files.get(id(each)))
            else each
            for each in annotations
        ]

    def _remember(self) -> None:
        """Learn what was found before another process went on with the answer."""
        for item in self._response.output if not self._places else ():
            for result in dicts(item.get("results")) if item.get("type") == SEARCH else ():
                # What isn't known here stays as the provider said it, whatever that is.
                with suppress(KeyError, TypeError, ValueError, AttributeError):
                    place = Place(result.get("page"), result.get("passage"))
                    self._places.setdefault(UUID(result["collection_file"]), place)

    async def _look_up(self, named: list[Item]) -> list[CitedFile | None]:
        """Return the file that each result or citation names."""
        ids = [file_id if isinstance(file_id := each.get("file_id"), str) else "" for each in named]
        if unknown := {file_id for file_id in ids if file_id and file_id not in self._files}:
            try:
                found = await REQUESTS.run(self._response.user_id, files_at, self._response.provider_id, unknown)
            except Exception as problem:  # noqa: BLE001  no link is worth an answer
                logger.warning("response %s: what it cites is unknown: %r", self._response.pk, problem)
                found = {}
            self._files.update({file_id: found.get(file_id) for file_id in unknown})
        return [self._files.get(file_id) for file_id in ids]

    async def _find(
        self, known: list[tuple[CitedFile | None, str]], queries: list[str]
    ) -> dict[tuple[UUID, str], Place]:
        """Return where each text stands in its file."""

        def find() -> dict[tuple[UUID, str], Place]:
            began, places = time.monotonic(), {}
            for file, text in known:
                if file and (left := self._seconds - (time.monotonic() - began)) > 0:
                    with suppress(StatementCancelled), time_limit(left):
                        places[file.id, text] = place_of(file, text, queries)
            self._seconds -= time.monotonic() - began
            return places

        if not known:
            return {}
        try:
            return await REQUESTS.run(self._response.user_id, find)
        except Exception as problem:  # noqa: BLE001  no link is worth an answer
            logger.warning("response %s: the passages that it cites are unknown: %r", self._response.pk, problem)
            return {}


def _named(file: CitedFile, place: Place) -> Item:
    where = {name: value for name, value in (("page", place.page), ("passage", place.passage)) if value is not None}
    return {"collection_file": str(file.id), "filename": file.name, **where}


def _has_files(item: Item) -> bool:
    if item.get("type") == SEARCH:
        return isinstance(item.get("results"), list)
    return any(map(_has_citations, dicts(item.get("content"))))


def _has_citations(part: Item) -> bool:
    annotations: Iterable[Any] = part["annotations"] if isinstance(part.get("annotations"), list) else ()
    return any(map(_is_citation, annotations))


def _is_citation(annotation: Any) -> bool:
    return isinstance(annotation, dict) and annotation.get("type") == CITATION


def _text(result: Item) -> str:
    text = result.get("text")
    return text if isinstance(text, str) else ""
