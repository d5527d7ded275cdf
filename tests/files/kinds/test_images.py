"""Prepared images: they look the same, and nothing else of the file is left."""

import struct
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from common.refusal import Refused
from files.kinds.images import PreparedImage, prepare
from tests.support.images import BLUE, RED, encoded, exif, image, is_near, opened, png_header

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
JPEG, PNG = ("JPEG", "image/jpeg", ".jpg"), ("PNG", "image/png", ".png")
SAMPLES = {
    "png": encoded(image()),
    "png-palette": encoded(image(mode="P"), transparency=0),
    "png-exif": encoded(image(), exif=exif(6)),
    "png-16-bit": encoded(Image.new("I;16", (9, 9), 3000)),
    "png-grey": encoded(image(mode="L"), transparency=3),
    "jpeg": encoded(image(), "JPEG"),
    "jpeg-profile": encoded(image(), "JPEG", icc_profile=SRGB),
    "jpeg-exif": encoded(image(), "JPEG", exif=exif(6), comment="by me"),
    "jpeg-progressive": encoded(image(mode="CMYK"), "JPEG", progressive=True),
    "webp": encoded(image(), "WEBP", exif=exif(3)),
    "gif": encoded(image(mode="P"), "GIF", save_all=True, append_images=[image(mode="P")], transparency=0),
    "heic": encoded(image(), "HEIF", exif=exif().tobytes()),
}


def ends(image: Image.Image) -> tuple[Any, Any]:
    """Return a pixel near the left edge and one near the right edge."""
    return image.getpixel((image.width // 8, image.height // 2)), image.getpixel(
        (image.width * 7 // 8, image.height // 2)
    )


def refusal(content: bytes) -> Refused:
    with pytest.raises(Refused) as refused:
        prepare(content)
    return refused.value


@pytest.mark.parametrize(
    ("source", "kept_as"),
    [("PNG", PNG), ("GIF", PNG), ("JPEG", JPEG), ("MPO", JPEG), ("WEBP", JPEG), ("HEIF", JPEG)],
)
def test_each_image_format_is_read(source, kept_as):
    prepared = prepare(encoded(image(), source))
    stored, thumbnail = opened(prepared.data), opened(prepared.thumbnail)

    assert (stored.format, prepared.media_type, prepared.suffix) == kept_as
    assert (prepared.width, prepared.height) == stored.size == (64, 32)
    assert thumbnail.format == "WEBP"
    for shown in (stored, thumbnail):
        left, right = ends(shown)
        assert is_near(left, RED)
        assert is_near(right, BLUE)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP"])
def test_image_is_stored_upright(source, orientation):
    turned_by_the_camera = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    upright = image()
    upright.paste((0, 255, 0), (0, 16, 32, 32))  # the lower left, so that no two orientations look the same
    taken = upright if turned_by_the_camera is None else upright.transpose(turned_by_the_camera)

    stored = opened(prepare(encoded(taken, source, exif=exif(orientation))).data)

    assert stored.size == (64, 32)
    assert is_near(stored.getpixel((8, 8)), RED)
    assert is_near(stored.getpixel((8, 24)), (0, 255, 0))
    assert is_near(stored.getpixel((56, 8)), BLUE)


def test_rotated_heic_is_stored_upright():
    taken = encoded(image().transpose(Image.Transpose.ROTATE_90), "HEIF", exif=exif(6).tobytes())

    stored = opened(prepare(taken).data)

    assert stored.size == (64, 32)
    assert is_near(ends(stored)[0], RED)


def test_invalid_exif_values_are_ignored():
    tags = exif(6)
    content = encoded(image(), "JPEG", exif=tags)
    # The maker's name becomes a number, which no writer of EXIF would write back.
    odd = content.replace(struct.pack(">HHI", 0x10F, 2, 14), struct.pack(">HHI", 0x10F, 5, 1))
    assert odd != content

    assert prepare(odd).width == 32
    assert prepare(content.replace(b"Exif\0\0MM\0*", b"Exif\0\0junk")).width == 64


def with_metadata(source: str) -> bytes:
    if source == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", "secret words")
        words.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>secret words</x:xmpmeta>")
        return encoded(image(), "PNG", exif=exif(), pnginfo=words)
    xmp = b"<x:xmpmeta>secret words</x:xmpmeta>"
    if source == "JPEG":
        return encoded(image(), "JPEG", exif=exif(), comment="secret words", xmp=xmp)
    if source == "GIF":
        return encoded(image(), "GIF", comment="secret words")
    if source == "WEBP":
        return encoded(image(), "WEBP", exif=exif(), xmp=xmp)
    return encoded(image(), "HEIF", exif=exif().tobytes(), xmp=xmp)


@pytest.mark.parametrize("source", ["PNG", "JPEG", "GIF", "WEBP", "HEIF"])
def test_no_metadata_is_kept(source):
    original = with_metadata(source)
    assert b"secret words" in original
    prepared = prepare(original)

    for content in (prepared.data, prepared.thumbnail):
        assert b"ecret" not in content
        assert not opened(content).getexif()
        assert not {"exif", "xmp", "comment", "Comment", "icc_profile", "dpi"} & set(opened(content).info)


def test_bytes_after_the_image_are_dropped():
    page = b"<html><script>alert(1)</script></html>"
    for content in (SAMPLES["png"], SAMPLES["jpeg"], SAMPLES["gif"]):
        assert b"script" not in prepare(content + page).data


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "RGBA", "CMYK", "I;16"])
def test_every_mode_keeps_its_colours(mode):
    source = "JPEG" if mode == "CMYK" else "PNG"
    grey = Image.new("L", (64, 32), 255)
    grey.paste(0, (32, 0, 64, 32))
    original = {
        "CMYK": lambda: image(mode="CMYK"),
        "I;16": lambda: grey.convert("I").point(lambda value: value * 200).convert("I;16"),
    }.get(mode, lambda: (image() if mode in {"P", "RGBA"} else grey).convert(mode))()

    left, right = ends(opened(prepare(encoded(original, source)).data))

    expected = {"I;16": ((198, 198, 198), (0, 0, 0))}.get(
        mode, (RED, BLUE) if mode in {"P", "RGBA", "CMYK"} else ((255, 255, 255), (0, 0, 0))
    )
    assert is_near(left, expected[0], 30)
    assert is_near(right, expected[1], 30)


