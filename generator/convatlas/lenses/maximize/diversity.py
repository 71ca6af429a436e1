"""Different pictures of one filter: pushed apart along ways that leave its response as it is."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

STRENGTH = 1.0
"""Length of the push, in lengths of the response's gradient."""


def likeness(responses: Tensor, members: int) -> Tensor:
    """How alike the styles of each group of ``members`` pictures are: a number for the batch.

    ``responses`` [n, filters, h, w], groups one after another. The style is the Gram matrix of the
    layer's responses, as in Lucid's ``diversity``; likeness is the sum of the cosines of all pairs.
    """
    maps = responses.float().flatten(2)
    # Products of matrices that start at other places in a cache line differ in their last bits.
    maps = F.pad(maps, (0, -maps.shape[2] % 16))
    styles = F.normalize((maps @ maps.transpose(1, 2)).flatten(1), dim=1)
    groups = styles.view(-1, members, styles.shape[1])
    cosines: Tensor = (groups @ groups.transpose(1, 2)).sum()
    return cosines / 2


def pushed(gradient: Tensor, alike: Tensor) -> Tensor:
    """A response's gradient [n, ...] with a push away from the others, at equal response.

    ``alike`` is the gradient of the likeness. Of its opposite, only what stands at right angles to
    the response's gradient is taken: to the first order it costs no response.
    """
    rows, away = gradient.flatten(1), -alike.flatten(1)
    length = rows.norm(dim=1, keepdim=True)
    direction = rows / length.clamp_min(1e-30)
    across = away - (away * direction).sum(1, keepdim=True) * direction
    push = across / across.norm(dim=1, keepdim=True).clamp_min(1e-30)
    together: Tensor = rows + STRENGTH * length * push
    return together.view_as(gradient)
