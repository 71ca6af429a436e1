"""Edits that leave only what is coarse, or only what is fine."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from convatlas.images.edits.lengths import scale

SIGMA = 4.0
"""The standard deviation of the blur in pixels, of a picture of 224."""

LEAST_SIGMA = 0.5
"""Below, a blur changes next to nothing."""

GREY = 128
"""What a high-pass picture shows where the picture is as bright as around there."""


def blurred(picture: Image.Image, image: str) -> Image.Image:
    """Blur a picture by a Gaussian."""
    sigma = max(LEAST_SIGMA, SIGMA * scale(picture))
    return picture.filter(ImageFilter.GaussianBlur(sigma))


def high_pass(picture: Image.Image, image: str) -> Image.Image:
    """Subtract the blurred picture, and add grey; what leaves the range of values is clipped."""
    fine = np.asarray(picture, np.int16) - np.asarray(blurred(picture, image), np.int16) + GREY
    return Image.fromarray(fine.clip(0, 255).astype(np.uint8))
