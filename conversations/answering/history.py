"""What is sent of the turns before a message: they themselves, or a compaction in place of the first ones."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property
from uuid import UUID

from conversations.answering.pairing import as_output
from conversations.answering.replay import AS_RECEIVED, Reader, as_input
from conversations.models import Compaction, Response, ToolCall
from providers import catalog
from providers.environment import provider_key
from providers.items import (
    APPROVAL,
    CALLS,
    FUNCTION_CALL,
    Item,
    call_id_of,
    calls_in,
    item_parts,
    item_text,
    replace_parts,
)
from providers.models import Provider
from providers.refusals import COMPACTION, EARLIER_CALLS, ENCRYPTED_REASONING, IMAGES, INPUT_FILE
from providers.tool_parts import FUNCTIONS

# What `Response.refused` may have, besides COMPACTION, ENCRYPTED_REASONING and the kinds of AS_RECEIVED (replay.py).
# Like these, EARLIER_… stands for what came before the response on its branch, IMAGES and INPUT for what is its own,
# and INPUT_FILE for the files of both.
# CHAIN says that nothing may be chained to it.
EARLIER_IMAGES = "earlier_input_image"
EARLIER_FAILED = "earlier_failed_input"
INPUT = "input"

FILE_AS_TEXT = "file_text"
"""The type of a part that is a file which must go as text (sent_files.py). No request has it."""
NO_IMAGE = "[an image that you can't see]"
SUMMARY = "[This is a summary of our conversation up to here. It was written because the conversation is long.]"
"""What a model is told before a summary."""


class History:
    """The turns before a message. They are read when they are needed. It blocks."""

    def __init__(self, response: Response, omitted: Collection[str] = ()) -> None:
        self._response = response
        self._omitted = omitted

    @cached_property
    def path(self) -> list[Response]:
        """All turns of the branch before the message."""
        return Response(pk=self._response.previous_id).path() if self._response.previous_id else []

    @cached_property
    def compaction(self) -> Compaction | None:
        """The compaction that is sent: of those that the provider can read, the one that stands for most turns."""
        if not self._response.conversation.is_compacted or not self._response.previous_id:
            return None
        places = {turn.pk: place for place, turn in enumerate(self.path)}
        readable = filter(self._is_readable, Compaction.objects.in_force().filter(response__in=places))
        return max(readable, key=lambda each: (places[each.response_id], each.created_at), default=None)

    @property
    def omitted_turns(self) -> int:
        """How many turns are omitted. They are counted from where a compaction ends, so none is after another one."""
        compaction = self.compaction.pk if self.compaction else None
        return self._response.omitted_turns if self._response.compaction == compaction else 0

    @property
    def turns(self) -> list[Response]:
        """The turns that are sent themselves. What the response goes on with, as a step, is never omitted."""
        path = self.path
        own = next((place for place, turn in enumerate(path) if are_of_one_turn(turn, self._response)), len(path))
        return path[max(self._start, min(self._start + self.omitted_turns, own)) :]

    def note(self) -> None:
        """Note at the response what is sent instead of turns, and how many are omitted after that."""
        response = self._response
        response.omitted_turns, response.compaction = (
            self.omitted_turns,
            self.compaction.pk if self.compaction else None,
        )

    @property
    def is_chain(self) -> bool:
        """Whether the provider knows the same by the id of the previous response.

        It doesn't if there is a compaction since that was asked, or if one was taken back that it still knows.
        """
        if not self._response.conversation.is_compacted or not self._response.previous_id:
            return True
        previous, compaction = self.path[-1], self.compaction
        if compaction_at(previous.output) is None:
            return previous.compaction == (compaction.pk if compaction else None)
        return bool(compaction and compaction.kind == Compaction.Kind.OUTPUT and compaction.response_id == previous.pk)

    def items(self, *, is_stored: bool) -> list[Item]:
        """Return all that is sent as items. `is_stored` says that the provider may keep the answer."""
        turns = self.turns
        last = {part: place for place, turn in enumerate([*turns, self._response]) for part in turn.refused}
        images, failed = last.get(EARLIER_IMAGES, -1), last.get(EARLIER_FAILED, -1)
        files = last.get(INPUT_FILE, -1)

        def output(turn: Response, place: int, start: int = 0) -> list[Item]:
            refused = {part for part, until in last.items() if place < until}.union(self._omitted)
            answer = as_input(turn.output[start:], self._reader(turn, refused, is_stored=is_stored))
            return answer if place >= images and takes_images(turn, self._omitted) else without_images(answer)

        items: list[Item] = []
        sent: list[tuple[Response, list[Item], list[Item]]] = []
        if self.compaction:
            compacted = self.path[self._start - 1]
            start = compaction_at(compacted.output)
            if self.compaction.kind == Compaction.Kind.OUTPUT and start is not None:
                sent.append((compacted, [_sealed(compacted.output[start])], output(compacted, -1, start + 1)))
            else:
                items = compaction_items(self.compaction)
        for place, turn in enumerate(turns):
            if INPUT in turn.refused or (is_failed(turn) and place < failed):
                continue
            takes = place >= images and takes_images(turn, self._omitted)
            message = turn.input if takes else without_images(turn.input)
            sent.append((turn, as_text(message) if place <= files else message, output(turn, place)))
        outputs = self._outputs_left(sent)
        for turn, message, answer in sent:
            items += [*message, *answer, *outputs.get(turn.pk, [])]
        return items

    def calls_in_words(self) -> set[str]:
        """Return the kinds of calls that are told in words, because the model doesn't take them.

        Custom ones are known to the provider that answered with them.
        """
        response = self._response
        takes_functions = catalog.model(response.provider_id, response.model).takes_functions
        if not takes_functions or not {FUNCTIONS, EARLIER_CALLS}.isdisjoint(self._omitted):
            return {*CALLS} - {APPROVAL}
        others = (turn for turn in self.turns if not have_one_provider(turn, response))
        kinds = {item["type"] for turn in others for _, item in calls_in(turn.output)}
        # Nobody else gets an approval in any form.
        return kinds - {FUNCTION_CALL, APPROVAL}

    def _reader(self, turn: Response, refused: Collection[str], *, is_stored: bool) -> Reader:
        """Return how the provider that is asked reads the answer of a turn."""
        if not have_one_provider(turn, self._response):
            return Reader()
        is_chat = catalog.provider(self._response.provider_id).endpoint.dialect == Provider.Dialect.CHAT_COMPLETIONS
        return Reader(
            is_author=not is_chat,
            reads_reasoning=not is_stored and ENCRYPTED_REASONING not in refused,
            reads_thoughts=is_chat,
            refused={APPROVAL, *AS_RECEIVED}.intersection(refused),
        )

    def _outputs_left(self, sent: list[tuple[Response, list[Item], list[Item]]]) -> dict[UUID, list[Item]]:
        """Return what tools put out for calls of these turns, by turn, unless the next one brings it."""
        following = [message for _, message, _ in sent[1:]] + [self._response.input]
        left = {
            turn.pk for (turn, _, answer), message in zip(sent, following, strict=False) if unanswered(answer, message)
        }
        return outputs_of(left) if left else {}

    @property
    def _start(self) -> int:
        """The place of the first turn for which no compaction stands."""
        if self.compaction is None:
            return 0
        return 1 + next(place for place, turn in enumerate(self.path) if turn.pk == self.compaction.response_id)

    def _is_readable(self, compaction: Compaction) -> bool:
        if compaction.kind == Compaction.Kind.SUMMARY:
            return True
        if self._response.conversation.has_other_files_since(compaction.created_at):
            return False
        if COMPACTION in self._omitted or provider_key(compaction.provider_id) != provider_key(
            self._response.provider_id
        ):
            return False
        place = next(place for place, turn in enumerate(self.path) if turn.pk == compaction.response_id)
        if compaction.kind == Compaction.Kind.OUTPUT and compaction_at(self.path[place].output) is None:
            # It was announced, and the answer was lost or refused after that.
            return False
        return not any(COMPACTION in turn.refused for turn in [*self.path[place + 1 :], self._response])


def compaction_at(output: list[Item]) -> int | None:
    """Return the place of the last compaction in an output; None if there is none that can be sent."""
    places = (place for place, item in enumerate(output) if item.get("type") == COMPACTION and _is_sealed(item))
    return max(places, default=None)


def compaction_items(compaction: Compaction) -> list[Item]:
    """Return a compaction as input items, if it isn't in an output."""
    if compaction.kind != Compaction.Kind.SUMMARY:
        return list(compaction.items)
    # As the person's words: whatever it says, it must not weigh as much as the instructions.
    return [{"type": "message", "role": "user", "content": f"{SUMMARY}\n\n{compaction.summary}"}]


