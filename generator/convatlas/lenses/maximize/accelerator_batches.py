"""How many pictures an accelerator optimises together."""

from __future__ import annotations

from convatlas.lenses.maximize.recipe import Recipe

MOST = 2048
"""Maximum number of pictures, however small."""

MOST_PIXELS = 384 * 96 * 96
"""Maximum number of pixels of all canvases, at about 7 MB a canvas of 96 pixels in a deep layer."""


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
