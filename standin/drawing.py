"""Images that the stand-in makes: a landscape in colours that depend on the prompt, or another image tinted with them.

https://platform.openai.com/docs/guides/tools-image-generation
"""

from __future__ import annotations

import base64
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from standin.errors import Json
from standin.steps import Step

TOOL = "image_generation"
REFUSED = re.compile(r"\bviolen", re.IGNORECASE)
DEFAULT_SIZE = (1024, 1024)
MODERATION = {
    "code": "moderation_blocked",
    "message": "Your request was rejected by the safety system.",
    "type": "image_generation_user_error",
    "moderation_details": {"moderation_stage": "input", "categories": ["violence"]},
}


@dataclass(frozen=True)
class Drawing:
    """An image to make. With a `source`, that one is changed."""

    prompt: str
    size: tuple[int, int] = DEFAULT_SIZE
    partial_images: int = 0
    quality: str = "medium"
    background: str = "opaque"
    output_format: str = "png"
    source: bytes | None = None

    @property
    def action(self) -> str:
        return "edit" if self.source else "generate"

    @property
    def is_refused(self) -> bool:
        return bool(REFUSED.search(self.prompt))

    @property
    def described(self) -> Json:
        """What the item says about the image."""
        return {
            "size": "{}x{}".format(*self.size),
            "quality": self.quality,
            "background": self.background,
            "output_format": self.output_format,
        }

    def stages(self) -> Iterator[str]:
        """Yield the partial images, each sharper than the one before, and the image itself, as base64."""
        image = tinted(self.source, self.prompt, self.size) if self.source else landscape(self.prompt, self.size)
        for left in range(self.partial_images, 0, -1):
            blurred = image.reduce(8 * 2**left).resize(self.size, Image.Resampling.BICUBIC)
            yield self._encode(blurred)
        if self.background == "transparent":
            mask = Image.new("L", self.size)
            ImageDraw.Draw(mask).ellipse((0, 0, self.size[0] - 1, self.size[1] - 1), fill=255)
            image.putalpha(mask)
        yield self._encode(image)

    def _encode(self, image: Image.Image) -> str:
        file = io.BytesIO()
        # Quickly: it stands in for a server that has the image already.
        image.save(file, self.output_format, **({"compress_level": 1} if self.output_format == "png" else {}))
        return base64.b64encode(file.getvalue()).decode()


def landscape(prompt: str, size: tuple[int, int]) -> Image.Image:
    """Return a sun over hills."""
    width, height = size
    sky, sun, hills = colours(prompt)
    image = ImageOps.colorize(Image.linear_gradient("L").resize(size), sky, sun)
    draw = ImageDraw.Draw(image)
    radius, middle = height // 6, (width * 2 // 3, height * 2 // 5)
    draw.ellipse((middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius), fill=sun)
    for number, share in enumerate((0.6, 0.72, 0.84)):
        shade = tuple(channel * (3 - number) // 3 for channel in hills)
        draw.ellipse((-width * (2 - number) // 3, height * share, width * (4 + number) // 3, height * 2), fill=shade)
    return image


def tinted(source: bytes, prompt: str, size: tuple[int, int]) -> Image.Image:
    """Return the image in the colours of the prompt."""
    with Image.open(io.BytesIO(source)) as image:
        grey = ImageOps.fit(image.convert("L"), size)
    sky, sun, _ = colours(prompt)
    return ImageOps.colorize(grey, sky, sun)


def colours(prompt: str) -> list[tuple[int, int, int]]:
    """Return a dark, a light and a middle colour: the same ones for the same prompt."""
    seed = zlib.crc32(prompt.encode())
    made = []
    for least, range_ in ((20, 60), (180, 76), (70, 90)):
        red, green, blue = (least + (seed >> shift) % range_ for shift in (0, 8, 16))
        made.append((red, green, blue))
        seed = seed * 1_103_515_245 + 12_345 & 0xFFFFFFFF
    return made


def drawing(part: Drawing, index: int, item_id: str, delay: float = 0) -> Iterator[Step]:
    """Return the steps of an image: partial ones, and the whole in its item."""
    name = f"response.{TOOL}_call"
    item: Json = {"id": item_id, "type": f"{TOOL}_call", "status": "in_progress", "result": None}
    position = {"item_id": item_id, "output_index": index}

    def done(**fields: object) -> Step:
        return Step(event={"type": "response.output_item.done", "output_index": index, "item": {**item, **fields}})

    yield Step(event={"type": "response.output_item.added", "output_index": index, "item": item})
    yield Step(event={"type": f"{name}.in_progress", **position})
    yield Step(event={"type": f"{name}.generating", **position})
    if part.is_refused:
        yield done(status="failed", error=MODERATION)
        return
    *partial, whole = part.stages()
    for number, image in enumerate(partial):
        event = {"type": f"{name}.partial_image", **position, **part.described}
        # Drawing takes a while.
        pause = 20 * delay
        yield Step(pause=pause, event={**event, "partial_image_index": number, "partial_image_b64": image})
    yield Step(pause=20 * delay, event={"type": f"{name}.completed", **position})
    yield done(status="completed", result=whole, revised_prompt=part.prompt, action=part.action, **part.described)
