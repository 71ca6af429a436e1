"""Small drawings with transparency that edits put onto pictures."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageDraw

FINE = 4
"""How many times finer a sticker is drawn than it is shown, so that its edges are smooth."""

Draw = Callable[[ImageDraw.ImageDraw, int, int], None]
"""Draws something of a width and height in pixels."""


def sticker(width: int, height: int, draw: Draw) -> Image.Image:
    """Return a drawing of this size, in mode RGBA, on a transparent ground."""
    fine = Image.new("RGBA", (width * FINE, height * FINE))
    draw(ImageDraw.Draw(fine), fine.width, fine.height)
    return fine.reduce(FINE)


def stuck(sticker: Image.Image, picture: Image.Image, place: tuple[int, int]) -> Image.Image:
    """Return a picture with a sticker whose left upper corner is at a place [x, y].

    What reaches beyond the picture is cut off. On a grey picture, the sticker is grey.
    """
    result = picture.copy()
    result.paste(sticker.convert(picture.mode), place, sticker.getchannel("A"))
    return result
