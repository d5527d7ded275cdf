"""Conversations stored as the site stores them, without a provider."""

import uuid
from typing import Any

from django.conf import settings

from accounts.models import User
from conversations.answering import ownership
from conversations.answering.ownership import Beginning, Ending
from conversations.models import Conversation, Item, Response, ToolCall

QUESTION = "How high is the tide?"


def queue_message(
    conversation: Conversation,
    *,
    user: User,
    input: list[Item],  # noqa: A002  the API's own word
    previous: Response | None = None,
    client_message_id: uuid.UUID | None = None,
    process: uuid.UUID | None = None,
) -> tuple[Response, bool]:
    """Store a message as a queued response. The flag is False if this very message was asked before."""
    response = Response(
        conversation=conversation,
        previous=previous,
        user=user,
        client_message_id=client_message_id,
        input=input,
        model=settings.MODEL,
        instructions=settings.INSTRUCTIONS,
        process=process,
    )
    if Response.objects.queue([response]):
        return response, True
    return user.responses.get(client_message_id=client_message_id), False


def ask(conversation: Conversation, previous: Response | None = None, *parts: dict[str, Any]) -> Response:
    """Store a question; `parts` are appended to its content."""
    content = [{"type": "input_text", "text": QUESTION}, *parts]
    message = {"type": "message", "role": "user", "content": content}
    return queue_message(conversation, user=conversation.user, input=[message], previous=previous)[0]


def begin(response: Response, response_id: object, starting_after: int | None = None) -> bool:
    """Store that the provider has begun. Return False if the response doesn't run, or not in its process."""
    [is_begun] = ownership.begin([Beginning(response, response_id, starting_after)])
    return is_begun


def finish(response: Response, status: str, **fields: Any) -> bool:
    """Store the end of the response. Return False if it has ended otherwise, or doesn't run in its process."""
    [conversation] = ownership.finish([Ending(response, status, **fields)])
    return conversation is not None


def call_tool(response: Response, *calls: ToolCall, words: str = "") -> Response:
    """End the response with these calls of tools, after words if there are some; return the step that goes on."""
    said: list[Item] = [message(words)] if words else []
    items: list[Item] = [
        {
            "id": f"fc_{call.call_id}",
            "type": "function_call",
            "call_id": call.call_id,
            "name": call.tool,
            "arguments": call.arguments,
            "status": "completed",
        }
        for call in calls
    ]
    finish(response, "completed", output=[*said, *items], sequence_number=9)
    for place, call in enumerate(calls, len(said)):
        call.response, call.place, call.kind = response, place, "function_call"
    ToolCall.objects.bulk_create(calls)
    return Response.objects.create(
        conversation=response.conversation,
        previous=response,
        turn=response.turn or response,
        user=response.user,
        model=response.model,
        instructions=response.instructions,
        settings=response.settings,
    )


def called(tool: str, arguments: str = "{}", output: Any = None, status: str = "", **fields: Any) -> ToolCall:
    """Return a call of a tool for `call_tool`. It is done if there is an output, else requested."""
    status = status or ("requested" if output is None else "done")
    return ToolCall(
        call_id=f"call_{tool}_{uuid.uuid4().hex[:6]}",
        tool=tool,
        arguments=arguments,
        output=output,
        status=status,
        **fields,
    )


def message(words: str) -> Item:
    """Return the item of an output that says these words."""
    return {"id": "msg_0", "type": "message", "role": "assistant", "status": "completed", "content": [text(words)]}


def answer(response: Response, *parts: dict[str, Any], status: str = "completed", **fields: Any) -> None:
    """End the response with a message of these parts, as the second item of the output after a reasoning item."""
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": list(parts)}
    reasoning = {"id": "rs_1", "type": "reasoning", "summary": []}
    finish(response, status, output=[reasoning, message], sequence_number=9, **fields)


def text(words: str) -> dict[str, Any]:
    return {"type": "output_text", "text": words, "annotations": []}
