"""Decode picture files of any format into 8-bit colour or grey pictures."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from convatlas.config.other_pictures import READS_HEIC
from convatlas.images.sniff import stranger
from convatlas.images.warnings import quiet
from convatlas.model.records import Json

_PAPER = (255, 255, 255)
"""The background of transparent pixels: white, like a page."""

_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP", "PPM", "HEIF")
"""Pillow supports more formats, but some call other programs (EPS) or accept almost any file
(SPIDER)."""

LONGEST = 100
"""Maximum ratio of the longer to the shorter side.

Networks see a square from the middle, which is next to nothing of a longer picture. Resizing its
shorter side to their input size would make the longer one fill the memory."""

_STRIP = 2**20
"""The number of pixels that are converted at once."""

_HUGE = 2**24
"""From this number of pixels on, several pictures at a time would fill the memory."""

_AT_ONCE = nullcontext()

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The transposition that undoes each EXIF orientation."""


class Undecodable(Exception):
    """A picture that cannot be used; the message says why, without naming a path."""


def decode_file(
    data: bytes, turn_of_huge: AbstractContextManager[object] = _AT_ONCE
) -> Image.Image:
    """Decode a file's bytes into an upright picture of mode RGB or L, with 8 bits per channel.

    Only the first frame of an animation, or the first page, is used. Transparent pixels are blended
    with white. 16-bit grey keeps its upper 8 bits. Colour profiles are ignored.

    Args:
        turn_of_huge: entered while a picture is decoded that takes hundreds of megabytes: a lock
            where several threads decode.

    Raises:
        Undecodable: the file is not a picture or is damaged, has more pixels than Pillow considers
            safe or too extreme an aspect ratio, or its values have no defined range (floating
            point, 32-bit integers).
    """
    if not data:
        raise Undecodable("the file is empty")
    try:
        with quiet(), Image.open(io.BytesIO(data), formats=_readable_formats()) as image:
            _refuse_size(image.width, image.height)
            huge = image.width * image.height >= _HUGE
            with turn_of_huge if huge else nullcontext():
                image.load()
                turn = _UPRIGHT.get(_orientation(image))
                plain = eight_bits(image)
                return plain if turn is None else plain.transpose(turn)
    except UnidentifiedImageError:
        raise Undecodable(stranger(data)) from None
    except Image.DecompressionBombError:
        raise Undecodable(f"more than {2 * (Image.MAX_IMAGE_PIXELS or 0):,} pixels") from None
    except Undecodable:
        raise
    except Exception as error:  # decoders may raise anything on malformed files
        raise Undecodable(_reason(error)) from error


def eight_bits(image: Image.Image) -> Image.Image:
    """Convert a picture of any mode to RGB, or to L if it has only grey.

    Raises:
        Undecodable: the mode's values have no defined range.
        ValueError: Pillow cannot convert the mode.
    """
    clear = "transparency" in image.info
    if image.mode in ("RGB", "L") and not clear:
        return image.copy()
    if image.mode.startswith("I"):
        return _sixteen_bits(image)
    if image.mode == "F":
        raise Undecodable("floating-point values have no agreed range; convert it to 8 bits")
    if clear or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        return _on_paper(image)
    return image.convert("L" if image.mode == "1" else "RGB")


def from_item(item: Json) -> Image.Image:
    """Convert an item of a data set to a picture of mode RGB or L.

    Accepted are Pillow images, arrays and tensors [h, w], [h, w, 1 or 3] and [1 or 3, h, w], with
    integers from 0 to 255 or floats from 0 to 1, also as the only one of a batch. Where both orders
    of the axes are possible, arrays have their channels last, and tensors first.

    Raises:
        Undecodable: the item is anything else.
    """
    if isinstance(item, Image.Image):
        return _from_pillow(item)
    tensor = hasattr(item, "detach")
    try:
        array = np.asarray(_on_cpu(item) if tensor else item)
    except (TypeError, ValueError, RuntimeError) as error:
        raise Undecodable(f"no picture but {type(item).__name__}: {_reason(error)}") from error
    array = _channels_last(array, tensor, type(item).__name__)
    _refuse_size(array.shape[1], array.shape[0])
    return Image.fromarray(_bytes(array))


def _on_cpu(tensor: Any) -> np.ndarray:
    """Return a tensor of torch as an array; NumPy knows no bfloat16."""
    plain = tensor.detach().cpu()
    array: np.ndarray = (plain.double() if plain.is_floating_point() else plain).numpy()
    return array


