"""Pictures out of strangers' files: checked by decoding them, and made anew from what is seen in them and nothing else.

The only module that knows Pillow.
"""

import io
import logging
import warnings
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError
from pillow_heif import register_heif_opener

from common.refusal import Refused

logger = logging.getLogger(__name__)

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "HEIF")
LONG_SIDE = 2048
"""Pixels: more than that, models scale down themselves."""
THUMBNAIL_LONG_SIDE = 480
"""Pixels."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a picture of each EXIF orientation upright."""

PROFILES = {
    "RGB ": ("RGB", {"RGB", "RGBA", "L", "LA"}),
    "GRAY": ("L", {"L", "LA"}),
    "CMYK": ("CMYK", {"CMYK"}),
}
"""A colour profile's space: the mode that it is applied to, and the modes of pictures that it fits."""

register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
# Pillow refuses by itself what turns out larger than the header said; by default it would only warn.
Image.MAX_IMAGE_PIXELS = settings.MAX_IMAGE_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

# The largest picture takes up to 800 MB while it is read: two at a time, and the others wait for a second.
_decoders = BoundedSemaphore(2)


@dataclass(frozen=True)
class Picture:
    """A picture as it is stored: upright, sRGB, a JPEG or a PNG; its thumbnail is a WebP."""

    data: bytes
    thumbnail: bytes
    media_type: str
    suffix: str
    width: int
    height: int


def prepare(data: bytes) -> Picture:
    """The image in a file, scaled down to LONG_SIDE. Raise `Refused` if it can't be read or is too large.

    What was lossless stays so, as a PNG; so does what is transparent. All else becomes a JPEG: every server reads both.
    """
    with _decoders:
        image, lossless, turn = _decoded(data)
        image = _scalable(image)
        image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
        image = _in_srgb(image)
        if turn is not None:
            image = image.transpose(turn)
        # Pillow's encoders write comments and profiles that they find here.
        image.info.clear()
        if lossless or image.mode == "RGBA":
            stored, media_type, suffix = _encoded(image, "PNG"), "image/png", ".png"
        else:
            # Without subsampling, coloured words on a screenshot stay sharp.
            stored, media_type, suffix = _encoded(image, "JPEG", quality=90, subsampling=0), "image/jpeg", ".jpg"
        width, height = image.size
        image.thumbnail((THUMBNAIL_LONG_SIDE, THUMBNAIL_LONG_SIDE))
        return Picture(stored, _encoded(image, "WEBP", quality=80), media_type, suffix, width, height)


def _decoded(data: bytes) -> tuple[Image.Image, bool, Image.Transpose | None]:
    """The first frame, whether its format keeps every pixel, and what sets it upright."""
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > settings.MAX_IMAGE_PIXELS:
            raise _too_many_pixels()
        # A JPEG can be decoded at a half or a quarter; the other formats do nothing here.
        image.draft(None, (LONG_SIDE, LONG_SIDE))
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
        # There is no list of the ways in which a broken file makes a decoder fail.
        logger.info("a picture could not be decoded: %r", error)
        raise Refused(
            "damaged", _("The image is damaged or incomplete. Open it, save it again, and attach that file.")
        ) from error
    return image, image.format in {"PNG", "GIF"}, turn


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What sets the picture upright; unlike ImageOps.exif_transpose it does not fail at odd values in the EXIF."""
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (SyntaxError, ValueError):
        return None


def _too_many_pixels() -> Refused:
    return Refused(
        "too_many_pixels",
        _("The image has more than %(most)s megapixels. Make it smaller.")
        % {"most": number_format(f"{settings.MAX_IMAGE_PIXELS / 1e6:.3g}")},
        status=413,
    )


def _scalable(image: Image.Image) -> Image.Image:
    """In 8 bits and a mode that can be scaled: without a palette, transparency in a channel of its own."""
    if image.mode.startswith("I"):
        # 16 bits of grey, of which convert() would cut off the bright ones.
        image = image.point(lambda value: value / 257).convert("L")
        image.info.pop("transparency", None)
    if image.mode in {"L", "LA", "RGB", "RGBA", "CMYK"} and "transparency" not in image.info:
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _in_srgb(image: Image.Image) -> Image.Image:
    """RGB, or RGBA where anything is transparent, in the colours that screens and models take for granted."""
    converted = _by_its_profile(image) or image.convert("RGB")
    if image.mode in {"LA", "RGBA"}:
        alpha = image.getchannel("A")
        if alpha.getextrema() != (255, 255):
            converted.putalpha(alpha)
    return converted


def _by_its_profile(image: Image.Image) -> Image.Image | None:
    """Converted by its colour profile; None where it has none, or one that is broken or another kind of picture's."""
    profile = image.info.get("icc_profile")
    if not profile:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode, fitting = PROFILES.get(source.profile.xcolor_space, ("", ()))
        if image.mode not in fitting:
            return None
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image.convert(mode), source, srgb, outputMode="RGB")
    except (OSError, ValueError, ImageCms.PyCMSError):
        return None


def _encoded(image: Image.Image, format: str, **options: Any) -> bytes:  # noqa: A002  Pillow's own word
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()
