"""The transcript of a conversation: its tree of turns in the order of reading."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from conversations.branches import descend
from conversations.models import Attachment, Conversation, Feedback, Response
from conversations.representations import imported_note, model_name, shown_input, shown_output
from review.parts import Parts, parts
from review.summary import name_some

MAX_DEPTH = 4
"""Deeper branches aren't indented further."""

MAX_JSON_CHARACTERS = 100_000
"""Longer JSON is truncated: an image made by a model is megabytes of base64."""


@dataclass(frozen=True)
class Turn:
    """A message with its answer, and its place in the tree.

    `number` counts the turns by time, from 1. `depth` is 0 on the main branch and grows by one with each side branch.
    `continues` is the number of the previous turn, if that isn't the one shown just above. `place` is which of the
    `places` branches this turn begins or continues at the same point. `edited` says that no earlier one of these had
    the same message.
    """

    response: Response
    number: int
    depth: int
    continues: int | None
    place: int
    places: int
    edited: bool
    message: Parts
    answer: Parts

    @property
    def seconds(self) -> float | None:
        """The time from the message to the end of the answer."""
        ended = self.response.completed_at
        return (ended - self.response.created_at).total_seconds() if ended else None

    @property
    def tokens(self) -> list[tuple[str, int]]:
        """The provider's token counts, by name."""
        usage = self.response.usage
        counts = {
            _("input"): _count(usage, "input_tokens"),
            _("cached"): _count(usage, "input_tokens_details", "cached_tokens"),
            _("output"): _count(usage, "output_tokens"),
            _("reasoning"): _count(usage, "output_tokens_details", "reasoning_tokens"),
            _("total"): _count(usage, "total_tokens"),
        }
        return [(name, count) for name, count in counts.items() if count is not None]

    @property
    def model(self) -> str:
        """The model's name, marked if the answer was imported."""
        return model_name(self.response)

    @property
    def imported(self) -> str:
        """Where and when the turn was imported, or "" if it came about here."""
        return imported_note(self.response)

    @property
    def stored(self) -> str:
        """The fields of the row that are in the API's shapes, as JSON."""
        response = self.response
        names = ("instructions", "input", "output", "usage", "error", "incomplete_details")
        return _as_json({name: getattr(response, name) for name in names})


class Transcript:
    """All turns of a conversation in the order of reading, with totals."""

    def __init__(self, conversation: Conversation) -> None:
        feedback = Prefetch("feedback", Feedback.objects.select_related("user"))
        responses = list(conversation.responses.select_related("user").defer("search").prefetch_related(feedback))
        attachments = {str(attachment.pk): attachment for attachment in conversation.attachments.all()}
        self.turns = list(_turns(responses, attachments))
        self.imported = imported_note(conversation)
        self.models = name_some(sorted({model_name(response) for response in responses}))
        self.thumbs = Counter(given.rating for response in responses for given in response.feedback.all())
        self.total_tokens = sum(
            _count(response.usage, "total_tokens") or 0 for response in responses if not response.imported_from
        )


def _turns(responses: list[Response], attachments: Mapping[str, Attachment]) -> Iterator[Turn]:
    numbers = {response.pk: number for number, response in enumerate(responses, 1)}
    siblings: dict[UUID | None, list[Response]] = defaultdict(list)
    places = {}
    for response in responses:
        siblings[response.previous_id].append(response)
        places[response.pk] = len(siblings[response.previous_id])
    above = None
    for response, depth in reading_order(responses):
        beside, place = siblings[response.previous_id], places[response.pk]
        yield Turn(
            response=response,
            number=numbers[response.pk],
            depth=min(depth, MAX_DEPTH),
            continues=numbers[response.previous_id] if response.previous_id not in (None, above) else None,
            place=place,
            places=len(beside),
            edited=all(earlier.input != response.input for earlier in beside[: place - 1]),
            message=parts(shown_input(response), attachments),
            answer=parts(shown_output(response), attachments),
        )
        above = response.pk


def reading_order(responses: Iterable[Response]) -> Iterator[tuple[Response, int]]:
    """Yield the responses of a conversation, which are given by time, in the order of reading and with their depths.

    The main branch ends with the newest response; it is what its owner sees. At a fork, the side branches come first,
    one level deeper, and then the main branch continues. Nothing here is recursive: a branch may have thousands of
    turns.
    """
    by_id = {response.pk: response for response in responses}
    continuations: dict[UUID | None, list[UUID]] = defaultdict(list)
    newest: dict[UUID | None, int] = {None: -1}
    for number, response in enumerate(by_id.values()):
        continuations[response.previous_id].append(response.pk)
        newest[response.pk] = number
    for key in reversed(descend(continuations, None)):
        newest[key] = max([newest[key], *(newest[child] for child in continuations[key])])

    waiting: list[tuple[UUID | None, int]] = [(None, 0)]
    while waiting:
        above, depth = waiting.pop()
        if above is not None:
            yield by_id[above], depth
        if following := continuations[above]:
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
