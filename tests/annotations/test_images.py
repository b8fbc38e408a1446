from __future__ import annotations

import base64
import io
import struct
import zlib

import pytest
from PIL import Image

from annotations.errors import ImageError
from annotations.images import LONGEST_SIDE, MOST_IMAGES, clean_images, read_image_files, take_images


def uri(raw: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(raw).decode()}"


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def opened(image_uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(image_uri.partition(",")[2])))


RED = encoded(Image.new("RGB", (20, 10), (255, 0, 0)))


def test_an_image_keeps_its_pixels_and_loses_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"  # ImageDescription
    photo = encoded(Image.new("RGB", (64, 32), (0, 90, 200)), "JPEG", exif=exif, comment=b"secret")
    cleaned = clean_images({"photo": uri(photo, "jpeg")})["photo"]
    image = opened(cleaned)
    assert (image.format, image.size, dict(image.getexif()), image.info.get("comment")) == ("JPEG", (64, 32), {}, None)
    assert b"taken at home" not in base64.b64decode(cleaned.partition(",")[2])
    red, green, blue = image.getpixel((10, 10))  # type: ignore[misc]
    assert abs(red) < 6 and abs(green - 90) < 6 and abs(blue - 200) < 6  # noqa: PT018  JPEG rounds


def test_an_image_is_turned_upright_as_its_metadata_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turned by a quarter
    cleaned = clean_images(uri(encoded(Image.new("RGB", (40, 10)), "JPEG", exif=exif), "jpeg"))
    assert opened(cleaned).size == (10, 40)


def test_a_large_image_is_made_smaller_and_keeps_its_shape() -> None:
    cleaned = clean_images(uri(encoded(Image.new("RGB", (4000, 2000)))))
    assert opened(cleaned).size == (LONGEST_SIDE, LONGEST_SIDE // 2)


def test_of_an_animation_the_first_picture_stays() -> None:
    frames = [Image.new("P", (8, 8), color) for color in (1, 2, 3)]
    gif = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    image = opened(clean_images(uri(gif, "gif")))
    assert (image.format, getattr(image, "n_frames", 1)) == ("PNG", 1)


def test_cleaning_what_is_clean_changes_no_pixel() -> None:
    once = clean_images(uri(RED))
    assert clean_images(once) == once


def bomb() -> bytes:
    """A PNG of a few bytes whose header promises 60,000 × 60,000 pixels."""

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(b"\0" * 1000)) + part(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (uri(bomb()), "megapixels|exceeds limit"),
        (uri(RED[:-30]), "expected a whole image"),
        (uri(b"no image at all"), "expected a whole image"),
        ("data:image/png;base64,####", "in base64"),
        ("data:image/png;base64,QUJ", "base64"),
        ("data:image/svg+xml;base64,PHN2Zy8+", "png, jpeg, webp or gif"),
        ("data:image/png,%89PNG", "in base64"),
        (uri(b"\0" * (9 * 1024**2)), "at most 8 MB"),
    ],
)
def test_what_is_no_image_or_too_large_is_refused_with_the_reason(image: str, said: str) -> None:
    with pytest.raises(ImageError, match=said):
        clean_images({"list": [{"photo": image}]})


def test_an_item_may_have_so_many_images_and_no_more() -> None:
    clean_images([uri(RED)] * MOST_IMAGES)
    with pytest.raises(ImageError, match="at most 16 images"):
        clean_images([uri(RED)] * (MOST_IMAGES + 1))


def test_images_are_taken_out_of_the_text_in_the_order_of_their_numbers() -> None:
    first, second = uri(RED), uri(RED, "jpeg")
    apart = take_images({"query": "shoe", "seen": [first, "data:image is a word"]}, [{"text": "boot", "photo": second}])
    assert apart.context == {"query": "shoe", "seen": ["[image 1]", "data:image is a word"]}
    assert apart.candidates == ({"text": "boot", "photo": "[image 2]"},)
    assert apart.images == (first, second)


def test_an_item_without_images_is_left_as_it_is() -> None:
    context = {"query": "shoe"}
    assert take_images(context, ["boot"]).context is context


def test_files_are_read_by_name_and_addresses_are_not_fetched() -> None:
    read = {"shoe.png": RED}.__getitem__
    value = {"photo": {"image": "shoe.png"}, "other": {"image": "https://example.org/a.png"}, "image": "a word"}
    assert read_image_files(value, read) == value | {"photo": {"image": uri(RED)}}


def test_a_file_that_is_no_image_by_its_name_is_refused() -> None:
    with pytest.raises(ImageError, match="ending in png"):
        read_image_files([{"image": "secrets.txt"}], lambda _: b"")