def as_compaction_items(output: Iterable[Item]) -> list[Item]:
    """Return what a provider compacted as input items: without ids, which it would have to know, and image data."""
    items: list[Item] = []
    for item in output:
        if item.get("type") == COMPACTION and _is_sealed(item):
            items.append(_sealed(item))
        elif item.get("type") == "message" and item.get("role") == "user":
            items.append({"type": "message", "role": "user", "content": without_data([item])[0].get("content")})
        elif item.get("type") == "message" and (text := item_text([item])):
            items.append({"type": "message", "role": "assistant", "content": text})
    return items


def unanswered(output: Iterable[Item], following: Iterable[Item]) -> bool:
    """Return whether there are calls of tools whose outputs aren't among the items that follow."""
    answered = {call_id_of(item) for item in following if item.get("type") in CALLS.values()}
    return any(call_id_of(item) not in answered for _, item in calls_in(output))


def outputs_of(responses: Collection[UUID]) -> dict[UUID, list[Item]]:
    """Return what tools have put out for the calls of these responses, as items."""
    found: dict[UUID, list[Item]] = defaultdict(list)
    for call in ToolCall.objects.filter(response__in=responses, output__isnull=False).order_by("response", "place"):
        found[call.response_id].append(as_output(call.kind, call.call_id, call.output))
    return found


