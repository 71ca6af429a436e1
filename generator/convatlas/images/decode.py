"""Picture files of any kind as eight-bit colour or grey pictures."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from convatlas.records import Json

_PAPER = (255, 255, 255)
"""What shows through transparent pixels: white, as on a page."""

_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    MemoryError,
    NotImplementedError,
    AssertionError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders are known to raise on files that are damaged or lie about themselves."""


class Undecodable(Exception):
    """A picture that cannot be used; says why, without naming a path."""


def decode_file(data: bytes) -> Image.Image:
    """The picture in a file's bytes, upright, of mode RGB or L, with eight bits a channel.

    Of an animation the first frame. Transparent pixels are laid on white. Sixteen-bit grey keeps
    its upper eight bits.

    Raises:
        Undecodable: no picture, a damaged one, one of more pixels than Pillow holds safe, or one
            whose values have no agreed range (floating point).
    """
    if not data:
        raise Undecodable("the file is empty")
    try:
        with Image.open(io.BytesIO(data)) as image:
            _refuse_bomb(image)
            image.load()
            upright = ImageOps.exif_transpose(image)
            return eight_bits(upright)
    except UnidentifiedImageError:
        raise Undecodable("not a picture that Pillow can read") from None
    except Image.DecompressionBombError:
        raise Undecodable(f"more than {2 * (Image.MAX_IMAGE_PIXELS or 0):,} pixels") from None
    except _BROKEN as error:
        raise Undecodable(_reason(error)) from error


def eight_bits(image: Image.Image) -> Image.Image:
    """A picture of any mode as RGB, or as L where it has only grey.

    Raises:
        Undecodable: the mode's values have no agreed range.
        ValueError: Pillow cannot convert the mode.
    """
    if image.mode in ("RGB", "L"):
        return image.copy()
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I"):
        return _sixteen_bits(image)
    if image.mode == "F":
        raise Undecodable("floating-point values have no agreed range; convert it to 8 bits")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        return _on_paper(image)
    return image.convert("RGB")


def from_item(item: Json) -> Image.Image:
    """What a data set returns as an image: a Pillow image, an array [h, w] or [h, w, 1 or 3], or a
    tensor [1 or 3, h, w]; integers from 0 to 255, floats from 0 to 1.

    Raises:
        Undecodable: anything else.
    """
    if isinstance(item, Image.Image):
        return eight_bits(item)
    tensor = hasattr(item, "detach")
    array = np.asarray(item.detach().cpu().numpy() if tensor else item)
    if tensor and array.ndim == 3:
        array = array.transpose(1, 2, 0)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or not array.size:
        raise Undecodable(f"no picture but {type(item).__name__} of shape {list(array.shape)}")
    return Image.fromarray(_bytes(array))


def _bytes(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype == bool or not np.issubdtype(array.dtype, np.number):
        raise Undecodable(f"values of type {array.dtype} are no colours")
    top = 255 if np.issubdtype(array.dtype, np.integer) else 1
    if not (array.min() >= 0 and array.max() <= top):
        raise Undecodable(f"values outside 0 to {top}; return the picture before normalisation")
    return np.rint(array.astype(np.float64) * (255 / top)).astype(np.uint8)


def _refuse_bomb(image: Image.Image) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise Undecodable(f"{image.width} x {image.height}: more than {limit:,} pixels")


def _sixteen_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 0xFFFF:
        raise Undecodable("integers beyond 16 bits have no agreed range; convert it to 8 bits")
    return Image.fromarray((values >> 8).astype(np.uint8))


def _on_paper(image: Image.Image) -> Image.Image:
    colours = image.convert("RGBA")
    paper = Image.new("RGBA", image.size, (*_PAPER, 255))
    return Image.alpha_composite(paper, colours).convert("RGB")


def _reason(error: BaseException) -> str:
    """An exception's first line, without addresses in memory."""
    text = str(error).partition("\n")[0].partition("<")[0].strip()
    return f"damaged: {text}" if text else f"damaged ({type(error).__name__})"
