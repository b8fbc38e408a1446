"""Images in an item: data URIs among its values. Made harmless when they come in, and told apart from its text.

An image is a whole JSON text such as `data:image/jpeg;base64,...`. A file to import may name files beside it instead,
as `{"image": "shoe.jpg"}`; nothing is ever fetched from an address.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from annotations.errors import ImageError
from annotations.sentences import sentence as _

LONGEST_SIDE: Final = 1024
MOST_BYTES: Final = 8 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
MOST_IMAGES: Final = 16
"""Of one item."""

_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
_KINDS: Final = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "webp": "webp", "gif": "gif"}
_PREFIX: Final = "data:image/"
_URI: Final = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}")
_PNG_BYTES: Final = 512 * 1024
"""Above it what would be a PNG becomes a JPEG."""
_JPEG_QUALITY: Final = 88


@dataclass(frozen=True)
class Apart:
    """An item's text and its images.

    Attributes:
        context, candidates: with a mark such as `[image 1]` in the place of each image.
        images: data URIs in the order of their numbers.
    """

    context: Any
    candidates: tuple[Any, ...]
    images: tuple[str, ...]


def take_images(context: Any, candidates: Sequence[Any]) -> Apart:
    """Images of the context, then of the candidates, taken out of the text."""
    if not _has_image([context, *candidates]):
        return Apart(context, tuple(candidates), ())
    images: list[str] = []

    def mark(uri: str) -> str:
        images.append(uri)
        return f"[image {len(images)}]"

    marked = _map_texts([context, *candidates], lambda text: mark(text) if _URI.fullmatch(text) else text)
    return Apart(marked[0], tuple(marked[1:]), tuple(images))


def clean_images(value: Any) -> Any:
    """The value with each of its images decoded and encoded again: small, upright, and without metadata.

    Raises: ImageError, if a text that begins as an image is none, or is too large, or there are too many.
    """
    n_images = 0

    def clean(text: str) -> str:
        nonlocal n_images
        if not text.startswith(_PREFIX):
            return text
        n_images += 1
        if n_images > MOST_IMAGES:
            raise ImageError(_("expected at most %(most)s images in an item, got more", most=MOST_IMAGES))
        return _clean(text)

    return _map_texts(value, clean)


def read_image_files(value: Any, read: Callable[[str], bytes]) -> Any:
    """The value with a data URI for the name in each `{"image": name}`; an address as a name is left as it stands.

    Args:
        read: gives a file's bytes by its name, or raises ImageError.
    """
    if isinstance(value, Mapping):
        name = value.get("image")
        if len(value) == 1 and isinstance(name, str) and "://" not in name and not name.startswith(_PREFIX):
            ending = name.rpartition(".")[2].lower()
            if ending not in _KINDS:
                raise ImageError(
                    _(
                        "expected the name of an image ending in %(known)s, got “%(name)s”",
                        known=", ".join(_KINDS),
                        name=name[:200],
                    )
                )
            return {"image": f"data:image/{_KINDS[ending]};base64,{base64.b64encode(read(name)).decode()}"}
        return {key: read_image_files(part, read) for key, part in value.items()}
    if isinstance(value, list):
        return [read_image_files(part, read) for part in value]
    return value


def _has_image(values: Sequence[Any]) -> bool:
    """Looked for without recursion: nearly every item has none, and one nested too deeply must not stop its reader."""
    left = list(values)
    while left:
        value = left.pop()
        if isinstance(value, str):
            if value.startswith(_PREFIX) and _URI.fullmatch(value):
                return True
        elif isinstance(value, Mapping):
            left.extend(value.values())
        elif isinstance(value, list | tuple):
            left.extend(value)
    return False


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _map_texts(part, change) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_map_texts(part, change) for part in value]
    return value


def _clean(uri: str) -> str:
    encoded = uri.partition(";base64,")[2]
    if not _URI.fullmatch(uri):
        raise ImageError(
            _("expected an image as data:image/png, jpeg, webp or gif in base64, got “%(came)s…”", came=uri[:60])
        )
    if len(encoded) * 3 // 4 > MOST_BYTES:
        raise ImageError(
            _(
                "expected an image of at most %(most)s MB, got %(n)s bytes",
                most=MOST_BYTES // 1024**2,
                n=len(encoded) * 3 // 4,
            )
        )
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as err:
        raise ImageError(_("expected an image in base64: %(fault)s", fault=err)) from err
    kind, made = _encode_again(raw)
    return f"data:image/{kind};base64,{base64.b64encode(made).decode()}"


def _encode_again(raw: bytes) -> tuple[str, bytes]:
    # Most imports do without it.
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(raw), formats=_FORMATS) as opened:
            # Said by its header, before anything is unpacked: a small file may stand for a huge picture.
            if opened.width * opened.height > MOST_PIXELS:
                size = f"{opened.width} × {opened.height}"
                raise ImageError(
                    _(
                        "expected an image of at most %(most)s megapixels, got %(size)s",
                        most=MOST_PIXELS // 1000000,
                        size=size,
                    )
                )
            is_photograph = opened.format == "JPEG"
            image = ImageOps.exif_transpose(opened)
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as err:
        raise ImageError(_("expected a whole image as PNG, JPEG, WebP or GIF: %(fault)s", fault=err)) from err
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    if not is_photograph and len(made := _saved(image, "PNG")) <= _PNG_BYTES:
        return "png", made
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=image if image.mode == "RGBA" else None)
    return "jpeg", _saved(flat, "JPEG", quality=_JPEG_QUALITY)


def _saved(image: Any, kind: str, **options: Any) -> bytes:
    # A new image has no metadata, but for what `info` carries over.
    image.info.clear()
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
