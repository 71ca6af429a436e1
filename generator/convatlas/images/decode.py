"""Picture files of any kind as eight-bit colour or grey pictures."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from PIL import Image, UnidentifiedImageError

from convatlas.images.sniff import stranger
from convatlas.images.warnings import quiet
from convatlas.model.records import Json

_PAPER = (255, 255, 255)
"""What shows through transparent pixels: white, as on a page."""

_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP", "PPM")
"""Pillow knows more, some of which call other programs (EPS) or take nearly anything (SPIDER)."""

LONGEST = 100
"""How many times the shorter side the longer one may be.

Networks see a square from the middle, and of a longer picture next to nothing; but its shorter side
must be brought to their size, and then the longer one fills the memory."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each of EXIF's orientations."""


class Undecodable(Exception):
    """A picture that cannot be used; says why, without naming a path."""


def decode_file(data: bytes) -> Image.Image:
    """The picture in a file's bytes, upright, of mode RGB or L, with eight bits a channel.

    Of an animation the first frame, of several pages the first. Transparent pixels are laid on
    white. Sixteen-bit grey keeps its upper eight bits. Colour profiles are passed over.

    Raises:
        Undecodable: no picture, a damaged one, one of more pixels than Pillow holds safe, a sliver,
            or one whose values have no agreed range (floating point, 32-bit integers).
    """
    if not data:
        raise Undecodable("the file is empty")
    try:
        with quiet(), Image.open(io.BytesIO(data), formats=_known()) as image:
            _refuse_size(image.width, image.height)
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
    except Exception as error:  # what decoders raise on files that lie is anybody's guess
        raise Undecodable(_reason(error)) from error


def eight_bits(image: Image.Image) -> Image.Image:
    """A picture of any mode as RGB, or as L where it has only grey.

    Raises:
        Undecodable: the mode's values have no agreed range.
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
    """What a data set returns as an image: a Pillow image, an array [h, w] or [h, w, 1 or 3], or a
    tensor [1 or 3, h, w]; integers from 0 to 255, floats from 0 to 1.

    Raises:
        Undecodable: anything else.
    """
    if isinstance(item, Image.Image):
        return _from_pillow(item)
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


def _from_pillow(image: Image.Image) -> Image.Image:
    try:
        return eight_bits(image)
    except Undecodable:
        raise
    except Exception as error:  # Pillow may only now read the file
        raise Undecodable(_reason(error)) from error


@cache
def _known() -> list[str]:
    """The formats that this Pillow can read."""
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
    """How the picture is turned, 1 to 8, or 0 where that cannot be read."""
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:  # the rest of the picture is as good as ever
        return 0


def _sixteen_bits(image: Image.Image) -> Image.Image:
    if image.format == "TIFF" and image.mode == "I" and _wide(image):
        raise Undecodable("32-bit integers have no agreed range; convert it to 8 bits")
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 0xFFFF:
        raise Undecodable("integers beyond 16 bits have no agreed range; convert it to 8 bits")
    grey = (values >> 8).astype(np.uint8)
    if isinstance(clear := image.info.get("transparency"), int):
        grey[values == clear] = _PAPER[0]
    return Image.fromarray(grey)


def _wide(image: Image.Image) -> bool:
    """Whether a TIFF file has more than 16 bits a channel."""
    bits = getattr(image, "tag_v2", {}).get(258, (0,))
    return any(each > 16 for each in (bits if isinstance(bits, tuple) else (bits,)))


def _on_paper(image: Image.Image) -> Image.Image:
    colours = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
    paper = Image.new("RGBA", image.size, (*_PAPER, 255))
    return Image.alpha_composite(paper, colours).convert("RGB")


def _reason(error: BaseException) -> str:
    """An exception's first line, without addresses in memory."""
    text = str(error).partition("\n")[0].partition("<")[0].strip()
    return (
        f"damaged: {text[:150]}"
        if text.isprintable() and text
        else f"damaged ({type(error).__name__})"
    )
