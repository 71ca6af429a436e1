"""An edit by a function of the user's own, whose result is checked."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from convatlas.config.user_code import UserCodeError, call
from convatlas.errors import RenderError
from convatlas.images.edits.edit import Edit


def own(function: Callable[..., object], name: str) -> Edit:
    """Return the edit by a function that takes a picture and returns one of the same size.

    It is given a copy of mode L or RGB; what it returns is converted to that mode. ``name`` is what
    it is called in messages. The edit raises a ``RenderError`` if the function raises, or returns
    anything else.
    """

    def edit(picture: Image.Image, image: str) -> Image.Image:
        try:
            edited = call(lambda: function(picture.copy()), name, "correct the code")
        except UserCodeError as error:
            raise RenderError(str(error)) from error
        return _checked(edited, picture, name)

    return edit


def _checked(edited: object, picture: Image.Image, name: str) -> Image.Image:
    """Return what a function made of a picture, in the picture's mode.

    Raises:
        RenderError: it is no picture of the same size.
    """
    if not isinstance(edited, Image.Image):
        kind = type(edited).__name__
        raise RenderError(f"{name} returned {kind}; return a Pillow picture")
    if edited.size != picture.size:
        wrong, right = ("{} x {}".format(*each.size) for each in (edited, picture))
        message = f"made {wrong} pixels of {right}; return a picture of the same size"
        raise RenderError(f"{name} {message}")
    return edited.convert(picture.mode)
