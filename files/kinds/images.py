"""Images from files that can't be trusted: each is decoded, and encoded anew from its pixels and nothing else.

This is the only module that imports Pillow.
"""

import io
import logging
import warnings
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError
from pillow_heif import register_heif_opener

from common.refusal import Refused

logger = logging.getLogger(__name__)

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "HEIF")
MAX_SIDE = 2048
"""Pixels. Models scale larger images down themselves."""
MAX_MADE_SIDE = 4096
"""Pixels, of what models make: people download it."""
MAX_SOURCE_SIDE = 30_000
"""Pixels. Scaling a line of 50 million pixels takes seconds, and nobody could see it."""
MAX_THUMBNAIL_SIDE = 480
"""Pixels."""

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF orientation, the transposition that turns an image upright."""

PROFILES = {
    "RGB ": ("RGB", {"RGB", "RGBA", "L", "LA"}),
    "GRAY": ("L", {"L", "LA"}),
    "CMYK": ("CMYK", {"CMYK"}),
}
"""By a profile's colour space, the mode that the profile is applied to, and the modes of the images that it fits."""

register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
# An image may turn out larger than its header says. Pillow checks that, but by default it only warns.
Image.MAX_IMAGE_PIXELS = settings.MAX_IMAGE_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True)
class PreparedImage:
    """An image as it is stored: upright, in sRGB, as JPEG or PNG. Its thumbnail is a WebP, its size is in pixels."""

    data: bytes
    thumbnail: bytes
    media_type: str
    suffix: str
    width: int
    height: int


def prepare(data: bytes, *, max_side: int = MAX_SIDE, is_exact: bool = True) -> PreparedImage:
    """Return the image in a file, scaled down to `max_side`. Raise `Refused` if it can't be read or is too large.

    An image that was lossless, if it must be exact, or is transparent becomes a PNG, any other one a JPEG: every server
    reads both. A large one needs seconds and hundreds of megabytes: call it in a turn of `common.pools.IMAGES`.
    """
    image, lossless, turn = _decode(data, max_side)
    image = _scalable(image)
    image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    image = _in_srgb(image)
    if turn is not None:
        image = image.transpose(turn)
    # Pillow's encoders write the comments and profiles that they find here.
    image.info.clear()
    if (lossless and is_exact) or image.mode == "RGBA":
        stored, media_type, suffix = _encode(image, "PNG"), "image/png", ".png"
    else:
        # Without subsampling, coloured text on a screenshot stays sharp.
        stored, media_type, suffix = _encode(image, "JPEG", quality=90, subsampling=0), "image/jpeg", ".jpg"
    width, height = image.size
    image.thumbnail((MAX_THUMBNAIL_SIDE, MAX_THUMBNAIL_SIDE))
    return PreparedImage(stored, _encode(image, "WEBP", quality=80), media_type, suffix, width, height)


def _decode(data: bytes, max_side: int) -> tuple[Image.Image, bool, Image.Transpose | None]:
    """Return the first frame, whether its format is lossless, and the transposition that turns it upright, if any.

    Raise `Refused` if the file can't be decoded or has too many pixels.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > settings.MAX_IMAGE_PIXELS:
            raise _too_many_pixels()
        if max(image.size) > MAX_SOURCE_SIDE:
            raise _too_long()
        # A JPEG can be decoded at a fraction of its size. Other formats ignore this.
        image.draft(None, (max_side, max_side))
        image.load()
        turn = _turn(image)
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except UnidentifiedImageError:
        raise Refused(
            "unsupported_type",
            _("This isn't an image that can be read. Attach a PNG, JPEG, WebP, GIF or HEIC."),
            status=415,
        ) from None
    except Exception as error:
        # Decoders fail on broken files with exceptions of many kinds, which no list names.
        logger.info("an image could not be decoded: %r", error)
        raise Refused(
            "damaged", _("The image is damaged or incomplete. Open it, save it again, and attach that file.")
        ) from error
    return image, image.format in {"PNG", "GIF"}, turn


def _turn(image: Image.Image) -> Image.Transpose | None:
    """Return the transposition that turns the image upright; None if there is none, or the EXIF is broken.

    `ImageOps.exif_transpose` would fail on invalid values in the EXIF.
    """
    try:
        return UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (SyntaxError, ValueError):
        return None


def _too_many_pixels() -> Refused:
    return Refused(
        "too_many_pixels",
        _("The image has more than %(most)s megapixels. Make it smaller.")
        % {"most": number_format(f"{settings.MAX_IMAGE_PIXELS / 1e6:.3g}")},
        status=413,
    )


def _too_long() -> Refused:
    return Refused(
        "too_long",
        _("The image is more than %(most)s pixels wide or high. Make it smaller.")
        % {"most": number_format(MAX_SOURCE_SIDE, force_grouping=True)},
        status=413,
    )


def _scalable(image: Image.Image) -> Image.Image:
    """Return the image with 8 bits for each channel and without a palette, so that it can be scaled.

    Transparency gets a channel of its own.
    """
    if image.mode.startswith("I"):
        # Greys of 16 bits, whose high values convert() would clip.
        image = image.point(lambda value: value / 257).convert("L")
        image.info.pop("transparency", None)
    if image.mode in {"L", "LA", "RGB", "RGBA", "CMYK"} and "transparency" not in image.info:
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the image in sRGB, the colour space that screens and models assume: as RGBA if anything is transparent."""
    converted = _convert_by_profile(image) or image.convert("RGB")
    if image.mode in {"LA", "RGBA"}:
        alpha = image.getchannel("A")
        if alpha.getextrema() != (255, 255):
            converted.putalpha(alpha)
    return converted


def _convert_by_profile(image: Image.Image) -> Image.Image | None:
    """Return the image in sRGB by its colour profile; None if it has none, or one that is broken or doesn't fit."""
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode, fitting_modes = PROFILES.get(source.profile.xcolor_space, ("", ()))
        if image.mode not in fitting_modes:
            return None
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image.convert(mode), source, srgb, outputMode="RGB")
    except (OSError, ValueError, ImageCms.PyCMSError):
        return None


def _encode(image: Image.Image, format: str, **options: Any) -> bytes:  # noqa: A002  Pillow's name
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()
