"""Images that the provider makes. https://platform.openai.com/docs/guides/tools-image-generation"""

from typing import Any, Final, Literal

from django.utils.translation import gettext_lazy as _

from tools.hosted import HostedOptions, HostedTool

PARTIAL_IMAGES: Final = 2
"""How many unfinished images are shown on the way, unless somebody chose. Each costs a little."""


class ImageOptions(HostedOptions, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How an image is made. The size is in pixels."""

    size: Literal["1024x1024", "1536x1024", "1024x1536", "2048x2048", "2560x1440", "1440x2560"] | None = None
    quality: Literal["low", "medium", "high"] | None = None
    background: Literal["opaque", "transparent"] | None = None
    output_format: Literal["png", "jpeg"] | None = None
    partial_images: Literal[0, 1, 2, 3] = PARTIAL_IMAGES
    moderation: Literal["low"] | None = None

    def parameters(self) -> dict[str, Any]:
        chosen = super().parameters() | {"partial_images": self.partial_images}
        if self.background == "transparent":
            # The API refuses it for a JPEG, which has no transparency.
            chosen.pop("output_format", None)
        return chosen


class ImageGeneration(HostedTool):
    name = "image_generation"
    title = _("Image generation")
    options = ImageOptions
