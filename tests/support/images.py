"""Images made in code: the left half is red and the right half is blue."""

import io
import struct
import zlib
from typing import Any

from PIL import ExifTags, Image
from pillow_heif import register_heif_opener

register_heif_opener()

RED, BLUE = (255, 0, 0), (0, 0, 255)


def image(width: int = 64, height: int = 32, mode: str = "RGB") -> Image.Image:
    made = Image.new("RGB", (width, height), RED)
    made.paste(BLUE, (width // 2, 0, width, height))
    return made.convert(mode)


def encoded(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:  # noqa: A002
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def exif(orientation: int = 1) -> Image.Exif:
    """Return EXIF as a phone writes it, with its maker and the place."""
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    tags[ExifTags.Base.Make] = "Secret Camera"
    gps = tags.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "N"
    gps[ExifTags.GPS.GPSLatitude] = (51.0, 28.0, 40.0)
    return tags


def png_header(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header claims this size in pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"")) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def is_near(pixel: Any, colour: tuple[int, ...], tolerance: int = 12) -> bool:
    """Return whether the colours look the same: lossy formats change them a little."""
    return len(pixel) == len(colour) and all(abs(a - b) <= tolerance for a, b in zip(pixel, colour, strict=True))
