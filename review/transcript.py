"""The transcript of a conversation: its tree of turns in the order of reading."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Sum, TextField
from django.db.models.functions import MD5, Cast
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from conversations import formats
from conversations.batches import page_from
from conversations.models import Attachment, Conversation, Feedback, Response
from conversations.representations import (
    answered_by,
    imported_note,
    model_name,
    shown_input,
    shown_output,
    tool_calls,
)
from conversations.token_counts import added
from conversations.turns import TurnTree, descend
from review.parts import Parts, parts
from review.summary import TOKENS, name_some

MAX_DEPTH = 4
"""Deeper branches aren't indented further."""

PAGE_SIZE = 50
"""Turns."""
MAX_PAGE_BYTES = 100_000
"""Of messages and answers, after which a page ends: to render as much Markdown takes seconds."""
MAX_COMPARED = 20
"""Earlier branches with which a message is compared."""

MAX_JSON_CHARACTERS = 100_000
"""Longer JSON is truncated: an image made by a model is megabytes of base64."""


@dataclass(frozen=True)
class Turn:
    """A message with its answer, and its place in the tree.

    `responses` are its first response and its steps, with those beside them that were lost, by time.
    `number` counts the turns by time, from 1. `depth` is 0 on the main branch and grows by one with each side branch.
    `continues` is the number of the previous turn, if that isn't the one shown just above, and `continues_from` its
    place in the order of reading if it is on another page. `place` is which of the `places` branches this turn begins
    or continues at the same point. `edited` says that no earlier one of these had the same message.
    """

    responses: list[Response]
    number: int
    depth: int
    continues: int | None
    continues_from: int | None
    place: int
    places: int
    edited: bool
    message: Parts
    answers: list[tuple[Response, Parts]]
    """What each response put out."""

    @property
    def response(self) -> Response:
        """The first response, which has the message."""
        return self.responses[0]

    @property
    def last(self) -> Response:
        return self.responses[-1]

    @property
    def has_sources(self) -> bool:
        return any(answer.page_items.annotations for _response, answer in self.answers)

    @property
    def seconds(self) -> float | None:
        """The time from the message to the end of the answer."""
        ended = self.last.completed_at
        return (ended - self.response.created_at).total_seconds() if ended else None

    @property
    def tokens(self) -> list[tuple[str, int]]:
        """The provider's token counts, by name."""
        usage = added(response.usage for response in self.responses)
        counts = {
            _("input"): _count(usage, "input_tokens"),
            _("cached"): _count(usage, "input_tokens_details", "cached_tokens"),
            _("cache written"): _count(usage, "input_tokens_details", "cache_write_tokens"),
            _("output"): _count(usage, "output_tokens"),
            _("reasoning"): _count(usage, "output_tokens_details", "reasoning_tokens"),
            _("total"): _count(usage, "total_tokens"),
        }
        return [(name, count) for name, count in counts.items() if count is not None]

    @property
    def answered_by(self) -> str:
        """The assistant, the model, marked if the answer was imported, and the effort."""
        return answered_by(self.response)

    @property
    def imported(self) -> str:
        """Where and when the turn was imported, or "" if it came about here."""
        return imported_note(self.response)

    @property
    def stored(self) -> list[tuple[Response, str]]:
        """Each response with the fields of its row that are in the API's shapes, as JSON."""
        names = (
            "instructions",
            "settings",
            "input",
            "output",
            "usage",
            "error",
            "incomplete_details",
            "format_problems",
        )
        return [(row, _as_json({name: getattr(row, name) for name in names})) for row in self.responses]


class Transcript:
    """A conversation's turns in the order of reading, a page of them, with totals.

    `start` is the place in that order at which the page begins, as text of a URL. Raise `Http404` if there is none.
    """

    def __init__(self, conversation: Conversation, start: str = "0") -> None:
        rows = list(conversation.responses.only("previous_id", "turn_id", "model", "imported_from", "conversation_id"))
        tree = TurnTree((row.pk, row.previous_id, row.turn_id) for row in rows)
        order = list(reading_order(tree))
        feedback = Prefetch("feedback", Feedback.objects.select_related("user"))
        self.page = page_from(
            start,
            conversation.responses.select_related("user", "assistant_version").prefetch_related(feedback),
            [tree.members(turn) for turn, _depth in order],
            most=PAGE_SIZE,
            max_bytes=MAX_PAGE_BYTES,
        )
        self.turns = list(_turns(conversation, tree, order, self.page.turns))
        self.count = len(order)
        self.imported = imported_note(conversation)
        self.models = name_some(sorted({model_name(row) for row in rows}))
        given = Feedback.objects.filter(response__conversation=conversation).order_by()
        self.thumbs = dict(given.values_list("rating").annotate(count=Count("pk")))
        here = conversation.responses.filter(imported_from="")
        self.total_tokens = int(here.aggregate(total=Sum(TOKENS))["total"] or 0)


