"""Pixels to the bytes of an AVIF file: made pictures and tiles take a third of what they would."""

from __future__ import annotations

import io
import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convatlas.errors import RenderError
from convatlas.images.codecs.format import Format
from convatlas.images.codecs.pixels import coloured
from convatlas.model.records import EncodedPicture

CODEC = "aom"
"""Others know no such tune, and would give other bytes."""
QUALITIES = (30, 40, 50, 60, 70, 80)
"""Qualities for a picture that is shown to a network again, the first that will do is taken."""
MEASURED = "psnr"
"""How the encoder is tuned for them: to a network's eye, which weighs each pixel alike. Tuned to
ours, as encoders are, the same response took 8 % more bytes."""
EXACT = 32
"""Of pictures whose longer side has at most so many pixels the file without loss is as small."""
STRIP = 40
"""The quality of pictures that are looked at, but not shown to a network again."""
TILES = 45
"""The quality of sprites: tiles that are looked at by the hundred."""
SPEED = 8
"""The encoder's trade of size for time, from 0 to 10: half of what 6 takes for 2 % more bytes."""
SETTINGS = {
    "qualities": QUALITIES,
    "codec": CODEC,
    "tune": MEASURED,
    "exact": EXACT,
    "strip": STRIP,
    "speed": SPEED,
}
"""What an encoded picture's bytes depend on beside its pixels; stands in the records' keys."""


AVIF = Format("avif", "image/avif", "AVIF", "avif", re.compile(rb".{4}ftypavif", re.DOTALL))


def encode_avif(
    picture: NDArray[np.uint8], quality: int, tune: str | None = None
) -> EncodedPicture:
    """Encode a picture [h, w] or [h, w, 1 to 4], values 0 to 255, as AVIF.

    Colours keep their full resolution (4:4:4): a filter's response depends on colours that change
    from pixel to pixel, and halving their resolution, as WebP does, costs a tenth of it.

    Args:
        quality: From 0 to 100; what a value means differs between tunes.
        tune: What the encoder optimises for, in libaom's terms; None for its default.

    Raises:
        ValueError: another shape or type, or an empty picture.
        RenderError: this Pillow knows no AVIF, or not this codec.
    """
    AVIF.require()
    pixels = coloured(picture)
    height, width = pixels.shape[:2]
    file = io.BytesIO()
    try:
        Image.fromarray(pixels).save(
            file,
            AVIF.pillow,
            quality=quality,
            speed=SPEED,
            codec=CODEC,
            advanced=tune and {"tune": tune},
            subsampling="4:4:4",
            max_threads=1,  # several would give other bytes on another machine
        )
    except ValueError as error:  # what Pillow says of a codec, or of a tune, that it does not know
        raise RenderError(
            f"this Pillow cannot encode AVIF by {CODEC} ({error}); "
            "install its own wheel (pip install --force-reinstall pillow)"
        ) from error
    return EncodedPicture(file.getvalue(), width, height, AVIF.suffix)