@pytest.mark.parametrize("source", ["PNG", "WEBP", "HEIF"])
def test_transparency_is_kept(source):
    clear = image(mode="RGBA")
    clear.putalpha(Image.new("L", clear.size, 100))
    stored = opened(prepare(encoded(clear, source)).data)

    assert (stored.format, stored.mode) == ("PNG", "RGBA")
    assert is_near(ends(stored)[0], (*RED, 100))


@pytest.mark.parametrize("source", ["PNG", "GIF"])
def test_transparent_palette_colour_is_kept(source):
    palette = image(mode="P")
    stored = opened(prepare(encoded(palette, source, transparency=palette.getpixel((60, 16)))).data)

    left, right = ends(stored)
    assert is_near(left, (*RED, 255))
    assert right[3] == 0


def test_opaque_alpha_channel_is_dropped():
    assert prepare(encoded(image(mode="RGBA"), "WEBP")).media_type == "image/jpeg"


@pytest.mark.parametrize("source", ["GIF", "PNG", "WEBP"])
def test_first_frame_of_an_animation_is_kept(source):
    blue = Image.new("RGB", (64, 32), BLUE)
    prepared = prepare(encoded(image(), source, save_all=True, append_images=[blue], duration=100))

    stored = opened(prepared.data)
    assert getattr(stored, "n_frames", 1) == 1
    assert is_near(ends(stored)[0], RED)