def _turns(
    conversation: Conversation, tree: TurnTree, order: list[tuple[UUID, int]], page: list[list[Response]]
) -> Iterator[Turn]:
    """Yield the turns of a page of the tree, which is given in the order of reading."""
    kept = conversation.attachments.filter(deleted_at=None).select_related("document")
    attachments = {str(attachment.pk): attachment for attachment in kept}
    numbers = {turn: number for number, turn in enumerate(tree.previous, 1)}
    positions = {turn: position for position, (turn, _depth) in enumerate(order)}
    edited = _edited(tree, [responses[0].pk for responses in page])
    first = positions[page[0][0].pk] if page else 0
    for responses in page:
        for response in responses:
            response.conversation = conversation
        turn = responses[0].pk
        position, previous = positions[turn], tree.previous[turn]
        above = order[position - 1][0] if position else None
        beside = tree.continuations[previous]
        place = beside.index(turn) + 1
        yield Turn(
            responses=responses,
            number=numbers[turn],
            depth=min(order[position][1], MAX_DEPTH),
            continues=numbers[previous] if previous not in (None, above) else None,
            # On another page, it is the first of that page.
            continues_from=positions[previous] if previous and positions[previous] < first else None,
            place=place,
            places=len(beside),
            edited=turn in edited,
            message=parts(shown_input(responses[0]), attachments),
            answers=[(response, _answer(response, attachments)) for response in responses],
        )


def _answer(response: Response, attachments: Mapping[str, Attachment]) -> Parts:
    """Return what a response put out, with its calls of tools."""
    shown = parts(shown_output(response), attachments, formats.described(response))
    shown.page_items.calls.extend(tool_calls(response))
    return shown


def _edited(tree: TurnTree, page: Iterable[UUID]) -> set[UUID]:
    """Return those of the turns that have another message than all branches beside them before."""
    earlier = {}
    for turn in page:
        beside = tree.continuations[tree.previous[turn]]
        place = beside.index(turn)
        if place:
            earlier[turn] = beside[max(place - MAX_COMPARED, 0) : place]
    compared = Response.objects.filter(pk__in={*earlier, *chain(*earlier.values())})
    digests = dict(compared.annotate(digest=MD5(Cast("input", TextField()))).values_list("pk", "digest"))
    return {pk for pk, before in earlier.items() if digests.get(pk) not in map(digests.get, before)}


def reading_order(tree: TurnTree) -> Iterator[tuple[UUID, int]]:
    """Yield the turns of a conversation in the order of reading, with their depths.

    The main branch ends with the newest response; it is what its owner sees. At a fork, the side branches come first,
    one level deeper, and then the main branch continues. Nothing here is recursive: a branch may have thousands of
    turns.
    """
    newest: dict[UUID | None, int] = {turn: number for number, turn in enumerate(tree.turns_by_time)}
    newest[None] = -1
    for key in reversed(descend(tree.continuations, None)):
        newest[key] = max([newest[key], *(newest[child] for child in tree.continuations.get(key, ()))])

    waiting: list[tuple[UUID | None, int]] = [(None, 0)]
    while waiting:
        above, depth = waiting.pop()
        if above is not None:
            yield above, depth
        if following := tree.continuations.get(above):
            main = max(following, key=lambda child: newest[child])
            waiting.append((main, depth))
            waiting.extend((child, depth + 1) for child in reversed(following) if child != main)


def _as_json(value: Any) -> str:
    """Return indented JSON, truncated if it is very long."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if len(text) <= MAX_JSON_CHARACTERS:
        return text
    return f"{text[:MAX_JSON_CHARACTERS]}\n… " + _("and %(count)s characters more") % {
        "count": number_format(len(text) - MAX_JSON_CHARACTERS, force_grouping=True)
    }


def _count(usage: Any, *path: str) -> int | None:
    """Return a number in the provider's usage, or None if it isn't there."""
    for name in path:
        usage = usage.get(name) if isinstance(usage, dict) else None
    return usage if isinstance(usage, int) else None
