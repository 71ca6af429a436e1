"""How many pictures an accelerator optimises together."""

from __future__ import annotations

import torch

from convatlas.lenses.maximize.recipe import Recipe

MOST = 2048
"""Maximum number of pictures, however small."""

MOST_PIXELS = 384 * 96 * 96
"""Number of pixels of all canvases where it is not known how much memory is free."""

BYTES = 760
"""Memory that a pixel of a canvas takes in a deep layer: about 7 MB for a canvas of 96 pixels."""


def pixels_that_fit(device: torch.device) -> int:
    """Return how many pixels of canvases are expected to fit into half of the free memory."""
    free = getattr(torch.get_device_module(device), "mem_get_info", None)
    if device.type == "cpu" or free is None:
        return MOST_PIXELS
    return max(1, int(free(device)[0] // 2 // BYTES))


def batch_size(how: Recipe, pictures: int, pixels: int = MOST_PIXELS) -> int:
    """Return the size of batches in which so many pictures are made: few of them, of equal size.

    Unlike on a CPU, it depends on how many are requested, and on the memory: no bytes are promised,
    and a batch that is not full would take as long as a full one. It holds whole groups of members.

    Args:
        how: The recipe.
        pictures: The number of pictures, members included.
        pixels: The number of pixels that fit into the memory, as far as is known.
    """
    height, width = how.sizes[-1]
    most = max(how.members, min(MOST, pixels // (height * width)))
    most -= most % how.members
    rounds = -(-pictures // most)
    each = -(-pictures // rounds)
    return -(-each // how.members) * how.members
