"""Several pictures of one filter, pushed apart in directions that leave its response unchanged."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

STRENGTH = 1.0
"""Length of the push, as a multiple of the length of the response's gradient."""


def likeness(responses: Tensor, members: int) -> Tensor:
    """Return how alike the styles of each group of ``members`` pictures are, summed over the batch.

    The style of a picture is the Gram matrix of the layer's responses, as in Lucid's ``diversity``;
    the likeness of a group is the sum of the cosine similarities of all pairs.

    Args:
        responses: The responses [n, filters, h, w], one group after another.
        members: The number of pictures in a group.
    """
    maps = responses.float().flatten(2)
    # The last bits of a matrix product depend on the alignment of the matrices in a cache line.
    maps = F.pad(maps, (0, -maps.shape[2] % 16))
    styles = F.normalize((maps @ maps.transpose(1, 2)).flatten(1), dim=1)
    groups = styles.view(-1, members, styles.shape[1])
    cosines: Tensor = (groups @ groups.transpose(1, 2)).sum()
    return cosines / 2


def pushed(gradient: Tensor, alike: Tensor) -> Tensor:
    """Add a push away from the other pictures to a response's gradient [n, ...].

    ``alike`` is the gradient of the likeness. Only the component of its negative that is orthogonal
    to the response's gradient is used, which does not change the response to first order.
    """
    rows, away = gradient.flatten(1), -alike.flatten(1)
    length = rows.norm(dim=1, keepdim=True)
    direction = rows / length.clamp_min(1e-30)
    across = away - (away * direction).sum(1, keepdim=True) * direction
    push = across / across.norm(dim=1, keepdim=True).clamp_min(1e-30)
    together: Tensor = rows + STRENGTH * length * push
    return together.view_as(gradient)
