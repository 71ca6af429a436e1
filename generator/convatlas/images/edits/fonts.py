"""The font that edits write with: Pillow's own."""

from __future__ import annotations

from functools import lru_cache

from PIL import ImageFont


@lru_cache(32)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font in a size in pixels, at least 1.

    Pillow decodes it at each call, which takes longer than to write with it.
    """
    found = ImageFont.load_default(max(1, size))
    assert isinstance(found, ImageFont.FreeTypeFont), "Pillow's wheels are built with FreeType"
    return found