def test_colours_are_converted_by_their_profile():
    # A profile in which red and blue are exchanged.
    profile = bytearray(SRGB)
    count = struct.unpack(">I", profile[128:132])[0]
    for entry in range(132, 132 + 12 * count, 12):
        name = bytes(profile[entry : entry + 4])
        profile[entry : entry + 4] = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(name, name)

    for source in ("PNG", "JPEG", "WEBP", "HEIF"):
        prepared = prepare(encoded(image(), source, icc_profile=bytes(profile)))
        left, right = ends(opened(prepared.data))
        assert is_near(left, BLUE, 16)
        assert is_near(right, RED, 16)
        assert "icc_profile" not in opened(prepared.data).info


@pytest.mark.parametrize("profile", [b"junk", SRGB.replace(b"RGB ", b"R\xffB "), LAB])
def test_broken_or_unfitting_profile_is_ignored(profile):
    stored = opened(prepare(encoded(image(), "PNG", icc_profile=profile)).data)
    assert is_near(ends(stored)[0], RED)


def test_large_image_is_scaled_down():
    prepared = prepare(encoded(image(5000, 100), "JPEG"))

    assert (prepared.width, prepared.height) == opened(prepared.data).size == (2048, 41)
    assert opened(prepared.thumbnail).size == (480, 10)


def test_thin_image_keeps_a_pixel():
    assert prepare(encoded(image(9000, 1))).height == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        encoded(image(), "BMP"),
        encoded(image(), "TIFF"),
        encoded(image(), "ICO"),
    ],
    ids=["empty", "svg", "html", "pdf", "bmp", "tiff", "ico"],
)
def test_unsupported_format_is_refused(content):
    assert (refusal(content).code, refusal(content).status) == ("unsupported_type", 415)


@pytest.mark.parametrize("name", SAMPLES)
def test_truncated_image_is_refused(name):
    content = SAMPLES[name]
    assert refusal(content[: len(content) // 2]).code in {"damaged", "unsupported_type"}


@pytest.mark.parametrize("size", [(60_000, 60_000), (60_000, 1_000), (2**31 - 1, 2**31 - 1)])
def test_decompression_bomb_is_refused_by_its_header(size):
    assert (refusal(png_header(*size)).code, refusal(png_header(*size)).status) == ("too_many_pixels", 413)


@pytest.mark.parametrize("source", ["PNG", "JPEG", "WEBP", "GIF", "HEIF"])
def test_image_with_too_many_pixels_is_refused(source, settings):
    settings.MAX_IMAGE_PIXELS = 2000
    refused = refusal(encoded(image(), source))

    assert refused.code == "too_many_pixels"
    assert refused.message == "The image has more than 0.002 megapixels. Make it smaller."


@pytest.mark.parametrize("size", [(30_001, 1), (1, 30_001)])
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The image is more than 30,000 pixels wide or high. Make it smaller."),
        ("de", "Das Bild ist mehr als 30.000 Pixel breit oder hoch. Mach es kleiner."),
    ],
)
def test_image_with_a_very_long_side_is_refused(size, language, sentence):
    with override(language):
        refused = refusal(encoded(image(*size)))
    assert (refused.code, refused.status, refused.message) == ("too_long", 413, sentence)


def test_heic_larger_than_its_header_says_is_refused():
    content = encoded(image(640, 480), "HEIF")
    assert struct.pack(">II", 640, 480) in content
    assert refusal(content.replace(struct.pack(">II", 640, 480), struct.pack(">II", 16, 16))).code == "damaged"


def prepared_or_refused(content: bytes) -> None:
    try:
        prepared = prepare(content)
    except Refused:
        return
    assert isinstance(prepared, PreparedImage)
    assert opened(prepared.data).size == (prepared.width, prepared.height)


@pytest.mark.slow
@settings(max_examples=300)
@given(st.sampled_from([b"", *(content[:16] for content in SAMPLES.values())]), st.binary(max_size=400))
def test_any_bytes_are_an_image_or_refused(beginning, rest):
    prepared_or_refused(beginning + rest)


@pytest.mark.slow
@settings(max_examples=600)
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_any_damaged_image_is_prepared_or_refused(name, data):
    content = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    prepared_or_refused(bytes(content))
