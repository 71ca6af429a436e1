"""JPEG files, in which pictures are shown to other sites."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from convatlas.images.codecs.decode import decode
from convatlas.images.codecs.jpeg import encode_jpeg


def test_files_are_jpeg_and_near_to_their_pixels() -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    encoded = encode_jpeg(np.stack(np.broadcast_arrays(ramp[:, None], ramp, ramp), axis=-1))
    assert Image.open(io.BytesIO(encoded.data)).format == "JPEG"
    assert (encoded.format, encoded.width, encoded.height) == ("jpg", 64, 64)
    assert abs(int(decode(encoded.data)[40, 40, 0]) - int(ramp[40])) < 5


def test_opacity_is_left_out() -> None:
    grey_with_opacity = np.full((8, 9, 2), 90, np.uint8)
    assert decode(encode_jpeg(grey_with_opacity).data).shape == (8, 9, 3)
