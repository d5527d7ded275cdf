"""What a model makes, other than words, becomes files of ours before it is shown or stored.

A provider gives it as base64, or as a file in a container that is gone soon. In rows, logs and sockets it is a
`file_id` of ours. This is the one place where that is replaced. What can't be kept has an `error` instead, and the
answer goes on.
"""

import asyncio
import base64
import hashlib
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from functools import partial
from typing import Any

from django.conf import settings

from common.pools import FILES, IMAGES, MADE, Pool
from common.threads import UNAVAILABLE, in_thread, retry_until_available, until_available
from conversations.attachments import as_kept, keep_made, name_of_image
from conversations.models import Attachment, Item, Response
from conversations.representations.files import made_file
from files.kinds.images import MAX_MADE_SIDE, prepare
from files.store import safe_name
from providers.registry import Clients
from providers.responses_api.events import PART_DONE
from providers.responses_api.output import ADDED, ANNOTATED, DONE, PARTIAL_IMAGE, SHOWN_IMAGE

Content = bytes | str
"""Bytes, or base64."""
Store = Callable[[Content, str, Response, str], Attachment]
"""Stores a content under a name as a file of a response, and notes what it is at the provider."""

logger = logging.getLogger(__name__)

FILE_SECONDS = 60.0
"""Until fetching a file is given up."""
MAX_SECONDS = 180.0
"""Of all files of one answer that are fetched."""
MAX_PARTIAL_SIDE = 1024
"""Pixels, of an unfinished image."""
MAX_ENCODED = 4 / 3
"""Characters of base64 for each byte."""
EVENTS = frozenset({ADDED, DONE, ANNOTATED, PART_DONE, PARTIAL_IMAGE})
"""The types of the events that may have something that a model made."""
NOT_KEPT: Item = {"code": "not_kept", "message": "This file could not be kept."}
OUTPUT_NAME = "image.png"
"""Of an image among the outputs of a program."""
IS_DATA = re.compile(r"\s*data:", re.IGNORECASE)
DATA_URL = re.compile(r"\s*data:image/[\w.+-]+(?:;[^;,]{1,100})*;base64,", re.IGNORECASE)


