"""Files that are attached and sent, and what of them came to the provider."""

import io
from typing import Any

from accounts.models import User
from common.threads import in_thread
from conversations.models import Attachment
from files import documents
from tests.support.provider import Provider
from tests.support.socket import Socket, question


def refusal(status: int, message: str, **fields: Any) -> dict[str, Any]:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None, **fields}
    return {"error": {"status": status, "body": {"error": error}}}


class Talk:
    """A conversation that goes on from its last answer."""

    def __init__(self, socket: Socket, site: Provider) -> None:
        self._socket = socket
        self._site = site
        self._last: dict[str, Any] | None = None
        self.fields: dict[str, Any] = {}

    async def say(self, words: str, *parts: dict[str, Any]) -> str:
        """Ask something; return the answer's text."""
        chain = dict(self.fields)
        if self._last:
            chain |= {"conversation": self._last["conversation"]["id"], "previous_response_id": self._last["id"]}
        await self._socket.send(question(words, *parts, **chain))
        self._last = (await self._socket.until_end())[-1]["response"]
        assert self._last["status"] == "completed", self._last
        said = (part["text"] for item in self._last["output"] for part in item.get("content", ()))
        return "\n".join(said)

    @property
    def last(self) -> dict[str, Any]:
        assert self._last is not None
        return self._last

    def bodies(self) -> list[dict[str, Any]]:
        """The requests for answers since this was asked last."""
        bodies = self._site.bodies()
        self._site.forget_requests()
        return bodies


@in_thread
def attach(user: User, name: str, content: bytes) -> dict[str, Any]:
    """Upload a file; return the part of a message that has it."""
    document = documents.keep(io.BytesIO(content), user.pk)
    attachment = Attachment.objects.create(
        user=user,
        name=name,
        document=document,
        file=document.path,
        media_type=document.media_type,
        size=document.size,
    )
    return {"type": "input_file", "file_id": str(attachment.pk)}


def files_in(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The files of a request, those that are text by their first lines."""
    found = []
    for item in body["input"]:
        for part in item["content"] if isinstance(item.get("content"), list) else ():
            if part["type"] == "input_file":
                found.append(part)
            elif part.get("text", "").startswith("[File: "):
                found.append({"text": part["text"]})
    return found