def _channels_last(array: np.ndarray, tensor: bool, kind: str) -> np.ndarray:
    """Return a picture's values as [h, w] or [h, w, 3]."""
    shape = list(array.shape)
    if array.ndim == 4 and len(array) == 1:
        array = array[0]
    if array.ndim == 4:
        raise Undecodable(f"a batch of {shape[0]} pictures; return one picture an item")
    if array.ndim == 3:
        first, last = (array.shape[axis] in (1, 3) for axis in (0, 2))
        if first and (tensor or not last):
            array = array.transpose(1, 2, 0)
        if 4 in (array.shape[2], array.shape[0]) and not (first or last):
            raise Undecodable("4 channels; return 3, or a Pillow image that says what they are")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or not array.size:
        raise Undecodable(f"no picture but {kind} of shape {shape}")
    return array


def _bytes(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    whole = np.issubdtype(array.dtype, np.integer)
    if not (whole or np.issubdtype(array.dtype, np.floating)):
        raise Undecodable(f"values of type {array.dtype} are no colours")
    top = 255 if whole else 1
    if not (array.min() >= 0 and array.max() <= top):
        if array.min() >= 0 and array.max() <= 255:
            raise Undecodable("floats up to 255; divide them by 255, or return integers")
        raise Undecodable(f"values outside 0 to {top}; return the picture before normalisation")
    return np.rint(array.astype(np.float64) * (255 / top)).astype(np.uint8)


def _from_pillow(image: Image.Image) -> Image.Image:
    try:
        return eight_bits(image)
    except Undecodable:
        raise
    except Exception as error:  # Pillow may read the file only now
        raise Undecodable(_reason(error)) from error


@cache
def _readable_formats() -> list[str]:
    """Return the formats that this version of Pillow and its plugin for HEIC can read."""
    if READS_HEIC:
        importlib.import_module("pillow_heif").register_heif_opener()
    Image.init()
    return [name for name in _FORMATS if name in Image.OPEN]


def _refuse_size(width: int, height: int) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and width * height > limit:
        raise Undecodable(f"{width} x {height}: more than {limit:,} pixels")
    if not width or not height:
        raise Undecodable(f"{width} x {height}: not a single pixel")
    if max(width, height) > LONGEST * min(width, height):
        raise Undecodable(f"{width} x {height}: one side is more than {LONGEST} times the other")


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8, or 0 if it cannot be read."""
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:  # the picture itself is usable
        return 0


def _sixteen_bits(image: Image.Image) -> Image.Image:
    if image.format == "TIFF" and image.mode == "I" and _wide(image):
        raise Undecodable("32-bit integers have no agreed range; convert it to 8 bits")

    def upper_bits(part: Image.Image) -> Image.Image:
        values = np.asarray(part).astype(np.int64)
        if values.min() < 0 or values.max() > 0xFFFF:
            raise Undecodable("integers beyond 16 bits have no agreed range; convert it to 8 bits")
        grey = (values >> 8).astype(np.uint8)
        if isinstance(clear := image.info.get("transparency"), int):
            grey[values == clear] = _PAPER[0]
        return Image.fromarray(grey)

    return _by_strips(image, "L", upper_bits)


def _by_strips(
    image: Image.Image, mode: str, convert: Callable[[Image.Image], Image.Image]
) -> Image.Image:
    """Convert a picture to another mode in strips, so that only these are in memory many times."""
    whole, height = Image.new(mode, image.size), max(1, _STRIP // image.width)
    for top in range(0, image.height, height):
        box = (0, top, image.width, min(top + height, image.height))
        whole.paste(convert(image.crop(box)), box)
    return whole


def _wide(image: Image.Image) -> bool:
    """Return whether a TIFF file has more than 16 bits per channel."""
    bits = getattr(image, "tag_v2", {}).get(258, (0,))
    return any(each > 16 for each in (bits if isinstance(bits, tuple) else (bits,)))


def _on_paper(image: Image.Image) -> Image.Image:
    def blended(part: Image.Image) -> Image.Image:
        colours = (part.convert("LA") if part.mode == "La" else part).convert("RGBA")
        paper = Image.new("RGBA", part.size, (*_PAPER, 255))
        return Image.alpha_composite(paper, colours).convert("RGB")

    return _by_strips(image, "RGB", blended)


def _reason(error: BaseException) -> str:
    """Return an exception's first line, without memory addresses."""
    text = str(error).partition("\n")[0].partition("<")[0].strip()
    return (
        f"damaged: {text[:150]}"
        if text.isprintable() and text
        else f"damaged ({type(error).__name__})"
    )