def _is_sealed(item: Item) -> bool:
    content = item.get("encrypted_content")
    return isinstance(content, str) and bool(content)


def _sealed(item: Item) -> Item:
    return {"type": COMPACTION, "encrypted_content": item["encrypted_content"]}


def have_one_provider(one: Response, other: Response) -> bool:
    """Return whether one provider answers both. Of what was imported, none here is known to have made it."""
    is_imported = one.imported_from or other.imported_from
    return not is_imported and provider_key(one.provider_id) == provider_key(other.provider_id)


def are_of_one_turn(one: Response, other: Response) -> bool:
    """Return whether two responses are steps of one turn."""
    return (one.turn_id or one.pk) == (other.turn_id or other.pk)


def is_failed(turn: Response) -> bool:
    return turn.status == Response.Status.FAILED


def takes_images(turn: Response, omitted: Collection[str]) -> bool:
    """Return whether the images of a turn are sent."""
    return IMAGES not in omitted and IMAGES not in turn.refused


def without_images(items: list[Item]) -> list[Item]:
    """Return the items with words in place of images."""
    words = {"type": "input_text", "text": NO_IMAGE}
    return [replace_parts(item, lambda part: words if part.get("type") == IMAGES else part) for item in items]


def as_text(items: list[Item]) -> list[Item]:
    """Return the items with files that must be sent as text."""
    return [
        replace_parts(item, lambda part: {**part, "type": FILE_AS_TEXT} if part.get("type") == INPUT_FILE else part)
        for item in items
    ]


def without_data(items: list[Item]) -> list[Item]:
    """Return the items with words in place of images that aren't at an address: a row has no room for them."""
    return [item if all(_is_small(part) for part in item_parts(item)) else without_images([item])[0] for item in items]


def _is_small(part: Item) -> bool:
    return part.get("type") != IMAGES or str(part.get("image_url")).startswith("https://")