class MadeFiles:
    """The files that the model of one answer makes: each is fetched, checked and stored once."""

    def __init__(self, response: Response, clients: Clients) -> None:
        self._response = response
        self._clients = clients
        self._attempt = 0
        self._made: dict[str, Item] = {}
        """What the files are here, or the error in place of one, by what they are at the provider."""
        self._images: dict[str, Item] = {}
        """By the id of an item that makes an image, the file that shows it: the last unfinished one, or the image."""
        self._unfinished: set[str] = set()
        """The ids of the files of unfinished images, which are removed when something else is shown."""
        self._seconds = MAX_SECONDS
        """How many are left for files that are fetched."""
        self._is_given_up = False

    def give_up(self) -> None:
        """Keep nothing more: what isn't a file of ours by now won't be."""
        self._is_given_up = True

    async def keep(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return an event of `EVENTS` with our files in it."""
        if event.get("type") == PARTIAL_IMAGE:
            return await self._partial_image(event)
        if isinstance(item := event.get("item"), dict):
            return {**event, "item": await self.keep_item(item)}
        if isinstance(annotation := event.get("annotation"), dict):
            return {**event, "annotation": await self._cited(annotation)}
        if isinstance(part := event.get("part"), dict):
            return {**event, "part": await self._part(part)}
        return event

    async def keep_item(self, item: Item) -> Item:
        """Return an item of an output with our files in it."""
        keep = ITEMS.get(str(item.get("type")))
        return item if keep is None else await keep(self, item)

    async def keep_output(self, output: Any) -> Any:
        """Return an output with our files in it."""
        if not isinstance(output, list):
            return output
        return [await self.keep_item(item) if isinstance(item, dict) else item for item in output]

    async def collect(self, output: list[Item]) -> list[Item]:
        """Return a whole output with the files that were made and aren't cited, beside the code that made them."""
        last = {
            container: place
            for place, item in enumerate(output)
            if item.get("type") == INTERPRETER and isinstance(container := item.get("container_id"), str)
        }
        for container, place in last.items():
            if files := await self._uncited(container):
                output = [*output[:place], {**output[place], "files": files}, *output[place + 1 :]]
        return output

    async def keep_image(self, encoded: str, name: str) -> Item:
        """Return what stands for an image that came as base64: a `file_id` and more, or an `error`."""
        # It comes more than once: in its own event, and in the last one.
        source = await in_thread(_digest)(encoded)
        return await self._keep(source, name, partial(_given, encoded), _store_image)

    async def _message(self, item: Item) -> Item:
        content = item.get("content")
        if not isinstance(content, list):
            return item
        return {**item, "content": [await self._part(part) if isinstance(part, dict) else part for part in content]}

    async def _part(self, part: Item) -> Item:
        annotations = part.get("annotations")
        if not isinstance(annotations, list) or not any(map(_is_file, annotations)):
            return part
        return {**part, "annotations": [await self._cited(each) if _is_file(each) else each for each in annotations]}

    async def _cited(self, annotation: Item) -> Item:
        """Return an annotation that cites our file in place of the one in a container."""
        if not _is_file(annotation):
            return annotation
        container, file_id, name = (annotation.get(key) for key in ("container_id", "file_id", "filename"))
        kept = {key: value for key, value in annotation.items() if key not in {"container_id", "file_id"}}
        return {**kept, **await self._from_container(container, file_id, name)}

    async def _interpreter(self, item: Item) -> Item:
        """Return a call of the code interpreter with images of ours among its outputs."""
        outputs = item.get("outputs")
        if not isinstance(outputs, list):
            return item
        return {**item, "outputs": [await self._output(each) for each in outputs]}

    async def _output(self, output: Any) -> Any:
        url = output.get("url") if isinstance(output, dict) else None
        if not isinstance(url, str) or not IS_DATA.match(url):
            # An address is shown as a link, and whoever reads the answer may follow it.
            return output
        kept = {key: value for key, value in output.items() if key != "url"}
        if (begin := DATA_URL.match(url)) is None:
            return {**kept, **_not_kept(OUTPUT_NAME)}
        return {**kept, **await self.keep_image(url[begin.end() :], OUTPUT_NAME)}

    async def _image(self, item: Item) -> Item:
        """Return a call of image generation with our file in place of the image in base64."""
        await self._look_up()
        item_id, encoded = str(item.get("id")), item.get("result")
        kept = {key: value for key, value in item.items() if key not in {"result", *SHOWN_IMAGE}}
        if isinstance(encoded, str) and encoded:
            file = await self.keep_image(encoded, name_of_image(item))
            await self._replace(item_id, file)
            return {**kept, **file}
        if kept.get("status") == "failed":
            # What had been shown may be what the provider refuses.
            await self._replace(item_id, dict.fromkeys(SHOWN_IMAGE, ""))
        elif size := self._response.settings.get("tools", {}).get("image_generation", {}).get("size"):
            # Its place is kept before the first image comes.
            kept = {"size": size, **kept}
        return {**kept, **self._images.get(item_id, {})}

    async def _partial_image(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return an event with our file in place of the unfinished image, and forget the one that came before."""
        item_id, encoded = str(event.get("item_id")), event.get("partial_image_b64")
        kept = {key: value for key, value in event.items() if key not in {"partial_image_b64", *SHOWN_IMAGE}}
        if not isinstance(encoded, str) or not encoded:
            return kept
        source = await in_thread(_digest)(f"{PARTIAL_IMAGE} {encoded}")
        # If it is late, it isn't needed any more.
        file = await self._keep(source, "image.png", partial(_given, encoded), _store_partial_image, pool=IMAGES)
        if "error" in file:
            # The next one may be kept.
            del self._made[source]
            return kept
        await self._replace(item_id, file)
        self._unfinished.add(file["file_id"])
        return {**kept, **file}

    async def _replace(self, item_id: str, file: Item) -> None:
        """Show a file for an item that makes an image, and remove the unfinished image that was shown before."""
        before, self._images[item_id] = self._images.get(item_id, {}).get("file_id"), file
        # Some servers give each image the same id, so an image may be what was shown before.
        if before in self._unfinished and before != file.get("file_id"):
            self._unfinished.remove(before)
            self._made = {source: made for source, made in self._made.items() if made.get("file_id") != before}
            with suppress(*UNAVAILABLE):
                await in_thread(_forget)(self._response, before)

    async def _from_container(self, container: Any, file_id: Any, name: Any) -> Item:
        name = name if isinstance(name, str) else ""
        if not isinstance(container, str) or not isinstance(file_id, str):
            return _not_kept(name)

        async def fetched() -> bytes:
            async with self._in_time():
                client = self._clients.of(self._response.provider_id)
                return await client.container_file(container, file_id, settings.MAX_MADE_FILE_BYTES)

        return await self._keep(_source(container, file_id), name, fetched, _store_file, is_fetched=True)

    async def _uncited(self, container: str) -> list[Item]:
        """Return the files in a container that the model wrote and this conversation doesn't have yet."""
        if self._is_given_up:
            return []
        try:
            await self._look_up()
            async with FILES.turn_async(self._response.user_id), self._in_time():
                listed = await self._clients.of(self._response.provider_id).container_files(container)
            known = await retry_until_available(_known, self._response)
        except Exception as problem:  # noqa: BLE001  no file is worth an answer
            logger.warning("response %s: the files in %s are unknown: %r", self._response.pk, container, problem)
            return []
        names: dict[str, str] = {}
        for file in listed:
            file_id, path = file.get("id"), file.get("path")
            if file.get("source") != "assistant" or not isinstance(file_id, str) or not isinstance(path, str):
                continue
            source = _source(container, file_id)
            if source not in known and source not in self._made:
                names[file_id] = path.rpartition("/")[2]
        return [await self._from_container(container, file_id, name) for file_id, name in names.items()]

    async def _keep(
        self,
        source: str,
        name: str,
        get: Callable[[], Awaitable[Content]],
        store: Store,
        *,
        is_fetched: bool = False,
        pool: Pool = MADE,
    ) -> Item:
        """Return what stands for a file that is this at the provider. It is fetched only if it isn't here yet.

        What has come with an event is in memory already, and doesn't wait for slow containers. It may wait long for its
        turn to be stored, if many files are made at the same time.
        """
        response = self._response
        try:
            await self._look_up()
            if source in self._made:
                return self._made[source]
            if self._is_given_up:
                raise ValueError("its process ends")
            if len(self._made) >= settings.MAX_MADE_FILES:
                raise ValueError("there are MAX_MADE_FILES already")
            async with FILES.turn_async(response.user_id) if is_fetched else nullcontext():
                content = await get()
                kept = await until_available(pool.run, response.user_id, store, content, name, response, source)
            self._made[source] = made_file(kept)
        except Exception as problem:  # noqa: BLE001  no file is worth an answer
            logger.warning("response %s: the file %r could not be kept: %r", response.pk, name, problem)
            self._made[source] = _not_kept(name)
        return self._made[source]

    async def _look_up(self) -> None:
        """Learn what was kept of this attempt already, maybe by another process."""
        if self._attempt != self._response.attempt:
            # What had come of an answer that is asked again stands beside it now.
            self._made = await retry_until_available(_made_by, self._response)
            here = {made.get("file_id") for made in self._made.values()}
            shown = [
                item for item in self._response.output if item.get("type") == IMAGE and item.get("file_id") in here
            ]
            self._images = {
                str(item.get("id")): {name: item[name] for name in SHOWN_IMAGE if name in item} for item in shown
            }
            self._unfinished = {item["file_id"] for item in shown if item.get("status") != "completed"}
            self._attempt = self._response.attempt

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """Bound how long fetching takes. All that is fetched for one answer is given less and less time."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(min(FILE_SECONDS, self._seconds)):
                yield
        finally:
            self._seconds -= loop.time() - began


IMAGE = "image_generation_call"
INTERPRETER = "code_interpreter_call"
ITEMS: Mapping[str, Callable[[MadeFiles, Item], Awaitable[Item]]] = {
    "message": MadeFiles._message,
    INTERPRETER: MadeFiles._interpreter,
    IMAGE: MadeFiles._image,
}
"""What is done with an item, by its type."""


def _is_file(annotation: Any) -> bool:
    return isinstance(annotation, dict) and annotation.get("type") == "container_file_citation"


def _source(container: str, file_id: str) -> str:
    return _digest(f"{container}/{file_id}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def _given(encoded: str) -> str:
    """Return base64 that isn't too long."""
    if len(encoded) > MAX_ENCODED * settings.MAX_MADE_FILE_BYTES:
        raise ValueError("it is larger than MAX_MADE_FILE_BYTES")
    return encoded


def _not_kept(name: str) -> Item:
    return {"filename": safe_name(name, default="file"), "error": NOT_KEPT}


def _made_by(response: Response) -> dict[str, Item]:
    return {file.source: made_file(file) for file in response.files.exclude(source="")}


def _known(response: Response) -> set[str]:
    return set(Attachment.objects.filter(conversation=response.conversation_id).values_list("source", flat=True))


def _store_file(content: Content, name: str, response: Response, source: str) -> Attachment:
    """Keep a file, as an image if it is one. An image that was among the outputs of its program has its name now."""
    kept = keep_made(as_kept(_decoded(content), name), name, response, source)
    put_out = response.files.filter(file=kept.file.name, name=OUTPUT_NAME).exclude(pk=kept.pk).first()
    if put_out is None:
        return kept
    kept.delete()
    put_out.name, put_out.source = kept.name, kept.source
    put_out.save(update_fields=["name", "source"])
    return put_out


def _store_image(content: Content, name: str, response: Response, source: str) -> Attachment:
    """Keep an image, made anew from its pixels. It blocks. Raise `Refused` if it is none."""
    return keep_made(prepare(_decoded(content), max_side=MAX_MADE_SIDE), name, response, source)


def _store_partial_image(content: Content, name: str, response: Response, source: str) -> Attachment:
    """Keep an unfinished image for a while: smaller, and not exactly, because that takes a tenth of the time."""
    return keep_made(prepare(_decoded(content), max_side=MAX_PARTIAL_SIDE, is_exact=False), name, response, source)


def _forget(response: Response, file_id: str) -> None:
    response.files.filter(pk=file_id).delete()


def _decoded(content: Content) -> bytes:
    """Return the bytes of a content. Raise `ValueError` if it is no base64."""
    return base64.b64decode(content, validate=True) if isinstance(content, str) else content
