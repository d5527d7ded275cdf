"""Who asks: what is known of people with each message that they ask, and what is sent of it."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.timezone import localdate
from psycopg import sql

from accounts.models import User
from assistants.choices import Choice, Person
from assistants.instructions import with_own
from assistants.request_settings import stored_settings
from common.prepared import fetch_all
from conversations.models import Conversation, Response
from tools.web_search import searching_from

LOOK_UP = sql.SQL(
    """
    SELECT user_id, client_message_id, person.username, person.first_name, person.last_name,
        CASE WHEN person.about_me_is_on THEN person.about_me ELSE '' END, person.about_me_in_temporary,
        CASE WHEN person.place_is_on THEN jsonb_build_object(
            'city', person.place_city, 'region', person.place_region, 'country', person.place_country,
            'timezone', person.place_time_zone
        ) END,
        CASE WHEN person.memory_is_on THEN ARRAY (
            SELECT text FROM accounts_memory AS memory WHERE memory.user_id = person.id ORDER BY created_at, id
        ) END,
        ARRAY (SELECT group_id FROM accounts_user_groups WHERE user_id = asked.user_id),
        (SELECT count(*) FROM conversations_response WHERE user_id = asked.user_id AND status IN ({running})),
        EXISTS (
            SELECT FROM conversations_response
            WHERE user_id = asked.user_id AND client_message_id = asked.client_message_id
        )
    FROM jsonb_to_recordset(%s::jsonb) AS asked (user_id uuid, client_message_id uuid)
    JOIN accounts_user AS person ON person.id = asked.user_id
    """
).format(running=sql.SQL(", ").join(sql.Literal(str(status)) for status in Response.RUNNING))

Key = tuple[UUID, UUID | None]
"""A person, and the id that their page gave a message, if it is about one."""


class Asker(NamedTuple):
    """Who asks a message, how many answers they have in progress, and whether they asked it before."""

    message_id: UUID | None
    person: Person
    running: int
    is_known: bool


def look_up(keys: Iterable[Key]) -> list[Asker]:
    """Return who asks, in one query for all."""
    asked = [{"user_id": user_id, "client_message_id": message_id} for user_id, message_id in keys]
    return [_asker(*row) for row in fetch_all(LOOK_UP, msgspec.json.encode(asked).decode())]


def person_of(user_id: UUID) -> Person:
    """Return who somebody is, as if they asked now."""
    [asker] = look_up([(user_id, None)])
    return asker.person


def language_of(user_id: UUID) -> str:
    """Return the language that somebody has chosen, which may no longer be there, else the site's."""
    chosen: str = User.objects.values_list("language", flat=True).get(pk=user_id)
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def answering(choice: Choice, person: Person, conversation: Conversation) -> dict[str, Any]:
    """Return the fields of a response that say what answers a person, in the language that is active.

    Raise `Refused` as `Choice.rendered` does.
    """
    instructions = choice.rendered(person, localdate(), conversation.variables)
    is_told = person.about_me_in_temporary or not conversation.is_temporary
    memories = () if conversation.is_temporary else person.memories or ()
    memory = True if _may_remember(person, conversation) else None
    stored = stored_settings(msgspec.structs.replace(choice.settings, memory=memory))
    if person.place and not conversation.is_temporary and stored.get("tools"):
        stored["tools"] = searching_from(person.place, stored["tools"])
    return {
        "provider_id": choice.provider_id,
        "model": choice.model,
        "assistant_version": choice.version,
        "settings": stored,
        "instructions": with_own(instructions, person.about_me if is_told else "", memories),
    }


def _may_remember(person: Person, conversation: Conversation) -> bool:
    """Return whether a model may remember what is said, as the person's.

    Nothing of temporary conversations, and nothing of copies of what somebody else said and shared.
    """
    is_own = conversation.imported_from != Conversation.Source.SHARE
    return person.memories is not None and is_own and not conversation.is_temporary


def _asker(
    user_id: UUID,
    message_id: UUID | None,
    username: str,
    first_name: str,
    last_name: str,
    about_me: str,
    in_temporary: bool,  # noqa: FBT001  a column
    place: str | None,
    memories: list[str] | None,
    groups: list[int],
    running: int,
    is_known: bool,  # noqa: FBT001
) -> Asker:
    name = f"{first_name} {last_name}".strip() or username
    known = msgspec.json.decode(place) if place else None
    facts = None if memories is None else tuple(memories)
    person = Person(user_id, name, frozenset(groups), about_me, in_temporary, facts, known)
    return Asker(message_id, person, running, is_known)
