"""Pictures of an edit: a few images, plain and edited."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convatlas.images.codecs.webp import encode_sketch
from convatlas.images.edits.edit import Edit
from convatlas.lenses.base import PlanContext, RenderContext
from convatlas.lenses.edits.records import Shown
from convatlas.lenses.edits.score_records import EXAMPLES
from convatlas.lenses.parts.image_batches import edited
from convatlas.lenses.parts.spread import spread
from convatlas.model.records import Record
from convatlas.network.preprocess import prepare

SIDE = 72
"""Pixels of the side of a window, where images may be shown as crops alone; as of other crops. Of
small pictures it is half of a side, so that no more than a quarter of one is shown."""

Pixels = NDArray[np.uint8]
Window = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


def tried_on(context: PlanContext, most: int) -> list[int]:
    """Return the indices of the images that are shown edited, evenly spread over the set."""
    assert context.images is not None
    return spread(len(context.images.images), most)


def examples(images: Sequence[int]) -> list[int]:
    """Return the images that pictures show, of those that are shown edited."""
    return [images[place] for place in spread(len(images), EXAMPLES)]


def shown(context: RenderContext, edit: Edit, images: Sequence[int]) -> Record:
    """Return pictures of images, plain and edited; their windows where these alone may be shown.

    Raises:
        RenderError: the edit fails.
    """
    picture, facts = context.picture, context.plan.images
    assert picture is not None
    assert facts is not None
    data: Shown = {"images": list(images)}
    pictures = {}
    for number, image in enumerate(images):
        plain = prepare(picture(image), context.plan.network.preprocessing)
        pair = plain, edited(plain, edit, facts.images[image].id)
        if context.plan.policy.publish == "crops":
            window = changing_most(*pair, max(min(SIDE, min(plain.shape[:2]) // 2), 1))
            data.setdefault("windows", []).append(window)
            pair = _cut(pair[0], window), _cut(pair[1], window)
        for name, pixels in zip(("plain", "edited"), pair, strict=True):
            pictures[f"{name}-{number}"] = encode_sketch(pixels)
    return Record(data, pictures)


def changing_most(plain: Pixels, edited: Pixels, side: int = SIDE) -> Window:
    """Return the first of the windows of a picture [h, w, channels] in which most changes.

    Args:
        plain: The picture.
        edited: The same, edited.
        side: The sides of the windows, which do not exceed those of the picture.
    """
    change = np.abs(plain.astype(np.int64) - edited).sum(2)
    height, width = (min(side, each) for each in change.shape)
    sums = np.pad(change.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    inside = (sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width]) + sums[
        :-height, :-width
    ]
    top, left = np.unravel_index(inside.argmax(), inside.shape)
    return int(left), int(top), width, height


def _cut(pixels: Pixels, window: Window) -> Pixels:
    left, top, width, height = window
    return pixels[top : top + height, left : left + width]
