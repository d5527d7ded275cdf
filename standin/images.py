"""What is measured in an image: format, size, main colours."""

from __future__ import annotations

import base64
import binascii
import io
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

import PIL.Image
from PIL import UnidentifiedImageError

from standin.errors import ApiError

FORMATS = {"PNG", "JPEG", "WEBP", "GIF"}
MAX_URL_CHARACTERS = 20 * 2**20
SAMPLE_SIZE = (48, 48)
SAMPLE_AREA = 48 * 48
MIN_SHARE = 0.03

COLOURS = {
    "black": (0, 0, 0),
    "dark grey": (72, 72, 72),
    "grey": (136, 136, 136),
    "light grey": (200, 200, 200),
    "white": (255, 255, 255),
    "red": (215, 30, 35),
    "dark red": (120, 15, 20),
    "orange": (245, 140, 25),
    "brown": (120, 75, 40),
    "yellow": (250, 220, 40),
    "beige": (235, 215, 180),
    "green": (40, 160, 60),
    "dark green": (15, 80, 35),
    "light green": (150, 220, 140),
    "turquoise": (50, 190, 190),
    "light blue": (140, 195, 240),
    "blue": (35, 90, 215),
    "dark blue": (20, 30, 110),
    "purple": (130, 50, 160),
    "pink": (245, 150, 190),
}


@dataclass(frozen=True)
class Image:
    """What was measured in an image."""

    format: str
    width: int
    height: int
    colours: list[tuple[str, float]]
    """Names with their shares of the area, largest first."""

    def __str__(self) -> str:
        colours = ", ".join(f"{name} ({share:.0%})" for name, share in self.colours)
        return f"{self.format}, {self.width} x {self.height} pixels, mostly {colours}"


def measure(data_url: str, param: str) -> Image:
    """Measure the image in a data URL. Raise the API's error if it takes no such image."""
    if len(data_url) > MAX_URL_CHARACTERS:
        raise ApiError("The image's data URL is longer than 20 MB.", param=param, code="image_too_large")
    data = decode(data_url, param)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            with PIL.Image.open(io.BytesIO(data)) as image:
                if image.format not in FORMATS or getattr(image, "n_frames", 1) > 1:
                    raise invalid_format(param)
                width, height = image.size
                return Image(image.format, width, height, main_colours(image))
    except UnidentifiedImageError:
        raise invalid_format(param) from None
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning):
        raise ApiError("The image could not be read.", param=param, code="image_parse_error") from None


def decode(data_url: str, param: str) -> bytes:
    head, _, data = data_url.partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise invalid_base64(param)
    try:
        decoded = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise invalid_base64(param) from None
    if not decoded:
        raise invalid_base64(param)
    return decoded


def invalid_base64(param: str) -> ApiError:
    return ApiError(
        f"Invalid '{param}'. Expected a base64-encoded data URL with an image MIME type "
        "(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=').",
        param=param,
        code="invalid_base64_image",
    )


def invalid_format(param: str) -> ApiError:
    return ApiError(
        "The image data you provided does not represent a valid image. Please check your input and try again "
        "with one of the supported image formats: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'].",
        param=param,
        code="invalid_image_format",
    )


def main_colours(image: PIL.Image.Image) -> list[tuple[str, float]]:
    image.draft("RGB", SAMPLE_SIZE)
    sample = image.convert("RGBA").resize(SAMPLE_SIZE, PIL.Image.Resampling.BOX)
    counted: Any = sample.getcolors(SAMPLE_AREA)
    names: Counter[str] = Counter()
    for number, pixel in counted:
        names[name_of(*pixel)] += number
    shares = [(name, number / SAMPLE_AREA) for name, number in names.most_common(4)]
    return [shares[0], *(share for share in shares[1:] if share[1] >= MIN_SHARE)]


def name_of(red: int, green: int, blue: int, alpha: int) -> str:
    if alpha < 128:
        return "transparent"
    return min(
        COLOURS,
        key=lambda name: sum((one - other) ** 2 for one, other in zip(COLOURS[name], (red, green, blue), strict=True)),
    )
