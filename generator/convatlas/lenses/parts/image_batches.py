"""The images of a network's set in batches, decoded ahead of the device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from convatlas.images.loading import load
from convatlas.network.preprocess import prepare

if TYPE_CHECKING:
    from convatlas.images.edits.edit import Edit
    from convatlas.lenses.base import RenderContext


def image_batches(
    context: RenderContext, batch: int, chosen: Sequence[int] | None = None
) -> Iterator[tuple[int, Tensor]]:
    """Yield batches [n, channels, height, width] from 0 to 1, with their first image's position.

    They are decoded ahead of the device, by other processes if there are many. Channels are last
    in memory, which is the fastest layout for convolutions on a CPU.

    Args:
        context: What is rendered with; its network has an image set.
        batch: The number of images in a batch.
        chosen: The indices of the images; all of the set if None. Positions count these.
    """
    images, picture = context.plan.images, context.picture
    assert images is not None
    assert picture is not None
    preprocessing = context.plan.network.preprocessing

    def pixels(index: int) -> NDArray[np.uint8]:
        return prepare(picture(index), preprocessing)

    indices = range(len(images.images)) if chosen is None else chosen
    with closing(load(indices, pixels, batch)) as loaded:
        for first, stacked in loaded:
            yield first, as_pictures(torch.from_numpy(stacked).to(context.device))


def as_pictures(pixels: Tensor) -> Tensor:
    """Return pixels [n, height, width, channels] as pictures [n, channels, height, width].

    They are from 0 to 1.
    """
    return pixels.permute(0, 3, 1, 2).float().div_(255)


def edited_batches(
    context: RenderContext, edits: Sequence[Edit], batch: int, chosen: Sequence[int]
) -> Iterator[tuple[int, Tensor]]:
    """Yield the pixels of images, plain and under each edit [n, 1 + edits, h, w, channels].

    They are from 0 to 255, on the device. All else is as of ``image_batches``; each image is
    decoded once.

    Raises:
        RenderError: an edit fails.
    """
    images, picture = context.plan.images, context.picture
    assert images is not None
    assert picture is not None

    def versions(index: int) -> NDArray[np.uint8]:
        plain = prepare(picture(index), context.plan.network.preprocessing)
        identity = images.images[index].id
        return np.stack([plain, *(edited(plain, edit, identity) for edit in edits)])

    with closing(load(chosen, versions, batch)) as loaded:
        for first, stacked in loaded:
            yield first, torch.from_numpy(stacked).to(context.device)


def edited(plain: NDArray[np.uint8], edit: Edit, image: str) -> NDArray[np.uint8]:
    """Return a picture as the network sees it [h, w, 1 or 3] under an edit; ``image`` is its id."""
    picture = Image.fromarray(plain[:, :, 0] if plain.shape[2] == 1 else plain)
    return np.asarray(edit(picture, image)).reshape(plain.shape)
