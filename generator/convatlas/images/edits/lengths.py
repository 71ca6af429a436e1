"""Lengths that scale with the picture."""

from __future__ import annotations

from PIL import Image

USUAL = 224
"""The side of the pictures, in pixels, for which lengths are given."""


def scale(picture: Image.Image) -> float:
    """Return the factor for lengths in a picture, by its shorter side."""
    return min(picture.size) / USUAL


def scaled(length: float, picture: Image.Image) -> int:
    """Return a length in pixels for a picture; at least one."""
    return max(1, round(length * scale(picture)))
